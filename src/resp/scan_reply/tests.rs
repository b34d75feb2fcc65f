use super::super::{Limits, NESTING_CAPACITY, ReplyScanner, Scan, Violation};

/// The scan of a whole frame, checked to be the same for every piece size.
fn scan(frame: &[u8], limits: &Limits) -> Scan {
    let whole = ReplyScanner::default().scan(frame, limits);
    for piece in [1, 2, 3, 5, 10, 100] {
        let mut scanner = ReplyScanner::default();
        let mut end = 0;
        let cut = loop {
            end = (end + piece).min(frame.len());
            let scan = scanner.scan(&frame[..end], limits);
            match scan {
                Scan::Incomplete { need } => {
                    assert!(need >= 1);
                    if end == frame.len() {
                        break scan;
                    }
                }
                Scan::Complete { .. } => break scan,
                Scan::Invalid(_) => {
                    assert_eq!(
                        scanner.scan(&frame[..end], limits),
                        scan,
                        "a verdict stands"
                    );
                    break scan;
                }
            }
        };
        match (cut, whole) {
            (Scan::Incomplete { .. }, Scan::Incomplete { .. }) => {}
            _ => assert_eq!(cut, whole, "{frame:?} in pieces of {piece}"),
        }
    }
    whole
}

#[test]
fn finds_the_end_of_every_type() {
    let frames: [&[u8]; 46] = [
        b"+OK\r\n",
        b"+\r\n",
        b"+a\nb\rc\r\n",
        b"-ERR unknown command\r\n",
        b":0\r\n",
        b":-1\r\n",
        b":+12\r\n",
        b":9223372036854775807\r\n",
        b":-9223372036854775808\r\n",
        b"$0\r\n\r\n",
        b"$5\r\nhello\r\n",
        b"$2\r\n\r\n\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"*0\r\n",
        b"*2\r\n$3\r\nfoo\r\n:1\r\n",
        b"*3\r\n*1\r\n$-1\r\n*-1\r\n*0\r\n",
        b"_\r\n",
        b"#t\r\n",
        b"#f\r\n",
        b",3.14\r\n",
        b",-1.5e-10\r\n",
        b",inf\r\n",
        b",-inf\r\n",
        b",nan\r\n",
        b"(3492890328409238509324850943850943825024385\r\n",
        b"(-1\r\n",
        b"!5\r\nERR x\r\n",
        b"=8\r\ntxt:some\r\n",
        b"=4\r\ntxt:\r\n",
        b"%0\r\n",
        b"%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n:1\r\n_\r\n",
        b"~2\r\n:1\r\n:2\r\n",
        b">2\r\n+message\r\n$1\r\nx\r\n",
        b"|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n",
        b"|0\r\n+OK\r\n",
        b"|1\r\n+a\r\n+b\r\n|1\r\n+c\r\n+d\r\n*1\r\n:1\r\n",
        b"*2\r\n|1\r\n+a\r\n:1\r\n:1\r\n:2\r\n",
        b"$?\r\n;0\r\n",
        b"$?\r\n;4\r\nHell\r\n;2\r\n\r\n\r\n;0\r\n",
        b"*?\r\n.\r\n",
        b"*?\r\n:1\r\n*?\r\n:2\r\n.\r\n.\r\n",
        b"~?\r\n+a\r\n.\r\n",
        b"%?\r\n.\r\n",
        b"%?\r\n+a\r\n*?\r\n.\r\n.\r\n",
        b"*1\r\n%?\r\n+a\r\n|1\r\n:1\r\n:2\r\n:3\r\n.\r\n",
    ];
    for frame in frames {
        assert_eq!(
            scan(frame, &Limits::DEFAULT),
            Scan::Complete { len: frame.len() },
            "{:?}",
            String::from_utf8_lossy(frame)
        );
        let followed = [frame, b"+next\r\n"].concat();
        assert_eq!(
            scan(&followed, &Limits::DEFAULT),
            Scan::Complete { len: frame.len() }
        );
        for cut in 0..frame.len() {
            assert!(
                matches!(scan(&frame[..cut], &Limits::DEFAULT), Scan::Incomplete { need }
                    if need <= frame.len() - cut),
                "{:?} cut at {cut}",
                String::from_utf8_lossy(frame)
            );
        }
    }
}

