//! Writes the effective settings as TOML that loads again.

use toml::Value;

use super::keys::{Field, KEYS};
use super::secret::Secret;
use super::users::print_users;
use super::{Config, units};

// === impl Config ===

impl Config {
    /// All settings as TOML, in the order of `config/corelane.toml`. It loads again and gives the
    /// same settings, except that a password is masked unless it came from a file.
    #[must_use]
    pub fn print(&self) -> String {
        // The list of keys has one way to a field, which borrows mutably.
        let mut config = self.clone();
        if config.cluster.password_file.is_some() {
            config.cluster.password = None;
        }
        if config.clients.password_file.is_some() {
            config.clients.password = None;
        }
        let mut text = String::new();
        let mut open = "";
        for key in KEYS {
            let (section, name) = key.section_and_name();
            if section != open {
                text.push_str(&format!("\n[{section}]\n"));
                open = section;
            }
            if let Field::Users(at) = &key.field {
                text.push_str(&print_users(key.path, at(&mut config)));
                continue;
            }
            match print_value(&key.field, &mut config) {
                Some(value) => text.push_str(&format!("{name} = {value}\n")),
                None => text.push_str(&format!("# {name} is not set\n")),
            }
        }
        text
    }
}

fn print_value(field: &Field, config: &mut Config) -> Option<Value> {
    Some(match field {
        Field::Addresses(at) => list(at(config)),
        Field::Seeds(at) => list(at(config)),
        Field::OptionalAddress(at) => string(at(config).as_ref()?),
        Field::Count(at, ..) => integer(*at(config)),
        Field::OptionalCount(at, ..) => integer((*at(config))?),
        Field::Number(at, ..) => Value::Integer(i64::from(*at(config))),
        Field::Priority(at) => Value::Integer(i64::from(*at(config))),
        Field::Size(at, ..) => Value::String(units::print_size(*at(config))),
        Field::Span(at, ..) => Value::String(units::print_duration(*at(config))),
        Field::OptionalSpan(at, ..) => Value::String(units::print_duration((*at(config))?)),
        Field::Flag(at) => Value::Boolean(*at(config)),
        Field::Text(at) => string(at(config)),
        Field::OptionalText(at) => string(at(config).as_ref()?),
        Field::PasswordFile { file, .. } => string(&file(config).as_ref()?.display()),
        // Not one value; see above.
        Field::Users(_) => return None,
        Field::AuthClients(at) => string(at(config)),
        Field::Driver(at) => string(at(config)),
        Field::CrossSlot(at) => string(at(config)),
        Field::Outcome(at) => string(at(config)),
        Field::Level(at) => string(at(config)),
        Field::Password(at) => {
            at(config).as_ref()?;
            string(&Secret::MASK)
        }
    })
}

fn list<T: ToString>(elements: &[T]) -> Value {
    Value::Array(
        elements
            .iter()
            .map(|element| Value::String(element.to_string()))
            .collect(),
    )
}

fn string(shown: &impl ToString) -> Value {
    Value::String(shown.to_string())
}

fn integer(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}
