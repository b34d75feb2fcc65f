//! What a new link says before it carries requests: who it is, which protocol, and what it is for.
//!
//! Requests follow only after the node accepted all of it, so a wrong password can never make a client's
//! request fail in a way that looks like its own fault.

use std::collections::VecDeque;

use super::link::Purpose;
use crate::config::ClusterSettings;
use crate::resp::{Protocol, ReplyView, write};

/// Commands sent and replies awaited.
#[derive(Debug)]
pub(super) struct Handshake {
    output: Vec<u8>,
    written: usize,
    steps: VecDeque<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// HELLO or AUTH; the node must accept it.
    Introduce,
    /// READONLY; the node must accept it.
    ReadOnly,
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
    /// The node refused; its words.
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
    pub(super) fn new(settings: &ClusterSettings, protocol: Protocol, purpose: Purpose) -> Self {
        let mut handshake = Self {
            output: Vec::new(),
            written: 0,
            steps: VecDeque::new(),
        };
        let password = settings
            .password
            .as_ref()
            .map(|secret| secret.reveal().as_bytes());
        let user = settings.username.as_deref().map(str::as_bytes);
        match (protocol, password) {
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
        if purpose == Purpose::ReplicaRead {
            handshake.say(Step::ReadOnly, &[b"READONLY"]);
        }
        handshake.say(Step::Name, &[b"CLIENT", b"SETNAME", b"corelane"]);
        handshake.say(Step::Info, &[b"INFO", b"server"]);
        handshake
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
            (Step::Introduce | Step::ReadOnly, Some(text)) => {
                return Progress::Refused(String::from_utf8_lossy(text).into());
            }
            (Step::Info, None) => {
                if let Some(info) = reply.as_bulk().and_then(ServerInfo::parse) {
                    *server = info;
                }
            }
            (Step::Introduce | Step::ReadOnly | Step::Name | Step::Info, _) => {}
        }
        if self.steps.is_empty() {
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

// === impl ServerInfo ===

impl ServerInfo {
    /// The version that HELLO tells: the server's own, or zeros before any server told its own.
    pub(super) fn version(&self) -> &str {
        self.valkey_version
            .as_deref()
            .unwrap_or_else(|| self.redis_version())
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

#[cfg(test)]
mod tests {
    use super::ServerInfo;

    #[test]
    fn reads_what_servers_say_of_themselves() {
        let redis = ServerInfo::parse(b"# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n");
        assert_eq!(&*redis.unwrap().redis_version, "7.0.15");
        let valkey =
            b"# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        let valkey = ServerInfo::parse(valkey).unwrap();
        assert_eq!(valkey.valkey_version.as_deref(), Some("9.1.2"));
        assert_eq!(ServerInfo::parse(b"# Server\r\n"), None);
    }
}
