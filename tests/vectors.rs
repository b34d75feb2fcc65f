//! Golden vectors: bytes of real servers and clients, scanned whole, cut at every single point, and in
//! pieces of several sizes. `tests/vectors/MANIFEST.md` says what each file is.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

use corelane::resp::{
    Limits, Protocol, ReplyKind, ReplyScanner, ReplyView, RequestScanner, RequestView, Scan,
    inline, write,
};

/// A captured file.
struct Vector {
    /// `folder/subject.product-version`
    name: String,
    /// The first byte of the file as the manifest has it, or `inline`.
    first: String,
    bytes: Vec<u8>,
}

impl Vector {
    fn folder(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    fn subject(&self) -> &str {
        let file = self.name.split('/').nth(1).unwrap_or_default();
        file.split('.').next().unwrap_or_default()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// All files that the manifest lists.
fn vectors() -> Vec<Vector> {
    let manifest = fs::read_to_string(root().join("MANIFEST.md")).unwrap();
    let rows = manifest
        .lines()
        .filter(|line| line.contains('/') && line.starts_with("| "));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let name = cells.next().unwrap().to_owned();
        let first = cells.next().unwrap().trim_matches('`').to_owned();
        let len: usize = cells.next().unwrap().parse().unwrap();
        let bytes = fs::read(root().join(&name)).unwrap();
        assert_eq!(bytes.len(), len, "{name}");
        Vector { name, first, bytes }
    })
    .collect()
}

fn vectors_in(folders: &[&str]) -> Vec<Vector> {
    vectors()
        .into_iter()
        .filter(|vector| folders.contains(&vector.folder()))
        .collect()
}

/// Ends of the frames in bytes that arrive up to each of the given offsets in turn, by one scanner.
fn frames(bytes: &[u8], arrivals: &[usize], mut scan: impl FnMut(&[u8]) -> Scan) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    for &arrived in arrivals {
        while start < arrived {
            match scan(&bytes[start..arrived]) {
                Scan::Complete { len } => {
                    start += len;
                    ends.push(start);
                }
                Scan::Incomplete { need } => {
                    assert!(
                        need >= 1 && need <= bytes.len() - arrived,
                        "needs {need} at {arrived}"
                    );
                    break;
                }
                Scan::Invalid(invalid) => {
                    panic!("{invalid:?} in {:?}", String::from_utf8_lossy(bytes))
                }
            }
        }
    }
    ends
}

/// Ends of the frames in a file, checked to be the same however it is cut.
fn frames_at_every_cut<S: FnMut(&[u8]) -> Scan>(
    vector: &Vector,
    scanner: impl Fn() -> S,
) -> Vec<usize> {
    let bytes = &vector.bytes;
    let len = bytes.len();
    let whole = frames(bytes, &[len], scanner());
    assert_eq!(
        whole.last(),
        Some(&len),
        "{} does not end with a frame",
        vector.name
    );
    for cut in 0..len {
        assert_eq!(
            frames(bytes, &[cut, len], scanner()),
            whole,
            "{} cut at {cut}",
            vector.name
        );
    }
    for piece in [1, 2, 3, 5, 10, 100] {
        let arrivals: Vec<usize> = (0..len).step_by(piece).chain([len]).collect();
        assert_eq!(
            frames(bytes, &arrivals, scanner()),
            whole,
            "{} by {piece}",
            vector.name
        );
    }
    whole
}

fn split<'a>(bytes: &'a [u8], ends: &[usize]) -> Vec<&'a [u8]> {
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts
        .zip(ends)
        .map(|(start, &end)| &bytes[start..end])
        .collect()
}

fn reply_frames(vector: &Vector) -> Vec<&[u8]> {
    let ends = frames_at_every_cut(vector, || {
        let mut scanner = ReplyScanner::default();
        move |seen: &[u8]| scanner.scan(seen, &Limits::DEFAULT)
    });
    split(&vector.bytes, &ends)
}

#[test]
fn manifest_lists_every_file() {
    let mut listed: Vec<String> = vectors().into_iter().map(|vector| vector.name).collect();
    let mut present = Vec::new();
    for folder in fs::read_dir(root()).unwrap().map(Result::unwrap) {
        if folder.path().is_dir() {
            let files = fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
            let folder = folder.file_name().into_string().unwrap();
            present.extend(
                files.map(|file| format!("{folder}/{}", file.file_name().into_string().unwrap())),
            );
        }
    }
    listed.sort();
    present.sort();
    assert_eq!(listed, present);
    for folder in [
        "requests",
        "replies",
        "errors",
        "cluster-slots",
        "cluster-shards",
        "cluster-nodes",
    ] {
        assert!(
            listed.iter().any(|name| name.starts_with(folder)),
            "no {folder}"
        );
    }
}

