//! Numbers that become one: sums, extremes, and truths of several nodes.

use crate::command::Merge;
use crate::resp::{ReplyView, write};

/// If a reply is a number or an array of numbers.
pub(super) fn are_numbers(reply: &ReplyView<'_>) -> bool {
    match reply.elements() {
        Some(mut elements) => elements.all(|element| element.as_integer().is_some()),
        None => reply.as_integer().is_some(),
    }
}

/// Writes what the numbers of all replies come to.
pub(super) fn write(merge: Merge, replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
    let Some(len) = replies.first().and_then(ReplyView::len_elements) else {
        let numbers = replies.iter().filter_map(ReplyView::as_integer);
        return write::integer(out, come_to(merge, numbers));
    };
    write::array(out, len);
    let mut columns: Vec<_> = replies.iter().filter_map(ReplyView::elements).collect();
    for _ in 0..len {
        let numbers = columns
            .iter_mut()
            .filter_map(|column| column.next()?.as_integer());
        write::integer(out, come_to(merge, numbers));
    }
}

fn come_to(merge: Merge, numbers: impl Iterator<Item = i64>) -> i64 {
    let number = match merge {
        Merge::Min | Merge::And => numbers.min(),
        Merge::Max | Merge::Or => numbers.max(),
        _ => numbers.reduce(i64::saturating_add),
    };
    number.unwrap_or_default()
}

/// Bytes of a digest.
const DIGEST_BYTES: usize = 20;

/// Writes the digest of all data sets together: a server's is the exclusive or of those of its keys.
pub(super) fn write_digest(replies: &[ReplyView<'_>], out: &mut Vec<u8>) {
    let mut sum = [0u8; DIGEST_BYTES];
    for reply in replies {
        let digits = reply.as_bulk().unwrap_or_default().chunks(2);
        for (place, pair) in sum.iter_mut().zip(digits) {
            let text = std::str::from_utf8(pair).unwrap_or_default();
            *place ^= u8::from_str_radix(text, 16).unwrap_or_default();
        }
    }
    let text: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    write::simple(out, &text);
}
