//! Scripts: where they run, and nodes that have lost one.

use super::{Rig, addr, map, request};
use crate::cluster::{Shard, Slot, SlotMap};
use crate::config::Config;
use crate::pipeline::{Action, ClientId, LinkId, Peer, Pipeline, Time};

/// The name of "return 1".
const RETURN_1: &[u8] = b"e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
const NO_SCRIPT: &[u8] = b"-NOSCRIPT No matching script. Please use EVAL.\r\n";

const EVAL: &[&[u8]] = &[b"EVAL", b"return 1", b"1", b"a", b"x"];
const EVALSHA: &[&[u8]] = &[b"EVALSHA", RETURN_1, b"1", b"a", b"x"];

/// What is said in front of the first request that names the script.
const LOAD: &[&[u8]] = &[b"SCRIPT", b"LOAD", b"return 1"];
/// What a node says to it.
const LOADED: &[u8] = b"$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n";

fn text(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

/// One node, and a client whose script is known and was loaded: the link for scripts.
fn rig() -> (Rig, LinkId, ClientId) {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let client = rig.client();
    rig.send(client, EVAL);
    let link = rig.ready(7000);
    assert_eq!(rig.written(Peer::Link(link)), request(EVAL));
    rig.reply(link, b":1\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n");
    rig.send(client, EVALSHA);
    let both = [request(LOAD), request(EVALSHA)].concat();
    assert_eq!(rig.written(Peer::Link(link)), both);
    rig.reply(link, &[LOADED, b":1\r\n"].concat());
    assert_eq!(text(&mut rig, client), ":1\r\n");
    (rig, link, client)
}

#[test]
fn a_node_without_the_script_gets_it() {
    let (mut rig, link, client) = rig();
    for (name, as_text, loaded) in [
        (b"EVALSHA".as_slice(), b"EVAL".as_slice(), b"".as_slice()),
        // What was said to be loaded is not relied on any more.
        (b"evalsha_ro", b"EVAL_RO", LOADED),
    ] {
        rig.send(client, &[name, RETURN_1, b"1", b"a", b"x"]);
        let sent = rig.written(Peer::Link(link));
        assert_eq!(sent.starts_with(&request(LOAD)), !loaded.is_empty());
        rig.reply(link, &[loaded, NO_SCRIPT].concat());
        assert_eq!(text(&mut rig, client), "");
        let again = request(&[as_text, b"return 1", b"1", b"a", b"x"]);
        assert_eq!(rig.written(Peer::Link(link)), again);
        rig.pipeline.check_invariants().unwrap();
        rig.reply(link, b":7\r\n");
        assert_eq!(text(&mut rig, client), ":7\r\n");
    }
    assert_eq!(rig.pipeline.stats().counters.scripts_healed, 2);
    assert_eq!(rig.held(), 0);
}

#[test]
fn nothing_is_sent_again_that_may_have_run() {
    let (mut rig, link, client) = rig();
    for said in [
        "-NOSCRIPT made up by a script\r\n",
        "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n",
        "-TRYAGAIN later\r\n",
        "-READONLY account\r\n",
        "-ERR x script: e0e1, on @user_script:1.\r\n",
    ] {
        rig.send(client, EVALSHA);
        rig.written(Peer::Link(link));
        rig.reply(link, said.as_bytes());
        assert_eq!(text(&mut rig, client), said);
    }
    assert_eq!(rig.pipeline.stats().counters.scripts_healed, 0);
    // A server's own words are followed as for any request.
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(link));
    rig.reply(
        link,
        b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
    );
    rig.tick(50);
    assert_eq!(rig.written(Peer::Link(link)), request(EVALSHA));
}

#[test]
fn a_script_that_nobody_has_seen_is_the_clients_affair() {
    let (mut rig, link, client) = rig();
    let other = [b'0'; 40];
    rig.send(client, &[b"EVALSHA", &other, b"1", b"a"]);
    rig.written(Peer::Link(link));
    rig.reply(link, NO_SCRIPT);
    assert_eq!(text(&mut rig, client).as_bytes(), NO_SCRIPT);
    // GET does not say so, whatever a node says.
    let shared = rig.links[0].0;
    rig.send(client, &[b"GET", b"a"]);
    rig.written(Peer::Link(shared));
    rig.reply(shared, NO_SCRIPT);
    assert_eq!(text(&mut rig, client).as_bytes(), NO_SCRIPT);
}

