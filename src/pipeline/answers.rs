//! Every error line that corelane itself can send, in one place.
//!
//! Where Redis has words for a situation they are used, because clients compare them; corelane's own lines
//! name corelane, so that an operator knows who speaks.

use std::fmt::Write as _;

use crate::access::{Denial, SortOption};
use crate::cluster::{NodeAddr, Slot};
use crate::command::Why;
use crate::resp::write;

/// End of each line that leaves open if a write was executed.
pub(super) const UNKNOWN_END: &[u8] = b"the outcome of this command is unknown\r\n";

/// Bytes of a foreign name or argument that an error line repeats.
const QUOTE_MAX: usize = 128;

pub(super) const NOAUTH: &str = "NOAUTH Authentication required.";
pub(super) const WRONGPASS: &str = "WRONGPASS invalid username-password pair or user is disabled.";
pub(super) const NOPERM_KEY: &str =
    "NOPERM this user has no permissions to access one of the keys used as arguments";
pub(super) const NOPERM_CHANNEL: &str =
    "NOPERM this user has no permissions to access one of the channels used as arguments";
pub(super) const AUTH_NOT_CONFIGURED: &str = "ERR AUTH <password> called without any password \
     configured for the default user. Are you sure your configuration is correct?";
pub(super) const CROSSSLOT: &str = "CROSSSLOT Keys in request don't hash to the same slot";
pub(super) const MULTI_NESTED: &str = "ERR MULTI calls can not be nested";
pub(super) const WATCH_IN_MULTI: &str = "ERR WATCH inside MULTI is not allowed";
pub(super) const EXEC_WITHOUT_MULTI: &str = "ERR EXEC without MULTI";
pub(super) const DISCARD_WITHOUT_MULTI: &str = "ERR DISCARD without MULTI";
pub(super) const EXEC_ABORT: &str = "EXECABORT Transaction discarded because of previous errors.";
pub(super) const SYNTAX: &str = "ERR syntax error";
pub(super) const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
pub(super) const SELECT_IN_CLUSTER: &str = "ERR SELECT is not allowed in cluster mode";
pub(super) const DATABASE_OUT_OF_RANGE: &str = "ERR DB index is out of range";
pub(super) const NOPROTO: &str = "NOPROTO unsupported protocol version";
pub(super) const PROTOCOL_NOT_INTEGER: &str =
    "ERR Protocol version is not an integer or out of range";
pub(super) const MAINTENANCE_RESP2: &str =
    "ERR corelane: CLIENT MAINT_NOTIFICATIONS needs RESP3, see HELLO";
pub(super) const CLIENT_NAME: &str =
    "ERR Client names cannot contain spaces, newlines or special characters.";

pub(super) const WORKERS_LATE: &str =
    "ERR corelane: not all workers have answered in time; some may have done their part";
pub(super) const WORKERS_CROWDED: &str =
    "ERR corelane: too many commands that concern all workers are under way";

/// Whole lines for connections that may not stay.
pub(super) const MAX_CLIENTS_LINE: &[u8] = b"-ERR max number of clients reached\r\n";
pub(super) const DRAINING_LINE: &[u8] = b"-ERR corelane: shutting down\r\n";

