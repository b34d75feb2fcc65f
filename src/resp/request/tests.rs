use super::RequestView;

fn args(frame: &[u8]) -> Vec<&[u8]> {
    RequestView::new(frame).args().collect()
}

#[test]
fn sees_arguments_and_spans() {
    let frame = b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\nhello\r\nworld\r\n";
    let view = RequestView::new(frame);
    assert!(!view.is_inline());
    assert_eq!(view.len_args(), 3);
    assert_eq!(args(frame), [&b"SET"[..], b"", b"hello\r\nworld"]);
    assert_eq!(view.arg(0), Some(&b"SET"[..]));
    assert_eq!(view.arg(2), Some(&b"hello\r\nworld"[..]));
    assert_eq!(view.arg(3), None);
    assert_eq!(view.frame(), frame);
    let spans: Vec<_> = view.args().with_spans().collect();
    assert_eq!(spans[0], (4..13, &b"SET"[..]));
    assert_eq!(spans[1], (13..19, &b""[..]));
    assert_eq!(spans[2], (19..frame.len(), &b"hello\r\nworld"[..]));
}

#[test]
fn sees_arguments_of_every_header_width() {
    for bytes in [0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 100_000] {
        let mut frame = format!("*2\r\n$1\r\nx\r\n${bytes}\r\n").into_bytes();
        frame.resize(frame.len() + bytes, b'v');
        frame.extend_from_slice(b"\r\n");
        assert_eq!(args(&frame), [&b"x"[..], &vec![b'v'; bytes]]);
    }
    let many = 1234;
    let frame = format!("*{many}\r\n{}", "$1\r\na\r\n".repeat(many));
    assert_eq!(args(frame.as_bytes()).len(), many);
    assert_eq!(RequestView::new(frame.as_bytes()).len_args(), many);
}

#[test]
fn empty_and_inline_have_no_arguments() {
    for frame in [
        &b"*0\r\n"[..],
        b"*-1\r\n",
        b"*-7\r\n",
        b"\r\n",
        b"\n",
        b"GET k\r\n",
        b"",
    ] {
        assert_eq!(RequestView::new(frame).len_args(), 0, "{frame:?}");
        assert_eq!(RequestView::new(frame).arg(0), None);
    }
    assert!(RequestView::new(b"GET k\r\n").is_inline());
    assert!(RequestView::new(b"\r\n").is_inline());
    assert!(!RequestView::new(b"*0\r\n").is_inline());
    assert!(!RequestView::new(b"").is_inline());
}

#[test]
fn unscanned_bytes_just_end() {
    let frames: [(&[u8], usize); 10] = [
        (b"*2\r\n$1\r\na\r\n", 1),
        (b"*2\r\n$1\r\na\r\n$1\r\n", 1),
        (b"*1\r\n$1\r\na", 0),
        (b"*1\r\n$1\r\na\r", 0),
        (b"*1\r\n$-1\r\n", 0),
        (b"*1\r\n:1\r\n\r\n", 0),
        (b"*1\r\n$9223372036854775807\r\nx", 0),
        (b"*2147483647\r\n$1\r\na\r\n", 1),
        (b"*x\r\n$1\r\na\r\n", 0),
        (b"*", 0),
    ];
    for (frame, expected) in frames {
        assert_eq!(args(frame).len(), expected, "{frame:?}");
        assert!(RequestView::new(frame).len_args() <= frame.len());
    }
}