#[test]
fn refuses_what_breaks_the_protocol() {
    let rows: [(&[u8], usize, Violation); 46] = [
        (b"x", 0, Violation::ReplyType(b'x')),
        (b"\r\n", 0, Violation::ReplyType(b'\r')),
        (b"\x00", 0, Violation::ReplyType(0)),
        (b".\r\n", 0, Violation::ReplyType(b'.')),
        (b";0\r\n", 0, Violation::ReplyType(b';')),
        (b"*1\r\n.\r\n", 4, Violation::ReplyType(b'.')),
        (b"*1\r\n>1\r\n:1\r\n", 4, Violation::ReplyType(b'>')),
        (b"|0\r\n>1\r\n:1\r\n", 4, Violation::ReplyType(b'>')),
        (b"*?\r\n|0\r\n.\r\n", 8, Violation::ReplyType(b'.')),
        (b"%?\r\n:1\r\n.\r\n", 8, Violation::ReplyType(b'.')),
        (b"*?\r\n.x", 5, Violation::ReplyValue),
        (b"*?\r\n.\rx", 6, Violation::ReplyValue),
        (b":\r\n", 1, Violation::ReplyValue),
        (b":x\r\n", 1, Violation::ReplyValue),
        (b":1.0\r\n", 1, Violation::ReplyValue),
        (b":9223372036854775808\r\n", 1, Violation::ReplyValue),
        (b":1\rx", 3, Violation::ReplyValue),
        (
            b":1111111111111111111111111111111111",
            32,
            Violation::ReplyHeader,
        ),
        (b"_x\r\n", 1, Violation::ReplyValue),
        (b"#x\r\n", 1, Violation::ReplyValue),
        (b"#\r\n", 1, Violation::ReplyValue),
        (b",\r\n", 1, Violation::ReplyValue),
        (b",1,5\r\n", 1, Violation::ReplyValue),
        (b"(\r\n", 1, Violation::ReplyValue),
        (b"(-\r\n", 1, Violation::ReplyValue),
        (b"(1.0\r\n", 1, Violation::ReplyValue),
        (b"$-2\r\n", 1, Violation::BulkLength),
        (b"$x\r\n", 1, Violation::BulkLength),
        (b"$05\r\n", 1, Violation::BulkLength),
        (b"$9223372036854775807\r\n", 1, Violation::BulkOverLimit),
        (b"$536870913\r\n", 1, Violation::BulkOverLimit),
        (
            b"$1111111111111111111111111111111111",
            32,
            Violation::BulkHeader,
        ),
        (b"$1\r\nabc", 5, Violation::BulkEnd),
        (b"!-1\r\n", 1, Violation::BulkLength),
        (b"!?\r\n", 1, Violation::BulkLength),
        (b"=3\r\ntxt\r\n", 1, Violation::BulkLength),
        (b"=?\r\n", 1, Violation::BulkLength),
        (b"$?\r\n$1\r\n", 4, Violation::ReplyType(b'$')),
        (b"$?\r\n;-1\r\n", 5, Violation::BulkLength),
        (b"$?\r\n;?\r\n", 5, Violation::BulkLength),
        (b"*-2\r\n", 1, Violation::ReplyLength),
        (b"%-1\r\n", 1, Violation::ReplyLength),
        (b"~-1\r\n", 1, Violation::ReplyLength),
        (b"*1073741825\r\n", 1, Violation::ReplyLength),
        (b"|?\r\n", 1, Violation::ReplyLength),
        (
            b"*1111111111111111111111111111111111",
            32,
            Violation::ReplyHeader,
        ),
    ];
    for (frame, at, why) in rows {
        assert_eq!(
            scan(frame, &Limits::DEFAULT),
            Scan::invalid(at, why),
            "{:?}",
            String::from_utf8_lossy(frame)
        );
    }
}

