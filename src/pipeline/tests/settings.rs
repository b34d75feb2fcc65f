//! Settings that change while clients are connected.

use super::{Rig, map};
use crate::config::{Config, Secret, UserSettings};
use crate::metrics::{Reload, Reloads};
use crate::pipeline::{ClientId, Peer};

fn got(rig: &mut Rig, client: ClientId) -> String {
    String::from_utf8(rig.written(Peer::Client(client))).unwrap()
}

fn user(name: &str, rules: &str) -> UserSettings {
    UserSettings {
        name: name.to_owned(),
        passwords: vec![Secret::new("p")],
        rules: vec![rules.to_owned()],
        ..UserSettings::default()
    }
}

fn config(users: Vec<UserSettings>) -> Config {
    let mut config = Config::default();
    config.clients.password = Some(Secret::new("root"));
    config.clients.users = users;
    config
}

fn enter(rig: &mut Rig, name: &[u8], password: &[u8]) -> ClientId {
    let client = rig.client();
    rig.send(client, &[b"AUTH", name, password]);
    assert_eq!(got(rig, client), "+OK\r\n");
    client
}

fn set(rig: &mut Rig, config: &Config) {
    let reloads = Reloads {
        changed: 1,
        last: Reload::Good,
        ..Reloads::default()
    };
    rig.pipeline.handle_settings(config, reloads);
    rig.act();
    rig.pipeline.check_invariants().unwrap();
}

#[test]
fn users_are_who_they_are_in_the_new_settings() {
    let before = config(vec![
        user("a", "+@all ~*"),
        user("b", "+@all ~*"),
        user("c", "+@all ~*"),
        user("d", "+@all ~*"),
    ]);
    let mut rig = Rig::new(before, &map(1, 7000, &[], &[]));
    rig.ready(7000);
    let root = enter(&mut rig, b"default", b"root");
    let [a, b, c, d] = [b"a", b"b", b"c", b"d"].map(|name| enter(&mut rig, name, b"p"));
    let queueing = enter(&mut rig, b"a", b"p");
    rig.send(queueing, &[b"MULTI"]);
    got(&mut rig, queueing);
    // In another order, one with less, one with the same, one off and one gone.
    let mut after = config(vec![
        user("b", "+@all ~*"),
        user("a", "+ping ~*"),
        user("c", "off"),
    ]);
    after.clients.password = Some(Secret::new("new"));
    set(&mut rig, &after);
    for gone in [c, d, queueing] {
        assert!(rig.closed.contains(&gone));
    }
    assert_eq!(rig.closed.len(), 3);
    for (client, name) in [(root, "default"), (a, "a"), (b, "b")] {
        rig.send(client, &[b"ACL", b"WHOAMI"]);
        let answer = got(&mut rig, client);
        assert!(
            answer.contains(name) || answer.starts_with("-NOPERM"),
            "{name}: {answer}"
        );
    }
    rig.send(a, &[b"ECHO", b"x"]);
    assert!(got(&mut rig, a).starts_with("-NOPERM"));
    rig.send(b, &[b"ECHO", b"x"]);
    assert_eq!(got(&mut rig, b), "$1\r\nx\r\n");
    let late = rig.client();
    rig.send(late, &[b"AUTH", b"root"]);
    assert!(got(&mut rig, late).starts_with("-WRONGPASS"));
    rig.send(late, &[b"AUTH", b"new"]);
    assert_eq!(got(&mut rig, late), "+OK\r\n");
}

#[test]
fn limits_count_from_the_next_request_on() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let client = rig.client();
    let mut after = Config::default();
    after.limits.args_max = 3;
    after.limits.clients_max = 1;
    set(&mut rig, &after);
    let peer = "127.0.0.1:1".parse().unwrap();
    assert!(
        rig.pipeline
            .handle_client_connected(peer, peer, rig.now)
            .is_err()
    );
    rig.send(client, &[b"DEL", b"1", b"2", b"3"]);
    assert!(got(&mut rig, client).contains("invalid multibulk length"));
    let other = config(Vec::new());
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let open = rig.client();
    set(&mut rig, &other);
    rig.send(open, &[b"ECHO", b"x"]);
    assert_eq!(got(&mut rig, open), "$1\r\nx\r\n", "it was let in before");
    let new = rig.client();
    rig.send(new, &[b"ECHO", b"x"]);
    assert!(got(&mut rig, new).starts_with("-NOAUTH"));
}

#[test]
fn time_follows_the_wall_clock_and_nothing_else_does() {
    let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
    let client = rig.client();
    rig.tick(1000);
    for seconds in [1_000_000_u64, 500_000, 2_000_000] {
        let wall = std::time::Duration::from_secs(seconds);
        rig.pipeline.handle_wall_clock(wall, rig.now);
        rig.send(client, &[b"TIME"]);
        let text = got(&mut rig, client);
        assert!(text.contains(&format!("\r\n{seconds}\r\n")), "{text}");
        rig.tick(100);
        assert!(rig.closed.is_empty());
    }
}

/// Whatever the wall clock is set to while a request waits.
#[test]
fn deadlines_do_not_follow_the_wall_clock() {
    for jump in [0, 1, 4_000_000_000] {
        let mut rig = Rig::new(Config::default(), &map(1, 7000, &[], &[]));
        let link = rig.ready(7000);
        let client = rig.client();
        rig.send(client, &[b"GET", b"a"]);
        rig.written(Peer::Link(link));
        rig.tick(500);
        let wall = std::time::Duration::from_secs(jump);
        rig.pipeline.handle_wall_clock(wall, rig.now);
        rig.tick(490);
        assert_eq!(got(&mut rig, client), "", "not earlier");
        rig.tick(20);
        let text = got(&mut rig, client);
        assert!(text.starts_with("-ERR corelane: timeout"), "{text}");
    }
}
