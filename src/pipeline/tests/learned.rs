//! Commands that the table does not have: known as long as control says so.

use super::{Rig, map, request};
use crate::command::Command;
use crate::command::learned::{Interner, parse};
use crate::config::Config;
use crate::pipeline::Peer;

/// Commands of a server: FUTURE reads one key, OBJECT COLOR too.
fn commands() -> Vec<&'static Command> {
    let specs = |index: u8| {
        format!(
            "*1\r\n*6\r\n+flags\r\n*1\r\n+RO\r\n+begin_search\r\n*4\r\n+type\r\n+index\r\n+spec\r\n*2\r\n\
             +index\r\n:{index}\r\n+find_keys\r\n*4\r\n+type\r\n+range\r\n+spec\r\n\
             *6\r\n+lastkey\r\n:0\r\n+keystep\r\n:1\r\n+limit\r\n:0\r\n"
        )
    };
    let entry = |name: &str, arity: u8, index: u8, children: &str| {
        let specs = specs(index);
        format!(
            "*10\r\n+{name}\r\n:{arity}\r\n*1\r\n+readonly\r\n:{index}\r\n:{index}\r\n:1\r\n*0\r\n*0\r\n\
             {specs}{children}"
        )
    };
    let child = entry("object|color", 3, 2, "*0\r\n");
    let reply = format!(
        "*2\r\n{}{}",
        entry("future", 2, 1, "*0\r\n"),
        entry("object", 2, 1, &format!("*1\r\n{child}"))
    );
    let told = parse(reply.as_bytes()).unwrap();
    let mut interner = Interner::default();
    let made = told.unknown.iter().map(|facts| interner.intern(facts));
    made.map(Option::unwrap).collect()
}

#[test]
fn a_command_is_known_as_long_as_control_says_so() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[(b"k", 7001)]));
    rig.ready(7000);
    let link = rig.ready(7001);
    let client = rig.client();
    let requests: [&[&[u8]]; 2] = [&[b"Future", b"k"], &[b"OBJECT", b"color", b"k"]];
    for words in requests {
        rig.send(client, words);
        let told = rig.written(Peer::Client(client));
        assert!(told.starts_with(b"-ERR unknown "), "{words:?}");
    }
    let commands = commands();
    assert_eq!(commands.len(), 2);
    rig.pipeline.handle_commands(&commands);
    for words in requests {
        rig.send(client, words);
        assert_eq!(rig.written(Peer::Link(link)), request(words));
        rig.reply(link, b"+blue\r\n");
        assert_eq!(rig.written(Peer::Client(client)), b"+blue\r\n");
    }
    rig.send(client, &[b"FUTURE"]);
    let told = rig.written(Peer::Client(client));
    assert_eq!(
        told,
        b"-ERR wrong number of arguments for 'future' command\r\n"
    );
    // What is under way stays under way when the command goes.
    rig.send(client, requests[0]);
    rig.written(Peer::Link(link));
    rig.pipeline.handle_commands(&[]);
    rig.reply(link, b"+red\r\n");
    assert_eq!(rig.written(Peer::Client(client)), b"+red\r\n");
    rig.send(client, requests[0]);
    let told = rig.written(Peer::Client(client));
    assert!(told.starts_with(b"-ERR unknown command"));
    assert_eq!(rig.pipeline.stats().counters.errors_unknown_command, 3);
    rig.pipeline.check_invariants().unwrap();
}
