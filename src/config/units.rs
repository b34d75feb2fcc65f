//! Durations and sizes with their units, as texts in settings.

use std::time::Duration;

/// Reads `500ms`, `1s`, `5min` or `2h`: a whole number and a unit, nothing between or around.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    parse(text, &DURATIONS).map(Duration::from_millis)
}

/// Writes a duration with the largest unit that leaves a whole number.
pub(super) fn print_duration(duration: Duration) -> String {
    print(
        u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        &DURATIONS,
    )
}

/// Reads `100B`, `64KiB`, `512MiB` or `1GiB`: a whole number and a unit, nothing between or around.
pub(super) fn parse_size(text: &str) -> Option<usize> {
    parse(text, &SIZES).and_then(|bytes| usize::try_from(bytes).ok())
}

/// Writes a size with the largest unit that leaves a whole number.
pub(crate) fn print_size(bytes: usize) -> String {
    print(u64::try_from(bytes).unwrap_or(u64::MAX), &SIZES)
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*scale)
}

fn print(amount: u64, units: &[(&str, u64)]) -> String {
    let largest = units
        .iter()
        .rev()
        .find(|(_, scale)| amount != 0 && amount.is_multiple_of(*scale));
    match largest.or_else(|| units.get(1)) {
        Some((name, scale)) => format!("{}{name}", amount / scale),
        None => amount.to_string(),
    }
}

/// Smallest first. Minutes are `min` because `m` has meant milliseconds elsewhere.
const DURATIONS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

/// Smallest first. Powers of 1024 only, so that nobody has to guess.
const SIZES: [(&str, u64); 4] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{parse_duration, parse_size, print_duration, print_size};

    #[test]
    fn durations_read_and_print() {
        for (text, millis) in [
            ("0s", 0),
            ("1ms", 1),
            ("999ms", 999),
            ("1s", 1_000),
            ("1500ms", 1_500),
            ("90s", 90_000),
            ("2min", 120_000),
            ("3h", 10_800_000),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse_duration(text), Some(duration), "{text}");
            assert_eq!(print_duration(duration), text);
        }
        assert_eq!(parse_duration("60s"), parse_duration("1min"));
    }

    #[test]
    fn sizes_read_and_print() {
        for (text, bytes) in [
            ("0KiB", 0),
            ("1B", 1),
            ("1000B", 1_000),
            ("64KiB", 65_536),
            ("512MiB", 536_870_912),
            ("3GiB", 3_221_225_472),
        ] {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
            assert_eq!(print_size(bytes), text);
        }
        assert_eq!(parse_size("0B"), Some(0));
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            "1",
            "s",
            "ms",
            "1 s",
            " 1s",
            "1s ",
            "-1s",
            "+1s",
            "1.5s",
            "1m",
            "1S",
            "1sec",
            "1sms",
            "1é",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert_eq!(parse_duration(text), None, "{text:?}");
        }
        for text in [
            "64",
            "64K",
            "64KB",
            "64kib",
            "1.5MiB",
            "-1B",
            "20000000000GiB",
        ] {
            assert_eq!(parse_size(text), None, "{text:?}");
        }
    }
}
