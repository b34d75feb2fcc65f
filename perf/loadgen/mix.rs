//! Which commands are sent, and how often each.

use super::chance::Chance;
use super::replies::Expect;
use super::template::{Piece, Template};
use super::value::Pattern;

/// One command of a mix, with its weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    weight: u64,
    verb: Verb,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verb {
    Get,
    Set,
    Mget(usize),
    Mset(usize),
    Custom(Vec<Vec<Piece>>),
}

/// The commands of a run, ready to be sent.
#[derive(Debug)]
pub(crate) struct Mix {
    /// Each with the sum of the weights up to it.
    templates: Vec<(u64, Template)>,
    total: u64,
    is_populating: bool,
}

/// Why a text is no mix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\": {1}")]
pub(crate) struct InvalidMix(String, &'static str);

/// More keys in one command are more than any server is meant for.
const KEYS_PER_COMMAND_MAX: usize = 100_000;

// === impl Entry ===

impl Entry {
    /// Reads `get`, `mget:100`, `get=9,set=1`, `=HSET {key} f {value}` or `2=HSET {key} f {value}`.
    pub(crate) fn read_all(text: &str) -> Result<Vec<Self>, InvalidMix> {
        let invalid = |why| InvalidMix(text.to_owned(), why);
        if let Some((weight, command)) = text.split_once('=')
            && weight.bytes().all(|byte| byte.is_ascii_digit())
        {
            let weight = if weight.is_empty() { "1" } else { weight };
            return Ok(vec![Self {
                weight: read_weight(weight).ok_or_else(|| invalid(WEIGHT))?,
                verb: read_custom(command).map_err(invalid)?,
            }]);
        }
        let parts = text.split(',').map(|part| {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            Ok(Self {
                weight: read_weight(weight).ok_or_else(|| invalid(WEIGHT))?,
                verb: read_verb(name).ok_or_else(|| invalid(VERB))?,
            })
        });
        parts.collect()
    }

    /// Whether a node of a cluster can be chosen for it: it has one key.
    pub(crate) fn has_one_key(&self) -> bool {
        match &self.verb {
            Verb::Get | Verb::Set => true,
            Verb::Mget(keys) | Verb::Mset(keys) => *keys == 1,
            Verb::Custom(arguments) => {
                arguments
                    .iter()
                    .flatten()
                    .filter(|piece| **piece == Piece::Key)
                    .count()
                    == 1
            }
        }
    }

    fn template(&self, pattern: &Pattern) -> Template {
        let text = |text: &str| vec![Piece::Text(text.as_bytes().to_vec())];
        let (arguments, expect) = match &self.verb {
            Verb::Get => (vec![text("GET"), vec![Piece::Key]], Expect::Value),
            Verb::Set => (
                vec![text("SET"), vec![Piece::Key], vec![Piece::Value]],
                Expect::Ok,
            ),
            Verb::Mget(keys) => {
                let keys_only = std::iter::repeat_n(vec![Piece::Key], *keys);
                let arguments = [text("MGET")].into_iter().chain(keys_only).collect();
                (
                    arguments,
                    Expect::Values(u32::try_from(*keys).unwrap_or(u32::MAX)),
                )
            }
            Verb::Mset(keys) => {
                let pairs = [vec![Piece::Key], vec![Piece::Value]];
                let pairs = std::iter::repeat_n(pairs, *keys).flatten();
                (
                    [text("MSET")].into_iter().chain(pairs).collect(),
                    Expect::Ok,
                )
            }
            Verb::Custom(arguments) => (arguments.clone(), Expect::Anything),
        };
        Template::new(&arguments, expect, pattern)
    }
}

fn read_weight(text: &str) -> Option<u64> {
    text.parse()
        .ok()
        .filter(|weight| (1..=1_000_000).contains(weight))
}

fn read_verb(text: &str) -> Option<Verb> {
    let (name, keys) = match text.split_once(':') {
        Some((name, keys)) => (name, Some(keys.parse::<usize>().ok()?)),
        None => (text, None),
    };
    let keys = keys.filter(|keys| (1..=KEYS_PER_COMMAND_MAX).contains(keys));
    match (name, keys) {
        ("get", None) if text == name => Some(Verb::Get),
        ("set", None) if text == name => Some(Verb::Set),
        ("mget", Some(keys)) => Some(Verb::Mget(keys)),
        ("mset", Some(keys)) => Some(Verb::Mset(keys)),
        _ => None,
    }
}

/// Words between spaces, with `{key}` and `{value}` anywhere in them.
fn read_custom(text: &str) -> Result<Verb, &'static str> {
    let arguments: Vec<Vec<Piece>> = text.split_whitespace().map(read_argument).collect();
    let mut pieces = arguments.iter().flatten();
    let value_first = pieces.find(|piece| !matches!(piece, Piece::Text(_))) == Some(&Piece::Value);
    match arguments.first() {
        None => Err("a command stands behind \"=\""),
        Some(_) if value_first => Err("a {value} belongs to a {key} before it"),
        Some(_) => Ok(Verb::Custom(arguments)),
    }
}

