//! What a new link says before it carries requests: who it is, which protocol, and what it is for.
//!
//! Requests follow only after the node accepted all of it, so a wrong password can never make a client's
//! request fail in a way that looks like its own fault.

use std::collections::VecDeque;
use std::fmt;

use super::link::{Purpose, Terms};
use crate::config::ClusterSettings;
use crate::resp::{Protocol, ReplyView, write};

/// Commands sent and replies awaited.
pub(super) struct Handshake {
    output: Vec<u8>,
    written: usize,
    steps: VecDeque<Step>,
    /// What the node calls this connection; asked on private links, for CLIENT UNBLOCK, and on those that collect.
    pub(super) connection_id: Option<i64>,
    /// CLIENT TRACKING is to be said when it is known to which link the node shall tell.
    awaits_collector: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// HELLO or AUTH; the node must accept it.
    Introduce,
    /// READONLY; the node must accept it.
    ReadOnly,
    /// SELECT of another database than 0; the node must accept it.
    Select,
    /// CLIENT TRACKING; the node must accept it.
    Tracking,
    /// CLIENT ID.
    Id,
    /// CLIENT SETNAME; for the node's operator only, so a refusal does not matter.
    Name,
    /// INFO server; tells which server this is.
    Info,
}

/// What a reply of the node means for the handshake.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More replies are awaited.
    More,
    /// Requests may flow.
    Done,
    /// The node refused; why, fit for the log.
    Refused(Box<str>),
}

/// Which server the nodes run, from INFO.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerInfo {
    /// `redis_version`, which clients compare.
    pub(super) redis_version: Box<str>,
    /// `server_name` where the server tells it (Valkey).
    pub(super) server_name: Option<Box<str>>,
    /// `valkey_version` where the server tells it.
    pub(super) valkey_version: Option<Box<str>>,
}

// === impl Handshake ===

impl Handshake {
    pub(super) fn new(settings: &ClusterSettings, terms: Terms, purpose: Purpose) -> Self {
        let mut handshake = Self {
            output: Vec::new(),
            written: 0,
            steps: VecDeque::new(),
            connection_id: None,
            awaits_collector: terms.is_collected(),
        };
        let password = settings
            .password
            .as_ref()
            .map(|secret| secret.reveal().as_bytes());
        let user = settings.username.as_deref().map(str::as_bytes);
        match (terms.protocol, password) {
            (Protocol::Resp3, Some(password)) => handshake.say(
                Step::Introduce,
                &[
                    b"HELLO",
                    b"3",
                    b"AUTH",
                    user.unwrap_or(b"default"),
                    password,
                ],
            ),
            (Protocol::Resp3, None) => handshake.say(Step::Introduce, &[b"HELLO", b"3"]),
            (Protocol::Resp2, Some(password)) => match user {
                Some(user) => handshake.say(Step::Introduce, &[b"AUTH", user, password]),
                None => handshake.say(Step::Introduce, &[b"AUTH", password]),
            },
            (Protocol::Resp2, None) => {}
        }
        if terms.database != 0 {
            let number = terms.database.to_string();
            handshake.say(Step::Select, &[b"SELECT", number.as_bytes()]);
        }
        if terms.tracking && !terms.is_collected() {
            handshake.say(Step::Tracking, &[b"CLIENT", b"TRACKING", b"ON"]);
        }
        match purpose {
            Purpose::Primary
            | Purpose::Scripts
            | Purpose::Beside
            | Purpose::Invalidations
            | Purpose::Subscriptions => {}
            Purpose::ReplicaRead | Purpose::ReplicaScripts => {
                handshake.say(Step::ReadOnly, &[b"READONLY"]);
            }
            Purpose::Private | Purpose::Collector => handshake.say(Step::Id, &[b"CLIENT", b"ID"]),
        }
        handshake.say(Step::Name, &[b"CLIENT", b"SETNAME", b"corelane"]);
        handshake.say(Step::Info, &[b"INFO", b"server"]);
        handshake
    }

    /// The node shall tell of every change of a key with one of these prefixes.
    pub(super) fn say_broadcast(&mut self, prefixes: &[Box<[u8]>]) {
        let mut words: Vec<&[u8]> = vec![b"CLIENT", b"TRACKING", b"ON", b"BCAST"];
        for prefix in prefixes.iter().filter(|prefix| !prefix.is_empty()) {
            words.extend([b"PREFIX".as_slice(), prefix]);
        }
        self.say(Step::Tracking, &words);
    }

    /// The node shall tell of changed keys on another link.
    pub(super) fn say_collector(&mut self, id: i64) {
        if std::mem::take(&mut self.awaits_collector) {
            let id = id.to_string();
            let words = ["CLIENT", "TRACKING", "ON", "REDIRECT", id.as_str()];
            self.say(Step::Tracking, &words.map(str::as_bytes));
        }
    }

