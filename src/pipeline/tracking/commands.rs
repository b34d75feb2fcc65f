//! CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR.

use super::Tracker;
use super::options::{self, Options, Wish};
use super::redirect::{Found, Redirect};
use crate::command::Command;
use crate::pipeline::client::{ClientSession, Pause};
use crate::pipeline::ingest::Taken;
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{Pipeline, answers};
use crate::resp::{RequestView, write};

const NO_SWITCH_OF_BROADCAST: &str = "ERR You can't switch BCAST mode on/off before disabling tracking for \
     this client, and then re-enabling it with a different mode.";
const NO_SWITCH_OF_CHOICE: &str = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for \
     this client, and then re-enabling it with a different mode.";
const NO_CHOICE: &str = "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN \
     or OPTOUT mode enabled";
const YES_WITHOUT_OPTIN: &str =
    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
const NO_WITHOUT_OPTOUT: &str =
    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
const LATE: &str = "ERR corelane: not all primaries could be told to track in time";

/// What servers answer while tracking is off, and while it is on without a redirection.
const REDIRECT_OFF: i64 = -1;
const REDIRECT_NONE: i64 = 0;

impl Pipeline {
    /// Takes CLIENT TRACKING.
    pub(in crate::pipeline) fn take_tracking(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get(key) else {
            return Taken::Close;
        };
        // The links of its requests change, which must not overtake each other.
        if !client.pending.is_empty() {
            return Taken::Later(Pause::Barrier);
        }
        if self.tracking.broadcasts.is_waiting(key) {
            return self.go_on_waiting(key, command, now);
        }
        let reading = options::parse(view);
        let redirect = match reading.redirect {
            None => None,
            Some(number) => match self.find_target(key, number, view, now) {
                Found::Yes(redirect) => Some(redirect),
                Found::No(text) => return self.say(key, command, Some(text)),
                Found::Later => return Taken::Later(Pause::Workers),
            },
        };
        match reading.wish {
            Err(text) => self.say(key, command, Some(&text)),
            Ok(Wish::Off) => {
                self.stop_tracking(key);
                self.say(key, command, None)
            }
            Ok(Wish::On(options)) => self.start_tracking(key, command, options, redirect, now),
        }
    }

    fn start_tracking(
        &mut self,
        key: Key,
        command: &'static Command,
        options: Options,
        redirect: Option<Redirect>,
        now: Time,
    ) -> Taken {
        let Some(client) = self.clients.get_mut(key) else {
            return Taken::Close;
        };
        let before = client.tracker.as_deref().map(|tracker| &tracker.options);
        let options = match wanted(before, options) {
            Ok(options) => options,
            Err(text) => return self.say(key, command, Some(&text)),
        };
        let chooses = |options: &Options| options.opt_in || options.opt_out;
        let chose = client.tracker.as_ref().is_some_and(|t| chooses(&t.options));
        self.tracking.choosers += usize::from(chooses(&options));
        self.tracking.choosers -= usize::from(chose);
        let broadcast = options.broadcast;
        client.tracker = Some(Box::new(Tracker {
            options,
            redirect,
            ..Tracker::default()
        }));
        self.note_specials();
        if !broadcast {
            self.tracking.trackers.insert(key);
            return self.say(key, command, None);
        }
        let until = now.plus(self.config.cluster.server_timeout);
        self.tracking.broadcasts.add(key, until);
        self.settle_broadcasts(now);
        self.go_on_waiting(key, command, now)
    }

    /// Answers a client once all primaries tell what it wants to hear, or when that takes too long.
    fn go_on_waiting(&mut self, key: Key, command: &'static Command, now: Time) -> Taken {
        match self.tracking.broadcasts.until(key) {
            None => self.say(key, command, None),
            Some(_) if self.tracking.broadcasts.is_settled() => {
                self.tracking.broadcasts.end_wait(key);
                self.say(key, command, None)
            }
            Some(until) if now >= until => {
                self.stop_tracking(key);
                self.say(key, command, Some(LATE))
            }
            Some(_) => Taken::Later(Pause::Tracking),
        }
    }

    fn say(&mut self, key: Key, command: &'static Command, error: Option<&str>) -> Taken {
        self.answer_with(key, command, |out| match error {
            None => write::simple(out, "OK"),
            Some(text) => write::error(out, text),
        });
        Taken::Yes
    }
}