#[test]
fn what_was_not_written_yet_waits_behind() {
    let (mut rig, link, client) = rig();
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(link));
    rig.send(client, &[b"EVAL", b"return 2", b"1", b"a"]);
    rig.send(client, &[b"EVAL", b"return 3", b"1", b"b"]);
    rig.reply(link, NO_SCRIPT);
    // The other slot's request is not held up.
    let other = request(&[b"EVAL", b"return 3", b"1", b"b"]);
    assert_eq!(
        rig.written(Peer::Link(link)),
        [other, request(EVAL)].concat()
    );
    rig.pipeline.check_invariants().unwrap();
    rig.reply(link, b":3\r\n:1\r\n");
    let later = request(&[b"EVAL", b"return 2", b"1", b"a"]);
    assert_eq!(rig.written(Peer::Link(link)), later);
    rig.reply(link, b":2\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n:2\r\n:3\r\n");
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn what_was_written_behind_keeps_its_place() {
    let (mut rig, link, client) = rig();
    rig.send(client, EVALSHA);
    rig.send(client, &[b"EVAL", b"return 3", b"1", b"b"]);
    rig.send(client, &[b"EVAL", b"return 2", b"1", b"a"]);
    rig.written(Peer::Link(link));
    rig.reply(link, NO_SCRIPT);
    assert!(rig.written(Peer::Link(link)).is_empty());
    rig.reply(link, b":3\r\n:2\r\n");
    let expected = [NO_SCRIPT, b":3\r\n:2\r\n"].concat();
    assert_eq!(text(&mut rig, client).as_bytes(), expected);
    assert_eq!(rig.pipeline.stats().counters.scripts_not_healed, 1);
    // A later request in another slot is no obstacle.
    rig.send(client, EVALSHA);
    rig.send(client, &[b"EVAL", b"return 3", b"1", b"b"]);
    rig.written(Peer::Link(link));
    rig.reply(link, &[LOADED, NO_SCRIPT].concat());
    assert_eq!(rig.written(Peer::Link(link)), request(EVAL));
    rig.reply(link, b":3\r\n:1\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n:3\r\n");
}

/// A new primary has no scripts, and requests in a row cannot wait for the first one's refusal.
#[test]
fn the_first_of_many_brings_the_script_to_a_new_primary() {
    let (mut rig, _, client) = rig();
    rig.pipeline
        .handle_slot_map(&map(2, 7001, &[], &[]), rig.now);
    rig.act();
    rig.ready(7001);
    for _ in 0..3 {
        rig.send(client, EVALSHA);
    }
    let link = rig.ready(7001);
    let expected = [request(LOAD), request(EVALSHA).repeat(3)].concat();
    assert_eq!(rig.written(Peer::Link(link)), expected);
    rig.pipeline.check_invariants().unwrap();
    rig.reply(link, LOADED);
    assert_eq!(text(&mut rig, client), "", "it is nobody's reply");
    rig.reply(link, b":1\r\n:2\r\n:3\r\n");
    assert_eq!(text(&mut rig, client), ":1\r\n:2\r\n:3\r\n");
    // What is not remembered is not loaded, and EVAL needs nothing.
    let others: [&[&[u8]]; 2] = [
        &[b"EVALSHA", &[b'0'; 40], b"1", b"a"],
        &[b"EVAL", b"return 2", b"1", b"a"],
    ];
    for words in others {
        rig.send(client, words);
        assert_eq!(rig.written(Peer::Link(link)), request(words));
        rig.reply(link, b":1\r\n");
        assert_eq!(text(&mut rig, client), ":1\r\n");
    }
    assert_eq!(rig.pipeline.stats().counters.scripts_loaded, 2);
    assert_eq!(rig.held(), 0);
}