#[test]
fn limits_are_exact() {
    let limits = Limits {
        bulk_bytes_max: 3,
        nesting_max: 2,
        ..Limits::DEFAULT
    };
    let rows: [(&[u8], Scan); 15] = [
        (b"$3\r\nabc\r\n", Scan::Complete { len: 9 }),
        (
            b"$4\r\nabcd\r\n",
            Scan::invalid(1, Violation::BulkOverLimit),
        ),
        (b"+abc\r\n", Scan::Complete { len: 6 }),
        (b"+abcd\r\n", Scan::invalid(4, Violation::ReplyLine)),
        (b"+abcdefgh", Scan::invalid(4, Violation::ReplyLine)),
        (b"+ab\rc\r\n", Scan::invalid(4, Violation::ReplyLine)),
        (b"*1\r\n+abcd\r\n", Scan::invalid(8, Violation::ReplyLine)),
        (
            b"$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n",
            Scan::Complete { len: 23 },
        ),
        (
            b"$?\r\n;2\r\nab\r\n;2\r\ncd\r\n;0\r\n",
            Scan::invalid(13, Violation::BulkOverLimit),
        ),
        (b"*1\r\n*1\r\n:1\r\n", Scan::Complete { len: 12 }),
        (b"*1\r\n*1\r\n*-1\r\n", Scan::Complete { len: 13 }),
        (b"*1\r\n*1\r\n*0\r\n", Scan::invalid(8, Violation::Nesting)),
        (b"*1\r\n*1\r\n%1\r\n", Scan::invalid(8, Violation::Nesting)),
        (
            b"*1\r\n*2\r\n:1\r\n~?\r\n",
            Scan::invalid(12, Violation::Nesting),
        ),
        (
            b"*1\r\n|1\r\n:1\r\n:1\r\n*0\r\n",
            Scan::invalid(16, Violation::Nesting),
        ),
    ];
    for (frame, expected) in rows {
        assert_eq!(
            scan(frame, &limits),
            expected,
            "{:?}",
            String::from_utf8_lossy(frame)
        );
    }
}

#[test]
fn deep_replies_may_come_in_pieces_and_leave_nothing_behind() {
    let mut scanner = ReplyScanner::default();
    for depth in [127, 128, 129, 300, 8000] {
        // Each level has another value behind the inner ones.
        let open = "*2\r\n".repeat(depth);
        let frame = format!("{open}:1\r\n{}", "$1\r\nx\r\n".repeat(depth));
        for step in [1, 7, 1000] {
            let mut end = step;
            let len = loop {
                match scanner.scan(&frame.as_bytes()[..end.min(frame.len())], &Limits::DEFAULT) {
                    Scan::Complete { len } => break len,
                    Scan::Incomplete { .. } => end += step,
                    other @ Scan::Invalid(_) => panic!("{other:?} at depth {depth}"),
                }
            };
            assert_eq!(len, frame.len());
            assert_eq!(scanner.deep.capacity(), 0);
            let small = b"*1\r\n:1\r\n";
            let scan = scanner.scan(small, &Limits::DEFAULT);
            assert_eq!(scan, Scan::Complete { len: small.len() });
        }
    }
}

#[test]
fn nesting_ends_at_the_capacity() {
    let unlimited = Limits {
        nesting_max: usize::MAX,
        ..Limits::DEFAULT
    };
    for limits in [Limits::DEFAULT, unlimited] {
        let deepest = ["*1\r\n".repeat(NESTING_CAPACITY), ":1\r\n".to_owned()].concat();
        assert_eq!(
            scan(deepest.as_bytes(), &limits),
            Scan::Complete { len: deepest.len() }
        );
        let deeper = "*1\r\n".repeat(NESTING_CAPACITY + 1);
        assert_eq!(
            scan(deeper.as_bytes(), &limits),
            Scan::invalid(4 * NESTING_CAPACITY, Violation::Nesting)
        );
    }
}

#[test]
fn claims_do_not_inflate_the_need() {
    let mut scanner = ReplyScanner::default();
    assert_eq!(
        scanner.scan(b"*1073741824\r\n", &Limits::DEFAULT),
        Scan::Incomplete { need: 3 }
    );
    let mut scanner = ReplyScanner::default();
    assert_eq!(
        scanner.scan(b"*2\r\n$536870912\r\nabc", &Limits::DEFAULT),
        Scan::Incomplete { need: 536_870_911 }
    );
}

#[test]
fn lengths_at_the_end_of_the_address_space_do_not_overflow() {
    let limits = Limits {
        bulk_bytes_max: usize::MAX,
        ..Limits::DEFAULT
    };
    let claimed = usize::try_from(i64::MAX).unwrap();
    assert_eq!(
        scan(b"$9223372036854775807\r\n", &limits),
        Scan::Incomplete { need: claimed + 2 }
    );
    assert_eq!(scan(b"+OK\r\n", &limits), Scan::Complete { len: 5 });
    assert_eq!(
        scan(b"$?\r\n;9223372036854775807\r\n", &limits),
        Scan::Incomplete { need: claimed + 2 }
    );
}
