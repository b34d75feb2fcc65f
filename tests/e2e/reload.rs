//! Settings that change while clients are connected.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::process::Signal;

use crate::children::TempDir;
use crate::client::{Client, Reply};
use crate::harness::{Setup, wait_until, workers};
use crate::proxy::READY_LIMIT;

workers!(
    a_changed_file_is_read_without_a_signal,
    a_mounted_folder_is_swapped,
    a_bad_file_changes_nothing,
    what_needs_a_restart_is_told_and_waits,
    users_come_and_go,
    nodes_are_asked_with_the_new_password,
);

/// A number of INFO, as this worker knows it.
fn info(client: &mut Client, name: &str) -> String {
    let text = client.call("INFO corelane").text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {text}"))
        .to_owned()
}

/// Waits until the settings were read again so often.
fn wait_reloads(client: &mut Client, count: u64) {
    wait_until("the worker to have them", READY_LIMIT, || {
        let good: u64 = info(client, "settings_reloads").parse().expect("a number");
        let refused: u64 = info(client, "settings_reloads_refused")
            .parse()
            .expect("a number");
        (good + refused >= count).then_some(())
    });
}

fn config(client: &mut Client) -> String {
    let text = client.call("INFO clients").text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("maxclients:"));
    line.expect("maxclients").to_owned()
}

fn a_changed_file_is_read_without_a_signal(setup: Setup) {
    let dir = TempDir::new("mounted");
    let password = dir.path().join("password");
    fs::write(&password, "first\n").expect("write a password");
    let file = format!("{:?}", password.display().to_string());
    let settings = [
        ("clients.password_file", file.as_str()),
        ("log.level", "\"info\""),
    ];
    let mut proxy = setup.proxy_with(setup.shared(), &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("AUTH first"), Reply::ok());
    assert_eq!(config(&mut client), "10000");
    assert_eq!(info(&mut client, "settings_last_reload"), "never");
    proxy.write_settings(&[("limits.clients_max", "77"), ("log.level", "\"debug\"")]);
    wait_reloads(&mut client, 1);
    assert_eq!(config(&mut client), "77");
    let log = proxy.process().output();
    assert!(
        log.contains("settings read again, in force: limits.clients_max, log.level"),
        "{log}"
    );
    wait_until("more in the log", READY_LIMIT, || {
        proxy.process().output().contains("DEBUG").then_some(())
    });
    // The password is in another file, which is watched too.
    fs::write(&password, "second\n").expect("write a password");
    wait_reloads(&mut client, 2);
    assert!(proxy.connect().call("AUTH first").error().is_some());
    assert_eq!(proxy.connect().call("AUTH second"), Reply::ok());
    assert_eq!(
        client.call("PING"),
        Reply::Simple("PONG".to_owned()),
        "it stays"
    );
}

/// As Kubernetes changes what it has mounted: files are links into `..data`, a link that is turned to a new folder in one
/// step; then the old folder is removed.
fn a_mounted_folder_is_swapped(setup: Setup) {
    let mount = TempDir::new("mounted");
    let mount = mount.path();
    turn(mount, "one", &[("password", "first\n")], None);
    let (linked, password) = (mount.join("corelane.toml"), mount.join("password"));
    symlink("..data/corelane.toml", &linked).expect("a link");
    symlink("..data/password", &password).expect("a link");
    let file = format!("{:?}", password.display().to_string());
    let settings = [("clients.password_file", file.as_str())];
    let proxy = setup.proxy_with(setup.shared(), &settings);
    let mut client = proxy.connect();
    assert_eq!(client.call("AUTH first"), Reply::ok());
    // From now on its settings are a link into the folder.
    let settings = proxy.settings_file();
    let text = fs::read_to_string(&settings).expect("the settings");
    let files = [("password", "first\n"), ("corelane.toml", &text)];
    turn(mount, "two", &files, Some("one"));
    let link = settings.with_extension("link");
    symlink(&linked, &link).expect("a link");
    fs::rename(link, &settings).expect("a link to the settings");
    wait_reloads(&mut client, 1);
    assert_eq!(config(&mut client), "10000", "nothing new is in it");
    let mut last = ("two", "first".to_owned());
    for (count, name, most) in [(2, "three", "77"), (3, "four", "88")] {
        let more = format!("limits.clients_max = {most}\n{text}");
        let files = [("password", name), ("corelane.toml", &more)];
        turn(mount, name, &files, Some(last.0));
        wait_reloads(&mut client, count);
        assert_eq!(config(&mut client), most);
        assert_eq!(info(&mut client, "settings_last_reload"), "good");
        let mut other = proxy.connect();
        let refused = other.call(&format!("AUTH {}", last.1));
        refused.assert_error("WRONGPASS");
        assert_eq!(other.call(&format!("AUTH {name}")), Reply::ok());
        last = (name, name.to_owned());
    }
}

/// Puts a new folder with these files in the place of the old one.
fn turn(mount: &Path, folder: &str, files: &[(&str, &str)], old: Option<&str>) {
    fs::create_dir(mount.join(folder)).expect("a folder");
    for (name, text) in files {
        fs::write(mount.join(folder).join(name), text).expect("a file");
    }
    symlink(folder, mount.join("..data_tmp")).expect("a link");
    fs::rename(mount.join("..data_tmp"), mount.join("..data")).expect("a turned link");
    if let Some(old) = old {
        fs::remove_dir_all(mount.join(old)).expect("remove the old folder");
    }
}

