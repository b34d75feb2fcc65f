//! A server's reply to COMMAND, read into facts about the commands that the table does not have.
//!
//! Called by control with the bytes that a node sent. Those may be anything: whatever is odd about an entry
//! makes that entry be left out and counted, and nothing is kept beyond the limits below.
//!
//! Holds: every [`Facts`] has a name in lower case that the table does not know, and positions that key
//! finding can use. Costs: a walk over the reply, and allocations for what is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{BeginFacts, Facts, KeyFacts, group_of};
use crate::command::{Access, Find, Flags, lookup};
use crate::resp::{ReplyKind, ReplyView, is_http};

/// What a reply to COMMAND told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Commands, and subcommands of known containers, that the table does not have; in order of name.
    pub unknown: Vec<Facts>,
    /// Entries that were left out: malformed, twice the same name, or beyond a limit.
    pub skipped: usize,
}

/// The reply is no list of commands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCommands {
    /// The node answered with an error.
    #[error("the node answered: {0}")]
    Refused(String),
    /// It answered with something else than a list.
    #[error("the reply to COMMAND is no list")]
    Malformed,
}

/// Commands kept of one server, and subcommands of one container. The largest server that is known, with
/// all its modules, has some 700 altogether, most of which are in the table.
pub const COMMANDS_MAX: usize = 1024;
const SUBCOMMANDS_MAX: usize = 256;
/// Bytes of a name, of a category, of a tip and of a keyword. The longest in use is half as long.
const WORD_BYTES_MAX: usize = 64;
/// Categories or tips of one command; the most in use are 8.
const WORDS_MAX: usize = 32;
/// Key specifications of one command; the most in use are 3.
const KEY_SPECS_MAX: usize = 16;
/// So much of an error is kept for the log.
const ERROR_BYTES_MAX: usize = 200;

/// Fields of an entry that are read; servers since 7.0 send ten.
const FIELDS: usize = 10;

/// Reads the reply.
///
/// # Errors
///
/// It is an error, or no list.
pub fn parse(reply: &[u8]) -> Result<Told, NoCommands> {
    let view = ReplyView::new(reply);
    if let Some(text) = view.as_error() {
        let head = text.get(..ERROR_BYTES_MAX).unwrap_or(text);
        return Err(NoCommands::Refused(
            String::from_utf8_lossy(head).into_owned(),
        ));
    }
    let entries = match view.kind() {
        ReplyKind::Array | ReplyKind::Set => view.elements(),
        _ => None,
    };
    let mut told = Told::default();
    let mut names = BTreeSet::new();
    for entry in entries.ok_or(NoCommands::Malformed)? {
        take(entry, &mut names, &mut told);
    }
    told.unknown.sort_unstable();
    Ok(told)
}

/// Takes one entry at the top of the reply.
fn take(entry: ReplyView<'_>, names: &mut BTreeSet<String>, told: &mut Told) {
    let name = name_of(entry)
        .filter(|name| !name.contains('|') && !is_http(name.as_bytes()) && !names.contains(name));
    let Some(name) = name else {
        told.skipped += 1;
        return;
    };
    names.insert(name.clone());
    match lookup(name.as_bytes()) {
        Some(known) if known.subcommands.is_empty() => {}
        Some(known) => {
            let is_known = |word: &str| known.subcommand(word.as_bytes()).is_some();
            for facts in children(entry, known.name, known.group, is_known, &mut told.skipped) {
                keep(facts, told);
            }
        }
        None => match read(entry, name, None) {
            Some(mut facts) => {
                let none = |_: &str| false;
                facts.subcommands =
                    children(entry, &facts.name, facts.group, none, &mut told.skipped);
                keep(facts, told);
            }
            None => told.skipped += 1,
        },
    }
}

/// The subcommands of a container of this name and family that are not known, in order of name.
fn children(
    entry: ReplyView<'_>,
    container: &str,
    family: &'static str,
    is_known: impl Fn(&str) -> bool,
    skipped: &mut usize,
) -> Vec<Facts> {
    let mut found = BTreeMap::new();
    let last = entry
        .elements()
        .and_then(|mut fields| fields.nth(FIELDS - 1));
    for child in last.and_then(|last| last.elements()).into_iter().flatten() {
        let name = name_of(child).filter(|name| is_child(name, container));
        let word = name.as_deref().and_then(|name| name.rsplit('|').next());
        if word.is_some_and(&is_known) {
            continue;
        }
        let is_new = |name: &String| found.len() < SUBCOMMANDS_MAX && !found.contains_key(name);
        let facts = name
            .filter(is_new)
            .and_then(|name| read(child, name, Some(family)));
        match facts {
            Some(facts) => {
                found.insert(facts.name.clone(), facts);
            }
            None => *skipped += 1,
        }
    }
    found.into_values().collect()
}

fn keep(facts: Facts, told: &mut Told) {
    if told.unknown.len() < COMMANDS_MAX {
        told.unknown.push(facts);
    } else {
        told.skipped += 1;
    }
}

