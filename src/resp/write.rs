//! Appends frames to a buffer of the caller, in the dialect that its peer speaks.

use super::Protocol;
use super::int;

/// A simple string. CR and LF become spaces.
#[inline]
pub fn simple(out: &mut Vec<u8>, text: &str) {
    line(out, b'+', text);
}

/// An error; `text` begins with its code (`ERR ...`), without `-`. CR and LF become spaces.
pub fn error(out: &mut Vec<u8>, text: &str) {
    line(out, b'-', text);
}

/// An integer.
#[inline]
pub fn integer(out: &mut Vec<u8>, n: i64) {
    out.push(b':');
    int::push_decimal(out, n);
    out.extend_from_slice(b"\r\n");
}

/// A bulk string.
#[inline]
pub fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    bulk_header(out, bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// The header of a bulk string whose bytes and CR LF the caller appends.
#[inline]
pub fn bulk_header(out: &mut Vec<u8>, bytes: usize) {
    header(out, b'$', bytes);
}

/// A null: of RESP3, or the null bulk of RESP2.
#[inline]
pub fn null(out: &mut Vec<u8>, protocol: Protocol) {
    out.extend_from_slice(match protocol {
        Protocol::Resp2 => b"$-1\r\n".as_slice(),
        Protocol::Resp3 => b"_\r\n",
    });
}

/// A null where an array is expected: of RESP3, or the null array of RESP2.
#[inline]
pub fn null_array(out: &mut Vec<u8>, protocol: Protocol) {
    out.extend_from_slice(match protocol {
        Protocol::Resp2 => b"*-1\r\n".as_slice(),
        Protocol::Resp3 => b"_\r\n",
    });
}

/// The header of an array; its elements follow.
#[inline]
pub fn array(out: &mut Vec<u8>, elements: usize) {
    header(out, b'*', elements);
}

/// The header of a map; keys and values follow in turn. In RESP2 an array of twice the length.
pub fn map(out: &mut Vec<u8>, pairs: usize, protocol: Protocol) {
    match protocol {
        Protocol::Resp2 => array(out, pairs.saturating_mul(2)),
        Protocol::Resp3 => header(out, b'%', pairs),
    }
}

/// The header of a set; its elements follow. In RESP2 an array.
pub fn set(out: &mut Vec<u8>, elements: usize, protocol: Protocol) {
    match protocol {
        Protocol::Resp2 => array(out, elements),
        Protocol::Resp3 => header(out, b'~', elements),
    }
}

/// The header of a push of RESP3; its elements follow.
pub fn push(out: &mut Vec<u8>, elements: usize) {
    header(out, b'>', elements);
}

/// A boolean. In RESP2 the integer 1 or 0.
pub fn boolean(out: &mut Vec<u8>, value: bool, protocol: Protocol) {
    out.extend_from_slice(match (protocol, value) {
        (Protocol::Resp2, true) => b":1\r\n",
        (Protocol::Resp2, false) => b":0\r\n",
        (Protocol::Resp3, true) => b"#t\r\n",
        (Protocol::Resp3, false) => b"#f\r\n",
    });
}

/// A double, in the shortest digits that give it back. In RESP2 a bulk string.
pub fn double(out: &mut Vec<u8>, value: f64, protocol: Protocol) {
    let text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() || value == 0.0 || PLAIN_DOUBLES.contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    };
    match protocol {
        Protocol::Resp2 => bulk(out, text.as_bytes()),
        Protocol::Resp3 => line(out, b',', &text),
    }
}