/// What a client wants from now on. All keys are one empty prefix, as servers have it.
fn wanted(before: Option<&Options>, options: Options) -> Result<Options, String> {
    let is_all = options.broadcast && options.prefixes.is_empty();
    let mut options = match before {
        None => options,
        Some(before) => merged(before, options)?,
    };
    if is_all && !options.prefixes.iter().any(|prefix| prefix.is_empty()) {
        options.prefixes.push(Box::default());
    }
    options.prefixes.sort_unstable();
    Ok(options)
}

/// What a client that tracks already wants in addition.
fn merged(before: &Options, mut options: Options) -> Result<Options, String> {
    if before.broadcast != options.broadcast {
        return Err(NO_SWITCH_OF_BROADCAST.to_owned());
    }
    if before.opt_in && options.opt_out || before.opt_out && options.opt_in {
        return Err(NO_SWITCH_OF_CHOICE.to_owned());
    }
    for old in &before.prefixes {
        let clash = options
            .prefixes
            .iter()
            .find(|new| new != &old && (new.starts_with(old) || old.starts_with(new)));
        if let Some(new) = clash {
            return Err(options::overlap_error(new, old));
        }
        if !options.prefixes.contains(old) {
            options.prefixes.push(old.clone());
        }
    }
    if options.prefixes.len() > options::PREFIXES_MAX {
        return Err(options::TOO_MANY.to_owned());
    }
    Ok(options)
}

// === impl ClientSession ===

impl ClientSession {
    /// CLIENT CACHING.
    pub(in crate::pipeline) fn choose(&mut self, view: &RequestView<'_>, out: &mut Vec<u8>) {
        let word = view.arg(2).unwrap_or_default();
        let Some(tracker) = &mut self.tracker else {
            return write::error(out, NO_CHOICE);
        };
        let yes = word.eq_ignore_ascii_case(b"yes");
        if !yes && !word.eq_ignore_ascii_case(b"no") {
            return write::error(out, answers::SYNTAX);
        }
        if yes && !tracker.options.opt_in {
            return write::error(out, YES_WITHOUT_OPTIN);
        }
        if !yes && !tracker.options.opt_out {
            return write::error(out, NO_WITHOUT_OPTOUT);
        }
        tracker.caching = Some(yes);
        write::simple(out, "OK");
    }

    /// CLIENT GETREDIR.
    pub(in crate::pipeline) fn redirection(&self) -> i64 {
        let Some(tracker) = &self.tracker else {
            return REDIRECT_OFF;
        };
        let redirect = tracker.redirect.map(|redirect| redirect.number);
        redirect.map_or(REDIRECT_NONE, |number| {
            i64::try_from(number).unwrap_or(i64::MAX)
        })
    }

    /// CLIENT TRACKINGINFO.
    pub(in crate::pipeline) fn write_tracking_info(&self, out: &mut Vec<u8>) {
        let none = Options::default();
        let tracker = self.tracker.as_deref();
        let options = tracker.map_or(&none, |tracker| &tracker.options);
        let caching = tracker.and_then(|tracker| tracker.caching);
        let flags = [
            (tracker.is_none(), "off"),
            (tracker.is_some(), "on"),
            (options.broadcast, "bcast"),
            (options.opt_in, "optin"),
            (caching == Some(true), "caching-yes"),
            (options.opt_out, "optout"),
            (caching == Some(false), "caching-no"),
            (options.no_loop, "noloop"),
            (tracker.is_some_and(Tracker::is_broken), "broken_redirect"),
        ];
        let flags: Vec<&str> = flags
            .into_iter()
            .filter_map(|(is_set, name)| is_set.then_some(name))
            .collect();
        write::map(out, 3, self.protocol);
        write::bulk(out, b"flags");
        write::set(out, flags.len(), self.protocol);
        for flag in flags {
            write::bulk(out, flag.as_bytes());
        }
        write::bulk(out, b"redirect");
        write::integer(out, self.redirection());
        write::bulk(out, b"prefixes");
        write::array(out, options.prefixes.len());
        for prefix in &options.prefixes {
            write::bulk(out, prefix);
        }
    }
}