#[test]
fn requests_are_scanned_and_written_alike() {
    for vector in vectors_in(&["requests"]) {
        let ends = frames_at_every_cut(&vector, || {
            let mut scanner = RequestScanner::default();
            move |seen: &[u8]| scanner.scan(seen, &Limits::DEFAULT)
        });
        for frame in split(&vector.bytes, &ends) {
            let view = RequestView::new(frame);
            let mut written = Vec::new();
            if view.is_inline() {
                let args = inline::to_multibulk(frame, &mut written).unwrap();
                assert_eq!(RequestView::new(&written).len_args(), args);
                assert!(args > 0, "{}", vector.name);
            } else {
                let args: Vec<&[u8]> = view.args().collect();
                assert_eq!(args.len(), view.len_args(), "{}", vector.name);
                write::request(&mut written, &args);
                assert_eq!(written, frame, "{}", vector.name);
            }
        }
    }
}

#[test]
fn replies_are_scanned_and_seen_alike() {
    for vector in vectors_in(&[
        "replies",
        "errors",
        "cluster-slots",
        "cluster-shards",
        "cluster-nodes",
    ]) {
        for (index, frame) in reply_frames(&vector).into_iter().enumerate() {
            let view = ReplyView::new(frame);
            if index == 0 && vector.first != "|" {
                assert!(
                    has_mark(view, frame, &vector.first),
                    "{}: {:?}",
                    vector.name,
                    view.kind()
                );
            }
            assert_eq!(
                rewritten(view),
                without_attributes(frame),
                "{}",
                vector.name
            );
        }
    }
}

#[test]
fn errors_are_seen_as_errors() {
    for vector in vectors_in(&["errors"]) {
        let frames = reply_frames(&vector);
        let error = ReplyView::new(frames[frames.len() - 1])
            .as_error()
            .map(<[u8]>::to_vec);
        let error = String::from_utf8(error.unwrap()).unwrap();
        let code = error.split(' ').next().unwrap_or_default();
        assert!(
            code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()),
            "{error}"
        );
    }
}

/// The kind that a view sees is that of the first byte.
fn has_mark(view: ReplyView<'_>, frame: &[u8], mark: &str) -> bool {
    let null = matches!(frame, b"$-1\r\n" | b"*-1\r\n" | b"_\r\n");
    let expected = match mark {
        _ if null => ReplyKind::Null,
        "+" => ReplyKind::Simple,
        "-" => ReplyKind::Error,
        ":" => ReplyKind::Integer,
        "$" => ReplyKind::Bulk,
        "*" => ReplyKind::Array,
        "%" => ReplyKind::Map,
        "~" => ReplyKind::Set,
        ">" => ReplyKind::Push,
        "," => ReplyKind::Double,
        "#" => ReplyKind::Boolean,
        "(" => ReplyKind::BigNumber,
        "=" => ReplyKind::Verbatim,
        "!" => ReplyKind::BlobError,
        _ => return false,
    };
    view.kind() == expected
}

/// A value written again from what its view tells; servers use one spelling only, so it must be the same.
fn rewritten(view: ReplyView<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let resp3 = Protocol::Resp3;
    let len = view.len_elements().unwrap_or_default();
    let text = || String::from_utf8(view.as_bulk().unwrap().to_vec()).unwrap();
    match view.kind() {
        ReplyKind::Simple => write::simple(&mut out, &text()),
        ReplyKind::Error => {
            let text = String::from_utf8(view.as_error().unwrap().to_vec()).unwrap();
            write::error(&mut out, &text);
        }
        ReplyKind::Integer => write::integer(&mut out, view.as_integer().unwrap()),
        ReplyKind::Bulk => write::bulk(&mut out, view.as_bulk().unwrap()),
        ReplyKind::Verbatim => write::verbatim(&mut out, &text(), resp3),
        ReplyKind::Array => write::array(&mut out, len),
        ReplyKind::Map => write::map(&mut out, len / 2, resp3),
        ReplyKind::Set => write::set(&mut out, len, resp3),
        ReplyKind::Push => write::push(&mut out, len),
        ReplyKind::Boolean => write::boolean(&mut out, view.as_scalar_text() == Some(b"t"), resp3),
        // Three spellings, and numbers of any size: as they are.
        ReplyKind::Null | ReplyKind::Double | ReplyKind::BigNumber | ReplyKind::BlobError => {
            out.extend_from_slice(view.frame());
        }
    }
    for element in view.elements().into_iter().flatten() {
        out.extend(rewritten(element));
    }
    out
}

/// A frame without the attributes at its start. Those of servers hold simple pairs.
fn without_attributes(frame: &[u8]) -> &[u8] {
    if frame.first() != Some(&b'|') {
        return frame;
    }
    let as_map = [b"%", &frame[1..]].concat();
    match ReplyScanner::default().scan(&as_map, &Limits::DEFAULT) {
        Scan::Complete { len } => &frame[len..],
        scan => panic!("{scan:?}"),
    }
}

