//! Commands that servers know and the table does not: of modules and of newer versions.
//!
//! Control asks nodes for COMMAND ([`parse()`]), makes commands of what is new ([`Interner`]) and sends the list
//! to every worker, which keeps it as its own [`Learned`]. The pipeline looks there only when the table has
//! no such command, so that what the table has costs nothing more.
//!
//! A learned command is treated by its facts, as one of the table would be (`policy`): by its keys, where the
//! server's specifications tell them, and otherwise refused for the same reasons. What a specification
//! leaves open (flag `incomplete`) is left to the server, which checks all keys itself.
//!
//! Holds: names are unique, in lower case, and not those of the table. Costs: nothing until a name is not in
//! the table, then a binary search.

mod facts;
mod intern;
mod parse;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::{Command, all, lookup};

pub use facts::{BeginFacts, Facts, KeyFacts};
pub use intern::{Interner, LEAKED_BYTES_MAX};
pub use parse::{COMMANDS_MAX, NoCommands, Told, parse};

/// The learned commands that are in force, in order of name; a worker's own.
///
/// A subcommand of a container that the table has stands here by its full name: `config|new`.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    commands: Box<[&'static Command]>,
}

// === impl Learned ===

impl Learned {
    /// None, which is what every worker starts with.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These. Of two with the same name, one is taken.
    #[must_use]
    pub fn new(commands: &[&'static Command]) -> Self {
        let mut commands = commands.to_vec();
        commands.sort_by_key(|command| command.name);
        commands.dedup_by_key(|command| command.name);
        Self {
            commands: commands.into(),
        }
    }

    /// Finds a learned command by its name, in any case.
    #[must_use]
    pub fn lookup(&self, name: &[u8]) -> Option<&'static Command> {
        self.find(|known| compare(known, name.iter().copied()))
            .filter(|command| !command.name.contains('|'))
    }

    /// Finds a learned subcommand of a container that the table has, by its own word in any case.
    #[must_use]
    pub fn subcommand(&self, container: &Command, word: &[u8]) -> Option<&'static Command> {
        let name = container.name.bytes().chain(*b"|");
        self.find(|known| compare(known, name.clone().chain(word.iter().copied())))
    }

    /// Every command, those of the table first.
    pub fn all(&self) -> impl Iterator<Item = &'static Command> + Clone {
        let learned = self.commands.iter().copied();
        all()
            .iter()
            .chain(learned.filter(|command| !command.name.contains('|')))
    }

    /// Every command and every subcommand; containers come before theirs.
    pub fn each(&self) -> impl Iterator<Item = &'static Command> + Clone {
        self.all()
            .flat_map(|command| std::iter::once(command).chain(self.subcommands(command)))
    }

    /// Every subcommand of a container.
    pub fn subcommands(
        &self,
        container: &'static Command,
    ) -> impl Iterator<Item = &'static Command> + Clone {
        let learned = self.commands.iter().copied().filter(|command| {
            let rest = command.name.strip_prefix(container.name);
            rest.is_some_and(|rest| rest.starts_with('|'))
        });
        container.subcommands.iter().chain(learned)
    }

    /// Finds a command of the table or a learned one by its full name in any case, subcommands as
    /// `config|get`.
    #[must_use]
    pub fn by_full_name(&self, name: &[u8]) -> Option<&'static Command> {
        let Some(at) = name.iter().position(|byte| *byte == b'|') else {
            return lookup(name).or_else(|| self.lookup(name));
        };
        let (container, word) = (name.get(..at)?, name.get(at + 1..)?);
        let container = lookup(container).or_else(|| self.lookup(container))?;
        self.subcommand_of(container, word)
    }

    /// Finds any subcommand of a container by its own word in any case.
    #[must_use]
    pub fn subcommand_of(&self, container: &Command, word: &[u8]) -> Option<&'static Command> {
        container
            .subcommand(word)
            .or_else(|| self.subcommand(container, word))
    }

    fn find(&self, compare: impl Fn(&[u8]) -> Ordering) -> Option<&'static Command> {
        let found = self
            .commands
            .binary_search_by(|command| compare(command.name.as_bytes()));
        self.commands.get(found.ok()?).copied()
    }
}

/// How a name in lower case stands to a word in any case.
fn compare(known: &[u8], word: impl Iterator<Item = u8>) -> Ordering {
    known
        .iter()
        .copied()
        .cmp(word.map(|byte| byte.to_ascii_lowercase()))
}
