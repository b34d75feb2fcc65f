//! The wire format once more, slow and obvious, so that the model does not share the library's mistakes.

/// A request as its arguments.
pub(crate) type Args = Vec<Vec<u8>>;

/// Bytes that are no RESP.
#[derive(Debug)]
pub(crate) struct Bad(pub(crate) String);

pub(crate) fn request(args: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        out.extend(bulk(arg));
    }
    out
}

pub(crate) fn bulk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("${}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

pub(crate) fn integer(n: i64) -> Vec<u8> {
    format!(":{n}\r\n").into_bytes()
}

pub(crate) fn error(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into_bytes()
}

pub(crate) fn nil(resp3: bool) -> Vec<u8> {
    if resp3 {
        b"_\r\n".to_vec()
    } else {
        b"$-1\r\n".to_vec()
    }
}

pub(crate) fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", elements.len()).into_bytes();
    for element in elements {
        out.extend_from_slice(element);
    }
    out
}

/// Text for failure messages, cut where it gets long.
pub(crate) fn show(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(160)];
    let more = if bytes.len() > head.len() {
        format!("... {} bytes", bytes.len())
    } else {
        String::new()
    };
    format!("{}{more}", head.escape_ascii())
}

/// The next whole multibulk request in `buf` and its length.
pub(crate) fn take_request(buf: &[u8]) -> Result<Option<(Args, usize)>, Bad> {
    let Some((head, mut at)) = line(buf, 0) else {
        return Ok(None);
    };
    let count = number(head, b'*')?;
    let mut args = Vec::new();
    for _ in 0..count {
        let Some((head, start)) = line(buf, at) else {
            return Ok(None);
        };
        let end = start + number(head, b'$')? as usize;
        match buf.get(end..end + 2) {
            Some(b"\r\n") => args.push(buf[start..end].to_vec()),
            Some(_) => return Err(Bad(format!("no CRLF behind an argument: {}", show(buf)))),
            None => return Ok(None),
        }
        at = end + 2;
    }
    Ok(Some((args, at)))
}

/// Length of the reply at the front of `buf`, if it is whole.
pub(crate) fn reply_len(buf: &[u8]) -> Result<Option<usize>, Bad> {
    let Some((head, at)) = line(buf, 0) else {
        return Ok(None);
    };
    let Some(kind) = head.first() else {
        return Err(Bad("an empty line as a reply".to_owned()));
    };
    match kind {
        b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => Ok(Some(at)),
        b'$' | b'=' | b'!' if head == b"$-1" => Ok(Some(at)),
        b'$' | b'=' | b'!' => {
            let end = at + number(head, *kind)? as usize + 2;
            match buf.get(end.saturating_sub(2)..end) {
                Some(b"\r\n") => Ok(Some(end)),
                Some(_) => Err(Bad(format!("no CRLF behind a bulk: {}", show(buf)))),
                None => Ok(None),
            }
        }
        b'*' if head == b"*-1" => Ok(Some(at)),
        b'*' | b'~' | b'>' => nested(buf, at, number(head, *kind)?),
        b'%' => nested(buf, at, number(head, b'%')? * 2),
        _ => Err(Bad(format!("not a reply: {}", show(buf)))),
    }
}

/// The frames of the elements of an array reply.
pub(crate) fn elements(frame: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let Some((_, mut at)) = line(frame, 0) else {
        return found;
    };
    while let Ok(Some(len)) = reply_len(&frame[at..]) {
        found.push(&frame[at..at + len]);
        at += len;
    }
    found
}

/// The text of a bulk or of a line.
pub(crate) fn body(frame: &[u8]) -> Vec<u8> {
    let Some((head, at)) = line(frame, 0) else {
        return Vec::new();
    };
    match head.first() {
        Some(b'$') if head != b"$-1" => frame[at..frame.len() - 2].to_vec(),
        _ => head.get(1..).unwrap_or_default().to_vec(),
    }
}

fn nested(buf: &[u8], mut at: usize, count: u64) -> Result<Option<usize>, Bad> {
    for _ in 0..count {
        match reply_len(&buf[at..])? {
            Some(len) => at += len,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The line that starts at `from`, without its end, and where the next one starts.
fn line(buf: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let rest = buf.get(from..)?;
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    Some((&rest[..end], from + end + 2))
}

fn number(head: &[u8], kind: u8) -> Result<u64, Bad> {
    let bad = || Bad(format!("expected '{}': {}", char::from(kind), show(head)));
    match head.split_first() {
        Some((first, digits)) if *first == kind => std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(bad),
        _ => Err(bad()),
    }
}
