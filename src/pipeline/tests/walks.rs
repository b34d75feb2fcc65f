//! SCAN among the other requests of a client.

use super::{Rig, map, request};
use crate::cluster::Slot;
use crate::config::Config;
use crate::pipeline::Peer;
use crate::resp::write;

/// What one node asks another one for in vain: questions to a node are no good at whoever owns the slot now.
#[test]
fn a_question_that_was_sent_elsewhere_is_asked_again() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let first = rig.ready(7000);
    let client = rig.client();
    let set: [&[u8]; 3] = [b"SET", b"a", b"1"];
    rig.send(client, &set);
    assert_eq!(rig.written(Peer::Link(first)), request(&set));
    rig.send(client, &[b"SCAN", b"0", b"MATCH", b"{a}*"]);
    // Not written yet when the request in front of it is refused.
    let slot = Slot::of_key(b"a").number();
    rig.reply(
        first,
        format!("-MOVED {slot} 127.0.0.1:7001\r\n").as_bytes(),
    );
    let second = rig.ready(7001);
    assert_eq!(rig.written(Peer::Link(second)), request(&set));
    rig.reply(second, b"+OK\r\n");
    rig.tick(20);
    assert_eq!(rig.written(Peer::Client(client)), b"+OK\r\n");
    let number = slot.to_string();
    let nodes: [&[u8]; 2] = [b"CLUSTER", b"NODES"];
    let keys: [&[u8]; 4] = [
        b"CLUSTER",
        b"GETKEYSINSLOT",
        number.as_bytes(),
        b"2147483647",
    ];
    let text = format!("id 127.0.0.1:7001@17001 myself,master - 0 0 1 connected {slot}\n");
    let (mut own, none) = (Vec::new(), b"*0\r\n".to_vec());
    write::bulk(&mut own, text.as_bytes());
    let wave = [
        (request(&nodes), own.clone()),
        (request(&keys), none),
        (request(&nodes), own),
    ];
    // One behind the other, as always where a slot is unsettled.
    for (question, reply) in &wave {
        assert_eq!(rig.written(Peer::Link(second)), *question);
        rig.reply(second, reply);
        rig.tick(20);
    }
    assert_eq!(rig.written(Peer::Client(client)), b"");
    // Then all of them again, and straight to one node.
    let (questions, replies): (Vec<_>, Vec<_>) = wave.into_iter().unzip();
    assert_eq!(rig.written(Peer::Link(second)), questions.concat());
    rig.reply(second, &replies.concat());
    assert_eq!(
        rig.written(Peer::Client(client)),
        b"*2\r\n$1\r\n0\r\n*0\r\n"
    );
    rig.pipeline.check_invariants().unwrap();
}
