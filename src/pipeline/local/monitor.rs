//! MONITOR: clients that see what the clients of this worker ask for.
//!
//! Limits: an argument is shown up to [`ARG_BYTES_MAX`], a request up to [`ARGS_MAX`]; a monitor that leaves
//! more than [`OUTPUT_MAX`] unread is closed and counted. Nothing is done while there is no monitor.

use std::fmt::Write as _;

use super::super::Pipeline;
use super::super::slab::Key;
use super::super::time::Time;
use crate::command::{Command, Flags, Treatment, treatment};
use crate::resp::{RequestView, write};

/// Of a longer argument only so much is shown.
const ARG_BYTES_MAX: usize = 1024;

/// Of more arguments only so many are shown.
const ARGS_MAX: usize = 64;

/// A monitor with more to read than this is too slow.
const OUTPUT_MAX: usize = 8 * 1024 * 1024;

/// What is shown instead of a secret.
const REDACTED: &str = " \"(redacted)\"";

impl Pipeline {
    /// MONITOR: the client sees all requests from now on.
    pub(super) fn monitor(&mut self, key: Key, out: &mut Vec<u8>) {
        if !self.monitors.contains(&key) {
            self.monitors.push(key);
            self.note_specials();
        }
        write::simple(out, "OK");
    }

    /// The client sees no more requests, or is gone.
    pub(in crate::pipeline) fn forget_monitor(&mut self, key: Key) {
        if let Some(at) = self.monitors.iter().position(|monitor| *monitor == key) {
            self.monitors.swap_remove(at);
            self.note_specials();
        }
    }

    /// Shows a request that was taken to all monitors.
    pub(in crate::pipeline) fn show_monitors(
        &mut self,
        key: Key,
        command: &Command,
        view: &RequestView<'_>,
        now: Time,
    ) {
        let is_hidden = command.flags.has(Flags::ADMIN) || command.flags.has(Flags::SKIP_MONITOR);
        if is_hidden || matches!(treatment(command), Treatment::Unsupported(_)) {
            return;
        }
        let Some(client) = self.clients.get(key) else {
            return;
        };
        let wall = self.wall(now);
        let mut line = String::new();
        let _ = write!(
            line,
            "{}.{:06} [0 {}]",
            wall.as_secs(),
            wall.subsec_micros(),
            client.peer
        );
        push_arguments(&mut line, command, view);
        let mut frame = Vec::new();
        write::simple(&mut frame, &line);
        for monitor in self.monitors.clone() {
            let Some(client) = self.clients.get_mut(monitor) else {
                continue;
            };
            client.output.append(&frame);
            let is_slow = client.output.unwritten_len() > OUTPUT_MAX;
            self.touch_client(monitor);
            if is_slow {
                self.stats.counters.closes_monitor += 1;
                self.close_client(monitor);
            }
        }
    }
}

fn push_arguments(line: &mut String, command: &Command, view: &RequestView<'_>) {
    let mut secrets = 0;
    for (index, arg) in view.args().enumerate() {
        if index >= ARGS_MAX {
            let _ = write!(line, " ... ({} more arguments)", view.len_args() - ARGS_MAX);
            return;
        }
        if secrets > 0 || (command.name == "auth" && index > 0) {
            secrets = usize::saturating_sub(secrets, 1);
            line.push_str(REDACTED);
            continue;
        }
        secrets = secrets_behind(command.name, index, arg);
        push_quoted(line, arg);
    }
}

/// How many arguments behind this one are secrets or belong to them. It may be too many: a key may be called like an
/// option.
fn secrets_behind(command: &str, index: usize, arg: &[u8]) -> usize {
    match command {
        // HELLO takes a user and a password behind AUTH, wherever that stands.
        "hello" if index > 1 && arg.eq_ignore_ascii_case(b"auth") => 2,
        "migrate" if index > 5 && arg.eq_ignore_ascii_case(b"auth") => 1,
        "migrate" if index > 5 && arg.eq_ignore_ascii_case(b"auth2") => 2,
        _ => 0,
    }
}

/// An argument in quotes, in printable ASCII.
fn push_quoted(line: &mut String, arg: &[u8]) {
    line.push_str(" \"");
    for byte in arg.iter().take(ARG_BYTES_MAX) {
        match byte {
            b'"' | b'\\' => {
                line.push('\\');
                line.push(char::from(*byte));
            }
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'\t' => line.push_str("\\t"),
            7 => line.push_str("\\a"),
            8 => line.push_str("\\b"),
            b' '..=b'~' => line.push(char::from(*byte)),
            other => {
                let _ = write!(line, "\\x{other:02x}");
            }
        }
    }
    line.push('"');
    if arg.len() > ARG_BYTES_MAX {
        let _ = write!(line, "... ({} more bytes)", arg.len() - ARG_BYTES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::{ARG_BYTES_MAX, ARGS_MAX, push_arguments};
    use crate::command::lookup;
    use crate::resp::{RequestView, write};

    fn shown(args: &[&[u8]]) -> String {
        let mut frame = Vec::new();
        write::request(&mut frame, args);
        let mut line = String::new();
        push_arguments(
            &mut line,
            lookup(args[0]).unwrap(),
            &RequestView::new(&frame),
        );
        line
    }

    #[test]
    fn arguments_are_quoted_and_bounded() {
        assert_eq!(
            shown(&[b"SET", b"a\"\\\n\x01\xff", b"v w"]),
            r#" "SET" "a\"\\\n\x01\xff" "v w""#
        );
        let long = vec![b'x'; ARG_BYTES_MAX + 5];
        assert!(shown(&[b"GET", &long]).ends_with("x\"... (5 more bytes)"));
        let many = vec![b"DEL".as_slice(); ARGS_MAX + 3];
        assert!(shown(&many).ends_with("\"DEL\" ... (3 more arguments)"));
    }

    #[test]
    fn secrets_are_not_shown() {
        for args in [
            &[b"AUTH".as_slice(), b"geheim"][..],
            &[b"auth", b"geheim", b"geheim"],
            &[b"HELLO", b"3", b"AUTH", b"geheim", b"geheim"],
            &[
                b"HELLO", b"3", b"SETNAME", b"n", b"auth", b"geheim", b"geheim",
            ],
            &[b"HELLO", b"3", b"AUTH", b"AUTH", b"geheim"],
            &[
                b"MIGRATE", b"h", b"1", b"k", b"0", b"9", b"COPY", b"AUTH", b"geheim",
            ],
            &[
                b"MIGRATE", b"h", b"1", b"", b"0", b"9", b"auth2", b"u", b"geheim", b"KEYS", b"k",
            ],
        ] {
            let line = shown(args);
            assert!(!line.contains("geheim"), "{line}");
            assert!(line.contains("(redacted)"), "{line}");
        }
        let line = shown(&[b"HELLO", b"3", b"AUTH", b"u", b"p", b"SETNAME", b"n"]);
        assert!(line.ends_with("\"SETNAME\" \"n\""), "{line}");
    }
}
