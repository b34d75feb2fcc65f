//! `[[clients.users]]`: who may connect besides the default user, or with which rights.
//!
//! Read and printed here because it is the only list of tables. What the rules mean is checked by
//! [`access`](crate::access), which knows the commands.

use std::path::PathBuf;

use toml::{Table, Value};

use super::error::ConfigError;
use super::keys::PASSWORD_FILE;
use super::load::read_password_file;
use super::secret::Secret;

/// One user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSettings {
    /// What AUTH and HELLO call it.
    pub name: String,
    /// Any of these lets a client in as this user.
    pub passwords: Vec<Secret>,
    /// File that the password was read from, if it came from a file.
    pub password_file: Option<PathBuf>,
    /// What it may do, as rules of Redis's ACL; each text holds one or several.
    pub rules: Vec<String>,
    /// Whether it may run commands whose keys only nodes find out, such as scripts.
    pub unchecked_commands: bool,
}

/// The keys of one user, in the order in which they are printed.
pub(super) const USER_KEYS: [&str; 5] = [
    "name",
    "password",
    "password_file",
    "rules",
    "unchecked_commands",
];

/// What a list of users may be.
pub(super) const USERS: &str = "a list of users, each written as [[clients.users]]";

const PASSWORD: &str = "a text in quotes, not empty, or a list of such texts";
const RULES: &str = "rules in quotes, such as \"~app:* +@read\", or a list of such texts";

/// Puts all users into `users`, and notes what is wrong with each under `path`.
pub(super) fn read_users(
    path: &str,
    value: &Value,
    users: &mut Vec<UserSettings>,
    errors: &mut Vec<ConfigError>,
) {
    // What is no list of tables may hold a password anywhere.
    let Value::Array(entries) = value else {
        return errors.push(ConfigError::masked(path, USERS));
    };
    users.clear();
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match entry {
            Value::Table(table) => users.push(read_user(&path, table, errors)),
            _ => errors.push(ConfigError::masked(path, USERS)),
        }
    }
}

fn read_user(path: &str, table: &Table, errors: &mut Vec<ConfigError>) -> UserSettings {
    let mut user = UserSettings::default();
    for (name, value) in table {
        let key = format!("{path}.{name}");
        match name.as_str() {
            "name" => match value.as_str() {
                Some(text) => user.name = text.to_owned(),
                None => errors.push(ConfigError::new(
                    key,
                    &value.to_string(),
                    "a text in quotes",
                )),
            },
            "password" => match texts(value) {
                Some(all) => user.passwords.extend(all.into_iter().map(Secret::new)),
                None => errors.push(ConfigError::masked(key, PASSWORD)),
            },
            "password_file" => match read_password_file(value) {
                Ok((file, secret)) => {
                    user.password_file = Some(file);
                    user.passwords.push(secret);
                }
                Err(why) => {
                    let allowed = format!("{PASSWORD_FILE} ({why})");
                    errors.push(ConfigError::new(key, &value.to_string(), allowed));
                }
            },
            "rules" => match texts(value) {
                Some(all) => user.rules = all,
                // Rules are where a password would stand for a server.
                None => errors.push(ConfigError::masked(key, RULES)),
            },
            "unchecked_commands" => match value {
                Value::Boolean(flag) => user.unchecked_commands = *flag,
                _ => errors.push(ConfigError::masked(key, "true or false")),
            },
            _ => {
                let allowed = format!("unknown key; a user has {}", USER_KEYS.join(", "));
                errors.push(ConfigError::masked(key, allowed));
            }
        }
    }
    if !table.contains_key("name") {
        errors.push(ConfigError::new(
            format!("{path}.name"),
            "",
            "a name; it must be given",
        ));
    }
    if table.contains_key("password") && table.contains_key("password_file") {
        let allowed = "only one of password and password_file";
        errors.push(ConfigError::masked(format!("{path}.password"), allowed));
    }
    user
}