/// Why a request of a client could not be carried out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failure<'a> {
    /// No reply came in time; a write may have been executed or not.
    Timeout {
        node: Option<&'a NodeAddr>,
        millis: u128,
        read_only: bool,
    },
    /// The connection was lost after a write was sent.
    Lost { node: Option<&'a NodeAddr> },
    /// No node took the request in time.
    Unavailable {
        slot: Slot,
        node: Option<&'a NodeAddr>,
        millis: u128,
    },
    /// The node that serves the slot has been lost for so long that nothing waits for it any more.
    Down {
        slot: Slot,
        node: Option<&'a NodeAddr>,
        millis: u128,
    },
    /// The only node that could take the request did not in time.
    Unreached { node: &'a NodeAddr, millis: u128 },
    /// The connection was lost while a large request was passed on, so the node has not got it whole.
    Cut { node: Option<&'a NodeAddr> },
    /// A node refused a large request, whose bytes are gone.
    Refused {
        node: Option<&'a NodeAddr>,
        word: &'a str,
    },
    /// As many requests wait for this node as may.
    Backlog { node: Option<&'a NodeAddr> },
}

// === impl Failure ===

impl Failure<'_> {
    /// If it leaves open whether the request was executed.
    pub(super) fn is_unknown(self) -> bool {
        match self {
            Self::Timeout { read_only, .. } => !read_only,
            Self::Lost { .. } => true,
            Self::Unavailable { .. }
            | Self::Down { .. }
            | Self::Unreached { .. }
            | Self::Cut { .. }
            | Self::Refused { .. }
            | Self::Backlog { .. } => false,
        }
    }

    /// Appends the error reply.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let text = match self {
            Self::Timeout {
                node,
                millis,
                read_only: true,
            } => {
                format!(
                    "ERR corelane: timeout: {} gave no reply within {millis} ms",
                    name(node)
                )
            }
            Self::Timeout {
                node,
                millis,
                read_only: false,
            } => format!(
                "ERR corelane: timeout: {} gave no reply within {millis} ms; \
                 the outcome of this command is unknown",
                name(node)
            ),
            Self::Lost { node } => format!(
                "ERR corelane: lost the connection to {}; the outcome of this command is unknown",
                name(node)
            ),
            Self::Unavailable {
                slot,
                node: Some(node),
                millis,
            } => format!(
                "CLUSTERDOWN corelane: no node served slot {} within {millis} ms; last tried {node}",
                slot.number()
            ),
            Self::Unavailable {
                slot,
                node: None,
                millis,
            } => format!(
                "CLUSTERDOWN corelane: no node is known to serve slot {}; waited {millis} ms",
                slot.number()
            ),
            Self::Down {
                slot,
                node: Some(node),
                millis,
            } => format!(
                "CLUSTERDOWN corelane: node {node}, which serves slot {}, has not been reachable for {millis} ms",
                slot.number()
            ),
            Self::Down {
                slot, node: None, ..
            } => format!(
                "CLUSTERDOWN corelane: no node is known to serve slot {}",
                slot.number()
            ),
            Self::Unreached { node, millis } => format!(
                "CLUSTERDOWN corelane: node {node} did not take the command within {millis} ms"
            ),
            Self::Cut { node } => not_executed(&format!(
                "lost the connection to {} in the middle of this command",
                name(node)
            )),
            Self::Refused { node, word } => not_executed(&format!(
                "{} refused this command ({word}), which was passed on while it arrived",
                name(node)
            )),
            Self::Backlog { node } => {
                format!("ERR corelane: too many requests wait for {}", name(node))
            }
        };
        write::error(out, &text);
    }
}

fn not_executed(why: &str) -> String {
    format!("TRYAGAIN corelane: {why}; it was not executed and can be sent again")
}

fn name(node: Option<&NodeAddr>) -> String {
    node.map_or_else(|| "the node".to_owned(), |addr| format!("node {addr}"))
}

/// A node accepts no new link, and says why.
pub(super) fn shut(node: &NodeAddr, why: &str) -> String {
    format!("CLUSTERDOWN corelane: node {node} accepts no new connection: {why}")
}

/// Clients have as many links for themselves as they may.
pub(super) fn no_private_left(max: usize) -> String {
    format!(
        "ERR corelane: too many clients wait in blocking commands or watch keys \
         (limits.private_links_max = {max})"
    )
}

/// A request has at least `least` bytes, and all buffers together may hold `most`.
pub(super) fn too_large(least: usize, most: usize) -> String {
    format!(
        "ERR corelane: the request is too large: it has at least {least} bytes, and a worker may keep {most} \
         (limits.memory_max); it was not executed"
    )
}

/// The client listens to as much as it may.
pub(super) fn subscriptions_of_client(max: usize) -> String {
    format!(
        "ERR corelane: too many subscriptions of one client (limits.client_subscriptions_max = {max})"
    )
}

/// Clients listen to as much as they may.
pub(super) fn subscriptions_of_all(max: usize) -> String {
    format!("ERR corelane: too many subscriptions (limits.subscriptions_max = {max})")
}

/// The names of what clients listen to are as long as they may be together.
pub(super) fn names_of_subscriptions(max: usize) -> String {
    format!("ERR corelane: the names of all subscriptions would take more than {max} bytes")
}

/// No node has confirmed a subscription.
pub(super) fn no_confirmation(millis: u128) -> String {
    format!("ERR corelane: timeout: no node confirmed the subscription within {millis} ms")
}

/// The client listens in RESP2, in Redis's words.
pub(super) fn confined(out: &mut Vec<u8>, command: &str) {
    write::error(
        out,
        &format!(
            "ERR Can't execute '{command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
             are allowed in this context"
        ),
    );
}

/// MULTI or WATCH after MULTI, in the words of Valkey of this version; nothing if it is not refused for good.
pub(super) fn not_in_transaction(command: &str, valkey: Option<u32>) -> Option<String> {
    match valkey? {
        9.. => Some(format!(
            "ERR Command '{command}' not allowed inside a transaction"
        )),
        8 => Some("ERR Command not allowed inside a transaction".to_owned()),
        _ => None,
    }
}

