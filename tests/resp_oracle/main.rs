//! The scanners against a slow, obvious parser, on valid, mutated and random bytes, and against a table of
//! hostile input.
//!
//! The oracle below was written from the protocol's grammar and shares no code with the scanners: it is
//! recursive, reads whole lines, and starts from the beginning each time.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use corelane::resp::{
    Limits, NESTING_CAPACITY, ReplyScanner, ReplyView, RequestScanner, RequestView, Scan, inline,
    int, write,
};
use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;

mod oracle;

use oracle::{Verdict, assert_same};

/// What a scan says, in the oracle's words.
fn verdict(scan: Scan) -> Verdict {
    match scan {
        Scan::Complete { len } => Verdict::Whole(len),
        Scan::Incomplete { .. } => Verdict::Partial,
        Scan::Invalid(_) => Verdict::Broken,
    }
}

/// Limits small enough that generated input meets them.
const SMALL: Limits = Limits {
    args_max: 4,
    bulk_bytes_max: 12,
    inline_bytes_max: 20,
    nesting_max: 4,
};

/// Scans bytes that arrive in pieces of the given sizes, in turn.
fn scan_in_pieces(bytes: &[u8], pieces: &[usize], mut scan: impl FnMut(&[u8]) -> Scan) -> Scan {
    let mut end = 0;
    let mut last = scan(&bytes[..0]);
    for piece in pieces.iter().cycle() {
        if end == bytes.len() || !matches!(last, Scan::Incomplete { .. }) {
            break;
        }
        end = (end + piece).min(bytes.len());
        last = scan(&bytes[..end]);
    }
    last
}

/// Checks one input whole and in pieces, as request and as reply.
fn check(bytes: &[u8], pieces: &[usize]) {
    for limits in [Limits::DEFAULT, Limits::BEFORE_AUTH, SMALL] {
        let whole = RequestScanner::default().scan(bytes, &limits);
        assert_eq!(
            verdict(whole),
            oracle::request(bytes, &limits),
            "request {bytes:?}"
        );
        let mut scanner = RequestScanner::default();
        let cut = scan_in_pieces(bytes, pieces, |seen| scanner.scan(seen, &limits));
        assert_same(bytes, whole, cut);

        let whole = ReplyScanner::default().scan(bytes, &limits);
        assert_eq!(
            verdict(whole),
            oracle::reply(bytes, &limits),
            "reply {bytes:?}"
        );
        let mut scanner = ReplyScanner::default();
        let cut = scan_in_pieces(bytes, pieces, |seen| scanner.scan(seen, &limits));
        assert_same(bytes, whole, cut);
    }
    walk(bytes);
}

/// Walks all that views give for bytes that nobody may have scanned; nothing may break.
fn walk(bytes: &[u8]) {
    let view = RequestView::new(bytes);
    let args: Vec<_> = view.args().collect();
    assert!(args.len() <= view.len_args());
    assert_eq!(view.arg(args.len()), None);
    assert_eq!(view.args().with_spans().count(), args.len());
    walk_reply(ReplyView::new(bytes));
    let mut out = Vec::new();
    if inline::to_multibulk(bytes, &mut out).is_err() {
        assert!(out.is_empty());
    }
}

/// Values in a reply, itself included.
fn walk_reply(view: ReplyView<'_>) -> usize {
    let texts = [view.as_bulk(), view.as_error(), view.as_scalar_text()];
    assert!(texts.iter().flatten().count() <= 1);
    assert!(view.as_integer().is_none() || texts.iter().all(Option::is_none));
    let Some(elements) = view.elements() else {
        return 1;
    };
    let announced = view.len_elements();
    let values: Vec<_> = elements.collect();
    assert!(announced.is_some_and(|announced| values.len() <= announced));
    1 + values
        .into_iter()
        .map(|value| walk_reply(value))
        .sum::<usize>()
}

// === what is generated ===

/// Bytes of a bulk: mostly few, of a kind that may confuse; at times enough for a length of 3 or 4 digits.
fn bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => short_bytes(len),
        1 => (90..1_200_usize, any::<u8>()).prop_map(|(len, byte)| vec![byte; len]),
    ]
}

fn short_bytes(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..len),
        prop::collection::vec(prop::sample::select(b"\r\n$*0a".to_vec()), 0..len),
        prop::collection::vec(prop::sample::select(b"\"' \\x4".to_vec()), 0..len),
    ]
}

fn request_args() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(bytes(30), 0..6)
}

