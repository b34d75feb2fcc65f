//! The beginning of a large request: whether it is passed on, and to which link.

use bytes::Bytes;

use super::{Carried, Stage, UNFINISHED, Upload};
use crate::cluster::{Refusal, Slot};
use crate::command::{self, Command, Treatment};
use crate::pipeline::answers;
use crate::pipeline::chunks::LARGE;
use crate::pipeline::client::{Pause, Phase};
use crate::pipeline::lease::Lease;
use crate::pipeline::link::{InFlight, LinkState, Owner, PartId, Patience, WHOLE};
use crate::pipeline::pending::{At, Lane, Part, Pending, State};
use crate::pipeline::place::{ASKING, Placed};
use crate::pipeline::slab::Key;
use crate::pipeline::time::Time;
use crate::pipeline::{Action, ClientId, Pipeline};
use crate::resp::{ReplyView, RequestView, write};

// === impl Pipeline ===

impl Pipeline {
    /// `bytes` are the beginning of a large request: it is passed on if that can be.
    #[cold]
    pub(in crate::pipeline) fn begin_upload(&mut self, key: Key, bytes: &[u8]) {
        let Some((command, slot, probe)) = self.can_pass_on(key, bytes) else {
            return;
        };
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.upload = Some(Box::new(Upload {
            stage: Stage::Waiting,
            command,
            slot,
            probe,
            since: None,
            next_try: Time(0),
            asked: None,
            last: None,
            passed: 0,
            moved_at: client.moved_at,
            is_held: false,
        }));
        self.uploads.push(key);
        self.pause(key, Pause::Upload);
        // Its bytes are not all in its buffer yet.
        self.resumable.push(key);
    }

    /// The command, the slot of its key and the question about that, if the rest of the request need not be known.
    fn can_pass_on(
        &mut self,
        key: Key,
        bytes: &[u8],
    ) -> Option<(&'static Command, Slot, Box<[u8]>)> {
        let client = self.clients.get(key)?;
        // Something else is done with their requests, their replies, or with a link of their own.
        let is_odd = client.upload.is_some()
            || client.quiet.is_some()
            || client.subscriber.is_some()
            || client.tracker.is_some()
            || client.transaction.is_some()
            || client.lease.is_some()
            || self.command_pause.is_some()
            || self.monitors.are_some()
            || self.draining;
        let view = RequestView::new(bytes);
        if is_odd || !client.authenticated || view.is_inline() || !self.has_private_left() {
            return None;
        }
        let name = view.arg(0)?;
        let command = command::lookup(name).or_else(|| self.learned(name))?;
        let is_plain = command::treatment(command) == Treatment::ByKey
            && command.subcommands.is_empty()
            && command.is_write()
            && !command.is_readonly();
        let place = command.only_key_index().filter(|_| is_plain)?;
        let name_of_key = view.args().nth(place).filter(|name| name.len() < LARGE)?;
        if !self.may_send_any(key, command, &view, place) {
            return None;
        }
        let mut probe = Vec::new();
        write::request(&mut probe, &[b"EXISTS", name_of_key]);
        Some((command, Slot::of_key(name_of_key), probe.into()))
    }

    /// If the user of a client may send such a command for the key at `place`, whatever follows.
    fn may_send_any(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
        place: usize,
    ) -> bool {
        let Some(client) = self.clients.get(key) else {
            return false;
        };
        if client.unlimited {
            return true;
        }
        let mut args: Vec<&[u8]> = view.args().take(place + 1).collect();
        args.push(b"");
        match command.name {
            // What it needs depends on this word.
            "set" => args.push(b"GET"),
            _ if command.only_key().is_some() => {}
            _ => return false,
        }
        let mut most = Vec::new();
        write::request(&mut most, &args);
        let most = RequestView::new(&most);
        let user = self.access.get(client.user);
        user.is_some_and(|user| user.check(command, &most, &mut self.key_uses).is_ok())
    }

    /// Something may have changed for a client that is in the middle of a large request.
    pub(in crate::pipeline) fn go_on_upload(&mut self, key: Key, now: Time) {
        let upload = self
            .clients
            .get(key)
            .and_then(|client| client.upload.as_ref());
        match upload.map(|upload| upload.stage) {
            Some(Stage::Waiting) => self.try_upload(key, now),
            Some(Stage::Open(_)) => self.check_upload_hold(key),
            Some(Stage::Dropped) => self.pass_upload(key, now),
            Some(Stage::Asked(_)) | None => {}
        }
    }