/// A transaction was given up for this reason, in Redis's words.
pub(super) fn exec_abort(reason: &[u8]) -> String {
    let reason = String::from_utf8_lossy(reason);
    format!("EXECABORT Transaction discarded because of: {reason}")
}

/// A node did not begin a transaction, so what followed was none.
pub(super) fn multi_refused(reason: &[u8]) -> String {
    let reason = quote(reason);
    format!(
        "ERR corelane: the node refused MULTI ({reason}) and may have executed the commands one by one; \
         the outcome of this command is unknown"
    )
}

/// A transaction would hold more bytes than it may.
pub(super) fn transaction_full(max: usize) -> String {
    format!(
        "ERR corelane: the transaction is too large (limits.transaction_bytes_max = {max} bytes)"
    )
}

/// The command is known and not carried inside a transaction.
pub(super) fn not_in_multi(out: &mut Vec<u8>, command: &str) {
    let command = command.replace('|', " ");
    write::error(
        out,
        &format!("ERR corelane: '{command}' is not supported inside a transaction"),
    );
}

/// The command is not known, in Redis's words.
pub(super) fn unknown_command<'a>(
    out: &mut Vec<u8>,
    name: &[u8],
    arguments: impl Iterator<Item = &'a [u8]>,
) {
    let mut text = format!(
        "ERR unknown command '{}', with args beginning with: ",
        quote(name)
    );
    for argument in arguments {
        if text.len() >= QUOTE_MAX * 2 {
            break;
        }
        let _ = write!(text, "'{}' ", quote(argument));
    }
    write::error(out, &text);
}

/// The subcommand is not known, in Redis's words.
pub(super) fn unknown_subcommand(out: &mut Vec<u8>, container: &str, name: &[u8]) {
    let container = container.to_ascii_uppercase();
    let name = quote(name);
    write::error(
        out,
        &format!("ERR unknown subcommand '{name}'. Try {container} HELP."),
    );
}

/// The number of arguments is wrong, in Redis's words.
pub(super) fn arity(out: &mut Vec<u8>, command: &str) {
    write::error(
        out,
        &format!("ERR wrong number of arguments for '{command}' command"),
    );
}

/// corelane knows the command and does not carry it.
pub(super) fn unsupported(out: &mut Vec<u8>, command: &str, why: Why) {
    let command = command.replace('|', " ");
    write::error(
        out,
        &format!("ERR corelane: '{command}' is not supported: {}", why.text()),
    );
}

/// CONFIG SET of what only administrators may set.
pub(super) fn guarded_setting(name: &[u8]) -> String {
    format!(
        "ERR corelane: CONFIG SET of '{}' can keep clients and nodes from each other, which \
         commands.allow_administration would have to allow",
        quote(name)
    )
}

/// Why a user may not send a request, in Redis's words where there are some.
pub(super) fn denied(denial: Denial, command: &str) -> String {
    match denial {
        Denial::Command => {
            format!("NOPERM this user has no permissions to run the '{command}' command")
        }
        Denial::Key(_) => NOPERM_KEY.to_owned(),
        Denial::Channel(_) => NOPERM_CHANNEL.to_owned(),
        Denial::Sort(option) => {
            let option = match option {
                SortOption::By => "BY",
                SortOption::Get => "GET",
            };
            format!("ERR {option} option of SORT denied due to insufficient ACL permissions.")
        }
        Denial::Unchecked => format!(
            "NOPERM corelane: this user may not run '{command}': only nodes find out which keys it uses, and \
             they do not know this user; the settings can allow it (unchecked_commands)"
        ),
    }
}

/// A name that a client sent, fit for an error line.
pub(super) fn quote(bytes: &[u8]) -> String {
    let bytes = bytes.get(..QUOTE_MAX).unwrap_or(bytes);
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Failure, unknown_command};

    #[test]
    fn unknown_commands_are_named_and_bounded() {
        let mut out = Vec::new();
        unknown_command(&mut out, b"nope", [b"a".as_slice(), b"b\r\nc"].into_iter());
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "-ERR unknown command 'nope', with args beginning with: 'a' 'b  c' \r\n"
        );
        let mut out = Vec::new();
        let long = vec![b'x'; 10_000];
        unknown_command(&mut out, &long, std::iter::repeat_n(long.as_slice(), 1000));
        assert!(out.len() < 1024);
    }

    #[test]
    fn a_write_that_timed_out_says_that_its_outcome_is_unknown() {
        let node = "127.0.0.1:7000".parse().unwrap();
        let line = |read_only| {
            let mut out = Vec::new();
            Failure::Timeout {
                node: Some(&node),
                millis: 1000,
                read_only,
            }
            .write(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert!(line(false).contains("outcome of this command is unknown"));
        assert!(!line(true).contains("outcome"));
    }
}