fn read_argument(mut word: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while !word.is_empty() {
        let gaps = [("{key}", Piece::Key), ("{value}", Piece::Value)];
        let next = gaps
            .into_iter()
            .filter_map(|(name, piece)| word.find(name).map(|at| (at, name, piece)))
            .min_by_key(|(at, ..)| *at);
        let Some((at, name, piece)) = next else {
            pieces.push(Piece::Text(word.as_bytes().to_vec()));
            break;
        };
        let (text, rest) = word.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.as_bytes().to_vec()));
        }
        pieces.push(piece);
        word = rest.strip_prefix(name).unwrap_or_default();
    }
    pieces
}

const WEIGHT: &str = "a weight is a number from 1 to 1000000";
const VERB: &str = "allowed are get, set, mget:KEYS, mset:KEYS (1 to 100000 keys), each with =WEIGHT, \
                    or a whole command behind \"=\"";

// === impl Mix ===

impl Mix {
    /// The commands of `entries`.
    pub(crate) fn new(entries: &[Entry], pattern: &Pattern) -> Self {
        let mut total = 0;
        let templates = entries.iter().map(|entry| {
            total += entry.weight;
            (total, entry.template(pattern))
        });
        Self {
            templates: templates.collect(),
            total,
            is_populating: false,
        }
    }

    /// The mix that writes every key once.
    pub(crate) fn populating(pattern: &Pattern) -> Self {
        let set = Entry {
            weight: 1,
            verb: Verb::Set,
        };
        Self {
            is_populating: true,
            ..Self::new(&[set], pattern)
        }
    }

    /// It writes every key once.
    pub(crate) fn is_populating(&self) -> bool {
        self.is_populating
    }

    /// The next command.
    #[inline]
    pub(crate) fn choose(&self, chance: &mut Chance) -> Option<&Template> {
        if let [(_, only)] = self.templates.as_slice() {
            return Some(only);
        }
        let at = chance.below(self.total);
        let chosen = self.templates.iter().find(|(up_to, _)| at < *up_to);
        chosen.map(|(_, template)| template)
    }

    /// All commands.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter().map(|(_, template)| template)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Mix, Piece, Verb};
    use crate::chance::Chance;
    use crate::value::Pattern;

    fn entry(weight: u64, verb: Verb) -> Entry {
        Entry { weight, verb }
    }

    #[test]
    fn mixes_read() {
        let rows = [
            ("get", vec![entry(1, Verb::Get)]),
            (
                "get=9,set=1",
                vec![entry(9, Verb::Get), entry(1, Verb::Set)],
            ),
            (
                "mget:100,mset:10=3",
                vec![entry(1, Verb::Mget(100)), entry(3, Verb::Mset(10))],
            ),
        ];
        for (text, entries) in rows {
            assert_eq!(Entry::read_all(text), Ok(entries), "{text}");
        }
        for text in [
            "",
            "ge",
            "get:1",
            "mget",
            "mget:0",
            "mget:x",
            "mget:100001",
            "get=0",
            "get=x",
            "get,",
            "=",
            "= ",
            "0=PING",
            "=ECHO {value}",
        ] {
            assert!(Entry::read_all(text).is_err(), "{text}");
        }
    }

    #[test]
    fn custom_commands_read() {
        let text = |text: &str| Piece::Text(text.as_bytes().to_vec());
        let expected = Verb::Custom(vec![
            vec![text("HSET")],
            vec![text("a{"), Piece::Key, text("}b")],
            vec![text("f,=")],
            vec![Piece::Value],
        ]);
        for (command, weight) in [("=", 1), ("7=", 7)] {
            let read = Entry::read_all(&format!("{command}HSET a{{{{key}}}}b f,= {{value}}"));
            assert_eq!(read, Ok(vec![entry(weight, expected.clone())]));
        }
        for (text, one) in [
            ("=GET {key}", true),
            ("=PING", false),
            ("=DEL {key} {key}", false),
        ] {
            assert_eq!(
                Entry::read_all(text).unwrap()[0].has_one_key(),
                one,
                "{text}"
            );
        }
    }

    #[test]
    fn commands_are_chosen_by_weight() {
        let pattern = Pattern::new(16);
        let mix = Mix::new(&Entry::read_all("get=9,mset:2=1").unwrap(), &pattern);
        let mut chance = Chance::new(1);
        let chosen = (0..10_000).filter_map(|_| mix.choose(&mut chance));
        let msets = chosen.filter(|template| template.key_count() == 2).count();
        assert!((850..1_150).contains(&msets), "{msets}");
    }
}
