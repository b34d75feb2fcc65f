//! Decimal integers, read strictly and written without formatting machinery.

/// Reads a number as servers read lengths: an optional `-`, digits, no leading zero, no `+`, no `-0`.
#[inline]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    match text.split_first() {
        Some((b'-', digits)) => match parse_u64(digits)? {
            0 => None,
            magnitude => 0_i64.checked_sub_unsigned(magnitude),
        },
        _ => i64::try_from(parse_u64(text)?).ok(),
    }
}

/// Reads an unsigned number: digits without leading zero.
#[inline]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] => digits(text),
        _ => None,
    }
}

/// Reads a number as replies may carry it: an optional sign, then digits, leading zeros allowed.
pub(super) fn parse_signed_loose(text: &[u8]) -> Option<i64> {
    match text.split_first()? {
        (b'-', rest) => 0_i64.checked_sub_unsigned(digits(rest)?),
        (b'+', rest) => i64::try_from(digits(rest)?).ok(),
        _ => i64::try_from(digits(text)?).ok(),
    }
}

/// Appends a number in decimal.
#[inline]
pub fn push_decimal(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    push_unsigned(out, n.unsigned_abs());
}

/// Appends an unsigned number in decimal.
#[inline]
pub fn push_unsigned(out: &mut Vec<u8>, n: u64) {
    let mut text = [0_u8; DIGITS_MAX];
    let mut at = text.len();
    let mut left = n;
    for place in text.iter_mut().rev() {
        *place = b'0' + (left % 10) as u8;
        at -= 1;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
}

/// At least one digit and nothing else, in range.
#[inline]
fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// Digits of `u64::MAX`.
const DIGITS_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::{parse_i64, parse_signed_loose, parse_u64, push_decimal, push_unsigned};

    #[test]
    fn reads_strictly() {
        let rows: [(&str, Option<i64>); 22] = [
            ("0", Some(0)),
            ("7", Some(7)),
            ("10", Some(10)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("18446744073709551615", None),
            ("18446744073709551616", None),
            ("99999999999999999999999999999", None),
            ("", None),
            ("-", None),
            ("-0", None),
            ("+1", None),
            ("00", None),
            ("01", None),
            ("-01", None),
            (" 1", None),
            ("1 ", None),
            ("1a", None),
            ("--1", None),
        ];
        for (text, value) in rows {
            assert_eq!(parse_i64(text.as_bytes()), value, "{text:?}");
        }
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
        assert_eq!(parse_u64(b"-1"), None);
    }

    #[test]
    fn reads_loosely_in_replies() {
        let rows: [(&str, Option<i64>); 9] = [
            ("+5", Some(5)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("+9223372036854775808", None),
            ("", None),
            ("+", None),
            ("+-1", None),
            ("1.0", None),
        ];
        for (text, value) in rows {
            assert_eq!(parse_signed_loose(text.as_bytes()), value, "{text:?}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let numbers = [
            0,
            1,
            -1,
            9,
            10,
            11,
            99,
            100,
            -100,
            16_383,
            1 << 40,
            i64::MAX,
            i64::MIN + 1,
            i64::MIN,
        ];
        for n in numbers {
            let mut out = b"x".to_vec();
            push_decimal(&mut out, n);
            assert_eq!(out, format!("x{n}").into_bytes());
            assert_eq!(parse_i64(&out[1..]), Some(n));
        }
        let mut out = Vec::new();
        push_unsigned(&mut out, u64::MAX);
        assert_eq!(out, u64::MAX.to_string().into_bytes());
    }
}
