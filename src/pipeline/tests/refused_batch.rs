//! Transactions that a node refuses: sent elsewhere, waited with, or given up.

use crate::pipeline::Peer;

use super::transaction::{
    ABORTED, Bench, EXECUTED, QUEUED, RESULTS, UNKNOWN, WHOLE, commands, moved,
};

#[test]
fn a_refused_command_sends_the_whole_batch_elsewhere() {
    let moved = moved(7001);
    let rows = [
        format!("+OK\r\n{moved}{moved}{ABORTED}"),
        format!("+OK\r\n{QUEUED}{moved}{ABORTED}"),
        format!("+OK\r\n{QUEUED}{QUEUED}{moved}"),
    ];
    for refusal in rows {
        let mut bench = Bench::sent();
        bench.say(&["GET a"]);
        bench.reply(bench.link, &refusal);
        // The later request was not written yet, and waits now.
        assert!(bench.written(bench.link).is_empty());
        let other = bench.rig.link(7001);
        assert_eq!(bench.written(other), commands(&WHOLE));
        bench.reply(other, EXECUTED);
        assert_eq!(bench.written(other), commands(&["GET a"]));
        bench.reply(other, "$1\r\n1\r\n");
        assert_eq!(bench.heard(), format!("{RESULTS}$1\r\n1\r\n"));
        assert_eq!(bench.counters().redirects_moved, 1);
        assert_eq!(bench.rig.held(), 0);
    }
}

#[test]
fn a_batch_that_no_node_would_queue_is_not_sent_again() {
    const OOM: &str = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    let mut bench = Bench::sent();
    bench.say(&["SET a 2"]);
    assert_eq!(bench.written(bench.link), commands(&["SET a 2"]));
    bench.reply(bench.link, &format!("+OK\r\n{OOM}"));
    bench
        .rig
        .pipeline
        .handle_link_closed(bench.link, bench.rig.now);
    bench.rig.act();
    let again = bench.rig.ready(7000);
    assert!(bench.written(again).is_empty());
    let heard = bench.heard();
    let (first, second) = heard.split_once("\r\n").unwrap();
    assert_eq!(
        first,
        format!(
            "-EXECABORT Transaction discarded because of: {}",
            OOM[1..].trim_end()
        )
    );
    assert!(second.ends_with(UNKNOWN), "{second}");
    assert_eq!(bench.rig.held(), 0);
}

#[test]
fn an_aborted_batch_is_answered_when_its_link_is_lost() {
    let mut bench = Bench::sent();
    bench.reply(bench.link, "+OK\r\n-ERR no\r\n");
    bench
        .rig
        .pipeline
        .handle_link_closed(bench.link, bench.rig.now);
    bench.rig.pipeline.check_invariants().unwrap();
    bench.rig.act();
    let aborted = "-EXECABORT Transaction discarded because of: ERR no\r\n";
    assert_eq!(bench.heard(), aborted);
    assert_eq!(bench.rig.held(), 0);
}

#[test]
fn what_was_said_of_a_batch_says_nothing_of_the_next_request() {
    for said in ["-OOM no\r\n".to_owned(), moved(7001)] {
        let mut bench = Bench::sent();
        let other = bench.rig.client();
        let set: [&[u8]; 3] = [b"SET", b"a", b"2"];
        bench.rig.send(other, &set);
        bench.written(bench.link);
        // The third reply is none to a command that is queued.
        bench.reply(bench.link, &format!("+OK\r\n{said}+PONG\r\n"));
        let heard = String::from_utf8(bench.rig.written(Peer::Client(other))).unwrap();
        assert!(heard.ends_with(UNKNOWN), "{said} {heard}");
        let again = bench.rig.ready(7000);
        assert!(bench.written(again).is_empty());
    }
}

#[test]
fn the_first_refusal_holds_later_requests_back() {
    let mut bench = Bench::sent();
    bench.reply(bench.link, &format!("+OK\r\n{}", moved(7001)));
    bench.say(&["GET a"]);
    assert!(bench.written(bench.link).is_empty());
    bench.reply(bench.link, &format!("{}{ABORTED}", moved(7001)));
    let other = bench.rig.link(7001);
    assert_eq!(bench.written(other), commands(&WHOLE));
}

#[test]
fn one_asking_is_enough_for_a_transaction() {
    let mut bench = Bench::sent();
    let ask = moved(7001).replace("MOVED", "ASK");
    bench.reply(bench.link, &format!("+OK\r\n{ask}{ask}{ABORTED}"));
    let other = bench.rig.link(7001);
    let expected = [commands(&["ASKING"]), commands(&WHOLE)].concat();
    assert_eq!(bench.written(other), expected);
    bench.reply(other, &format!("+OK\r\n{EXECUTED}"));
    assert_eq!(bench.heard(), RESULTS);
}

#[test]
fn refusals_for_a_while_are_waited_for() {
    let rows = [
        format!("+OK\r\n-CLUSTERDOWN The cluster is down\r\n{QUEUED}{ABORTED}"),
        format!("+OK\r\n{QUEUED}-LOADING Redis is loading\r\n{ABORTED}"),
        format!("+OK\r\n{QUEUED}{QUEUED}-TRYAGAIN Multiple keys\r\n"),
        format!(
            "+OK\r\n{QUEUED}{QUEUED}-EXECABORT Transaction discarded because of: READONLY You can't\r\n"
        ),
    ];
    for refusal in rows {
        let mut bench = Bench::sent();
        bench.reply(bench.link, &refusal);
        assert!(bench.written(bench.link).is_empty());
        bench.rig.tick(100);
        assert_eq!(bench.written(bench.link), commands(&WHOLE), "{refusal}");
        bench.reply(bench.link, EXECUTED);
        assert_eq!(bench.heard(), RESULTS);
    }
}
