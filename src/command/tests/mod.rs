//! Tests of the table, look-up, keys, policies and COMMAND replies.
//!
//! `golden.txt` holds replies of a real server, written by `scripts/gen-command-table`.

mod keys;
mod random;
mod replies;
mod table;
mod treatment;

use super::Command;
use super::describe::by_full_name;
use crate::resp::{Protocol, write};

const GOLDEN: &str = include_str!("../golden.txt");
const PROTOCOLS: [Protocol; 2] = [Protocol::Resp2, Protocol::Resp3];

/// A request's bytes from a line of words; `""` is the empty word.
pub(super) fn request(line: &str) -> Vec<u8> {
    let words = line
        .split(' ')
        .map(|word| if word == "\"\"" { b"" } else { word.as_bytes() });
    let mut frame = Vec::new();
    write::request(&mut frame, &words.collect::<Vec<_>>());
    frame
}

fn command(name: &str) -> &'static Command {
    by_full_name(name.as_bytes()).unwrap_or_else(|| panic!("{name} is not in the table"))
}

/// The rows of the golden file: protocol, request, reply.
fn golden() -> impl Iterator<Item = (Protocol, &'static str, Vec<u8>)> {
    GOLDEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let mut fields = line.split('\t');
            let protocol = if fields.next() == Some("3") {
                Protocol::Resp3
            } else {
                Protocol::Resp2
            };
            let (request, reply) = (fields.next().unwrap(), fields.next().unwrap());
            let reply = reply
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\\\", "\\");
            (protocol, request, reply.into_bytes())
        })
}
