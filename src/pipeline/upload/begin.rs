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

/// What can be done with a large request.
enum Way {
    /// It is passed on while it arrives: the rest of it need not be known.
    PassOn {
        command: &'static Command,
        slot: Slot,
        /// The question about its key.
        probe: Box<[u8]>,
    },
    /// It is received whole.
    Whole,
    /// Its key has not come yet.
    Unclear,
}

// === impl Pipeline ===

impl Pipeline {
    /// `bytes` are the beginning of a large request: it is passed on if that can be, and skipped if there will never
    /// be room for it. With what it lacks of the argument that has begun it has `known` bytes, with what its header
    /// promises behind that `least`.
    #[cold]
    pub(in crate::pipeline) fn begin_upload(
        &mut self,
        key: Key,
        bytes: &[u8],
        known: usize,
        least: usize,
    ) {
        match self.way_of(key, bytes) {
            Way::PassOn {
                command,
                slot,
                probe,
            } => {
                let moved_at = self.clients.get(key).map_or(self.moment, |c| c.moved_at);
                let mut upload = Upload::new(Stage::Waiting, Some(command), moved_at);
                (upload.slot, upload.probe) = (slot, probe);
                self.insert_upload(key, upload);
            }
            Way::Whole if least > self.held_bytes_max => self.refuse_size(key, bytes, least),
            // Before it is clear that it cannot be passed on only what would be kept for that counts.
            Way::Unclear if known > self.held_bytes_max => self.refuse_size(key, bytes, least),
            Way::Whole | Way::Unclear => {}
        }
    }

    fn insert_upload(&mut self, key: Key, upload: Upload) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        client.upload = Some(Box::new(upload));
        self.uploads.push(key);
        self.pause(key, Pause::Upload);
        // Its bytes are not all in its buffer yet.
        self.resumable.push(key);
    }

    /// A request of at least so many bytes never fits into the buffers of this worker: it gets an error in its turn,
    /// and its bytes are skipped.
    fn refuse_size(&mut self, key: Key, bytes: &[u8], least: usize) {
        let Some(client) = self.clients.get(key).filter(|c| c.authenticated) else {
            // Tighter limits hold for them.
            return;
        };
        let moved_at = client.moved_at;
        let name = RequestView::new(bytes).arg(0).unwrap_or_default();
        let command = command::lookup(name).or_else(|| self.learned(name));
        self.insert_upload(key, Upload::new(Stage::Dropped, command, moved_at));
        self.stats.counters.requests += 1;
        self.stats.counters.errors_too_large += 1;
        self.spoil_transaction(key);
        let mut text = Vec::new();
        write::error(&mut text, &answers::too_large(least, self.held_bytes_max));
        self.answer(key, command, &text);
        // As after any other request.
        self.forget_quiet(key, false);
        if let Some(command) = command {
            self.end_choice(key, command, true);
            if let Some(client) = self.clients.get_mut(key) {
                client.last_command = command.name;
            }
        }
    }

    /// What can be done with a request of which `bytes` are the beginning.
    fn way_of(&mut self, key: Key, bytes: &[u8]) -> Way {
        let Some(client) = self.clients.get(key) else {
            return Way::Whole;
        };
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
            return Way::Whole;
        }
        let Some(name) = view.arg(0) else {
            return Way::Unclear;
        };
        let Some(command) = command::lookup(name).or_else(|| self.learned(name)) else {
            return Way::Whole;
        };
        let is_plain = command::treatment(command) == Treatment::ByKey
            && command.subcommands.is_empty()
            && command.is_write()
            && !command.is_readonly();
        let Some(place) = command.only_key_index().filter(|_| is_plain) else {
            return Way::Whole;
        };
        let Some(name_of_key) = view.args().nth(place) else {
            return Way::Unclear;
        };
        if name_of_key.len() >= LARGE || !self.may_send_any(key, command, &view, place) {
            return Way::Whole;
        }
        let mut probe = Vec::new();
        write::request(&mut probe, &[b"EXISTS", name_of_key]);
        Way::PassOn {
            command,
            slot: Slot::of_key(name_of_key),
            probe: probe.into(),
        }
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
        client.last_command = upload.command.map_or("", |command| command.name);
        let id = PartId {
            client: key,
            seq: client.pending.push(Pending {
                arrival: now,
                command: upload.command,
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
