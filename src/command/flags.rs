//! Sets of facts about commands and keys, as bits.
//!
//! Names and order are those in which servers report them, so that a reply made from a set reads like
//! a server's. Everything here is `const`; the table is built from it.

use std::fmt;

/// Declares a set over small bits: each word once, with the name servers use and what it means.
macro_rules! bit_set {
    ($(#[$doc:meta])* $kind:ident($int:ty) { $($(#[$why:meta])* $name:ident = $bit:literal, $word:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $kind($int);

        impl $kind {
            /// The empty set.
            pub const NONE: Self = Self(0);
            $($(#[$why])* pub const $name: Self = Self(1 << $bit);)+

            /// Every member with the word servers use for it, in their order.
            pub const WORDS: &'static [(Self, &'static str)] = &[$((Self::$name, $word)),+];

            /// The member with this word; empty for a word that has no meaning here.
            #[must_use]
            pub fn of_word(word: &[u8]) -> Self {
                let known = Self::WORDS.iter().find(|(_, known)| known.as_bytes() == word);
                known.map_or(Self::NONE, |(member, _)| *member)
            }

            /// Both sets together.
            #[must_use]
            pub const fn or(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether all of `other` is in this set.
            #[must_use]
            pub const fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// How many members the set has.
            #[must_use]
            pub const fn count(self) -> usize {
                self.0.count_ones() as usize
            }

            /// The words of the members, in the servers' order.
            pub fn words(self) -> impl Iterator<Item = &'static str> {
                Self::WORDS.iter().filter(move |(flag, _)| self.has(*flag)).map(|(_, word)| *word)
            }
        }

        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.words()).finish()
            }
        }
    };
}

bit_set! {
    /// What a command does and when a server runs it.
    Flags(u32) {
        /// May change data.
        WRITE = 0, "write";
        /// Only reads data.
        READONLY = 1, "readonly";
        /// Refused while the server is out of memory.
        DENYOOM = 2, "denyoom";
        /// Added by a module.
        MODULE = 3, "module";
        /// For administrators.
        ADMIN = 4, "admin";
        /// Part of publish and subscribe.
        PUBSUB = 5, "pubsub";
        /// Not allowed inside a script.
        NOSCRIPT = 6, "noscript";
        /// May wait for something to happen.
        BLOCKING = 7, "blocking";
        /// Runs while the data set is loaded.
        LOADING = 8, "loading";
        /// Runs on a replica that lost its primary.
        STALE = 9, "stale";
        /// Not shown by MONITOR.
        SKIP_MONITOR = 10, "skip_monitor";
        /// Not kept in the slow log.
        SKIP_SLOWLOG = 11, "skip_slowlog";
        /// Not kept in the command log.
        SKIP_COMMANDLOG = 12, "skip_commandlog";
        /// Runs in an importing slot without ASKING.
        ASKING = 13, "asking";
        /// Takes constant or logarithmic time.
        FAST = 14, "fast";
        /// Runs before the client has authenticated.
        NO_AUTH = 15, "no_auth";
        /// May send something to replicas although it is no write.
        MAY_REPLICATE = 16, "may_replicate";
        /// Takes keys, but none is required.
        NO_MANDATORY_KEYS = 17, "no_mandatory_keys";
        /// Refused while the data set is loaded in the background.
        NO_ASYNC_LOADING = 18, "no_async_loading";
        /// Not allowed inside a transaction.
        NO_MULTI = 19, "no_multi";
        /// Has keys at positions that depend on the arguments.
        MOVABLEKEYS = 20, "movablekeys";
        /// Runs while a script blocks the server.
        ALLOW_BUSY = 21, "allow_busy";
    }
}

bit_set! {
    /// What a command does with a key: one of RW, RO, OW and RM for the key itself, the rest for its value.
    Access(u16) {
        /// Reads and changes the value.
        RW = 0, "RW";
        /// Reads only.
        RO = 1, "RO";
        /// Overwrites without reading.
        OW = 2, "OW";
        /// Removes the key.
        RM = 3, "RM";
        /// Gives user data back or copies it.
        ACCESS = 4, "access";
        /// Changes existing user data.
        UPDATE = 5, "update";
        /// Adds user data, changes none.
        INSERT = 6, "insert";
        /// Deletes user data.
        DELETE = 7, "delete";
        /// Is routed like a key but names none (a channel of sharded publish and subscribe).
        NOT_KEY = 8, "not_key";
        /// The specification may miss keys.
        INCOMPLETE = 9, "incomplete";
        /// What happens to the key depends on the arguments.
        VARIABLE_FLAGS = 10, "variable_flags";
    }
}