    /// Looks for a link, if the turn of the request has come.
    pub(super) fn try_upload(&mut self, key: Key, now: Time) {
        let timeout = self.config.cluster.server_timeout;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let is_first = client.pending.is_empty() && client.phase == Phase::Open;
        let Some(upload) = client.upload.as_mut().filter(|_| is_first) else {
            return;
        };
        let since = *upload.since.get_or_insert(now);
        let (slot, asked) = (upload.slot, upload.asked);
        if now >= since.plus(timeout) {
            return self.drop_unserved(key, now);
        }
        if now < upload.next_try {
            return;
        }
        client
            .lease
            .get_or_insert_with(|| Box::new(Lease::new(Patience::Endless)));
        let Some(node) = asked.or_else(|| self.routes.primary_of(slot)) else {
            if let Placed::Down(node) = self.without_node(now) {
                self.drop_down(key, node, now);
            }
            return;
        };
        let leased = match self.leased_link(key, node) {
            Some(link) => Ok(link),
            None => self.lease_link(key, node, now),
        };
        match leased {
            Ok(link)
                if self
                    .links
                    .get(link)
                    .is_some_and(|l| l.state == LinkState::Ready) =>
            {
                if asked.is_some() {
                    self.open_upload(key, link, true, now);
                } else {
                    self.ask_about_key(key, link, now);
                }
            }
            Ok(_) if !self.routes.is_given_up(node, now) => {}
            Ok(_) => self.drop_down(key, Some(node), now),
            Err(Placed::Down(node)) => self.drop_down(key, node, now),
            Err(Placed::NoPrivateLeft) => {
                let mut text = Vec::new();
                let max = self.config.limits.private_links_max;
                write::error(&mut text, &answers::no_private_left(max));
                self.drop_upload(key, &text, now);
            }
            Err(_) => {}
        }
    }

    fn ask_about_key(&mut self, key: Key, link: Key, now: Time) {
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        let Some(upload) = upload else { return };
        upload.stage = Stage::Asked(link);
        let probe = std::mem::take(&mut upload.probe);
        self.append_own(link, Owner::Probe, &probe, now);
        let upload = self.clients.get_mut(key).and_then(|c| c.upload.as_mut());
        if let Some(upload) = upload {
            upload.probe = probe;
        }
    }

    /// A node has said whether it serves the key of a large request.
    pub(in crate::pipeline) fn take_probe_reply(&mut self, link: Key, reply: &[u8], now: Time) {
        let Some((holder, node, purpose)) = self
            .links
            .get(link)
            .and_then(|l| Some((l.holder?, l.node, l.purpose)))
        else {
            return;
        };
        let upload = self.clients.get(holder).and_then(|c| c.upload.as_ref());
        if upload.map(|upload| upload.stage) != Some(Stage::Asked(link)) {
            return;
        }
        let refusal = ReplyView::new(reply).as_error().and_then(Refusal::parse);
        let Some(refusal) = refusal else {
            // Whatever else it says, it will say to the request, too.
            return self.open_upload(holder, link, false, now);
        };
        let asked = self.learn(link, node, purpose, &refusal, now);
        let pause = self.config.cluster.retry_delay;
        let Some(upload) = self.clients.get_mut(holder).and_then(|c| c.upload.as_mut()) else {
            return;
        };
        upload.stage = Stage::Waiting;
        upload.asked = asked;
        match refusal {
            Refusal::Ask { .. } => {}
            // At once, but two nodes that name each other are not asked all the time.
            Refusal::Moved { .. } if upload.next_try == Time(0) => upload.next_try = now,
            Refusal::Moved { .. } => upload.next_try = now.plus(pause),
            _ => {
                upload.last = Some(Bytes::copy_from_slice(reply));
                upload.next_try = now.plus(pause);
            }
        }
        self.resumable.push(holder);
    }

    /// The request goes to this link from now on.
    fn open_upload(&mut self, key: Key, link: Key, asking: bool, now: Time) {
        if asking {
            self.append_own(link, Owner::Asking, ASKING, now);
        }
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let (Some(upload), Some(held)) = (&mut client.upload, self.links.get_mut(link)) else {
            return;
        };
        upload.stage = Stage::Open(link);
        let mut part = Part::new(upload.slot, At::Link);
        part.lane = Lane::Private;
        client.last_command = upload.command.name;
        let id = PartId {
            client: key,
            seq: client.pending.push(Pending {
                arrival: now,
                command: Some(upload.command),
                state: State::Whole(part),
            }),
            part: WHOLE,
        };
        // The client may take its time; the node is looked after at each tick.
        held.patience = Patience::Endless;
        held.carries = Some(Box::new(Carried {
            id,
            is_whole: false,
            sent_at: now,
        }));
        let start = held.log.end();
        held.push(InFlight {
            owner: Owner::Part(id),
            start,
            len: UNFINISHED,
            arrival: now,
            placed: now,
            read_only: false,
        });
        self.stats.counters.requests += 1;
        self.stats.counters.requests_passed_on += 1;
        self.act(Action::ResumeClient(ClientId(key)));
        self.pass_upload(key, now);
    }
}
