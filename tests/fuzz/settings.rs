//! Settings files and flags.

use std::time::Duration;

use corelane::access::Access;
use corelane::config::{Config, Secret};
use corelane::pipeline::{Pipeline, Time};

/// Flags that a program can be given, with the settings that they set.
const FLAGS: [(&str, &str); 4] = [
    ("--listen", "listen"),
    ("--seed", "seeds"),
    ("--workers", "workers"),
    ("--log-level", "log.level"),
];

/// A settings file; behind a byte 0, what flags say.
pub fn settings(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let Ok(text) = std::str::from_utf8(parts.next().unwrap_or_default()) else {
        return;
    };
    // Files that a fuzzer names are none of its business.
    if text.contains("_file") || text.contains("\\u") || text.contains("\\x") {
        return;
    }
    let (mut config, errors) = Config::read(text);
    let shown = errors.to_string();
    assert_eq!(shown.is_empty(), errors.0.is_empty(), "{shown}");
    for (part, (flag, path)) in parts
        .next()
        .unwrap_or_default()
        .split(|b| *b == 0)
        .zip(FLAGS)
    {
        let value = String::from_utf8_lossy(part).into_owned();
        let _ = config.set_flag(flag, path, &[value]).to_string();
    }
    let checked = config.check();
    let _ = config.check_passwords();
    let _ = config.print();
    if checked.is_err() {
        return;
    }
    use_config(config);
}

fn use_config(mut config: Config) {
    // Passwords are masked, so they come back as another one.
    let masks: [&mut Option<Secret>; 2] =
        [&mut config.cluster.password, &mut config.clients.password];
    let mut is_masked = false;
    for secret in masks {
        is_masked |= secret.is_some();
    }
    is_masked |= !config.clients.users.is_empty();
    let printed = config.print();
    let (again, errors) = Config::read(&printed);
    assert!(errors.0.is_empty() || is_masked, "{errors}\n{printed}");
    assert!(is_masked || again == config, "{printed}");
    let access = Access::new(&config.clients);
    let users = access.sorted();
    for user in users {
        let rules = [user.command_rules(), user.key_rules(), user.channel_rules()];
        assert!(rules.iter().all(|rule| !rule.contains('\n')));
    }
    let mut other = Config::default();
    let changes = other.adopt(config.clone());
    assert!(
        changes
            .live
            .iter()
            .all(|path| Config::is_live(path) == Some(true))
    );
    let mut pipeline = Pipeline::new(Config::default(), 0, 1, Time(0), Duration::ZERO);
    pipeline.handle_settings(&other, corelane::metrics::Reloads::default());
    assert_eq!(pipeline.check_invariants(), Ok(()));
}
