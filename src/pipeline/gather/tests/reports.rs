//! Reports of several nodes that become one.

use super::{RESP2, RESP3, merged, merged_as, task};
use crate::command::Merge;
use crate::pipeline::gather::{Order, Task, place};
use crate::resp::Protocol;

/// A reply in words: `[` and `]` around arrays, `{` and `}` around maps, numbers, the rest are strings.
fn reply(words: &str, protocol: Protocol) -> String {
    let mut out = Vec::new();
    let mut rest: Vec<&str> = words.split_whitespace().rev().collect();
    while !rest.is_empty() {
        value(&mut rest, protocol, &mut out);
    }
    String::from_utf8(out).unwrap()
}

fn value(rest: &mut Vec<&str>, protocol: Protocol, out: &mut Vec<u8>) {
    use crate::resp::write;
    let word = rest.pop().unwrap();
    let (closing, is_map) = match word {
        "[" => ("]", false),
        "{" => ("}", true),
        _ if word.parse::<i64>().is_ok() => return write::integer(out, word.parse().unwrap()),
        "null" => return write::null(out, protocol),
        _ => match word.strip_prefix(',') {
            Some(number) => return write::double(out, number.parse().unwrap(), protocol),
            None => return write::bulk(out, word.as_bytes()),
        },
    };
    let (mut inner, mut count) = (Vec::new(), 0);
    while rest.last() != Some(&closing) {
        value(rest, protocol, &mut inner);
        count += 1;
    }
    rest.pop();
    if is_map {
        write::map(out, count / 2, protocol);
    } else {
        write::array(out, count);
    }
    out.extend(inner);
}

/// The merged reply to these, in words, is this one, in both dialects.
#[track_caller]
fn check(merge: Merge, replies: &[&str], expected: &str) {
    for protocol in [RESP2, RESP3] {
        let replies: Vec<String> = replies.iter().map(|words| reply(words, protocol)).collect();
        let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
        assert_eq!(merged(merge, protocol, &replies), reply(expected, protocol));
    }
}

#[test]
fn the_newest_entries_of_all_logs() {
    let logs = [
        "[ [ 5 300 20 [ GET a ] ] [ 4 100 7 [ GET b ] ] ]",
        "[ ]",
        "[ [ 9 200 20 [ SET c 1 ] ] ]",
    ];
    let all = "[ [ 5 300 20 [ GET a ] ] [ 9 200 20 [ SET c 1 ] ] [ 4 100 7 [ GET b ] ] ]";
    check(Merge::Newest, &logs, all);
    let replies: Vec<String> = logs.iter().map(|words| reply(words, RESP2)).collect();
    let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
    let rows = [
        (0, "[ ]"),
        (1, "[ [ 5 300 20 [ GET a ] ] ]"),
        (2, "[ [ 5 300 20 [ GET a ] ] [ 9 200 20 [ SET c 1 ] ] ]"),
        (9, all),
    ];
    for (wanted, expected) in rows {
        let task = Task {
            wanted: Some(wanted),
            ..task(Merge::Newest, RESP2)
        };
        assert_eq!(merged_as(&task, &replies), reply(expected, RESP2));
    }
}

#[test]
fn points_of_time_stand_in_order() {
    check(
        Merge::Timeline,
        &["[ [ 100 5 ] [ 300 6 ] ]", "[ [ 200 7 ] ]"],
        "[ [ 100 5 ] [ 200 7 ] [ 300 6 ] ]",
    );
    check(Merge::Timeline, &["[ ]", "[ ]"], "[ ]");
}

#[test]
fn of_each_event_the_latest_and_the_largest() {
    check(
        Merge::Events,
        &[
            "[ [ command 100 5 50 ] [ fork 7 1 1 ] ]",
            "[ [ command 200 6 40 ] ]",
        ],
        "[ [ command 200 6 50 ] [ fork 7 1 1 ] ]",
    );
    // What later versions add stays as it is.
    check(
        Merge::Events,
        &["[ [ command 100 5 50 9 9 ] ]", "[ ]"],
        "[ [ command 100 5 50 9 9 ] ]",
    );
}

#[test]
fn histograms_count_what_took_no_longer() {
    check(
        Merge::Histograms,
        &[
            "{ get { calls 10 histogram_usec { 1 4 8 10 } } set { calls 1 histogram_usec { 2 1 } } }",
            "{ get { calls 5 histogram_usec { 2 3 4 5 } } }",
            "{ }",
        ],
        "{ get { calls 15 histogram_usec { 1 4 2 7 4 9 8 15 } } set { calls 1 histogram_usec { 2 1 } } }",
    );
    check(Merge::Histograms, &["{ }"], "{ }");
}

#[test]
fn amounts_are_added_and_of_shares_the_largest_counts() {
    check(
        Merge::Amounts,
        &[
            "{ peak.allocated 10 keys.bytes-per-key 8 peak.percentage ,2.5 db.0 { overhead 3 } name a }",
            "{ peak.allocated 5 keys.bytes-per-key 9 peak.percentage ,10.5 name b db.1 { overhead 4 } }",
            "{ peak.allocated 5 db.0 { overhead 1 expires 2 } }",
        ],
        "{ peak.allocated 20 keys.bytes-per-key 9 peak.percentage ,10.5 db.0 { overhead 4 expires 2 } \
         name a db.1 { overhead 4 } }",
    );
}

