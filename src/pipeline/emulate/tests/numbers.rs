//! Scores in the servers' words, and `HyperLogLogs`.

use super::super::estimate::{Flaw, Registers};
use super::super::score::{Digits, read};
use super::{Resp2, Resp3, said};
use crate::resp::{ReplyView, write};

/// What Redis 7.0 and Valkey 9.1 say to ZUNION of one set with these scores.
const TEXTS: &[(&str, &str, &str)] = &[
    ("-inf", "-inf", "-inf"),
    ("inf", "inf", "inf"),
    ("-1e18", "-1e+18", "-1000000000000000000"),
    ("-1.5", "-1.5", "-1.5"),
    ("-2.5e-9", "-2.5000000000000001e-09", "-2.5e-9"),
    ("0", "0", "0"),
    ("5e-324", "4.9406564584124654e-324", "5e-324"),
    ("1e-10", "1e-10", "1e-10"),
    ("1e-7", "9.9999999999999995e-08", "1e-7"),
    ("1.5e-7", "1.4999999999999999e-07", "1.5e-7"),
    ("1e-6", "9.9999999999999995e-07", "0.000001"),
    ("1e-5", "1.0000000000000001e-05", "0.00001"),
    ("1e-4", "0.0001", "0.0001"),
    ("0.000123", "0.00012300000000000001", "0.000123"),
    ("0.0001234567", "0.0001234567", "1.234567e-4"),
    ("0.1", "0.10000000000000001", "0.1"),
    ("1", "1", "1"),
    (
        "3.3333333333333335",
        "3.3333333333333335",
        "3.3333333333333335",
    ),
    ("123456.789", "123456.789", "123456.789"),
    ("1e6", "1000000", "1000000"),
    ("100000000.5", "100000000.5", "100000000.5"),
    ("1e16", "10000000000000000", "10000000000000000"),
    ("1e17", "1e+17", "100000000000000000"),
    ("2e18", "2e+18", "2000000000000000000"),
    (
        "4611686018427387904",
        "4.6116860184273879e+18",
        "4611686018427387904",
    ),
    ("4.7e18", "4.7e+18", "4.7e+18"),
    (
        "12345678901234567890",
        "1.2345678901234567e+19",
        "12345678901234567000",
    ),
    ("1e20", "1e+20", "1e+20"),
    ("1e300", "1.0000000000000001e+300", "1e+300"),
];

#[test]
fn scores_are_written_as_servers_write_them() {
    for (given, seventeen, shortest) in TEXTS {
        let score: f64 = given.parse().unwrap();
        for (digits, expected) in [
            (Digits::Seventeen, *seventeen),
            (Digits::Shortest, *shortest),
        ] {
            assert_eq!(digits.text(score), expected);
            for protocol in [Resp2, Resp3] {
                let mut out = Vec::new();
                digits.write(score, protocol, &mut out);
                assert_eq!(read(&ReplyView::new(&out)), Some(score));
            }
        }
    }
    assert_eq!(Digits::Shortest.text(-0.0), "-0");
    for wrong in [&b"$3\r\nnan\r\n"[..], b"$1\r\nx\r\n", b":1\r\n", b"_\r\n"] {
        assert_eq!(read(&ReplyView::new(wrong)), None);
    }
}

/// What Redis keeps for the letters a to j, and for h to t.
const A_TO_J: &[u8] =
    b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80Fm\x80I\xe8\x80L\"\x80D<\x848\x80B=\x80K\x83\
    \x80B\xed\x84I\x8c\x80Bm\x80BZ";
const H_TO_T: &[u8] =
    b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80DE\x8cB\xb1\x88H_\x84@\xfc\x80@\xc4\x84D\x90\
    \x94Df\x80F\xa0\x80Bw\x80G\xd1\x80C\xb0\x80D\xeb\x8cC\x93\x84H\xc4";
const REGISTERS: usize = 16_384;

fn header(encoding: u8) -> Vec<u8> {
    let mut text = b"HYLL".to_vec();
    text.push(encoding);
    text.resize(16, 0);
    text
}

/// The same registers with all their bits.
fn dense(registers: &[u8]) -> Vec<u8> {
    let mut text = header(0);
    for four in registers.chunks(4) {
        let bits = four.iter().rev();
        let bits = bits.fold(0_u32, |bits, value| bits << 6 | u32::from(*value));
        text.extend(&bits.to_le_bytes()[..3]);
    }
    text
}

