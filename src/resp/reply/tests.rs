use super::{ReplyKind, ReplyView};

#[test]
fn sees_scalars() {
    let rows: [(&[u8], ReplyKind, Option<&str>); 16] = [
        (b"+OK\r\n", ReplyKind::Simple, Some("OK")),
        (b"+\r\n", ReplyKind::Simple, Some("")),
        (b"-ERR x\r\n", ReplyKind::Error, None),
        (b"!5\r\nERR x\r\n", ReplyKind::BlobError, None),
        (b":-42\r\n", ReplyKind::Integer, None),
        (b"$0\r\n\r\n", ReplyKind::Bulk, Some("")),
        (b"$4\r\na\r\nb\r\n", ReplyKind::Bulk, Some("a\r\nb")),
        (b"=7\r\ntxt:abc\r\n", ReplyKind::Verbatim, Some("abc")),
        (b"$-1\r\n", ReplyKind::Null, None),
        (b"*-1\r\n", ReplyKind::Null, None),
        (b"_\r\n", ReplyKind::Null, None),
        (b",1.5\r\n", ReplyKind::Double, None),
        (b"#t\r\n", ReplyKind::Boolean, None),
        (b"(12345678901234567890\r\n", ReplyKind::BigNumber, None),
        (b"$?\r\n;1\r\na\r\n;0\r\n", ReplyKind::Bulk, None),
        (
            b"|1\r\n+a\r\n*1\r\n:1\r\n+OK\r\n",
            ReplyKind::Simple,
            Some("OK"),
        ),
    ];
    for (frame, kind, text) in rows {
        let view = ReplyView::new(frame);
        assert_eq!(view.kind(), kind, "{frame:?}");
        assert_eq!(view.as_bulk(), text.map(str::as_bytes), "{frame:?}");
        assert_eq!(view.is_null(), kind == ReplyKind::Null);
        assert_eq!(view.frame(), frame);
        assert!(view.elements().is_none());
    }
    assert_eq!(
        ReplyView::new(b"-ERR x\r\n").as_error(),
        Some(&b"ERR x"[..])
    );
    assert_eq!(
        ReplyView::new(b"!5\r\nERR x\r\n").as_error(),
        Some(&b"ERR x"[..])
    );
    assert_eq!(ReplyView::new(b"+ERR\r\n").as_error(), None);
    assert_eq!(ReplyView::new(b":-42\r\n").as_integer(), Some(-42));
    assert_eq!(ReplyView::new(b":+7\r\n").as_integer(), Some(7));
    assert_eq!(ReplyView::new(b"$1\r\n7\r\n").as_integer(), None);
    assert_eq!(
        ReplyView::new(b",1.5\r\n").as_scalar_text(),
        Some(&b"1.5"[..])
    );
    assert_eq!(ReplyView::new(b"+1.5\r\n").as_scalar_text(), None);
}

#[test]
fn sees_aggregates() {
    let rows: [(&[u8], ReplyKind, usize); 8] = [
        (b"*0\r\n", ReplyKind::Array, 0),
        (b"*2\r\n:1\r\n*1\r\n$-1\r\n", ReplyKind::Array, 2),
        (b"%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", ReplyKind::Map, 4),
        (b"~1\r\n+a\r\n", ReplyKind::Set, 1),
        (b">2\r\n+invalidate\r\n*1\r\n+k\r\n", ReplyKind::Push, 2),
        (b"*?\r\n:1\r\n:2\r\n.\r\n", ReplyKind::Array, 2),
        (b"%?\r\n:1\r\n*?\r\n.\r\n.\r\n", ReplyKind::Map, 2),
        (b"|1\r\n+a\r\n+b\r\n*1\r\n:1\r\n", ReplyKind::Array, 1),
    ];
    for (frame, kind, elements) in rows {
        let view = ReplyView::new(frame);
        assert_eq!(view.kind(), kind, "{frame:?}");
        assert_eq!(view.len_elements(), Some(elements), "{frame:?}");
        assert_eq!(view.elements().unwrap().count(), elements, "{frame:?}");
    }
}

#[test]
fn elements_carry_their_attributes() {
    let frame = b"*2\r\n|1\r\n+ttl\r\n:9\r\n$1\r\na\r\n*2\r\n*-1\r\n:5\r\n";
    let elements: Vec<_> = ReplyView::new(frame).elements().unwrap().collect();
    assert_eq!(elements[0].as_bulk(), Some(&b"a"[..]));
    assert_eq!(elements[0].frame(), b"|1\r\n+ttl\r\n:9\r\n$1\r\na\r\n");
    let inner: Vec<_> = elements[1].elements().unwrap().collect();
    assert!(inner[0].is_null());
    assert_eq!(inner[1].as_integer(), Some(5));
}

#[test]
fn unscanned_bytes_just_end() {
    let frames: [(&[u8], usize); 9] = [
        (b"*2\r\n:1\r\n", 1),
        (b"*2147483647\r\n:1\r\n", 1),
        (b"*9223372036854775807\r\n:1\r\n", 1),
        (b"%9223372036854775807\r\n:1\r\n", 1),
        (b"*1\r\n$5\r\nabc\r\n", 0),
        (b"*1\r\nx\r\n", 0),
        (b"*?\r\n:1\r\n", 1),
        (b"*1\r\n", 0),
        (b"*2\r\n|9\r\n:1\r\n:2\r\n", 0),
    ];
    for (frame, expected) in frames {
        let view = ReplyView::new(frame);
        assert_eq!(view.elements().unwrap().count(), expected, "{frame:?}");
        assert!(view.len_elements().unwrap() <= frame.len());
    }
    for frame in [
        &b""[..],
        b"|",
        b"|1\r\n",
        b"|9223372036854775807\r\n:1\r\n",
        b"x",
        b"*x\r\n",
    ] {
        let view = ReplyView::new(frame);
        assert!(view.elements().is_none(), "{frame:?}");
        assert!(view.as_bulk().or(view.as_error()).is_none(), "{frame:?}");
    }
    for frame in [
        &b"$9\r\nab\r\n"[..],
        b"$9223372036854775807\r\nab",
        b"=2\r\nab\r\n",
        b"+ab",
    ] {
        assert_eq!(ReplyView::new(frame).as_bulk(), None, "{frame:?}");
    }
}
