//! Scores as the servers write them, which depends on their version.

use std::fmt::Write as _;

use crate::resp::{Protocol, ReplyView, write};

/// How many digits of a double servers write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    /// Always as many as tell any two doubles apart (Redis before 7.2).
    Seventeen,
    /// As few as tell this double from all others.
    Shortest,
}

/// Digits of a number that is not 0: 0.DDD times a power of ten.
struct Decimal {
    is_negative: bool,
    /// Without zeros at the end.
    digits: String,
    /// Of the first digit: 0 for 1 to 9.
    exponent: i32,
}

/// Whole numbers up to half of what 64 bits hold are written in full.
const WHOLE_MAX: f64 = 4_611_686_018_427_387_904.0;

// === impl Digits ===

impl Digits {
    /// Writes a score as a value of its own.
    pub(super) fn write(self, score: f64, protocol: Protocol, out: &mut Vec<u8>) {
        let text = self.text(score);
        match protocol {
            Protocol::Resp2 => write::bulk(out, text.as_bytes()),
            Protocol::Resp3 => {
                out.push(b',');
                out.extend_from_slice(text.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        }
    }

    pub(super) fn text(self, score: f64) -> String {
        if score.is_infinite() || score == 0.0 {
            return format!("{score}");
        }
        match self {
            Self::Seventeen => seventeen(&Decimal::of(&format!("{score:.16e}"))),
            Self::Shortest if score.trunc() == score && score.abs() <= WHOLE_MAX => {
                format!("{score:.0}")
            }
            Self::Shortest => shortest(&Decimal::of(&format!("{score:e}"))),
        }
    }
}

/// Reads a score of either protocol.
pub(super) fn read(reply: &ReplyView<'_>) -> Option<f64> {
    let text = reply.as_scalar_text().or_else(|| reply.as_bulk())?;
    let score: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!score.is_nan()).then_some(score)
}

/// As C's `%.17g`.
fn seventeen(decimal: &Decimal) -> String {
    match decimal.exponent {
        -4..17 => decimal.plain(),
        _ => decimal.scientific(2),
    }
}

/// Without an exponent if that is not much longer.
fn shortest(decimal: &Decimal) -> String {
    let count = i32::try_from(decimal.digits.len()).unwrap_or(i32::MAX);
    let exponent = decimal.exponent;
    // Of the last digit.
    let last = exponent - (count - 1);
    let is_plain = if last >= 0 {
        exponent < count + 7
    } else {
        last > -7 || exponent.abs() < 4
    };
    if is_plain {
        decimal.plain()
    } else {
        decimal.scientific(1)
    }
}

// === impl Decimal ===

impl Decimal {
    /// Takes apart what Rust writes with an exponent.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        Self {
            is_negative: mantissa.starts_with('-'),
            digits: digits.trim_end_matches('0').to_owned(),
            exponent: exponent.parse().unwrap_or(0),
        }
    }

    fn sign(&self) -> &'static str {
        if self.is_negative { "-" } else { "" }
    }

    fn plain(&self) -> String {
        let mut text = self.sign().to_owned();
        let Ok(whole) = usize::try_from(self.exponent) else {
            text.push_str("0.");
            let zeros = self.exponent.unsigned_abs() as usize - 1;
            text.extend(std::iter::repeat_n('0', zeros));
            text.push_str(&self.digits);
            return text;
        };
        let whole = whole + 1;
        match self.digits.split_at_checked(whole) {
            Some((before, "")) => text.push_str(before),
            Some((before, behind)) => {
                let _ = write!(text, "{before}.{behind}");
            }
            None => {
                text.push_str(&self.digits);
                text.extend(std::iter::repeat_n('0', whole - self.digits.len()));
            }
        }
        text
    }

    /// With an exponent of at least so many digits.
    fn scientific(&self, width: usize) -> String {
        let mut text = self.sign().to_owned();
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or_default();
        text.push_str(first);
        if !rest.is_empty() {
            let _ = write!(text, ".{rest}");
        }
        let sign = if self.exponent < 0 { '-' } else { '+' };
        let _ = write!(text, "e{sign}{:0width$}", self.exponent.unsigned_abs());
        text
    }
}
