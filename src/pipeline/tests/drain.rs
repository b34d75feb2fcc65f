//! The end of a worker: who leaves when.

use super::{Rig, map};
use crate::config::Config;
use crate::pipeline::{ClientId, Peer};

const SET: [&[u8]; 3] = [b"SET", b"k", b"v"];

fn got(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

fn rig() -> Rig {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    rig
}

#[test]
fn quiet_clients_leave_first_and_requests_are_taken_meanwhile() {
    let mut rig = rig();
    let (quiet, busy, new) = (rig.client(), rig.client(), rig.client());
    rig.send(quiet, &[b"ECHO", b"a"]);
    rig.send(busy, &[b"ECHO", b"a"]);
    got(&mut rig, quiet);
    got(&mut rig, busy);
    rig.pipeline.handle_drain(rig.now);
    assert!(!rig.pipeline.is_drained());
    for _ in 0..30 {
        rig.tick(20);
        rig.send(busy, &[b"ECHO", b"b"]);
        assert_eq!(got(&mut rig, busy), "$1\r\nb\r\n");
    }
    rig.act();
    assert_eq!(rig.closed, [quiet], "the new one may be about to speak");
    rig.send(new, &[b"ECHO", b"c"]);
    assert_eq!(got(&mut rig, new), "$1\r\nc\r\n");
    rig.tick(400);
    rig.act();
    assert!(rig.closed.contains(&busy) && rig.closed.contains(&new));
    assert!(rig.pipeline.is_drained());
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn what_is_under_way_is_waited_for() {
    let mut rig = rig();
    let client = rig.client();
    let link = rig.link(7000);
    rig.send(client, &SET);
    rig.written(Peer::Link(link));
    rig.pipeline.handle_drain(rig.now);
    rig.tick(900);
    assert!(rig.closed.is_empty());
    rig.reply(link, b"+OK\r\n");
    assert_eq!(got(&mut rig, client), "+OK\r\n");
    rig.tick(200);
    rig.act();
    assert_eq!(rig.closed, [client]);
}

#[test]
fn who_asked_for_it_is_told_to_move_and_moves_by_itself() {
    let mut rig = rig();
    let (told, off, old) = (rig.client(), rig.client(), rig.client());
    let on: [&[u8]; 5] = [
        b"CLIENT",
        b"MAINT_NOTIFICATIONS",
        b"ON",
        b"moving-endpoint-type",
        b"internal-ip",
    ];
    rig.send(old, &on);
    assert!(got(&mut rig, old).contains("needs RESP3"));
    for client in [told, off] {
        rig.send(client, &[b"HELLO", b"3"]);
        // No node tells its version here, and that is waited for.
        rig.tick(2000);
        rig.send(client, &on);
        assert!(got(&mut rig, client).ends_with("+OK\r\n"));
    }
    rig.send(off, &[b"CLIENT", b"MAINT_NOTIFICATIONS", b"OFF"]);
    got(&mut rig, off);
    rig.pipeline.handle_drain(rig.now);
    let push = got(&mut rig, told);
    assert!(push.starts_with(">4\r\n$6\r\nMOVING\r\n:"), "{push}");
    assert!(push.ends_with("\r\n:1\r\n_\r\n"), "{push}");
    assert_eq!(got(&mut rig, off) + &got(&mut rig, old), "");
    rig.tick(500);
    rig.act();
    assert!(!rig.closed.contains(&told), "it moves now");
    assert!(rig.closed.contains(&off));
    rig.tick(600);
    rig.act();
    assert!(rig.closed.contains(&told));
}
