//! Messages that a node makes by itself: notifications about keys, which no other node passes on.
//!
//! Whoever wants them from a cluster has to listen to every primary. Which subscriptions want them is decided
//! here, by the name of the channel or by what the pattern may match.

/// What the channels of notifications begin with.
const PREFIXES: [&[u8]; 2] = [b"__keyspace@", b"__keyevent@"];

/// If messages on this channel are notifications.
pub(super) fn is_notice(channel: &[u8]) -> bool {
    PREFIXES.iter().any(|prefix| channel.starts_with(prefix))
}

/// If a pattern may match channels of notifications. May say yes where no channel of them would match in the end,
/// and never no where one does.
pub(super) fn may_match_notices(pattern: &[u8]) -> bool {
    PREFIXES.iter().any(|prefix| may_begin(pattern, prefix))
}

/// If a text that begins with `prefix` may match the pattern.
fn may_begin(mut pattern: &[u8], prefix: &[u8]) -> bool {
    for byte in prefix {
        pattern = match pattern {
            [] => return false,
            [b'*', ..] => return true,
            [b'?', rest @ ..] => rest,
            // Classes are rare; whatever they hold, they take one byte.
            [b'[', rest @ ..] => behind_class(rest),
            [b'\\', literal, rest @ ..] | [literal, rest @ ..] if literal == byte => rest,
            _ => return false,
        };
    }
    true
}

/// What follows the bracket that ends a class.
fn behind_class(mut class: &[u8]) -> &[u8] {
    loop {
        class = match class {
            [] => return class,
            [b']', rest @ ..] => return rest,
            [b'\\', _, rest @ ..] | [_, b'-', _, rest @ ..] | [_, rest @ ..] => rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{is_notice, may_match_notices};

    #[test]
    fn channels_of_notifications_are_told_by_their_names() {
        assert!(is_notice(b"__keyspace@0__:key"));
        assert!(is_notice(b"__keyevent@0__:del"));
        assert!(!is_notice(b"__keyevent"));
        assert!(!is_notice(b"news"));
    }

    #[test]
    fn patterns_that_may_match_notifications() {
        let rows = [
            ("*", true),
            ("__key*", true),
            ("__key*__:*", true),
            ("__keyevent@0__:del", true),
            ("__keyspace@?__:*", true),
            ("__key[es]vent@0__:*", true),
            ("[_a][_b]key*", true),
            ("??key*", true),
            ("\\_\\_keyevent@*", true),
            ("__keyevent", false),
            ("__keyspaces*", false),
            ("__kez*", false),
            ("news.*", false),
            ("?", false),
            ("", false),
        ];
        for (pattern, expected) in rows {
            let may = may_match_notices(pattern.as_bytes());
            assert_eq!(may, expected, "{pattern}");
        }
    }
}