/// The same registers in runs of one.
fn sparse(registers: &[u8]) -> Vec<u8> {
    let mut text = header(1);
    let op = |value: &u8| value.checked_sub(1).map_or(0, |value| 0x80 | value << 2);
    text.extend(registers.iter().map(op));
    text
}

fn estimate(texts: &[&[u8]]) -> Result<i64, Flaw> {
    let mut registers = Registers::new();
    texts.iter().try_for_each(|text| registers.add(text))?;
    Ok(registers.estimate())
}

#[test]
fn estimates_are_those_of_servers() {
    assert_eq!(estimate(&[A_TO_J]), Ok(10));
    assert_eq!(estimate(&[A_TO_J, H_TO_T]), Ok(19));
    assert_eq!(estimate(&[H_TO_T, A_TO_J, A_TO_J]), Ok(19));
    assert_eq!(estimate(&[]), Ok(0));
    let empty = [&header(1)[..], b"\x7f\xff"].concat();
    assert_eq!(estimate(&[&empty]), Ok(0));
}

#[test]
fn both_encodings_say_the_same() {
    // As many zeros as hashes of different elements have.
    let mut state = 1_u64;
    let mut registers = vec![0_u8; REGISTERS];
    let mut estimates = Vec::new();
    for elements in [10, 1_000, 100_000] {
        for _ in 0..elements {
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            let hash = (state ^ state >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let at = (hash >> 50) as usize;
            let zeros = (hash | 1 << 31).trailing_zeros() + 1;
            registers[at] = registers[at].max(u8::try_from(zeros).unwrap());
        }
        let (dense, sparse) = (dense(&registers), sparse(&registers));
        let count = estimate(&[&dense]).unwrap();
        assert_eq!(estimate(&[&sparse]), Ok(count));
        assert_eq!(
            estimate(&[&sparse, &dense, A_TO_J]),
            estimate(&[A_TO_J, &dense])
        );
        estimates.push(count);
    }
    for (count, elements) in estimates.into_iter().zip([10, 1_010, 101_010]) {
        let wrong = (count - elements).abs();
        assert!(wrong <= elements / 20 + 1, "{count} of {elements}");
    }
    let full = vec![63; REGISTERS];
    assert!(estimate(&[&dense(&full)]).is_ok());
}

#[test]
fn other_strings_are_told_apart() {
    let whole = dense(&vec![0; REGISTERS]);
    let long = [&whole[..], b"x"].concat();
    let unknown = header(2);
    let others: [&[u8]; 7] = [
        b"",
        b"123",
        b"HYLL",
        b"hyll\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff",
        &long,
        &whole[..whole.len() - 1],
        &unknown,
    ];
    for text in others {
        assert_eq!(estimate(&[text]), Err(Flaw::Other));
    }
    let runs: [&[u8]; 5] = [b"", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f", b"\x7f\xff\x83"];
    for run in runs {
        let text = [&header(1)[..], run].concat();
        assert_eq!(estimate(&[&text]), Err(Flaw::Corrupt));
    }
}

#[test]
fn the_first_key_that_does_not_count_is_the_reply() {
    let value = |text: &[u8]| {
        let mut out = Vec::new();
        write::bulk(&mut out, text);
        out
    };
    let (good, other) = (value(A_TO_J), value(b"other"));
    let corrupt = value(&header(1));
    let null: &[u8] = b"$-1\r\n";
    let wrong: &[u8] = b"-WRONGTYPE a list\r\n";
    let is_other = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
    let is_corrupt = "-INVALIDOBJ Corrupted HLL object detected";
    let rows: [(&[&[u8]], &str); 7] = [
        (&[&good, null, &good], ":10"),
        (&[null, null, null], ":0"),
        (&[&good, &other, &corrupt], is_other),
        (&[&good, &corrupt, &other], is_corrupt),
        (&[null, wrong, &other], "-WRONGTYPE a list"),
        (&[&other, null, wrong], is_other),
        (&[&good, wrong, wrong], "-WRONGTYPE a list"),
    ];
    for (replies, expected) in rows {
        assert_eq!(said("PFCOUNT a b c", Resp2, replies), expected);
    }
}
