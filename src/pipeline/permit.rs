//! Users: who a client is, and what it is refused because of that.
//!
//! The request path asks one field, `ClientSession::unlimited`; everything here runs only for clients that
//! have not authenticated or whose user may not do everything. Whether a request is permitted is decided
//! before anything else about it, so nothing of it is sent, queued or kept.

use super::client::ClientSession;
use super::denials::{Entry, Reason};
use super::ingest::Taken;
use super::local::describe_client;
use super::slab::Key;
use super::{Pipeline, answers};
use crate::access::{Access, Denial, UserId};
use crate::command::Command;
use crate::resp::{RequestView, write};

// === impl ClientSession ===

impl ClientSession {
    /// It is this user from now on.
    pub(super) fn enter(&mut self, user: UserId, access: &Access) {
        self.user = user;
        self.authenticated = true;
        self.unlimited = access.is_unlimited(user);
    }

    /// It is who it was when it connected: the default user, let in if that needs no password.
    pub(super) fn enter_unnamed(&mut self, access: &Access) {
        self.enter(UserId::DEFAULT, access);
        self.authenticated = access.is_open();
        self.unlimited &= self.authenticated;
    }
}

// === impl Pipeline ===

impl Pipeline {
    /// NOAUTH or NOPERM, unless the client may send this request.
    #[inline(never)]
    pub(super) fn refuse_limited(
        &mut self,
        key: Key,
        command: &'static Command,
        view: &RequestView<'_>,
    ) -> Option<Taken> {
        if let Some(taken) = self.refuse_unauthenticated(key, command) {
            return Some(taken);
        }
        let client = self.clients.get(key)?;
        // Servers, too, count the arguments first; what needs no authentication needs no permission.
        if !client.authenticated || !command.arity_fits(view.len_args()) {
            return None;
        }
        let denied = match self.access.get(client.user) {
            Some(user) => user.check(command, view, &mut self.key_uses).err()?,
            None => Denial::Command,
        };
        self.stats.counters.errors_noperm += 1;
        self.spoil_transaction(key);
        let object = match denied {
            Denial::Key(index) | Denial::Channel(index) => view.arg(index).unwrap_or_default(),
            Denial::Command | Denial::Sort(_) | Denial::Unchecked => command.name.as_bytes(),
        };
        self.note_denial(key, Reason::of(denied), object, None);
        self.answer_with(key, command, |out| {
            write::error(out, &answers::denied(denied, command.name));
        });
        Some(Taken::Yes)
    }

    /// Checks credentials; right ones make the client that user, wrong ones leave it as it was. `word` is the
    /// command that gave them.
    pub(super) fn accept(
        &mut self,
        key: Key,
        user: Option<&[u8]>,
        password: &[u8],
        word: &str,
    ) -> bool {
        let Some(id) = self.access.authenticate(user, password) else {
            self.stats.counters.errors_auth += 1;
            let default = self.access.name(UserId::DEFAULT).as_bytes().to_vec();
            let user = user.map_or(default, <[u8]>::to_vec);
            self.note_denial(key, Reason::Auth, word.as_bytes(), Some(&user));
            return false;
        };
        if let Some(client) = self.clients.get_mut(key) {
            client.enter(id, &self.access);
        }
        true
    }

    /// Keeps a refusal for ACL LOG; without a name the client's own user is meant.
    fn note_denial(&mut self, key: Key, reason: Reason, object: &[u8], user: Option<&[u8]>) {
        let Some(client) = self.clients.get(key) else {
            return;
        };
        let now = client.last_active;
        let own = self.access.name(client.user).as_bytes();
        let about = describe_client(client, &self.access, now);
        let entry = Entry::new(reason, object, user.unwrap_or(own), about, now);
        self.denials.push(entry);
    }
}