/// A text for people, marked as such. In RESP2 a bulk string.
pub fn verbatim(out: &mut Vec<u8>, text: &str, protocol: Protocol) {
    match protocol {
        Protocol::Resp2 => bulk(out, text.as_bytes()),
        Protocol::Resp3 => {
            header(out, b'=', text.len() + VERBATIM_TEXT.len());
            out.extend_from_slice(VERBATIM_TEXT);
            out.extend_from_slice(text.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// A whole request.
pub fn request(out: &mut Vec<u8>, args: &[&[u8]]) {
    array(out, args.len());
    for arg in args {
        bulk(out, arg);
    }
}

/// A type byte with a length.
#[inline]
fn header(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    int::push_unsigned(out, length as u64);
    out.extend_from_slice(b"\r\n");
}

/// A line; it must stay one, whatever the text is.
fn line(out: &mut Vec<u8>, kind: u8, text: &str) {
    out.push(kind);
    out.extend(text.bytes().map(|byte| {
        if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            byte
        }
    }));
    out.extend_from_slice(b"\r\n");
}

/// Doubles that are written without an exponent; beyond these a number would be mostly zeros.
const PLAIN_DOUBLES: std::ops::Range<f64> = 1e-5..1e17;
/// The format of a verbatim string that is plain text.
const VERBATIM_TEXT: &[u8] = b"txt:";

#[cfg(test)]
mod tests {
    use super::super::{Limits, Protocol, ReplyScanner, RequestScanner, Scan};

    /// What a writer appends, checked to be one whole frame.
    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len: out.len() }, "{out:?}");
        let mut appended = b"before".to_vec();
        write(&mut appended);
        assert_eq!(appended, [b"before", &out[..]].concat());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_both_dialects() {
        use Protocol::{Resp2, Resp3};
        assert_eq!(written(|out| super::simple(out, "OK")), "+OK\r\n");
        assert_eq!(written(|out| super::simple(out, "a\r\nb")), "+a  b\r\n");
        assert_eq!(written(|out| super::error(out, "ERR a\nb")), "-ERR a b\r\n");
        assert_eq!(written(|out| super::integer(out, -7)), ":-7\r\n");
        assert_eq!(written(|out| super::bulk(out, b"")), "$0\r\n\r\n");
        assert_eq!(
            written(|out| super::bulk(out, b"a\r\nb")),
            "$4\r\na\r\nb\r\n"
        );
        assert_eq!(written(|out| super::null(out, Resp2)), "$-1\r\n");
        assert_eq!(written(|out| super::null(out, Resp3)), "_\r\n");
        assert_eq!(written(|out| super::null_array(out, Resp2)), "*-1\r\n");
        assert_eq!(written(|out| super::null_array(out, Resp3)), "_\r\n");
        assert_eq!(written(|out| super::array(out, 0)), "*0\r\n");
        assert_eq!(written(|out| super::map(out, 0, Resp3)), "%0\r\n");
        assert_eq!(written(|out| super::set(out, 0, Resp2)), "*0\r\n");
        assert_eq!(written(|out| super::set(out, 0, Resp3)), "~0\r\n");
        assert_eq!(written(|out| super::push(out, 0)), ">0\r\n");
        assert_eq!(written(|out| super::boolean(out, true, Resp2)), ":1\r\n");
        assert_eq!(written(|out| super::boolean(out, false, Resp2)), ":0\r\n");
        assert_eq!(written(|out| super::boolean(out, true, Resp3)), "#t\r\n");
        assert_eq!(written(|out| super::boolean(out, false, Resp3)), "#f\r\n");
        assert_eq!(
            written(|out| super::verbatim(out, "a", Resp2)),
            "$1\r\na\r\n"
        );
        assert_eq!(
            written(|out| super::verbatim(out, "a", Resp3)),
            "=5\r\ntxt:a\r\n"
        );
        let mut out = Vec::new();
        super::map(&mut out, 3, Resp2);
        assert_eq!(out, b"*6\r\n");
    }

    #[test]
    fn writes_doubles_that_read_back() {
        let rows = [
            (0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1e16, "10000000000000000"),
            (1e300, "1e300"),
            (-2.5e-9, "-2.5e-9"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, text) in rows {
            assert_eq!(
                written(|out| super::double(out, value, Protocol::Resp3)),
                format!(",{text}\r\n")
            );
            assert_eq!(
                written(|out| super::double(out, value, Protocol::Resp2)),
                format!("${}\r\n{text}\r\n", text.len())
            );
        }
    }

    #[test]
    fn writes_requests() {
        let mut out = Vec::new();
        super::request(&mut out, &[b"GET", b"k\r\n"]);
        assert_eq!(out, b"*2\r\n$3\r\nGET\r\n$3\r\nk\r\n\r\n");
        let scan = RequestScanner::default().scan(&out, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len: out.len() });
    }
}