fn encode_request(args: &[Vec<u8>]) -> Vec<u8> {
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let mut out = Vec::new();
    write::request(&mut out, &args);
    out
}

/// A line's text: no LF behind a CR, which would end it.
fn text() -> impl Strategy<Value = String> {
    "[ -~\n]{0,40}"
}

/// A valid value of any type, encoded.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        text().prop_map(|text| format!("+{text}\r\n").into_bytes()),
        text().prop_map(|text| format!("-{text}\r\n").into_bytes()),
        any::<i64>().prop_map(|n| format!(":{n}\r\n").into_bytes()),
        bytes(20).prop_map(|bytes| blob('$', &bytes)),
        bytes(20).prop_map(|bytes| blob('!', &bytes)),
        bytes(20).prop_map(|bytes| blob('=', &[b"txt:", &bytes[..]].concat())),
        Just(b"$-1\r\n".to_vec()),
        Just(b"*-1\r\n".to_vec()),
        Just(b"_\r\n".to_vec()),
        any::<bool>()
            .prop_map(|truth| format!("#{}\r\n", if truth { 't' } else { 'f' }).into_bytes()),
        any::<f64>().prop_map(|n| format!(",{n}\r\n").into_bytes()),
        "-?[0-9]{1,60}".prop_map(|digits| format!("({digits}\r\n").into_bytes()),
        prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9), 0..4).prop_map(|chunks| {
            let chunks: Vec<_> = chunks.iter().map(|chunk| blob(';', chunk)).collect();
            [b"$?\r\n".to_vec(), chunks.concat(), b";0\r\n".to_vec()].concat()
        }),
    ];
    leaf.prop_recursive(6, 60, 5, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..6);
        prop_oneof![
            (prop::sample::select(vec!['*', '~']), many.clone()).prop_map(|(kind, values)| {
                [
                    format!("{kind}{}\r\n", values.len()).into_bytes(),
                    values.concat(),
                ]
                .concat()
            }),
            (prop::sample::select(vec!['*', '~']), many.clone()).prop_map(|(kind, values)| {
                [
                    format!("{kind}?\r\n").into_bytes(),
                    values.concat(),
                    b".\r\n".to_vec(),
                ]
                .concat()
            }),
            many.clone().prop_map(|mut values| {
                values.truncate(values.len() / 2 * 2);
                [
                    format!("%{}\r\n", values.len() / 2).into_bytes(),
                    values.concat(),
                ]
                .concat()
            }),
            many.clone().prop_map(|mut values| {
                values.truncate(values.len() / 2 * 2);
                [b"%?\r\n".to_vec(), values.concat(), b".\r\n".to_vec()].concat()
            }),
            (many, inner).prop_map(|(mut values, value)| {
                values.truncate(values.len() / 2 * 2);
                [
                    format!("|{}\r\n", values.len() / 2).into_bytes(),
                    values.concat(),
                    value,
                ]
                .concat()
            }),
        ]
    })
}

/// A valid frame: a value, or a push of values.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => value(),
        1 => prop::collection::vec(value(), 0..4).prop_map(|values| {
            [format!(">{}\r\n", values.len()).into_bytes(), values.concat()].concat()
        }),
    ]
}

fn blob(kind: char, bytes: &[u8]) -> Vec<u8> {
    [
        format!("{kind}{}\r\n", bytes.len()).as_bytes(),
        bytes,
        b"\r\n",
    ]
    .concat()
}

/// One change to a frame.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
    Repeat(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let byte = || {
        prop_oneof![
            3 => prop::sample::select(b"\r\n+-:$*%~>,#_(!=|?.;0123456789".to_vec()),
            1 => any::<u8>(),
        ]
    };
    prop_oneof![
        (any::<usize>(), byte()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<usize>(), byte()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<usize>().prop_map(Mutation::Remove),
        any::<usize>().prop_map(Mutation::Cut),
        (any::<usize>(), 1..40_usize).prop_map(|(at, times)| Mutation::Repeat(at, times)),
    ]
}

fn mutate(mut bytes: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match *mutation {
            Mutation::Replace(at, byte) => bytes[at % len] = byte,
            Mutation::Insert(at, byte) => bytes.insert(at % len, byte),
            Mutation::Remove(at) => {
                bytes.remove(at % len);
            }
            Mutation::Cut(at) => bytes.truncate(at % len),
            Mutation::Repeat(at, times) => {
                let again = vec![bytes[at % len]; times];
                bytes.splice(at % len..at % len, again);
            }
        }
    }
    bytes
}

