//! Finds where requests and replies end. Trusts its peers: it is for measuring only.

use std::ops::Range;

/// What stands at the beginning of the bytes that a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A request for the node that has this key.
    Keyed { key: Range<usize>, length: usize },
    /// A request that the floor answers itself.
    Local {
        answer: &'static [u8],
        length: usize,
    },
    /// More bytes must come before anything can be said.
    Part,
}

/// What stands at the beginning of the bytes that a node sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// A reply of this length, of which all or only a part may have come.
    Length(usize),
    /// More bytes must come before anything can be said.
    Part,
}

/// The bytes do not follow the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

const PONG: &[u8] = b"+PONG\r\n";
const REFUSED: &[u8] = b"-ERR the floor takes single-key commands only\r\n";

/// Looks at the first request. Its `length` may exceed `bytes` when only its last argument is incomplete.
pub(crate) fn request(bytes: &[u8]) -> Result<Request, Malformed> {
    let Some((count, mut at)) = header(bytes, 0, b'*')? else {
        return Ok(Request::Part);
    };
    let mut key = 0..0;
    let mut name = 0..0;
    for index in 0..count {
        let Some((length, begin)) = header(bytes, at, b'$')? else {
            return Ok(Request::Part);
        };
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let argument = begin..begin + length;
        at = argument.end + 2;
        let is_last = index + 1 == count;
        if at > bytes.len() && !(is_last && index > 1) {
            return Ok(Request::Part);
        }
        match index {
            0 => name = argument,
            1 => key = argument,
            _ => {}
        }
    }
    let name = &bytes[name];
    if count < 2 || is_refused(name) {
        let answer = if name.eq_ignore_ascii_case(b"PING") {
            PONG
        } else {
            REFUSED
        };
        return Ok(match at > bytes.len() {
            true => Request::Part,
            false => Request::Local { answer, length: at },
        });
    }
    Ok(Request::Keyed { key, length: at })
}

fn is_refused(name: &[u8]) -> bool {
    match name.first() {
        Some(b'M' | b'm') => {
            name.eq_ignore_ascii_case(b"MGET") || name.eq_ignore_ascii_case(b"MSET")
        }
        Some(b'H' | b'h') => name.eq_ignore_ascii_case(b"HELLO"),
        _ => false,
    }
}

/// Looks at the first reply.
pub(crate) fn reply(bytes: &[u8]) -> Result<Reply, Malformed> {
    let mut at = 0;
    let mut open = 1_i64;
    while open > 0 {
        open -= 1;
        let Some(kind) = bytes.get(at) else {
            return Ok(Reply::Part);
        };
        match kind {
            b'$' => {
                let Some((length, begin)) = header(bytes, at, b'$')? else {
                    return Ok(Reply::Part);
                };
                // The null bulk string has no body.
                at = usize::try_from(length).map_or(begin, |length| begin + length + 2);
            }
            b'*' => {
                let Some((count, begin)) = header(bytes, at, b'*')? else {
                    return Ok(Reply::Part);
                };
                open += count.max(0);
                at = begin;
            }
            b'+' | b'-' | b':' => match memchr::memchr(b'\n', &bytes[at..]) {
                Some(end) => at += end + 1,
                None => return Ok(Reply::Part),
            },
            _ => return Err(Malformed),
        }
    }
    Ok(Reply::Length(at))
}

/// The number behind the byte `kind` at `at`, and where its line ends.
fn header(bytes: &[u8], at: usize, kind: u8) -> Result<Option<(i64, usize)>, Malformed> {
    let Some(line) = bytes.get(at..).filter(|line| !line.is_empty()) else {
        return Ok(None);
    };
    if line[0] != kind {
        return Err(Malformed);
    }
    let mut number = 0_i64;
    for (index, byte) in line.iter().enumerate().skip(1) {
        match byte {
            b'0'..=b'9' => number = number.wrapping_mul(10) + i64::from(byte - b'0'),
            b'-' => return Ok((line.len() > index + 3).then_some((-1, at + index + 4))),
            b'\r' => return Ok((line.len() > index + 1).then_some((number, at + index + 2))),
            _ => return Err(Malformed),
        }
    }
    Ok(None)
}
