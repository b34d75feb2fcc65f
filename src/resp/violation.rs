//! Ways to break the protocol, and how servers word them.

use std::borrow::Cow;
use std::fmt;

/// Ways to break the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A count of arguments that is no number, or a number beyond any limit.
    MultibulkLength,
    /// A count of arguments over the limit in force.
    MultibulkOverLimit,
    /// The header with the count of arguments has no end.
    MultibulkHeader,
    /// A bulk length that is no number, or negative.
    BulkLength,
    /// A bulk length over the limit in force.
    BulkOverLimit,
    /// The header with a bulk length has no end.
    BulkHeader,
    /// A request's argument begins with this byte and not with `$`.
    ExpectedBulk(u8),
    /// A bulk is not followed by CR LF.
    BulkEnd,
    /// An inline line over the limit.
    InlineTooLong,
    /// Quotes in an inline line that do not close, or close in the middle of a word.
    UnbalancedQuotes,
    /// A reply's value begins with a byte that names no type, or not one allowed there.
    ReplyType(u8),
    /// The text of a number, boolean or null in a reply is not one.
    ReplyValue,
    /// The count of elements in a reply is no number, negative, or absurd.
    ReplyLength,
    /// A short header line in a reply has no end.
    ReplyHeader,
    /// A line in a reply is over the limit.
    ReplyLine,
    /// Aggregates in a reply are nested too deep.
    Nesting,
}

// === impl Violation ===

impl Violation {
    /// The text for the error reply to a client, in the words of the servers; without `ERR `.
    ///
    /// `authenticated` says whether the client had authenticated, or need not: before that, servers
    /// word a number over the limit differently.
    pub fn wording(self, authenticated: bool) -> Cow<'static, str> {
        Cow::Borrowed(match (self, authenticated) {
            (Self::MultibulkOverLimit, false) => "Protocol error: unauthenticated multibulk length",
            (Self::MultibulkLength | Self::MultibulkOverLimit, _) => {
                "Protocol error: invalid multibulk length"
            }
            (Self::MultibulkHeader, _) => "Protocol error: too big mbulk count string",
            (Self::BulkOverLimit, false) => "Protocol error: unauthenticated bulk length",
            (Self::BulkLength | Self::BulkOverLimit, _) => "Protocol error: invalid bulk length",
            (Self::BulkHeader, _) => "Protocol error: too big bulk count string",
            (Self::ExpectedBulk(byte), _) => {
                return Cow::Owned(format!(
                    "Protocol error: expected '$', got '{}'",
                    Shown(byte)
                ));
            }
            (Self::BulkEnd, _) => "Protocol error: expected CR LF after a bulk",
            (Self::InlineTooLong, _) => "Protocol error: too big inline request",
            (Self::UnbalancedQuotes, _) => "Protocol error: unbalanced quotes in request",
            (Self::ReplyType(byte), _) => {
                return Cow::Owned(format!(
                    "Protocol error: unexpected type '{}' in a reply",
                    Shown(byte)
                ));
            }
            (Self::ReplyValue, _) => "Protocol error: invalid value in a reply",
            (Self::ReplyLength, _) => "Protocol error: invalid element count in a reply",
            (Self::ReplyHeader, _) => "Protocol error: too long header in a reply",
            (Self::ReplyLine, _) => "Protocol error: too long line in a reply",
            (Self::Nesting, _) => "Protocol error: too deeply nested reply",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wording(true))
    }
}

impl std::error::Error for Violation {}

/// A peer's byte in a text: itself if it is visible ASCII, else escaped, so that no text carries control
/// characters.
struct Shown(u8);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            byte @ b' '..=b'~' => write!(f, "{}", char::from(byte)),
            byte => write!(f, "{}", byte.escape_ascii()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Violation;

    #[test]
    fn words_are_those_of_the_servers() {
        let rows = [
            (Violation::MultibulkLength, "invalid multibulk length"),
            (Violation::MultibulkOverLimit, "invalid multibulk length"),
            (Violation::MultibulkHeader, "too big mbulk count string"),
            (Violation::BulkLength, "invalid bulk length"),
            (Violation::BulkOverLimit, "invalid bulk length"),
            (Violation::BulkHeader, "too big bulk count string"),
            (Violation::ExpectedBulk(b'x'), "expected '$', got 'x'"),
            (Violation::ExpectedBulk(b'\''), "expected '$', got '''"),
            (Violation::ExpectedBulk(0), "expected '$', got '\\x00'"),
            (Violation::ExpectedBulk(b'\n'), "expected '$', got '\\n'"),
            (Violation::InlineTooLong, "too big inline request"),
            (Violation::UnbalancedQuotes, "unbalanced quotes in request"),
        ];
        for (why, words) in rows {
            assert_eq!(why.to_string(), format!("Protocol error: {words}"));
        }
    }

    #[test]
    fn over_a_limit_reads_differently_before_authentication() {
        assert_eq!(
            Violation::MultibulkOverLimit.wording(false),
            "Protocol error: unauthenticated multibulk length"
        );
        assert_eq!(
            Violation::BulkOverLimit.wording(false),
            "Protocol error: unauthenticated bulk length"
        );
        assert_eq!(
            Violation::BulkLength.wording(false),
            "Protocol error: invalid bulk length"
        );
    }
}