fn pieces() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..20_usize, 1..6)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: 1_000, ..Config::default() })]

    #[test]
    fn valid_requests(args in request_args(), after in bytes(20), pieces in pieces()) {
        let frame = encode_request(&args);
        let len = frame.len();
        let stream = [frame.clone(), after].concat();
        let scan = RequestScanner::default().scan(&stream, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len });
        let view = RequestView::new(&stream[..len]);
        let seen: Vec<&[u8]> = view.args().collect();
        assert_eq!(seen, args);
        let spans: Vec<_> = view.args().with_spans().map(|(span, _)| &frame[span]).collect();
        let header = frame.len() - spans.concat().len();
        assert_eq!([&frame[..header], &spans.concat()].concat(), frame);
        check(&stream, &pieces);
    }

    #[test]
    fn valid_replies(frame in frame(), after in bytes(20), pieces in pieces()) {
        let len = frame.len();
        let stream = [frame, after].concat();
        let scan = ReplyScanner::default().scan(&stream, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len });
        let values = walk_reply(ReplyView::new(&stream[..len]));
        assert_eq!(Some(values), oracle::count_values(&stream[..len]));
        check(&stream, &pieces);
    }

    #[test]
    fn mutated_requests(
        args in request_args(),
        mutations in prop::collection::vec(mutation(), 1..4),
        pieces in pieces(),
    ) {
        check(&mutate(encode_request(&args), &mutations), &pieces);
    }

    #[test]
    fn mutated_replies(
        frame in frame(),
        mutations in prop::collection::vec(mutation(), 1..4),
        pieces in pieces(),
    ) {
        check(&mutate(frame, &mutations), &pieces);
    }

    #[test]
    fn random_bytes(
        bytes in prop_oneof![
            bytes(80),
            prop::collection::vec(
                prop::sample::select(b"\r\r\n\n+-:$**%~>,#_(!=|?.;0123456789".to_vec()), 0..40),
            "([*$:%~|=!;+]-?[0-9?]{1,3}\r\n){1,12}".prop_map(String::into_bytes),
        ],
        pieces in pieces(),
    ) {
        check(&bytes, &pieces);
    }

    #[test]
    fn inline_words_survive_quoting(args in prop::collection::vec(bytes(20), 1..6)) {
        let words: Vec<String> = args
            .iter()
            .map(|arg| format!("\"{}\"", arg.iter().map(|b| format!("\\x{b:02x}")).collect::<String>()))
            .collect();
        let mut out = Vec::new();
        let line = format!("{}\r\n", words.join(" "));
        assert_eq!(inline::to_multibulk(line.as_bytes(), &mut out), Ok(args.len()));
        assert_eq!(out, encode_request(&args));
    }

    #[test]
    fn integers_read_as_the_standard_library_reads(text in "[-+]?[0-9]{0,22}") {
        let plain = text.parse::<i64>().ok().filter(|n| n.to_string() == text);
        assert_eq!(int::parse_i64(text.as_bytes()), plain);
    }
}

// === hostile input ===