fn a_bad_file_changes_nothing(setup: Setup) {
    let mut proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    proxy.write_settings(&[
        ("limits.clients_max", "\"hunter2\""),
        ("cluster.server_timeout", "\"2s\""),
        ("clients.password", "7"),
        ("workers", "-1"),
    ]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut client, 1);
    assert_eq!(info(&mut client, "settings_last_reload"), "refused");
    assert_eq!(proxy.metric("settings_good"), 0.0);
    let log = proxy.process().output();
    for line in [
        "settings: limits.clients_max = \"hunter2\": a whole number",
        "settings: clients.password = ***: a text",
        "settings: workers = -1: a whole number",
        "the settings are bad, those in force stay",
    ] {
        assert!(log.contains(line), "no {line} in\n{log}");
    }
    assert_eq!(config(&mut client), "10000");
    // Good by itself, but not with what stays: as many workers as there are.
    proxy.write_settings(&[
        ("limits.clients_max", "1"),
        ("cluster.server_timeout", "\"1ms\""),
        ("clients.password", "\"p\""),
        ("workers", "1"),
    ]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut client, 2);
    assert_eq!(info(&mut client, "settings_last_reload"), "refused");
    assert_eq!(
        proxy.connect().call("PING"),
        Reply::Simple("PONG".to_owned())
    );
    proxy.write_settings(&[
        ("limits.clients_max", "50"),
        ("cluster.server_timeout", "\"3s\""),
        ("workers", &setup.workers.to_string()),
    ]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut client, 3);
    assert_eq!(info(&mut client, "settings_last_reload"), "good");
    assert_eq!(proxy.metric("settings_good"), 1.0);
    assert_eq!(config(&mut client), "50");
    assert!(
        proxy.connect().call("GET x").error().is_some(),
        "a password is needed now"
    );
}

fn what_needs_a_restart_is_told_and_waits(setup: Setup) {
    let mut proxy = setup.proxy(setup.shared());
    let mut client = proxy.connect();
    let workers = (setup.workers + 1).to_string();
    proxy.write_settings(&[("workers", &workers), ("clients.tcp_backlog", "77")]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut client, 1);
    assert_eq!(info(&mut client, "settings_need_restart"), "2");
    assert_eq!(proxy.metric("settings_need_restart"), 2.0);
    let log = proxy.process().output();
    assert!(
        log.contains("settings that need a restart: workers, clients.tcp_backlog"),
        "{log}"
    );
    proxy.process().signal(Signal::USR2);
    assert_eq!(proxy.process_mut().wait_code(READY_LIMIT), 0);
    let _new = crate::children::Adopted::new(proxy.serving());
    assert_eq!(proxy.metric("workers"), (setup.workers + 1) as f64);
    assert_eq!(proxy.metric("settings_need_restart"), 0.0);
}

fn users_come_and_go(setup: Setup) {
    let users = |app: &str, rest: &str| {
        format!("[{{ name = 'app', password = 'a', rules = '{app}' }}{rest}]")
    };
    let guest = ", { name = 'guest', password = 'g', rules = '+@all ~*' }";
    let first = users("+@all ~app:* &*", guest);
    let settings = [
        ("clients.password", "\"p\""),
        ("clients.users", first.as_str()),
    ];
    let mut proxy = setup.proxy_with(setup.shared(), &settings);
    let login = |name: &str, password: &str| {
        let mut client = proxy.connect();
        let reply = client.call(&format!("AUTH {name} {password}"));
        assert_eq!(reply, Reply::ok(), "{name}");
        client
    };
    let (mut root, mut app, mut guest) = (
        login("default", "p"),
        login("app", "a"),
        login("guest", "g"),
    );
    let mut listener = login("app", "a");
    listener.say("SUBSCRIBE news");
    listener.read();
    assert_eq!(app.call("SET app:reload 1"), Reply::ok());
    let second = users("+@read ~app:*", "");
    proxy.write_settings(&[("clients.users", &second)]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut root, 1);
    assert!(
        guest.read_to_close().is_empty(),
        "there is no such user any more"
    );
    assert!(
        listener.read_to_close().is_empty(),
        "it may not listen any more"
    );
    wait_until("fewer rights", READY_LIMIT, || {
        app.call("SET app:reload 2")
            .error()
            .is_some_and(|text| text.starts_with("NOPERM"))
            .then_some(())
    });
    assert_eq!(app.call("GET app:reload"), Reply::bulk("1"));
    assert_eq!(root.call("SET app:reload 3"), Reply::ok());
    assert!(proxy.metric("closes_users") >= 2.0);
}

/// What a server asks for changes first, then the settings; nothing is restarted.
fn nodes_are_asked_with_the_new_password(setup: Setup) {
    let cluster = setup.cluster(3, 0, &[]);
    let mut proxy = setup.proxy(&cluster);
    let mut client = proxy.connect();
    let key = cluster.key_on(0, "reload");
    let mut nodes: Vec<Client> = cluster
        .running()
        .map(|node| Client::connect(node.addr()))
        .collect();
    for node in &mut nodes {
        assert_eq!(node.call("CONFIG SET requirepass hunter2"), Reply::ok());
        assert_eq!(
            node.call("CLIENT KILL TYPE normal SKIPME yes").error(),
            None
        );
    }
    wait_until("a password that is missing", READY_LIMIT, || {
        client.call(&format!("SET {key} value")).error().map(drop)
    });
    proxy.write_settings(&[("cluster.password", "\"hunter2\"")]);
    proxy.process().signal(Signal::HUP);
    wait_reloads(&mut client, 1);
    wait_until("the new password", READY_LIMIT, || {
        (client.call(&format!("SET {key} value")) == Reply::ok()).then_some(())
    });
    let log = proxy.process().output();
    assert!(
        log.contains("in force: cluster.password") && !log.contains("hunter2"),
        "{log}"
    );
}