    pub(super) fn has_output(&self) -> bool {
        self.written < self.output.len()
    }

    pub(super) fn unwritten(&self) -> &[u8] {
        self.output.get(self.written..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, count: usize) {
        self.written += count;
    }

    /// Takes the node's next reply; fills `server` from INFO.
    pub(super) fn handle_reply(
        &mut self,
        reply: &ReplyView<'_>,
        server: &mut ServerInfo,
    ) -> Progress {
        let Some(step) = self.steps.pop_front() else {
            return Progress::Refused("a reply that nothing asked for".into());
        };
        match (step, reply.as_error()) {
            (_, Some(text)) if first_word(text) == b"NOAUTH" => {
                let text = format!("it wants a password: {}", shown(text));
                return Progress::Refused(text.into());
            }
            (Step::Introduce | Step::ReadOnly | Step::Select | Step::Tracking, Some(text)) => {
                return Progress::Refused(shown(text).into());
            }
            (Step::Info, None) => {
                if let Some(info) = reply.as_bulk().and_then(ServerInfo::parse) {
                    *server = info;
                }
            }
            (Step::Id, None) => self.connection_id = reply.as_integer(),
            (_, _) => {}
        }
        if self.steps.is_empty() && !self.awaits_collector {
            // It holds the password, and is of no use any more.
            self.output = Vec::new();
            self.written = 0;
            Progress::Done
        } else {
            Progress::More
        }
    }

    fn say(&mut self, step: Step, command: &[&[u8]]) {
        write::request(&mut self.output, command);
        self.steps.push_back(step);
    }
}

impl fmt::Debug for Handshake {
    /// Without the output, which may hold the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("written", &self.written)
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}

// === impl ServerInfo ===

impl ServerInfo {
    /// The version that HELLO tells: the server's own, or zeros before any server told its own.
    pub(super) fn version(&self) -> &str {
        self.valkey_version
            .as_deref()
            .unwrap_or_else(|| self.redis_version())
    }

    /// If clusters of these servers can have several databases: Valkey from 9.0 on.
    pub(super) fn has_databases(&self) -> bool {
        self.valkey_major().is_some_and(|major| major >= 9)
    }

    /// The first number of Valkey's version, if the servers are Valkey.
    pub(super) fn valkey_major(&self) -> Option<u32> {
        let version = self.valkey_version.as_deref()?;
        version.split('.').next()?.parse().ok()
    }

    /// If these servers write doubles with no more digits than they need: all from 7.2 on.
    pub(super) fn writes_short_doubles(&self) -> bool {
        let mut numbers = self.redis_version.split('.').map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (7, 2),
            _ => true,
        }
    }

    /// The version of Redis that the servers are, or say that they are like.
    pub(super) fn redis_version(&self) -> &str {
        if self.redis_version.is_empty() {
            "0.0.0"
        } else {
            &self.redis_version
        }
    }

    /// Reads the text of `INFO server`.
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let field = |name: &str| -> Option<Box<str>> {
            text.lines()
                .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.into()))
        };
        Some(Self {
            redis_version: field("redis_version")?,
            server_name: field("server_name"),
            valkey_version: field("valkey_version"),
        })
    }
}

/// Refusals whose texts are the server's own and repeat nothing that was sent to it.
const SAFE_REFUSALS: [&[u8]; 7] = [
    b"WRONGPASS",
    b"NOAUTH",
    b"NOPERM",
    b"LOADING",
    b"MASTERDOWN",
    b"NOPROTO",
    b"BUSY",
];

/// Bytes of a refusal that are shown: the servers' own texts are shorter.
const SHOWN_MAX: usize = 200;

/// Bytes of the first word of a withheld refusal that are shown.
const WORD_MAX: usize = 32;

/// A node's refusal, fit for the log. A node that does not know HELLO repeats its arguments, and with them
/// the password, so only known refusals are shown whole.
fn shown(text: &[u8]) -> String {
    let word = first_word(text);
    if SAFE_REFUSALS.contains(&word) {
        return plain(text, SHOWN_MAX);
    }
    let is_code = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    let word = if word.iter().all(is_code) && !word.is_empty() {
        plain(word, WORD_MAX)
    } else {
        "an error".to_owned()
    };
    format!("{word} (the rest is withheld, it may repeat the password)")
}

/// The code that an error begins with.
pub(super) fn first_word(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b' ').next().unwrap_or_default()
}