#[test]
fn a_script_that_cannot_be_loaded_is_tried_again() {
    let (mut rig, link, client) = rig();
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(link));
    rig.reply(link, NO_SCRIPT);
    rig.written(Peer::Link(link));
    rig.reply(link, b":1\r\n");
    text(&mut rig, client);
    let noperm = b"-NOPERM User default has no permissions to run the 'script|load' command\r\n";
    for _ in 0..2 {
        rig.send(client, EVALSHA);
        let both = [request(LOAD), request(EVALSHA)].concat();
        assert_eq!(rig.written(Peer::Link(link)), both);
        rig.reply(link, noperm);
        rig.reply(link, b":1\r\n");
        assert_eq!(text(&mut rig, client), ":1\r\n");
    }
    // A reply that is none to it belongs to somebody else: nothing of the link is believed.
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(link));
    rig.reply(link, b":1\r\n");
    assert_eq!(rig.pipeline.stats().counters.links_desync, 1);
    let said = text(&mut rig, client);
    assert!(
        said.ends_with("the outcome of this command is unknown\r\n"),
        "{said}"
    );
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn a_transaction_brings_its_scripts() {
    let (mut rig, link, client) = rig();
    let batch: [&[&[u8]]; 4] = [&[b"MULTI"], EVALSHA, EVALSHA, &[b"EXEC"]];
    let whole: Vec<u8> = batch.iter().flat_map(|words| request(words)).collect();
    let unknown = [b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n", NO_SCRIPT].concat();
    let cases: [(&[u8], &[u8]); 3] = [
        (b"", &unknown),
        // The node had forgotten it, which one transaction notices for the next.
        (LOADED, b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n"),
        (b"", b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n"),
    ];
    for (loaded, replies) in cases {
        for words in batch {
            rig.send(client, words);
        }
        let load = if loaded.is_empty() {
            vec![]
        } else {
            request(LOAD)
        };
        assert_eq!(
            rig.written(Peer::Link(link)),
            [load, whole.clone()].concat()
        );
        rig.pipeline.check_invariants().unwrap();
        rig.reply(link, &[loaded, replies].concat());
        let said = text(&mut rig, client);
        assert!(said.contains("*2\r\n:1\r\n"), "{said}");
    }
    assert_eq!(rig.pipeline.stats().counters.transactions, 3);
    // Over the link that watches, behind WATCH.
    rig.send(client, &[b"WATCH", b"a"]);
    let own = rig.ready(7000);
    assert_ne!(own, link);
    rig.written(Peer::Link(own));
    rig.reply(own, b"+OK\r\n");
    rig.pipeline.handle_resumable(rig.now);
    for words in batch {
        rig.send(client, words);
    }
    let both = [request(LOAD), whole].concat();
    assert_eq!(rig.written(Peer::Link(own)), both);
    rig.reply(own, LOADED);
    rig.pipeline.check_invariants().unwrap();
    rig.reply(own, cases[1].1);
    let said = text(&mut rig, client);
    assert!(said.ends_with("*2\r\n:1\r\n:2\r\n"), "{said}");
    assert_eq!(rig.held(), 0);
}

#[test]
fn the_node_may_fail_on_the_way() {
    let (mut rig, link, client) = rig();
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(link));
    rig.reply(link, NO_SCRIPT);
    // Not written yet: the request with the script goes to whoever is there then.
    rig.pipeline.handle_link_closed(link, rig.now);
    rig.tick(100);
    let link = rig.ready(7000);
    assert_eq!(rig.written(Peer::Link(link)), request(EVAL));
    rig.pipeline.handle_link_closed(link, rig.now);
    let said = text(&mut rig, client);
    assert!(
        said.ends_with("the outcome of this command is unknown\r\n"),
        "{said}"
    );
    rig.pipeline.check_invariants().unwrap();
}

fn halves() -> SlotMap {
    let mut map = map(1, 7000, &[], &[]);
    let shard = map.push_shard(Shard::at(addr(7001))).unwrap();
    map.set_range(Slot::new(8192).unwrap(), Slot::LAST, shard);
    map
}

/// Two nodes with half of the slots each, and a client: their shared links and their links for scripts.
fn halved() -> (Rig, ClientId, [LinkId; 2], [LinkId; 2]) {
    let mut rig = Rig::new(Config::default(), &halves());
    let shared = [rig.ready(7000), rig.ready(7001)];
    let client = rig.client();
    // "a" is in the upper half, "b" in the lower.
    for key in [b"a", b"b"] {
        rig.send(client, &[b"FCALL", b"f", b"1", key]);
    }
    let links = [rig.ready(7000), rig.ready(7001)];
    for link in links {
        assert!(!rig.written(Peer::Link(link)).is_empty());
        rig.reply(link, b":0\r\n");
    }
    assert_eq!(text(&mut rig, client), ":0\r\n:0\r\n");
    (rig, client, shared, links)
}

#[test]
fn without_keys_the_same_script_meets_the_same_node() {
    let (mut rig, client, _, links) = halved();
    let mut places = std::collections::BTreeSet::new();
    for n in 0..10 {
        let script = format!("return {n}");
        let name = sha1_smol::Sha1::from(&script).digest().to_string();
        let upper = name.to_ascii_uppercase();
        let words: [[&[u8]; 3]; 4] = [
            [b"EVAL", script.as_bytes(), b"0"],
            [b"EVALSHA", name.as_bytes(), b"0"],
            [b"evalsha_ro", upper.as_bytes(), b"0"],
            [b"EVAL_RO", script.as_bytes(), b"0"],
        ];
        let mut met = Vec::new();
        for words in words {
            rig.send(client, &words);
            let mut sent = Vec::new();
            let at = links.iter().position(|link| {
                sent = rig.written(Peer::Link(*link));
                !sent.is_empty()
            });
            let at = at.unwrap();
            met.push(at);
            if sent.starts_with(&request(&[b"SCRIPT", b"LOAD", script.as_bytes()])) {
                rig.reply(links[at], LOADED);
            }
            rig.reply(links[at], b":1\r\n");
        }
        assert!(met.iter().all(|at| *at == met[0]), "{met:?}");
        places.insert(met[0]);
    }
    assert_eq!(places.len(), 2, "they are spread");
}

#[test]
fn keys_decide_and_must_share_a_slot() {
    let (mut rig, client, _, [first, second]) = halved();
    // "a" is in the upper half, "b" in the lower.
    rig.send(client, &[b"FCALL", b"f", b"1", b"b"]);
    assert!(!rig.written(Peer::Link(first)).is_empty());
    rig.send(client, EVAL);
    assert!(!rig.written(Peer::Link(second)).is_empty());
    rig.reply(first, b":1\r\n");
    rig.reply(second, b":1\r\n");
    text(&mut rig, client);
    rig.send(client, &[b"EVAL", b"return 1", b"2", b"a", b"b"]);
    let said = text(&mut rig, client);
    assert!(said.starts_with("-CROSSSLOT "), "{said}");
    // What contradicts itself is refused by a server.
    rig.send(client, &[b"EVAL", b"return 1", b"7", b"a"]);
    assert!(!rig.written(Peer::Link(first)).is_empty());
}

#[test]
fn scripts_are_loaded_everywhere_and_remembered() {
    let (mut rig, client, shared, links) = halved();
    let mut reply = Vec::new();
    crate::resp::write::bulk(&mut reply, RETURN_1);
    rig.send(client, &[b"SCRIPT", b"LOAD", b"return 1"]);
    for link in shared {
        assert!(!rig.written(Peer::Link(link)).is_empty());
        rig.reply(link, &reply);
    }
    assert_eq!(text(&mut rig, client).as_bytes(), reply);
    rig.tick(10);
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(links[1]));
    rig.reply(links[1], &[LOADED, NO_SCRIPT].concat());
    assert_eq!(rig.written(Peer::Link(links[1])), request(EVAL));
    rig.reply(links[1], b":1\r\n");
    text(&mut rig, client);
    rig.send(client, &[b"SCRIPT", b"FLUSH"]);
    for link in shared {
        assert!(!rig.written(Peer::Link(link)).is_empty());
        rig.reply(link, b"+OK\r\n");
    }
    assert_eq!(text(&mut rig, client), "+OK\r\n");
    rig.tick(10);
    rig.send(client, EVALSHA);
    rig.written(Peer::Link(links[1]));
    rig.reply(links[1], NO_SCRIPT);
    assert_eq!(text(&mut rig, client).as_bytes(), NO_SCRIPT);
}

#[test]
fn workers_tell_each_other_of_new_scripts() {
    let mut config = Config::default();
    config.limits.script_cache_bytes_max = 1024 * 1024;
    let mut pipeline = Pipeline::new(config, 0, 2, Time(0), std::time::Duration::ZERO);
    let peer = "127.0.0.1:1".parse().unwrap();
    let client = pipeline
        .handle_client_connected(peer, peer, Time(0))
        .unwrap();
    let told = |pipeline: &mut Pipeline, script: &[u8]| -> Vec<Box<[u8]>> {
        let bytes = request(&[b"EVAL", script, b"0"]);
        pipeline.handle_client_bytes(client, &bytes, Time(0));
        let actions = std::iter::from_fn(|| pipeline.poll_action());
        let news = actions.filter_map(|action| match action {
            Action::Tell { news } => Some(news),
            _ => None,
        });
        news.collect()
    };
    assert_eq!(
        told(&mut pipeline, b"return 1"),
        [b"return 1".to_vec().into()]
    );
    assert!(told(&mut pipeline, b"return 1").is_empty());
    pipeline.handle_news(b"return 2");
    assert!(told(&mut pipeline, b"return 2").is_empty(), "others know");
    let mut count = 0;
    for n in 10..60 {
        count += told(&mut pipeline, format!("return {n}").as_bytes()).len();
    }
    assert_eq!(count, 15);
    assert_eq!(pipeline.stats().counters.scripts_untold, 35);
    pipeline.handle_timeout(Time(10_000_000));
    assert_eq!(told(&mut pipeline, b"return 3").len(), 1);
    let large = vec![b' '; 300 * 1024];
    assert!(told(&mut pipeline, &large).is_empty());
    assert_eq!(pipeline.stats().counters.scripts_untold, 36);
    // Another worker was told to flush.
    let _ = pipeline.handle_question(1, 7, &request(&[b"SCRIPT", b"FLUSH"]), Time(0));
    assert_eq!(pipeline.stats().counters.script_cache_bytes, 0);
}
