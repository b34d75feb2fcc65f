//! What a server told about one command, before it becomes a [`Command`].

use crate::command::{Access, Begin, Command, Find, FirstKey, Flags, KeySpec, policy};
use crate::command::{ReplyPolicy, RequestPolicy};

/// What a server told about one command. Two that are equal become the same [`Command`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// In lower case; a subcommand carries its container's name too.
    pub name: String,
    /// Arguments with the name: exactly so many, or at least so many when negative.
    pub arity: i16,
    /// What it does and when servers run it; without what has no meaning here.
    pub flags: Flags,
    /// The family that its categories put it into.
    pub group: &'static str,
    /// First key, last key and step.
    pub range: [i16; 3],
    /// Access control categories, with the `@`.
    pub categories: Vec<String>,
    /// Hints for clients and proxies.
    pub tips: Vec<String>,
    /// Where its keys are.
    pub keys: Vec<KeyFacts>,
    /// Those of a container that the table does not have, in order of name.
    pub subcommands: Vec<Self>,
}

/// A key specification that owns its word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyFacts {
    /// What happens to the keys it finds.
    pub access: Access,
    /// Where to begin.
    pub begin: BeginFacts,
    /// Which arguments from there are keys.
    pub find: Find,
}

/// A [`Begin`] that owns its word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BeginFacts {
    /// At this argument.
    Index(u8),
    /// After this word.
    Keyword {
        /// The word, in any case.
        word: String,
        /// Where the search starts.
        from: i8,
    },
    /// The specification does not say.
    Unknown,
}

// === impl Facts ===

impl Facts {
    /// Bytes of memory that [`leak`](Self::leak) takes for ever, about.
    pub(super) fn leaked_bytes(&self) -> usize {
        let words = self.categories.iter().chain(&self.tips);
        let texts: usize = words.map(|word| word.len() + size_of::<&str>()).sum();
        let keywords = self.keys.iter().map(|key| match &key.begin {
            BeginFacts::Keyword { word, .. } => word.len(),
            BeginFacts::Index(_) | BeginFacts::Unknown => 0,
        });
        let keys = self.keys.len() * size_of::<KeySpec>() + keywords.sum::<usize>();
        let children: usize = self.subcommands.iter().map(Self::leaked_bytes).sum();
        size_of::<Command>() + self.name.len() + texts + keys + children
    }

    /// Makes the command, in memory that is never given back.
    pub(super) fn leak(&self) -> Command {
        let children: Vec<Command> = self.subcommands.iter().map(Self::leak).collect();
        let keys: Vec<KeySpec> = self.keys.iter().map(KeyFacts::leak).collect();
        let keys: &'static [KeySpec] = keys.leak();
        let command = Command {
            name: leak_text(&self.name),
            arity: self.arity,
            flags: self.flags,
            group: self.group,
            since: "",
            deprecated_since: None,
            range: self.range,
            acl_categories: leak_texts(&self.categories),
            tips: leak_texts(&self.tips),
            keys,
            request_policy: policy_of(&self.tips, "request_policy:", REQUEST_POLICIES),
            reply_policy: policy_of(&self.tips, "response_policy:", REPLY_POLICIES),
            subcommands: children.leak(),
            first_key: FirstKey::of(keys),
            ..Command::BLANK
        };
        Command {
            treatment: policy::decide_learned(&command),
            ..command
        }
    }
}

impl KeyFacts {
    fn leak(&self) -> KeySpec {
        KeySpec {
            access: self.access,
            begin: match &self.begin {
                BeginFacts::Index(index) => Begin::Index(*index),
                BeginFacts::Keyword { word, from } => Begin::keyword(leak_text(word), *from),
                BeginFacts::Unknown => Begin::Unknown,
            },
            find: self.find,
        }
    }
}

fn leak_text(text: &str) -> &'static str {
    Box::leak(text.into())
}

fn leak_texts(texts: &[String]) -> &'static [&'static str] {
    let texts: Vec<&'static str> = texts.iter().map(|text| leak_text(text)).collect();
    texts.leak()
}

fn policy_of<T: Copy>(tips: &[String], prefix: &str, known: &[(&str, T)]) -> Option<T> {
    let word = tips.iter().find_map(|tip| tip.strip_prefix(prefix))?;
    let policy = known.iter().find(|(known, _)| *known == word);
    policy.map(|(_, policy)| *policy)
}

/// The family of a command of these categories, if they tell one. The reasons why commands are refused go by
/// families, and COMMAND tells only categories.
pub(super) fn group_of(categories: &[String]) -> Option<&'static str> {
    let has = |word: &str| categories.iter().any(|category| category == word);
    GROUPS
        .iter()
        .find(|(category, _)| has(category))
        .map(|(_, group)| *group)
}

/// Families that decide about a treatment first.
const GROUPS: &[(&str, &str)] = &[
    ("@transaction", "transactions"),
    ("@pubsub", "pubsub"),
    ("@scripting", "scripting"),
    ("@connection", "connection"),
    ("@admin", "server"),
    ("@string", "string"),
    ("@hash", "hash"),
    ("@list", "list"),
    ("@set", "set"),
    ("@sortedset", "sorted-set"),
    ("@stream", "stream"),
    ("@geo", "geo"),
    ("@bitmap", "bitmap"),
    ("@hyperloglog", "hyperloglog"),
    ("@array", "array"),
    ("@keyspace", "generic"),
];

const REQUEST_POLICIES: &[(&str, RequestPolicy)] = &[
    ("all_nodes", RequestPolicy::AllNodes),
    ("all_shards", RequestPolicy::AllShards),
    ("multi_shard", RequestPolicy::MultiShard),
    ("special", RequestPolicy::Special),
];

const REPLY_POLICIES: &[(&str, ReplyPolicy)] = &[
    ("one_succeeded", ReplyPolicy::OneSucceeded),
    ("all_succeeded", ReplyPolicy::AllSucceeded),
    ("agg_logical_and", ReplyPolicy::AggLogicalAnd),
    ("agg_logical_or", ReplyPolicy::AggLogicalOr),
    ("agg_min", ReplyPolicy::AggMin),
    ("agg_max", ReplyPolicy::AggMax),
    ("agg_sum", ReplyPolicy::AggSum),
    ("special", ReplyPolicy::Special),
];