/// At most `max` bytes of `text`, without control characters.
fn plain(text: &[u8], max: usize) -> String {
    let text = text.get(..max).unwrap_or(text);
    String::from_utf8_lossy(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Handshake, Progress, Purpose, SHOWN_MAX, ServerInfo, Terms};
    use crate::config::{ClusterSettings, Secret};
    use crate::resp::{Protocol, ReplyView};

    /// A handshake with the password "secret" at which the node's n-th reply decides.
    fn outcome(purpose: Purpose, replies: &[&str]) -> Progress {
        let settings = ClusterSettings {
            password: Some(Secret::new("secret")),
            ..ClusterSettings::default()
        };
        let mut handshake = Handshake::new(&settings, Terms::plain(Protocol::Resp3), purpose);
        let mut server = ServerInfo::default();
        let mut progress = Progress::More;
        for reply in replies {
            assert_eq!(progress, Progress::More, "before {reply:?}");
            progress = handshake.handle_reply(&ReplyView::new(reply.as_bytes()), &mut server);
        }
        progress
    }

    fn refusal(reply: &str) -> String {
        match outcome(Purpose::Primary, &[reply]) {
            Progress::Refused(text) => text.into(),
            other => panic!("{other:?} after {reply:?}"),
        }
    }

    #[test]
    fn a_refusal_that_repeats_the_password_is_withheld() {
        let echo = "-ERR unknown command 'HELLO', with args beginning with: \
                    '3' 'AUTH' 'default' 'secret' \r\n";
        let text = refusal(echo);
        assert!(text.starts_with("ERR (the rest is withheld"), "{text}");
        assert!(!text.contains("secret"), "{text}");
        let text = refusal("-secret\r\n");
        assert!(!text.contains("secret"), "{text}");
        assert!(refusal(&format!("-{}\r\n", "A".repeat(10_000))).len() < SHOWN_MAX);
    }

    #[test]
    fn a_known_refusal_is_shown_bounded_and_without_control_characters() {
        let wrong = "WRONGPASS invalid username-password pair or user is disabled.";
        assert_eq!(refusal(&format!("-{wrong}\r\n")), wrong);
        assert_eq!(refusal("-LOADING \x1b[2J\tx\r\n"), "LOADING  [2J x");
        let long = refusal(&format!("-BUSY {}\r\n", "x".repeat(10_000)));
        assert_eq!(long.len(), SHOWN_MAX);
    }

    #[test]
    fn a_node_that_wants_a_password_has_refused_at_any_step() {
        let noauth = "-NOAUTH Authentication required.\r\n";
        let cases: [&[&str]; 4] = [
            &[noauth],
            &["+OK\r\n", noauth],
            &["+OK\r\n", "+OK\r\n", noauth],
            &["+OK\r\n", "+OK\r\n", "+OK\r\n", noauth],
        ];
        for replies in cases {
            let Progress::Refused(text) = outcome(Purpose::ReplicaRead, replies) else {
                panic!("accepted after {replies:?}");
            };
            assert!(text.contains("wants a password"), "{text}");
        }
    }

    #[test]
    fn a_name_or_information_that_the_node_denies_does_not_matter() {
        let noperm = "-NOPERM this user has no permissions to run it\r\n";
        let replies = ["+OK\r\n", noperm, noperm];
        assert_eq!(outcome(Purpose::Primary, &replies), Progress::Done);
        assert_ne!(refusal(noperm), "");
    }

    #[test]
    fn the_password_is_neither_shown_nor_kept() {
        let settings = ClusterSettings {
            password: Some(Secret::new("secret")),
            ..ClusterSettings::default()
        };
        let mut handshake =
            Handshake::new(&settings, Terms::plain(Protocol::Resp2), Purpose::Primary);
        let output = String::from_utf8_lossy(handshake.unwritten()).into_owned();
        assert!(output.contains("secret"));
        let shown = format!("{handshake:?}");
        let bytes = format!("{:?}", b"secret");
        let inner = bytes.trim_matches(['[', ']']);
        assert!(
            !shown.contains("secret") && !shown.contains(inner),
            "{shown}"
        );
        handshake.advance(output.len());
        let mut server = ServerInfo::default();
        for _ in 0..3 {
            let _ = handshake.handle_reply(&ReplyView::new(b"+OK\r\n"), &mut server);
        }
        assert!(!handshake.has_output());
        assert_eq!(handshake.output.capacity(), 0);
    }

    #[test]
    fn reads_what_servers_say_of_themselves() {
        let redis = ServerInfo::parse(b"# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n");
        let redis = redis.unwrap();
        assert_eq!(&*redis.redis_version, "7.0.15");
        assert!(!redis.writes_short_doubles());
        let valkey =
            b"# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        let valkey = ServerInfo::parse(valkey).unwrap();
        assert_eq!(valkey.valkey_version.as_deref(), Some("9.1.2"));
        assert!(valkey.writes_short_doubles() && ServerInfo::default().writes_short_doubles());
        assert_eq!(ServerInfo::parse(b"# Server\r\n"), None);
    }
}
