//! What nodes tell of saving, as one: INFO persistence.

use std::fmt::Write as _;

use crate::resp::ReplyView;

/// Amounts, which are added up.
const AMOUNTS: [&str; 3] = ["rdb_changes_since_last_save", "rdb_saves", "aof_rewrites"];

/// Who waits for a save waits until the last node is done, as with LASTSAVE.
const OLDEST: [&str; 1] = ["rdb_last_save_time"];

/// Words that are "ok" if all is well.
const STATUS_END: &str = "_status";

/// The lines of the section in the texts of all nodes; where one is busy with something, all are. Names keep the order
/// of the first node.
pub(in crate::pipeline) fn persistence(replies: &[ReplyView<'_>]) -> String {
    let texts: Vec<String> = replies
        .iter()
        .map(|reply| String::from_utf8_lossy(reply.as_bulk().unwrap_or_default()).into_owned())
        .collect();
    let sections: Vec<Vec<(&str, &str)>> = texts.iter().map(|text| section(text)).collect();
    let mut merged = String::new();
    for (name, first) in sections.first().into_iter().flatten() {
        let each = sections.iter().filter_map(|fields| {
            let (_, value) = fields.iter().find(|(known, _)| known == name)?;
            Some(*value)
        });
        let values: Vec<&str> = each.collect();
        let numbers = values.iter().map(|value| value.parse::<i64>());
        let numbers: Result<Vec<i64>, _> = numbers.collect();
        let _ = match numbers {
            Ok(numbers) => write!(merged, "{name}:{}\r\n", come_to(name, &numbers)),
            Err(_) => write!(merged, "{name}:{}\r\n", word(name, first, &values)),
        };
    }
    merged
}

fn come_to(name: &str, numbers: &[i64]) -> i64 {
    let numbers = numbers.iter().copied();
    let number = if AMOUNTS.contains(&name) {
        numbers.reduce(i64::saturating_add)
    } else if OLDEST.contains(&name) {
        numbers.min()
    } else {
        numbers.max()
    };
    number.unwrap_or_default()
}

fn word<'a>(name: &str, first: &'a str, values: &[&'a str]) -> &'a str {
    if !name.ends_with(STATUS_END) {
        return first;
    }
    let bad = values.iter().find(|value| **value != "ok");
    bad.copied().unwrap_or(first)
}

/// Names and values of the section in the text of one node.
fn section(text: &str) -> Vec<(&str, &str)> {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("# Persistence"));
    let lines = lines.skip(1).take_while(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(':')).collect()
}

#[cfg(test)]
mod tests {
    use super::persistence;
    use crate::resp::{ReplyView, write};

    #[test]
    fn where_one_node_saves_all_do() {
        let told = |text: &str| {
            let mut out = Vec::new();
            write::bulk(&mut out, text.as_bytes());
            out
        };
        let one = told(
            "# Persistence\r\nloading:0\r\nrdb_changes_since_last_save:3\r\nrdb_bgsave_in_progress:1\r\n\
             rdb_last_save_time:500\r\nrdb_last_bgsave_status:ok\r\ncurrent_fork_perc:0.00\r\n\r\n\
             # Keyspace\r\ndb0:keys=1\r\n",
        );
        let two = told(
            "# Keyspace\r\ndb0:keys=1\r\n\r\n# Persistence\r\nloading:1\r\nrdb_changes_since_last_save:4\r\n\
             rdb_bgsave_in_progress:0\r\nrdb_last_save_time:400\r\nrdb_last_bgsave_status:err\r\n\
             current_fork_perc:1.00\r\n",
        );
        let said = persistence(&[ReplyView::new(&one), ReplyView::new(&two)]);
        assert_eq!(
            said,
            "loading:1\r\nrdb_changes_since_last_save:7\r\nrdb_bgsave_in_progress:1\r\n\
             rdb_last_save_time:400\r\nrdb_last_bgsave_status:err\r\ncurrent_fork_perc:0.00\r\n"
        );
        assert_eq!(persistence(&[ReplyView::new(b"$1\r\nx\r\n")]), "");
        assert_eq!(persistence(&[]), "");
    }
}