#[test]
fn hostile_requests_end_in_a_verdict() {
    let endless_digits = [b"*".to_vec(), vec![b'1'; 100_000]].concat();
    let endless_bulk = [b"*1\r\n$".to_vec(), vec![b'0'; 100_000]].concat();
    let endless_line = vec![b'x'; 70_000];
    let nul_line = vec![0; 70_000];
    let wording = |bytes: &[u8]| match RequestScanner::default().scan(bytes, &Limits::DEFAULT) {
        Scan::Invalid(invalid) => invalid.why.wording(true).into_owned(),
        scan => panic!("{scan:?}"),
    };
    let rows: [(&[u8], &str); 14] = [
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*9223372036854775807\r\n", "invalid multibulk length"),
        (b"*9223372036854775808\r\n", "invalid multibulk length"),
        (b"*18446744073709551616\r\n", "invalid multibulk length"),
        (b"*1048577\r\n", "invalid multibulk length"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$-9223372036854775808\r\n", "invalid bulk length"),
        (b"*1\r\n$9223372036854775807\r\n", "invalid bulk length"),
        (b"*1\r\n$18446744073709551615\r\n", "invalid bulk length"),
        (b"*1\r\n\x00\r\n", "expected '$', got '\\x00'"),
        (&endless_digits, "too big mbulk count string"),
        (&endless_bulk, "too big bulk count string"),
        (&endless_line, "too big inline request"),
        (&nul_line, "too big inline request"),
    ];
    for (bytes, words) in rows {
        assert_eq!(wording(bytes), format!("Protocol error: {words}"));
        check(bytes, &[1_000, 7]);
    }
}

#[test]
fn hostile_replies_end_in_a_verdict() {
    let deep: Vec<(Vec<u8>, usize)> = [
        "*1\r\n",
        "~1\r\n",
        "%1\r\n+k\r\n",
        "*?\r\n",
        "|0\r\n",
        "*2\r\n:1\r\n",
    ]
    .iter()
    .map(|level| {
        (
            level.repeat(100_000).into_bytes(),
            level.len() * NESTING_CAPACITY,
        )
    })
    .collect();
    for (bytes, at) in &deep {
        match ReplyScanner::default().scan(bytes, &Limits::DEFAULT) {
            Scan::Invalid(invalid) => assert_eq!(invalid.at, *at),
            scan => panic!("{scan:?}"),
        }
        walk(&bytes[..1_000]);
    }
    let endless: Vec<Vec<u8>> = [":", "$", "*", "%", "=", "!", "_", "#"]
        .iter()
        .map(|kind| [kind.as_bytes(), &[b'1'; 100]].concat())
        .collect();
    for bytes in &endless {
        let scan = ReplyScanner::default().scan(bytes, &Limits::DEFAULT);
        assert_eq!(verdict(scan), Verdict::Broken, "{bytes:?}");
        check(bytes, &[1]);
    }
    for claim in [
        &b"*1073741824\r\n"[..],
        b"%1073741824\r\n",
        b"~1073741824\r\n",
        b">1073741824\r\n",
    ] {
        let scan = ReplyScanner::default().scan(claim, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Incomplete { need: 3 }, "{claim:?}");
        check(claim, &[1]);
    }
    for bytes in [
        &b"*1073741825\r\n"[..],
        b"%1073741825\r\n",
        b"%-1\r\n",
        b"$-2\r\n",
        b"$99999999999\r\n",
    ] {
        let scan = ReplyScanner::default().scan(bytes, &Limits::DEFAULT);
        assert_eq!(verdict(scan), Verdict::Broken, "{bytes:?}");
        check(bytes, &[1]);
    }
}

#[test]
fn http_is_known_by_its_first_word() {
    let post = b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut scanner = RequestScanner::default();
    let mut first_words = Vec::new();
    let mut rest = &post[..];
    while let Scan::Complete { len } = scanner.scan(rest, &Limits::DEFAULT) {
        let (line, after) = rest.split_at(len);
        rest = after;
        let mut request = Vec::new();
        if inline::to_multibulk(line, &mut request).unwrap() > 0 {
            let word = RequestView::new(&request).arg(0).unwrap().to_vec();
            assert!(corelane::resp::is_http(&word), "{word:?}");
            first_words.push(word);
        }
    }
    assert_eq!(first_words, [b"POST".to_vec(), b"Host:".to_vec()]);
    check(post, &[3]);
}

/// A large frame in small pieces costs one look per piece, not one per byte so far; the test would not end
/// otherwise.
#[test]
fn large_frames_resume_without_rescanning() {
    let large = 64 * 1024 * 1024;
    let mut request = format!("*2\r\n$3\r\nSET\r\n${large}\r\n").into_bytes();
    request.resize(request.len() + large, b'v');
    request.extend_from_slice(b"\r\n");
    let mut scanner = RequestScanner::default();
    let scan = scan_in_pieces(&request, &[64], |seen| scanner.scan(seen, &Limits::DEFAULT));
    assert_eq!(scan, Scan::Complete { len: request.len() });

    let elements = 200_000;
    let reply = format!("*{elements}\r\n{}", "$1\r\nx\r\n".repeat(elements)).into_bytes();
    let mut scanner = ReplyScanner::default();
    let scan = scan_in_pieces(&reply, &[1], |seen| scanner.scan(seen, &Limits::DEFAULT));
    assert_eq!(scan, Scan::Complete { len: reply.len() });

    let line = [b"+".to_vec(), vec![b'x'; 1_000_000], b"\r\n".to_vec()].concat();
    let mut scanner = ReplyScanner::default();
    let scan = scan_in_pieces(&line, &[1], |seen| scanner.scan(seen, &Limits::DEFAULT));
    assert_eq!(scan, Scan::Complete { len: line.len() });
}
