use corelane::resp::write;

use super::{Broken, Expect, Reader, Rules, Sent, Verdict, Waiting};
use crate::sizes::Sizes;
use crate::value::Pattern;

fn bulk(rules: &Rules, key: u64) -> Vec<u8> {
    let mut out = Vec::new();
    write::bulk(&mut out, &rules.pattern().whole(key));
    out
}

fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    write::array(&mut out, elements.len());
    out.extend(elements.concat());
    out
}

/// Requests that wait: each with its keys.
type Asked = (Expect, Vec<u64>);

/// The verdicts on `bytes` when they come in pieces of `cut`.
fn verdicts(
    rules: &Rules,
    asked: &[Asked],
    bytes: &[u8],
    cut: usize,
) -> Result<Vec<Verdict>, Broken> {
    let (mut waiting, mut reader) = (Waiting::default(), Reader::default());
    for (at, (expect, keys)) in (0..).zip(asked) {
        waiting.push(
            Sent {
                expect: *expect,
                at,
            },
            keys,
        );
    }
    let mut found = Vec::new();
    let mut order = 0;
    for piece in bytes.chunks(cut) {
        let mut buffer = vec![0; 4_096 + piece.len()];
        let kept = reader.begin(&mut buffer);
        buffer.truncate(kept);
        buffer.extend_from_slice(piece);
        reader.read(&buffer, &mut waiting, rules, &mut |sent, verdict| {
            assert_eq!(sent.at, order);
            order += 1;
            found.push(verdict);
        })?;
    }
    assert_eq!(
        waiting.keys.len(),
        waiting
            .sent
            .iter()
            .map(|sent| match sent.expect {
                Expect::Value => 1,
                Expect::Values(count) => usize::try_from(count).unwrap(),
                _ => 0,
            })
            .sum::<usize>(),
        "keys and requests went apart"
    );
    Ok(found)
}

