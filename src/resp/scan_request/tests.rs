use super::super::{Limits, RequestScanner, RequestView, Scan, Violation};

/// Every scan that a frame arriving in pieces of `piece` bytes sees, the last one first to differ from
/// `Incomplete`.
fn scan_in_pieces(frame: &[u8], piece: usize, limits: &Limits) -> Scan {
    let mut scanner = RequestScanner::default();
    let mut end = 0;
    loop {
        end = (end + piece).min(frame.len());
        let scan = scanner.scan(&frame[..end], limits);
        match scan {
            Scan::Incomplete { need } => assert!(need >= 1),
            Scan::Complete { .. } => {
                assert!(scanner.is_idle());
                return scan;
            }
            Scan::Invalid(_) => {
                assert_eq!(
                    scanner.scan(&frame[..end], limits),
                    scan,
                    "a verdict stands"
                );
                return scan;
            }
        }
        if end == frame.len() {
            return scan;
        }
    }
}

/// The scan of a whole frame, checked to be the same for every piece size.
fn scan(frame: &[u8], limits: &Limits) -> Scan {
    let whole = RequestScanner::default().scan(frame, limits);
    for piece in [1, 2, 3, 5, 10, 100] {
        let cut = scan_in_pieces(frame, piece, limits);
        match (cut, whole) {
            (Scan::Incomplete { .. }, Scan::Incomplete { .. }) => {}
            _ => assert_eq!(cut, whole, "{frame:?} in pieces of {piece}"),
        }
    }
    whole
}

