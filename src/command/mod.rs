//! What each command means to a proxy: its facts, its keys, and what corelane does with it.
//!
//! Called by the pipeline for every request: [`lookup()`] finds the command by its first word,
//! [`Command::subcommand`] goes one level down for containers such as OBJECT, [`treatment`] says what to
//! do, and [`Command::first_key_index`] or [`Command::keys`] say where the keys are. The facts are what
//! servers report (`table.rs`, written by `scripts/gen-command-table`). What servers know besides is learned
//! from them at run time ([`learned`]).
//!
//! Holds: commands of the table are sorted by name, names are unique and lower case, and every one is found by
//! [`lookup()`]. Costs: no allocation and no locking; everything is constant data.

mod blocking;
mod broadcast;
pub mod describe;
mod emulation;
mod flags;
pub mod glob;
mod guarded;
mod keys;
pub mod learned;
mod lookup;
mod policy;
mod special;
mod table;

#[cfg(test)]
mod tests;

pub use blocking::{WaitLimit, blocks};
pub use broadcast::{Broadcast, Merge, To};
pub use emulation::{Emulation, emulation};
pub use flags::{Access, Flags};
pub use guarded::is_guarded;
pub use keys::{Begin, Find, KeyAt, KeyError, KeySpec};
pub use learned::Learned;
pub use lookup::lookup;
pub use policy::{Local, Restricted, Script, Split, Step, Treatment, Why, treatment};

use keys::FirstKey;

/// One command or subcommand and its facts.
#[derive(Debug)]
pub struct Command {
    /// In lower case; a subcommand carries its container's name too: `config|get`.
    pub name: &'static str,
    /// Its place in the order of [`each`], for sets of commands.
    pub number: u16,
    /// Arguments with the name: exactly so many, or at least so many when negative.
    pub arity: i16,
    /// What it does and when servers run it.
    pub flags: Flags,
    /// The family it belongs to, such as `string`.
    pub group: &'static str,
    /// The server version that brought it, or for a module's command that of the module; empty if unknown.
    pub since: &'static str,
    /// The server version from which on it should not be used.
    pub deprecated_since: Option<&'static str>,
    /// First key, last key (from the end when negative) and step; zeros without plain keys.
    pub range: [i16; 3],
    /// Access control categories, with the `@`.
    pub acl_categories: &'static [&'static str],
    /// Hints for clients and proxies, as servers word them.
    pub tips: &'static [&'static str],
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// Which nodes should get it, when its keys do not say so.
    pub request_policy: Option<RequestPolicy>,
    /// How several replies become one.
    pub reply_policy: Option<ReplyPolicy>,
    /// Sorted by name; empty unless this is a container.
    pub subcommands: &'static [Self],
    first_key: FirstKey,
    treatment: Treatment,
}

/// Where a request goes that its keys alone do not decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPolicy {
    /// To every node, replicas included.
    AllNodes,
    /// To every primary.
    AllShards,
    /// One part to each shard that owns some of the keys.
    MultiShard,
    /// Something of its own.
    Special,
}

/// How the replies of several nodes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyPolicy {
    /// The first reply that is no error.
    OneSucceeded,
    /// Any reply, if none is an error.
    AllSucceeded,
    /// The logical and of integers.
    AggLogicalAnd,
    /// The logical or of integers.
    AggLogicalOr,
    /// The smallest.
    AggMin,
    /// The largest.
    AggMax,
    /// The sum.
    AggSum,
    /// Something of its own.
    Special,
}

/// Every command, sorted by name. Subcommands are in their container's `subcommands`.
#[must_use]
pub fn all() -> &'static [Command] {
    &table::COMMANDS
}

/// How many commands and subcommands there are; each has a number below this.
pub const COUNT: usize = {
    let mut count = 0;
    let mut rest = table::COMMANDS.as_slice();
    while let [command, others @ ..] = rest {
        count += 1 + command.subcommands.len();
        rest = others;
    }
    count
};

/// Every command that can be sent and every subcommand, in order of name; containers come before theirs.
pub fn each() -> impl Iterator<Item = &'static Command> {
    all()
        .iter()
        .flat_map(|command| std::iter::once(command).chain(command.subcommands))
}

/// Every command and subcommand that goes to the node that owns its keys, whole.
pub fn by_key() -> impl Iterator<Item = &'static Command> {
    each().filter(|command| treatment(command) == Treatment::ByKey)
}

// === impl Command ===

impl Command {
    /// What the table's entries are completed from.
    const BLANK: Self = Self {
        name: "",
        // In no set.
        number: u16::MAX,
        arity: 0,
        flags: Flags::NONE,
        group: "",
        since: "",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &[],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        first_key: FirstKey::NONE,
        treatment: Treatment::Unsupported(Why::NoKey),
    };

    /// The entry with what follows from its facts; runs while the table is compiled.
    const fn settled(mut self) -> Self {
        self.first_key = FirstKey::of(self.keys);
        self.treatment = policy::decide(&self);
        self
    }

    /// The subcommand with this name (its own word only, any case).
    #[must_use]
    pub fn subcommand(&self, word: &[u8]) -> Option<&'static Self> {
        self.subcommands
            .iter()
            .find(|child| child.last_word().as_bytes().eq_ignore_ascii_case(word))
    }

    /// The name without the container's: `get` of `config|get`.
    #[must_use]
    pub fn last_word(&self) -> &'static str {
        self.name.rsplit('|').next().unwrap_or(self.name)
    }

    /// Whether a request with so many arguments, the name included, is well-formed as far as that goes.
    #[must_use]
    pub fn arity_fits(&self, args: usize) -> bool {
        let bound = usize::from(self.arity.unsigned_abs());
        if self.arity >= 0 {
            args == bound
        } else {
            args >= bound
        }
    }

    /// Only reads data: may be sent again, and to replicas.
    #[must_use]
    pub const fn is_readonly(&self) -> bool {
        self.flags.has(Flags::READONLY)
    }

    /// May change data.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        self.flags.has(Flags::WRITE)
    }

    /// Position of the first key, where it is the same in every request: 1 for GET, MGET and SORT,
    /// nothing for EVAL and XREAD. There may be more keys; see [`only_key_index`](Self::only_key_index).
    #[must_use]
    pub const fn first_key_index(&self) -> Option<usize> {
        self.first_key.index()
    }

    /// Position of the only key, where it is the same in every request and there can be no other.
    #[must_use]
    pub const fn only_key_index(&self) -> Option<usize> {
        self.first_key.only_index()
    }
}