/// Whatever the bytes are cut into, the verdicts are these.
fn expect(rules: &Rules, asked: &[Asked], bytes: &[u8], expected: &[Verdict]) {
    for cut in [1, 2, 3, 5, 7, 16, 100, bytes.len()] {
        let found = verdicts(rules, asked, bytes, cut);
        assert_eq!(
            found.as_deref(),
            Ok(expected),
            "cut {cut} of {}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn right_replies_are_right() {
    for size in [1, 2, 7, 8, 16, 300] {
        let rules = Rules::new(Pattern::new(size), true);
        let bytes = [
            bulk(&rules, 1),
            b"+OK\r\n".to_vec(),
            array(&[bulk(&rules, 2), bulk(&rules, 3), bulk(&rules, 2)]),
            b":7\r\n".to_vec(),
            bulk(&rules, 4),
        ];
        let asked = [
            (Expect::Value, vec![1]),
            (Expect::Ok, vec![9, 9]),
            (Expect::Values(3), vec![2, 3, 2]),
            (Expect::Anything, vec![5]),
            (Expect::Value, vec![4]),
        ];
        expect(&rules, &asked, &bytes.concat(), &[Verdict::Right; 5]);
    }
}

#[test]
fn each_value_must_have_the_size_of_its_key() {
    let sizes = Sizes::new(&[(1, 1), (16, 1), (300, 1)]).unwrap();
    let rules = Rules::new(Pattern::new(sizes.clone()), true);
    let of = |bytes: usize| (0..).find(|key| sizes.of(*key) == bytes).unwrap();
    let (tiny, small, large) = (of(1), of(16), of(300));
    let asked = [
        (Expect::Value, vec![large]),
        (Expect::Values(4), vec![small, large, tiny, small]),
        (Expect::Value, vec![tiny]),
    ];
    let all = array(&[small, large, tiny, small].map(|key| bulk(&rules, key)));
    let bytes = [bulk(&rules, large), all, bulk(&rules, tiny)].concat();
    expect(&rules, &asked, &bytes, &[Verdict::Right; 3]);

    // The value that the key would have if all had another size of the list.
    let other = Rules::new(Pattern::new(16), true);
    for bytes in [bulk(&other, large), bulk(&rules, small), bulk(&rules, tiny)] {
        let asked = [(Expect::Value, vec![large]), (Expect::Value, vec![small])];
        let bytes = [bytes, bulk(&rules, small)].concat();
        expect(&rules, &asked, &bytes, &[Verdict::Wrong, Verdict::Right]);
    }
    let mut changed = bulk(&rules, large);
    changed[200] ^= 1;
    let asked = [(Expect::Value, vec![large])];
    expect(&rules, &asked, &changed, &[Verdict::Wrong]);
    let asked = [(Expect::Values(2), vec![small, large])];
    let swapped = array(&[bulk(&rules, large), bulk(&rules, small)]);
    expect(&rules, &asked, &swapped, &[Verdict::Wrong]);
}

#[test]
fn what_is_wrong_counts_once_and_the_next_reply_is_right() {
    let rules = Rules::new(Pattern::new(16), true);
    let longer = Rules::new(Pattern::new(17), true);
    let one = |bytes: &[u8]| (Expect::Value, vec![1], bytes.to_vec());
    let ok = |bytes: &[u8]| (Expect::Ok, vec![], bytes.to_vec());
    let two = |bytes: Vec<u8>| (Expect::Values(2), vec![1, 2], bytes);
    let mut no_end = bulk(&rules, 1);
    no_end[22] = b'x';
    let rows = [
        one(&bulk(&rules, 2)),
        one(&bulk(&longer, 1)),
        one(b"$-1\r\n"),
        one(b"$0\r\n\r\n"),
        one(b"+OK\r\n"),
        one(b"*0\r\n"),
        one(&no_end),
        ok(b"+OKAY\r\n"),
        ok(b"+QUEUED\r\n"),
        ok(b":1\r\n"),
        two(array(&[bulk(&rules, 2), bulk(&rules, 1)])),
        two(array(&[bulk(&rules, 1), b"$-1\r\n".to_vec()])),
        two(array(&[b"$-1\r\n".to_vec(), b"$-1\r\n".to_vec()])),
        two(array(&[bulk(&rules, 1)])),
        two(array(&[bulk(&rules, 1), bulk(&rules, 2), bulk(&rules, 3)])),
        two(b"*-1\r\n".to_vec()),
        two(bulk(&rules, 1)),
    ];
    for (expected, keys, bytes) in rows {
        let asked = [(expected, keys), (Expect::Value, vec![3])];
        let bytes = [bytes, bulk(&rules, 3)].concat();
        expect(&rules, &asked, &bytes, &[Verdict::Wrong, Verdict::Right]);
    }
}

#[test]
fn errors_are_errors_whatever_was_expected() {
    let rules = Rules::new(Pattern::new(16), true);
    for expected in [
        Expect::Value,
        Expect::Ok,
        Expect::Anything,
        Expect::Values(2),
    ] {
        let keys = match expected {
            Expect::Values(_) => vec![1, 2],
            Expect::Value => vec![1],
            _ => vec![],
        };
        for error in ["-ERR no\r\n", "!5\r\nERR x\r\n"] {
            let asked = [(expected, keys.clone()), (Expect::Value, vec![3])];
            let bytes = [error.as_bytes(), &bulk(&rules, 3)].concat();
            expect(&rules, &asked, &bytes, &[Verdict::Error, Verdict::Right]);
        }
    }
    let asked = [(Expect::Values(2), vec![1, 2])];
    let bytes = array(&[bulk(&rules, 2), b"-ERR no\r\n".to_vec()]);
    expect(&rules, &asked, &bytes, &[Verdict::Error]);
}

#[test]
fn a_missing_value_may_be_allowed() {
    let rules = Rules::new(Pattern::new(16), false);
    for null in ["$-1\r\n", "_\r\n"] {
        let null = null.as_bytes().to_vec();
        let asked = [(Expect::Value, vec![1]), (Expect::Values(2), vec![1, 2])];
        let bytes = [null.clone(), array(&[null, bulk(&rules, 2)])].concat();
        expect(&rules, &asked, &bytes, &[Verdict::Missing; 2]);
    }
}

#[test]
fn a_push_answers_nothing() {
    let rules = Rules::new(Pattern::new(16), true);
    let push = b">2\r\n+invalidate\r\n$-1\r\n".to_vec();
    let bytes = [push.clone(), bulk(&rules, 1), push].concat();
    expect(
        &rules,
        &[(Expect::Value, vec![1])],
        &bytes,
        &[Verdict::Right],
    );
}

#[test]
fn what_is_no_reply_breaks_the_connection() {
    let rules = Rules::new(Pattern::new(16), true);
    let asked = [(Expect::Value, vec![1])];
    for cut in [1, 2, 100] {
        let found = verdicts(&rules, &asked, b"HTTP/1.1 200 OK\r\n", cut);
        assert!(matches!(found, Err(Broken::Protocol(_))), "{found:?}");
        let found = verdicts(&rules, &asked, &bulk(&rules, 1).repeat(2), cut);
        assert_eq!(found, Err(Broken::Unasked));
    }
}

#[test]
fn of_a_large_value_nothing_is_kept_and_every_byte_counts() {
    let rules = Rules::new(Pattern::new(300_000), true);
    let mut bytes = bulk(&rules, 1);
    let asked = [(Expect::Value, vec![1])];
    for cut in [1_000, 65_536, 262_144] {
        assert_eq!(
            verdicts(&rules, &asked, &bytes, cut),
            Ok(vec![Verdict::Right])
        );
    }
    let (mut waiting, mut reader) = (Waiting::default(), Reader::default());
    waiting.push(
        Sent {
            expect: Expect::Value,
            at: 0,
        },
        &[1],
    );
    let half = &bytes[..150_000];
    reader
        .read(half, &mut waiting, &rules, &mut |_, _| {})
        .unwrap();
    assert_eq!(reader.kept.capacity(), 0);
    for at in [9, 20, 150_000, 300_008] {
        bytes[at] ^= 1;
        assert_eq!(
            verdicts(&rules, &asked, &bytes, 65_536),
            Ok(vec![Verdict::Wrong]),
            "{at}"
        );
        bytes[at] ^= 1;
    }
}

#[test]
fn the_first_problem_is_told() {
    let rules = Rules::new(Pattern::new(16), true);
    let (mut waiting, mut reader) = (Waiting::default(), Reader::default());
    for at in 0..2 {
        let sent = Sent {
            expect: Expect::Value,
            at,
        };
        waiting.push(sent, &[at]);
    }
    let bytes = b"-ERR first\r\n-ERR second\r\n";
    reader
        .read(bytes, &mut waiting, &rules, &mut |_, _| {})
        .unwrap();
    let odd = reader.take_odd().unwrap();
    assert_eq!(odd, "expected the value of key 0, got \"-ERR first\\r\\n\"");
    assert_eq!(reader.take_odd(), None);
}