#[test]
fn finds_the_end() {
    let rows: [(&[u8], usize); 17] = [
        (b"*1\r\n$4\r\nPING\r\n", 14),
        (b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n", 14),
        (b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", 20),
        (b"*1\r\n$0\r\n\r\n", 10),
        (b"*1\r\n$4\r\n\r\n\r\n\r\n", 14),
        (b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\n0123456789\r\n", 37),
        (b"*0\r\n", 4),
        (b"*0\r\n*1\r\n", 4),
        (b"*-1\r\n", 5),
        (b"*-5\r\n*1\r\n", 5),
        (b"\r\n", 2),
        (b"\n", 1),
        (b"PING\r\nPING\r\n", 6),
        (b"PING\n", 5),
        (b"GET a\rb\r\n", 9),
        (b"a\x00b\r\n", 5),
        (b"$4\r\nPING\r\n", 4),
    ];
    for (frame, len) in rows {
        assert_eq!(
            scan(frame, &Limits::DEFAULT),
            Scan::Complete { len },
            "{frame:?}"
        );
    }
}

#[test]
fn says_what_is_missing() {
    let rows: [(&[u8], usize); 14] = [
        (b"", 1),
        (b"*", 2),
        (b"*1", 2),
        (b"*1\r", 1),
        (b"*1\r\n", 5),
        (b"*1\r\n$", 4),
        (b"*1\r\n$4", 4),
        (b"*1\r\n$4\r", 3),
        (b"*1\r\n$4\r\n", 6),
        (b"*1\r\n$4\r\nPING", 2),
        (b"*1\r\n$4\r\nPING\r", 1),
        (b"*1\r\n$500000\r\nPING", 499_998),
        (b"PING", 1),
        (b"PING\r", 1),
    ];
    for (frame, need) in rows {
        let mut scanner = RequestScanner::default();
        assert_eq!(
            scanner.scan(frame, &Limits::DEFAULT),
            Scan::Incomplete { need },
            "{frame:?}"
        );
        assert_eq!(scanner.is_idle(), frame.is_empty(), "{frame:?}");
    }
}

/// What is known to follow never is more than what follows, and at the header of a count it is nearly all.
#[test]
fn what_is_promised_comes() {
    let frames: [&[u8]; 5] = [
        b"*3\r\n$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n",
        b"*4\r\n$4\r\nMSET\r\n$1\r\nk\r\n$12\r\n0123456789ab\r\n$0\r\n\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"*0\r\n",
        b"PING\r\n",
    ];
    for frame in frames {
        let mut scanner = RequestScanner::default();
        for end in 0..frame.len() {
            let Scan::Incomplete { need } = scanner.scan(&frame[..end], &Limits::DEFAULT) else {
                panic!("{end} of {frame:?}");
            };
            let least = end + need + scanner.promised();
            assert!(least <= frame.len(), "{least} at {end} of {frame:?}");
        }
    }
    let mut scanner = RequestScanner::default();
    let scan = scanner.scan(b"*1000\r\n", &Limits::DEFAULT);
    assert!(matches!(scan, Scan::Incomplete { .. }));
    assert_eq!(scanner.promised(), 999 * 6);
    assert!(matches!(
        scanner.scan(b"*1000\r\n$100\r\nx", &Limits::DEFAULT),
        Scan::Incomplete { need: 101 }
    ));
    assert_eq!(scanner.promised(), 999 * 6);
}

#[test]
fn refuses_what_breaks_the_protocol() {
    let rows: [(&[u8], usize, Violation); 27] = [
        (b"*x\r\n", 1, Violation::MultibulkLength),
        (b"*\r\n", 1, Violation::MultibulkLength),
        (b"*01\r\n", 1, Violation::MultibulkLength),
        (b"*+1\r\n", 1, Violation::MultibulkLength),
        (b"*-0\r\n", 1, Violation::MultibulkLength),
        (b"*?\r\n", 1, Violation::MultibulkLength),
        (b"*1x\r\n", 1, Violation::MultibulkLength),
        (b"*1\rx", 3, Violation::MultibulkLength),
        (b"*x\ry", 1, Violation::MultibulkLength),
        (b"*2147483648\r\n", 1, Violation::MultibulkLength),
        (b"*9223372036854775807\r\n", 1, Violation::MultibulkLength),
        (b"*9223372036854775808\r\n", 1, Violation::MultibulkLength),
        (
            b"*99999999999999999999999999999\r\n",
            1,
            Violation::MultibulkLength,
        ),
        (b"*1048577\r\n", 1, Violation::MultibulkOverLimit),
        (
            b"*1111111111111111111111111111111111",
            32,
            Violation::MultibulkHeader,
        ),
        (b"*1\r\nx", 4, Violation::ExpectedBulk(b'x')),
        (b"*1\r\n:1\r\n", 4, Violation::ExpectedBulk(b':')),
        (b"*2\r\n$1\r\na\r\n\r\n", 11, Violation::ExpectedBulk(b'\r')),
        (b"*1\r\n$-1\r\n", 5, Violation::BulkLength),
        (b"*1\r\n$x\r\n", 5, Violation::BulkLength),
        (b"*1\r\n$?\r\n", 5, Violation::BulkLength),
        (b"*1\r\n$9223372036854775808\r\n", 5, Violation::BulkLength),
        (
            b"*1\r\n$9223372036854775807\r\n",
            5,
            Violation::BulkOverLimit,
        ),
        (b"*1\r\n$536870913\r\n", 5, Violation::BulkOverLimit),
        (
            b"*1\r\n$1111111111111111111111111111111111",
            36,
            Violation::BulkHeader,
        ),
        (b"*1\r\n$4\r\nPINGxx", 12, Violation::BulkEnd),
        (b"*1\r\n$4\r\nPING\rx", 12, Violation::BulkEnd),
    ];
    for (frame, at, why) in rows {
        assert_eq!(
            scan(frame, &Limits::DEFAULT),
            Scan::invalid(at, why),
            "{frame:?}"
        );
    }
}

#[test]
fn limits_are_exact() {
    let limits = Limits {
        args_max: 2,
        bulk_bytes_max: 3,
        inline_bytes_max: 4,
        ..Limits::DEFAULT
    };
    let rows: [(&[u8], Scan); 11] = [
        (
            b"*2\r\n$3\r\nabc\r\n$3\r\nabc\r\n",
            Scan::Complete { len: 22 },
        ),
        (b"*3\r\n", Scan::invalid(1, Violation::MultibulkOverLimit)),
        (
            b"*1\r\n$4\r\nabcd\r\n",
            Scan::invalid(5, Violation::BulkOverLimit),
        ),
        (
            b"*1\r\n$4000\r\n",
            Scan::invalid(5, Violation::BulkOverLimit),
        ),
        (b"abcd\r\n", Scan::Complete { len: 6 }),
        (b"abcd\n", Scan::Complete { len: 5 }),
        (b"abc\r\r\n", Scan::Complete { len: 6 }),
        (b"abcde\n", Scan::invalid(4, Violation::InlineTooLong)),
        (b"abcde\r\n", Scan::invalid(4, Violation::InlineTooLong)),
        (b"abcd\re\n", Scan::invalid(4, Violation::InlineTooLong)),
        (b"abcdefghijklm", Scan::invalid(4, Violation::InlineTooLong)),
    ];
    for (frame, expected) in rows {
        assert_eq!(scan(frame, &limits), expected, "{frame:?}");
    }
}

#[test]
fn limits_before_authentication_are_tight() {
    let rows: [(&[u8], Scan); 4] = [
        (b"*10\r\n", Scan::Incomplete { need: 5 }),
        (b"*11\r\n", Scan::invalid(1, Violation::MultibulkOverLimit)),
        (b"*1\r\n$16384\r\n", Scan::Incomplete { need: 16_386 }),
        (
            b"*1\r\n$16385\r\n",
            Scan::invalid(5, Violation::BulkOverLimit),
        ),
    ];
    for (frame, expected) in rows {
        assert_eq!(scan(frame, &Limits::BEFORE_AUTH), expected, "{frame:?}");
    }
}

#[test]
fn lengths_at_the_end_of_the_address_space_do_not_overflow() {
    let limits = Limits {
        args_max: usize::MAX,
        bulk_bytes_max: usize::MAX,
        inline_bytes_max: usize::MAX,
        ..Limits::DEFAULT
    };
    let claimed = usize::try_from(i64::MAX).unwrap();
    assert_eq!(
        scan(b"*1\r\n$9223372036854775807\r\n", &limits),
        Scan::Incomplete { need: claimed + 2 }
    );
    assert_eq!(scan(b"PING\r\n", &limits), Scan::Complete { len: 6 });
    assert_eq!(
        scan(b"*2147483647\r\n", &limits),
        Scan::Incomplete { need: 5 }
    );
}

#[test]
fn one_scanner_serves_many_frames() {
    let mut scanner = RequestScanner::default();
    let stream = b"*1\r\n$4\r\nPING\r\n\r\nGET k\r\n*2\r\n$3\r\nGET\r\n$1000\r\n".to_vec();
    let mut stream = [stream, vec![b'k'; 1000], b"\r\n*0\r\n".to_vec()].concat();
    let mut lens = Vec::new();
    while !stream.is_empty() {
        let Scan::Complete { len } = scanner.scan(&stream, &Limits::DEFAULT) else {
            panic!("no frame in {stream:?}");
        };
        lens.push((len, RequestView::new(&stream[..len]).len_args()));
        stream.drain(..len);
    }
    assert_eq!(lens, [(14, 1), (2, 0), (7, 0), (1022, 2), (4, 0)]);
}