/// The name in lower case, if it is one that a client can send.
fn name_of(entry: ReplyView<'_>) -> Option<String> {
    let name = entry.elements()?.next()?.as_bulk()?;
    let is_fit = !name.is_empty()
        && name.len() <= WORD_BYTES_MAX
        && name.iter().all(u8::is_ascii_graphic)
        && name
            .split(|byte| *byte == b'|')
            .all(|word| !word.is_empty());
    is_fit.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

/// Whether a full name is that of a subcommand of this container.
fn is_child(name: &str, container: &str) -> bool {
    let rest = name.strip_prefix(container);
    rest.and_then(|rest| rest.strip_prefix('|'))
        .is_some_and(|word| !word.contains('|'))
}

/// The facts of an entry without its subcommands; `family` is that of its container.
fn read(entry: ReplyView<'_>, name: String, family: Option<&'static str>) -> Option<Facts> {
    let mut fields = entry.elements()?;
    fields.next()?;
    let arity = number(fields.next()?)?;
    // No node decides who has to say here who it is.
    let told = words(fields.next()?)?;
    let flags = told
        .iter()
        .map(|word| Flags::of_word(word.as_bytes()))
        .filter(|flag| *flag != Flags::NO_AUTH)
        .fold(Flags::NONE, Flags::or);
    let range = [
        number(fields.next()?)?,
        number(fields.next()?)?,
        number(fields.next()?)?,
    ];
    // What servers before 7.0 do not send is empty.
    let categories = fields.next().map_or(Some(Vec::new()), words)?;
    let tips = fields.next().map_or(Some(Vec::new()), words)?;
    let keys = fields.next().map_or(Some(Vec::new()), key_specs)?;
    let group = group_of(&categories).or(family).unwrap_or(MODULE);
    (arity != 0).then_some(Facts {
        name,
        arity,
        flags,
        group,
        range,
        categories,
        tips,
        keys,
        subcommands: Vec::new(),
    })
}

/// The family of what no category puts into another one.
const MODULE: &str = "module";

fn number<T: TryFrom<i64>>(view: ReplyView<'_>) -> Option<T> {
    view.as_integer()
        .and_then(|number| T::try_from(number).ok())
}

fn word(view: ReplyView<'_>) -> Option<String> {
    let word = view.as_bulk()?;
    let is_fit = !word.is_empty()
        && word.len() <= WORD_BYTES_MAX
        && word.iter().all(|byte| (b' '..=b'~').contains(byte));
    is_fit.then(|| String::from_utf8_lossy(word).into_owned())
}

fn words(view: ReplyView<'_>) -> Option<Vec<String>> {
    let words: Option<Vec<_>> = view.elements()?.take(WORDS_MAX + 1).map(word).collect();
    words.filter(|words| words.len() <= WORDS_MAX)
}

fn key_specs(view: ReplyView<'_>) -> Option<Vec<KeyFacts>> {
    let specs = view.elements()?.take(KEY_SPECS_MAX + 1).map(key_spec);
    let specs: Option<Vec<_>> = specs.collect();
    specs.filter(|specs| specs.len() <= KEY_SPECS_MAX)
}

/// The value that follows a name in a map, which RESP2 sends as a list of both in turn.
fn field<'a>(map: ReplyView<'a>, name: &str) -> Option<ReplyView<'a>> {
    let mut elements = map.elements()?;
    while let (Some(key), Some(value)) = (elements.next(), elements.next()) {
        if key.as_bulk() == Some(name.as_bytes()) {
            return Some(value);
        }
    }
    None
}

fn key_spec(view: ReplyView<'_>) -> Option<KeyFacts> {
    let access = words(field(view, "flags")?)?;
    let access = access.iter().fold(Access::NONE, |all, word| {
        all.or(Access::of_word(word.as_bytes()))
    });
    Some(KeyFacts {
        access,
        begin: begin_of(field(view, "begin_search")?)?,
        find: find_of(field(view, "find_keys")?)?,
    })
}

fn begin_of(rule: ReplyView<'_>) -> Option<BeginFacts> {
    let spec = field(rule, "spec")?;
    match field(rule, "type")?.as_bulk()? {
        b"index" => {
            // Position 0 is the command's own name.
            let index = number(field(spec, "index")?).filter(|index| *index > 0)?;
            Some(BeginFacts::Index(index))
        }
        b"keyword" => Some(BeginFacts::Keyword {
            word: word(field(spec, "keyword")?)?,
            from: number(field(spec, "startfrom")?)?,
        }),
        _ => Some(BeginFacts::Unknown),
    }
}

fn find_of(rule: ReplyView<'_>) -> Option<Find> {
    let spec = field(rule, "spec")?;
    match field(rule, "type")?.as_bulk()? {
        b"range" => Some(Find::range(
            number(field(spec, "lastkey")?)?,
            number(field(spec, "keystep")?)?,
            number(field(spec, "limit")?)?,
        )),
        b"keynum" => Some(Find::key_num(
            number(field(spec, "keynumidx")?)?,
            number(field(spec, "firstkey")?)?,
            number(field(spec, "keystep")?)?,
        )),
        _ => Some(Find::Unknown),
    }
}
