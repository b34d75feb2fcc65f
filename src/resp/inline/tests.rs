use super::super::{RequestView, Violation};
use super::{is_http, to_multibulk};

#[test]
fn splits_as_servers_do() {
    let rows: [(&[u8], &[&[u8]]); 22] = [
        (b"\r\n", &[]),
        (b"\n", &[]),
        (b"", &[]),
        (b" \t\x0b\x0c \r\n", &[]),
        (b"PING\r\n", &[b"PING"]),
        (b"PING\n", &[b"PING"]),
        (b"  SET   k\tv \r\n", &[b"SET", b"k", b"v"]),
        (b"SET k \"a b\"\r\n", &[b"SET", b"k", b"a b"]),
        (b"SET k 'a b'\r\n", &[b"SET", b"k", b"a b"]),
        (b"SET \"\" ''\r\n", &[b"SET", b"", b""]),
        (
            b"\"\\x41\\xfF\\n\\r\\t\\b\\a\\\\\\\"\\q\"",
            &[b"A\xff\n\r\t\x08\x07\\\"q"],
        ),
        (b"\"\\xZZ\\x4\"", &[b"xZZx4"]),
        (b"'\\'\\n\\x41'", &[b"'\\n\\x41"]),
        (b"a\"b c\" d\r\n", &[b"ab c", b"d"]),
        (b"a'b c'\r\n", &[b"ab c"]),
        (b"\"a\"\r\n", &[b"a"]),
        (b"\"a\"", &[b"a"]),
        (b"a\\n\r\n", &[b"a\\n"]),
        (b"a\x0bb\r\n", &[b"a\x0bb"]),
        (b"a\x00b \x00\r\n", &[b"a\x00b", b"\x00"]),
        (b"\"a\"\x0bb\r\n", &[b"a", b"b"]),
        (b"$3\r\n", &[b"$3"]),
    ];
    for (line, words) in rows {
        let mut out = b"before".to_vec();
        assert_eq!(to_multibulk(line, &mut out), Ok(words.len()), "{line:?}");
        let frame = out.strip_prefix(b"before").unwrap();
        let args: Vec<_> = RequestView::new(frame).args().collect();
        assert_eq!(args, words, "{line:?}");
    }
}

#[test]
fn unbalanced_quotes_leave_the_output_alone() {
    let lines: [&[u8]; 8] = [
        b"SET k \"v\r\n",
        b"SET k 'v\r\n",
        b"\"a\"b\r\n",
        b"'a'b\r\n",
        b"\"a\"\"b\"\r\n",
        b"\"a\\",
        b"\"a\\\"\r\n",
        b"'a\\'\r\n",
    ];
    for line in lines {
        let mut out = b"before".to_vec();
        assert_eq!(
            to_multibulk(line, &mut out),
            Err(Violation::UnbalancedQuotes),
            "{line:?}"
        );
        assert_eq!(out, b"before");
    }
}

#[test]
fn knows_http() {
    for word in [&b"POST"[..], b"post", b"Host:", b"HOST:", b"host:"] {
        assert!(is_http(word), "{word:?}");
    }
    for word in [&b"GET"[..], b"host", b"posts", b"", b"Host: x"] {
        assert!(!is_http(word), "{word:?}");
    }
}