#[test]
fn a_script_that_runs_anywhere_is_told() {
    let idle = "{ running_script null engines { LUA { libraries_count 1 } } }";
    let busy =
        "{ running_script { name f command [ FCALL f 0 ] } engines { LUA { libraries_count 1 } } }";
    check(Merge::Running, &[idle, busy], busy);
    check(Merge::Running, &[idle, idle], idle);
}

#[test]
fn texts_stand_under_their_nodes() {
    let nothing = "-ERR No samples available for event 'x'\r\n";
    let said = merged(
        Merge::Texts,
        RESP2,
        &["$4\r\none\n\r\n", nothing, "$5\r\nthree\r\n"],
    );
    assert_eq!(
        said,
        "$38\r\n# Node n:7000\none\n# Node n:7002\nthree\n\r\n"
    );
    let said = merged(Merge::Texts, RESP3, &["=7\r\ntxt:one\r\n"]);
    assert_eq!(said, "=22\r\ntxt:# Node n:7000\none\n\r\n");
    assert_eq!(merged(Merge::Texts, RESP2, &[nothing, nothing]), nothing);
    let other = merged(Merge::Texts, RESP2, &["$3\r\none\r\n", "-ERR no\r\n"]);
    assert_eq!(other, "-ERR no\r\n");
}

#[test]
fn keys_of_each_database_are_added_up() {
    let task = |protocol| Task {
        text: format!("# Keyspace\r\n{}# Next\r\n", place("Keyspace")).into(),
        ..task(Merge::Info, protocol)
    };
    let text = |lines: &str| {
        let text = format!("# Keyspace\r\n{lines}");
        format!("${}\r\n{text}\r\n", text.len())
    };
    let replies = [
        text("db0:keys=10,expires=2,avg_ttl=100\r\n"),
        text(""),
        text("db0:keys=5,expires=3,avg_ttl=50,subexpiry=4\r\ndb11:keys=1,expires=0,avg_ttl=0\r\n"),
    ];
    let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
    let lines =
        "db0:keys=15,expires=5,avg_ttl=70,subexpiry=4\r\ndb11:keys=1,expires=0,avg_ttl=0\r\n";
    let expected = format!("# Keyspace\r\n{lines}# Next\r\n");
    let said = merged_as(&task(RESP2), &replies);
    assert_eq!(said, format!("${}\r\n{expected}\r\n", expected.len()));
    let said = merged_as(&task(RESP3), &[&text("")]);
    assert_eq!(said, "=24\r\ntxt:# Keyspace\r\n# Next\r\n\r\n");
    let task = Task {
        instead: "own\r\n".into(),
        ..task(RESP2)
    };
    let said = merged_as(&task, &[&text(lines), "-ERR no\r\n"]);
    assert_eq!(said, "$5\r\nown\r\n\r\n", "one node has not answered");
}

#[test]
fn slots_of_all_nodes_stand_in_one_order() {
    let nodes = [
        "[ [ 3 { key-count 5 cpu-usec 1 } ] [ 0 { key-count 2 cpu-usec 7 } ] ]",
        "[ ]",
        "[ [ 9 { key-count 5 cpu-usec 3 } ] [ 1 { key-count 9 cpu-usec 3 } ] ]",
    ];
    let [a, b, c, d] = [
        "[ 0 { key-count 2 cpu-usec 7 } ]",
        "[ 1 { key-count 9 cpu-usec 3 } ]",
        "[ 3 { key-count 5 cpu-usec 1 } ]",
        "[ 9 { key-count 5 cpu-usec 3 } ]",
    ];
    check(Merge::SlotStats, &nodes, &format!("[ {a} {b} {c} {d} ]"));
    let rows = [
        ("key-count", false, None, vec![a, c, d, b]),
        ("KEY-COUNT", true, None, vec![b, c, d, a]),
        ("cpu-usec", true, Some(2), vec![a, b]),
        ("cpu-usec", false, Some(0), vec![]),
        ("nosuch", true, Some(9), vec![a, b, c, d]),
    ];
    for protocol in [RESP2, RESP3] {
        let replies: Vec<String> = nodes.iter().map(|words| reply(words, protocol)).collect();
        let replies: Vec<&str> = replies.iter().map(String::as_str).collect();
        for (metric, descends, wanted, expected) in &rows {
            let task = Task {
                order: Some(Order {
                    metric: metric.as_bytes().into(),
                    descends: *descends,
                }),
                wanted: *wanted,
                ..task(Merge::SlotStats, protocol)
            };
            let expected = reply(&format!("[ {} ]", expected.join(" ")), protocol);
            assert_eq!(merged_as(&task, &replies), expected, "{metric} {descends}");
        }
    }
}