/// One text, or each of a list; none of them empty.
fn texts(value: &Value) -> Option<Vec<String>> {
    let full = |value: &Value| {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    match value {
        Value::Array(all) if all.is_empty() => None,
        Value::Array(all) => all.iter().map(full).collect(),
        one => full(one).map(|text| vec![text]),
    }
}

/// All users as TOML that loads again, passwords masked unless they came from a file.
pub(super) fn print_users(path: &str, users: &[UserSettings]) -> String {
    let mut text = String::new();
    let list = |texts: Vec<String>| Value::Array(texts.into_iter().map(Value::String).collect());
    for user in users {
        text.push_str(&format!("\n[[{path}]]\n"));
        let mut line = |name: &str, value: Value| text.push_str(&format!("{name} = {value}\n"));
        line("name", Value::String(user.name.clone()));
        if let Some(file) = &user.password_file {
            line("password_file", Value::String(file.display().to_string()));
        } else if !user.passwords.is_empty() {
            let masks = user.passwords.iter().map(ToString::to_string).collect();
            line("password", list(masks));
        }
        if !user.rules.is_empty() {
            line("rules", list(user.rules.clone()));
        }
        line(
            "unchecked_commands",
            Value::Boolean(user.unchecked_commands),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Secret};

    fn load(users: &str) -> Result<Config, String> {
        let text = format!("seeds = ['a']\n[clients]\npassword = 'p'\n{users}");
        Config::load(&text).map_err(|errors| errors.to_string())
    }

    #[test]
    fn users_are_read_and_printed() {
        let config = load(
            "[[clients.users]]\nname = 'app'\npassword = ['***', '***']\nrules = '~app:* +@read'\n\
             unchecked_commands = true\n\
             [[clients.users]]\nname = 'guest'\nrules = ['nopass', '+ping +echo']\n\
             [[clients.users]]\nname = 'one'\npassword = '***'\n[limits]\nnesting_max = 9\n",
        )
        .unwrap();
        let [app, guest, one] = config.clients.users.as_slice() else {
            panic!("{config:?}");
        };
        assert_eq!((app.name.as_str(), app.passwords.len()), ("app", 2));
        assert!(app.unchecked_commands && !guest.unchecked_commands);
        assert_eq!(app.rules, ["~app:* +@read"]);
        assert_eq!(guest.rules, ["nopass", "+ping +echo"]);
        assert_eq!(guest.passwords, []);
        assert_eq!(one.passwords, [Secret::new("***")]);
        assert_eq!(config.limits.nesting_max, 9);
        let printed = config.print();
        let again = Config::load(&printed).unwrap();
        assert_eq!(again.clients.users, config.clients.users, "{printed}");
        let keys: Vec<String> = again
            .check_passwords()
            .unwrap_err()
            .0
            .into_iter()
            .map(|e| e.key)
            .collect();
        let expected = [
            "clients.password",
            "clients.users[0].password",
            "clients.users[0].password",
            "clients.users[2].password",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_password_may_come_from_a_file() {
        let path = std::env::temp_dir().join(format!("corelane-user-{}", std::process::id()));
        std::fs::write(&path, "hunter2\n").unwrap();
        let shown = path.display().to_string();
        let text = format!("[[clients.users]]\nname = 'app'\npassword_file = '{shown}'");
        let config = load(&text).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(config.clients.users[0].passwords, [Secret::new("hunter2")]);
        let printed = config.print();
        assert!(
            printed.contains(&shown) && !printed.contains("hunter2"),
            "{printed}"
        );
        assert!(!format!("{config:?}").contains("hunter2"));
        let errors = load(&text).unwrap_err();
        assert!(
            errors.starts_with("clients.users[0].password_file = "),
            "{errors}"
        );
    }

    #[test]
    fn mistakes_are_told_at_once_and_without_secrets() {
        let rows = [
            ("users = 'hunter2'", "clients.users = ***: a list of users"),
            (
                "users = ['hunter2']",
                "clients.users[0] = ***: a list of users",
            ),
            (
                "[clients.users]\nname = 'hunter2'",
                "clients.users = ***: a list of users",
            ),
            (
                "users = [{ password = 'hunter2' }]",
                "clients.users[0].name: a name; it must be given",
            ),
            (
                "users = [{ name = 7 }]",
                "clients.users[0].name = 7: a text in quotes",
            ),
            (
                "users = [{ name = 'a', password = 7 }]",
                "clients.users[0].password = ***: a text in",
            ),
            (
                "users = [{ name = 'a', password = [] }]",
                "clients.users[0].password = ***: a text in",
            ),
            (
                "users = [{ name = 'a', password = ['hunter2', 7] }]",
                "clients.users[0].password = ***",
            ),
            (
                "users = [{ name = 'a', password = '' }]",
                "clients.users[0].password = ***: a text in",
            ),
            (
                "users = [{ name = 'a', pasword = 'hunter2' }]",
                "clients.users[0].pasword = ***: unknown key",
            ),
            (
                "users = [{ name = 'a', rules = 7 }]",
                "clients.users[0].rules = ***: rules in quotes",
            ),
            (
                "users = [{ name = 'a', unchecked_commands = 'hunter2' }]",
                "clients.users[0].unchecked_commands = ***: true or false",
            ),
            (
                "users = [{ name = 'a', password = 'hunter2', password_file = '/nonexistent' }]",
                "clients.users[0].password_file = ",
            ),
        ];
        for (text, expected) in rows {
            let errors = load(text).expect_err(text);
            assert!(errors.starts_with(expected), "{text}\n{errors}");
            assert!(!errors.contains("hunter2"), "{errors}");
        }
        let errors = load("users = [{ name = 1, rules = 2 }, { password = 3 }]").unwrap_err();
        assert_eq!(errors.lines().count(), 4, "{errors}");
    }
}