#[test]
fn frames_are_what_was_asked_for() {
    use ReplyKind::{Array, Bulk, Error, Map, Null, Push, Set, Simple, Verbatim};
    let rows: [(&str, &[ReplyKind]); 14] = [
        ("simple-ping-resp2", &[Simple]),
        ("nested-null-geopos-resp2", &[Array]),
        ("null-get-resp2", &[Null]),
        ("null-get-resp3", &[Null]),
        ("null-array-lpop-resp2", &[Null]),
        ("map-hgetall-resp2", &[Array]),
        ("map-hgetall-resp3", &[Map]),
        ("set-smembers-resp3", &[Set]),
        ("verbatim-doctor-resp3", &[Verbatim]),
        ("push-subscribe-resp3", &[Push]),
        ("push-invalidate-resp3", &[Push, Bulk]),
        (
            "exec-with-error-resp3",
            &[Simple, Simple, Simple, Simple, Array],
        ),
        ("exec-abort-resp2", &[Simple, Error, Error]),
        ("debug-attribute-resp3", &[Bulk]),
    ];
    let all = vectors();
    for (subject, kinds) in rows {
        let mut found = 0;
        for vector in all.iter().filter(|vector| vector.subject() == subject) {
            let seen: Vec<_> = reply_frames(vector)
                .into_iter()
                .map(|frame| ReplyView::new(frame).kind())
                .collect();
            assert_eq!(seen, kinds, "{}", vector.name);
            found += 1;
        }
        assert_eq!(found, 2, "{subject} of two servers");
    }
}

#[test]
fn nested_values_are_where_servers_put_them() {
    for vector in vectors() {
        let view = ReplyView::new(&vector.bytes);
        let elements: Vec<_> = view.elements().into_iter().flatten().collect();
        match vector.subject() {
            "nested-null-geopos-resp2" | "nested-null-geopos-resp3" => {
                assert_eq!(elements[0].len_elements(), Some(2));
                assert!(elements[1].is_null());
            }
            "map-hgetall-resp2" | "map-hgetall-resp3" => {
                let texts: Vec<_> = elements.iter().filter_map(ReplyView::as_bulk).collect();
                assert_eq!(texts, [&b"field1"[..], b"value1", b"field2", b"value2"]);
            }
            "bulk-binary-resp2" | "bulk-binary-resp3" => {
                assert_eq!(view.as_bulk(), Some(&b"a\r\n$5\r\n\x00\xff*1\r\n"[..]));
            }
            "array-many-resp2" | "array-many-resp3" => assert_eq!(elements.len(), 120),
            _ => {}
        }
    }
}

/// Requests that servers refuse, by subject; they must be refused here in the same words.
#[test]
fn violations_are_worded_as_servers_word_them() {
    let many = |start: &str, byte: &str| format!("{start}{}", byte.repeat(70_000)).into_bytes();
    let rows: [(&str, Vec<u8>); 15] = [
        ("protocol-multibulk-length", b"*x\r\n".to_vec()),
        ("protocol-multibulk-overflow", b"*99999999999\r\n".to_vec()),
        ("protocol-multibulk-plus", b"*+1\r\n".to_vec()),
        ("protocol-multibulk-zero-first", b"*01\r\n".to_vec()),
        ("protocol-multibulk-header", many("*", "1")),
        ("protocol-bulk-length", b"*1\r\n$-1\r\n".to_vec()),
        ("protocol-bulk-not-a-number", b"*1\r\n$x\r\n".to_vec()),
        ("protocol-bulk-too-long", b"*1\r\n$536870913\r\n".to_vec()),
        ("protocol-bulk-header", many("*1\r\n$", "1")),
        ("protocol-expected-dollar", b"*1\r\nx\r\n".to_vec()),
        ("protocol-expected-dollar-colon", b"*1\r\n:1\r\n".to_vec()),
        ("protocol-unbalanced-quotes", b"SET k \"v\r\n".to_vec()),
        ("protocol-inline-too-long", many("", "x")),
        ("protocol-unauthenticated-multibulk", b"*11\r\n".to_vec()),
        (
            "protocol-unauthenticated-bulk",
            b"*1\r\n$16385\r\n".to_vec(),
        ),
    ];
    let captured: Vec<_> = vectors_in(&["errors"])
        .into_iter()
        .filter(|v| v.subject().starts_with("protocol-"))
        .collect();
    assert_eq!(captured.len(), rows.len() * 2, "two servers");
    for vector in captured {
        let (_, request) = rows
            .iter()
            .find(|(subject, _)| *subject == vector.subject())
            .unwrap();
        let authenticated = !vector.subject().contains("unauthenticated");
        let limits = if authenticated {
            Limits::DEFAULT
        } else {
            Limits::BEFORE_AUTH
        };
        let why = match RequestScanner::default().scan(request, &limits) {
            Scan::Invalid(invalid) => invalid.why,
            _ => inline::to_multibulk(request, &mut Vec::new()).unwrap_err(),
        };
        let mut out = Vec::new();
        write::error(&mut out, &format!("ERR {}", why.wording(authenticated)));
        assert_eq!(out, vector.bytes, "{}", vector.name);
    }
}
