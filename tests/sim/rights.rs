//! Users with rights: what a client may not do is refused in its place among the replies, and reaches no node.

use std::collections::BTreeSet;

use corelane::config::{Secret, UserSettings};

use crate::client::{Client, Expects};
use crate::oracle::{Oracle, uid_of};
use crate::requests::arg;
use crate::store;
use crate::wire::{self, Args};

const NAME: &str = "some";
const PASSWORD: &str = "word";
/// Two slots whole, one to read from and one to write to.
const RULES: &str = "on +@all -append -unlink ~{a}* ~{b}* %R~{c}* %W~{d}*";

const NO_KEY: &str =
    "NOPERM this user has no permissions to access one of the keys used as arguments";

/// Requests that were refused for want of rights.
#[derive(Debug, Default)]
pub(crate) struct Refused(BTreeSet<u64>);

/// The users of the model, as settings have them: whoever gives no name may do everything.
pub(crate) fn users() -> Vec<UserSettings> {
    let anybody = UserSettings {
        name: "default".to_owned(),
        rules: vec!["on nopass +@all ~* &*".to_owned()],
        ..UserSettings::default()
    };
    let some = UserSettings {
        name: NAME.to_owned(),
        passwords: vec![Secret::new(PASSWORD)],
        rules: vec![RULES.to_owned()],
        ..UserSettings::default()
    };
    vec![anybody, some]
}

/// What the user is told instead of a reply, if it may not send this.
fn denial(args: &Args) -> Option<String> {
    let (reads, writes) = match args[0].as_slice() {
        b"APPEND" | b"UNLINK" => {
            let name = String::from_utf8_lossy(&args[0]).to_lowercase();
            let text = format!("NOPERM this user has no permissions to run the '{name}' command");
            return Some(text);
        }
        b"INCRBY" => (true, true),
        b"EXISTS" | b"TOUCH" => (false, false),
        _ if store::is_write(args) => (false, true),
        _ => (true, false),
    };
    let may = |key: &Vec<u8>| {
        let begins = |tag: &str| key.starts_with(tag.as_bytes());
        let is_whole = begins("{a}") || begins("{b}");
        is_whole || begins("{c}") && !writes || begins("{d}") && !reads
    };
    let denied = !store::keys(args).iter().all(may);
    denied.then(|| NO_KEY.to_owned())
}

/// What a client gets for this, if it has not the right.
pub(crate) fn refusal(client: &Client, args: &Args) -> Option<Expects> {
    let text = client.is_limited.then(|| denial(args))??;
    Some(Expects::Exactly(wire::error(&text)))
}

// === impl Client ===

impl Client {
    /// Becomes the user with rights.
    pub(crate) fn say_auth(&mut self, now: u64) {
        self.is_limited = true;
        let bytes = wire::request(&[arg("AUTH"), arg(NAME), arg(PASSWORD)]);
        self.send(&bytes, Expects::Exactly(b"+OK\r\n".to_vec()), now);
    }
}

// === impl Oracle ===

impl Oracle {
    /// A request is refused for want of rights.
    pub(crate) fn note_denied(&mut self, uid: u64) {
        self.denied.0.insert(uid);
        self.seen.denied += 1;
    }

    /// A node has got a request.
    pub(crate) fn check_sent(&self, args: &Args) -> Result<(), String> {
        match uid_of(args) {
            Some(uid) if self.denied.0.contains(&uid) => {
                Err(format!("request {uid} reached a node without the right to"))
            }
            _ => Ok(()),
        }
    }
}
