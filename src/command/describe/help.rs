//! Replies to HELP of containers: what there is, and what corelane does with it.

use super::summary;
use crate::command::{Command, Learned};
use crate::resp::write;

/// Appends the lines for the container of this subcommand, in the servers' shape: a line that says how to
/// ask, then for each subcommand one line with its arguments and an indented one about it.
pub fn write_help(out: &mut Vec<u8>, child: &Command, learned: &Learned) {
    let container = child.name.split('|').next().unwrap_or_default();
    let children: Vec<_> = learned
        .by_full_name(container.as_bytes())
        .map(|command| learned.subcommands(command).collect())
        .unwrap_or_default();
    let container = container.to_ascii_uppercase();
    write::array(out, 1 + 2 * children.len());
    write::simple(
        out,
        &format!("{container} <subcommand> [<argument> ...], where <subcommand> is one of:"),
    );
    for child in children {
        write::simple(out, &usage(child));
        write::simple(out, &format!("    {}", summary(child)));
    }
}

/// Name and number of arguments, as far as the arity tells.
fn usage(child: &Command) -> String {
    let mut line = child.last_word().to_ascii_uppercase();
    let least = usize::from(child.arity.unsigned_abs()).saturating_sub(2);
    line.push_str(&" <argument>".repeat(least));
    if child.arity < 0 {
        line.push_str(" [argument ...]");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::write_help;
    use crate::command::{Learned, each};
    use crate::resp::{Limits, ReplyScanner, Scan};

    #[test]
    fn every_container_with_help_tells_of_all_its_subcommands() {
        let mut count = 0;
        for child in each().filter(|entry| entry.name.ends_with("|help")) {
            let mut out = Vec::new();
            write_help(&mut out, child, &Learned::none());
            let scan = ReplyScanner::default().scan(&out, &Limits::DEFAULT);
            assert_eq!(scan, Scan::Complete { len: out.len() }, "{}", child.name);
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains("\r\n+HELP"), "{text}");
            count += 1;
        }
        assert!(count > 10, "{count}");
    }
}
