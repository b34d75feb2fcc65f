//! The commands and what servers report about them.
//!
//! Written by `scripts/gen-command-table`; do not edit. Asked were, later ones winning:
//!
//! - redis 7.0.15
//! - valkey 9.1.2

use super::flags::{Access, Flags};
use super::keys::{Begin, Find, KeySpec};
use super::{Command, ReplyPolicy, RequestPolicy};

const KEYS_1: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_2: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::INSERT),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_3: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::DELETE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_4: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_5: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_6: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_7: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_8: &[KeySpec] = &[KeySpec {
    access: Access::RW
        .or(Access::ACCESS)
        .or(Access::UPDATE)
        .or(Access::VARIABLE_FLAGS),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_9: &[KeySpec] = &[
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(3),
        find: Find::range(-1, 1, 0),
    },
];
const KEYS_10: &[KeySpec] = &[
    KeySpec {
        access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RW.or(Access::INSERT),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_11: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_12: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(-2, 1, 0),
}];
const KEYS_13: &[KeySpec] = &[KeySpec {
    access: Access::NOT_KEY,
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_14: &[KeySpec] = &[
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_15: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_16: &[KeySpec] = &[KeySpec {
    access: Access::RM.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_17: &[KeySpec] = &[KeySpec {
    access: Access::RM.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_18: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_19: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_20: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_21: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_22: &[KeySpec] = &[
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE).or(Access::VARIABLE_FLAGS),
        begin: Begin::keyword("STORE", 6),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE).or(Access::VARIABLE_FLAGS),
        begin: Begin::keyword("STOREDIST", 6),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_23: &[KeySpec] = &[
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE).or(Access::VARIABLE_FLAGS),
        begin: Begin::keyword("STORE", 5),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE).or(Access::VARIABLE_FLAGS),
        begin: Begin::keyword("STOREDIST", 5),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_24: &[KeySpec] = &[
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_25: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_26: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_27: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_28: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(1, 1, 0),
}];
const KEYS_29: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_30: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_31: &[KeySpec] = &[
    KeySpec {
        access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
        begin: Begin::Index(3),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RW
            .or(Access::ACCESS)
            .or(Access::DELETE)
            .or(Access::INCOMPLETE),
        begin: Begin::keyword("KEYS", -2),
        find: Find::range(-1, 1, 0),
    },
];
const KEYS_32: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(-1, 2, 0),
}];
const KEYS_33: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 2),
}];
const KEYS_34: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(-1, 2, 0),
}];
const KEYS_35: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_36: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_37: &[KeySpec] = &[
    KeySpec {
        access: Access::RW.or(Access::ACCESS).or(Access::INSERT),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(2),
        find: Find::range(-1, 1, 0),
    },
];
const KEYS_38: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_39: &[KeySpec] = &[
    KeySpec {
        access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_40: &[KeySpec] = &[
    KeySpec {
        access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::OW.or(Access::INSERT),
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_41: &[KeySpec] = &[
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(2),
        find: Find::range(-1, 1, 0),
    },
];
const KEYS_42: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_43: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_44: &[KeySpec] = &[
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Unknown,
        find: Find::Unknown,
    },
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Unknown,
        find: Find::Unknown,
    },
];
const KEYS_45: &[KeySpec] = &[
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Unknown,
        find: Find::Unknown,
    },
];
const KEYS_46: &[KeySpec] = &[KeySpec {
    access: Access::NOT_KEY,
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_47: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::keyword("STREAMS", 1),
    find: Find::range(-1, 1, 2),
}];
const KEYS_48: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::keyword("STREAMS", 4),
    find: Find::range(-1, 1, 2),
}];
const KEYS_49: &[KeySpec] = &[
    KeySpec {
        access: Access::OW.or(Access::UPDATE),
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO.or(Access::ACCESS),
        begin: Begin::Index(2),
        find: Find::key_num(0, 1, 1),
    },
];

/// Subcommands of `acl`.
static ACL_SUBCOMMANDS: [Command; 13] = [
    Command {
        name: "acl|cat",
        number: 1,
        arity: -2,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|deluser",
        number: 2,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|dryrun",
        number: 3,
        arity: -4,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|genpass",
        number: 4,
        arity: -2,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|getuser",
        number: 5,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|help",
        number: 6,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|list",
        number: 7,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|load",
        number: 8,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|log",
        number: 9,
        arity: -2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|save",
        number: 10,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|setuser",
        number: 11,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|users",
        number: 12,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "acl|whoami",
        number: 13,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `client`.
static CLIENT_SUBCOMMANDS: [Command; 20] = [
    Command {
        name: "client|caching",
        number: 33,
        arity: 3,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|capa",
        number: 34,
        arity: -3,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "8.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|getname",
        number: 35,
        arity: 2,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "2.6.9",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|getredir",
        number: 36,
        arity: 2,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|help",
        number: 37,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "connection",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|id",
        number: 38,
        arity: 2,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|import-source",
        number: 39,
        arity: 3,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "connection",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|info",
        number: 40,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "connection",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|kill",
        number: 41,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "connection",
        since: "2.4.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|list",
        number: 42,
        arity: -2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "connection",
        since: "2.4.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|no-evict",
        number: 43,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|no-touch",
        number: 44,
        arity: 3,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "7.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|pause",
        number: 45,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "connection",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|reply",
        number: 46,
        arity: 3,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::NO_MULTI)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "3.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|setinfo",
        number: 47,
        arity: 4,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "7.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|setname",
        number: 48,
        arity: 3,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "2.6.9",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|tracking",
        number: 49,
        arity: -3,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "connection",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|trackinginfo",
        number: 50,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::LOADING).or(Flags::STALE),
        group: "connection",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|unblock",
        number: 51,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "connection",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client|unpause",
        number: 52,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "connection",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `cluster`.
static CLUSTER_SUBCOMMANDS: [Command; 34] = [
    Command {
        name: "cluster|addslots",
        number: 54,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|addslotsrange",
        number: 55,
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|bumpepoch",
        number: 56,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|cancelslotmigrations",
        number: 57,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "9.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|count-failure-reports",
        number: 58,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|countkeysinslot",
        number: 59,
        arity: 3,
        flags: Flags::STALE,
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|delslots",
        number: 60,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|delslotsrange",
        number: 61,
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|failover",
        number: 62,
        arity: -2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|flushslot",
        number: 63,
        arity: -3,
        flags: Flags::WRITE.or(Flags::ADMIN).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "9.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@write", "@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|flushslots",
        number: 64,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|forget",
        number: 65,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|getkeysinslot",
        number: 66,
        arity: 4,
        flags: Flags::STALE,
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|getslotmigrations",
        number: 67,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "9.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|help",
        number: 68,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|info",
        number: 69,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|keyslot",
        number: 70,
        arity: 3,
        flags: Flags::STALE,
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|links",
        number: 71,
        arity: 2,
        flags: Flags::STALE,
        group: "cluster",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|meet",
        number: 72,
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|migrateslots",
        number: 73,
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "9.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|myid",
        number: 74,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|myshardid",
        number: 75,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "7.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|nodes",
        number: 76,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|replicas",
        number: 77,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::STALE),
        group: "cluster",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|replicate",
        number: 78,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|reset",
        number: 79,
        arity: -2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|saveconfig",
        number: 80,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|set-config-epoch",
        number: 81,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|setslot",
        number: 82,
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|shards",
        number: 83,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|slaves",
        number: 84,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: Some("5.0.0"),
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|slot-stats",
        number: 85,
        arity: -4,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "8.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output", "request_policy:all_shards"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|slots",
        number: 86,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster|syncslots",
        number: 87,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "9.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `command`.
static COMMAND_SUBCOMMANDS: [Command; 7] = [
    Command {
        name: "command|count",
        number: 90,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|docs",
        number: 91,
        arity: -2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|getkeys",
        number: 92,
        arity: -3,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|getkeysandflags",
        number: 93,
        arity: -3,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|help",
        number: 94,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|info",
        number: 95,
        arity: -2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command|list",
        number: 96,
        arity: -2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `commandlog`.
static COMMANDLOG_SUBCOMMANDS: [Command; 4] = [
    Command {
        name: "commandlog|get",
        number: 98,
        arity: 4,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "nondeterministic_output"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "commandlog|help",
        number: 99,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "commandlog|len",
        number: 100,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "request_policy:all_nodes",
            "response_policy:agg_sum",
            "nondeterministic_output",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "commandlog|reset",
        number: 101,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `config`.
static CONFIG_SUBCOMMANDS: [Command; 5] = [
    Command {
        name: "config|get",
        number: 103,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "config|help",
        number: 104,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "config|resetstat",
        number: 105,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "config|rewrite",
        number: 106,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "config|set",
        number: 107,
        arity: -4,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `function`.
static FUNCTION_SUBCOMMANDS: [Command; 9] = [
    Command {
        name: "function|delete",
        number: 133,
        arity: 3,
        flags: Flags::WRITE.or(Flags::NOSCRIPT),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|dump",
        number: 134,
        arity: 2,
        flags: Flags::NOSCRIPT,
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|flush",
        number: 135,
        arity: -2,
        flags: Flags::WRITE.or(Flags::NOSCRIPT),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|help",
        number: 136,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|kill",
        number: 137,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::ALLOW_BUSY),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::OneSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|list",
        number: 138,
        arity: -2,
        flags: Flags::NOSCRIPT,
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|load",
        number: 139,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::NOSCRIPT),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|restore",
        number: 140,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::NOSCRIPT),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function|stats",
        number: 141,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::ALLOW_BUSY),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `latency`.
static LATENCY_SUBCOMMANDS: [Command; 7] = [
    Command {
        name: "latency|doctor",
        number: 194,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|graph",
        number: 195,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|help",
        number: 196,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|histogram",
        number: 197,
        arity: -2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|history",
        number: 198,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|latest",
        number: 199,
        arity: 2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency|reset",
        number: 200,
        arity: -2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:agg_sum"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `memory`.
static MEMORY_SUBCOMMANDS: [Command; 6] = [
    Command {
        name: "memory|doctor",
        number: 217,
        arity: 2,
        flags: Flags::NONE,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory|help",
        number: 218,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory|malloc-stats",
        number: 219,
        arity: 2,
        flags: Flags::LOADING,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory|purge",
        number: 220,
        arity: 2,
        flags: Flags::LOADING,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory|stats",
        number: 221,
        arity: 2,
        flags: Flags::NONE,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory|usage",
        number: 222,
        arity: -3,
        flags: Flags::READONLY,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@slow"],
        tips: &[],
        keys: KEYS_1,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `module`.
static MODULE_SUBCOMMANDS: [Command; 5] = [
    Command {
        name: "module|help",
        number: 226,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module|list",
        number: 227,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module|load",
        number: 228,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module|loadex",
        number: 229,
        arity: -3,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module|unload",
        number: 230,
        arity: 3,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `object`.
static OBJECT_SUBCOMMANDS: [Command; 5] = [
    Command {
        name: "object|encoding",
        number: 238,
        arity: 3,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.2.3",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_1,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "object|freq",
        number: 239,
        arity: 3,
        flags: Flags::READONLY,
        group: "generic",
        since: "4.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_1,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "object|help",
        number: 240,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "generic",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "object|idletime",
        number: 241,
        arity: 3,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.2.3",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_1,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "object|refcount",
        number: 242,
        arity: 3,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.2.3",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_1,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `pubsub`.
static PUBSUB_SUBCOMMANDS: [Command; 6] = [
    Command {
        name: "pubsub|channels",
        number: 259,
        arity: -2,
        flags: Flags::PUBSUB.or(Flags::LOADING).or(Flags::STALE),
        group: "pubsub",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub|help",
        number: 260,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "pubsub",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub|numpat",
        number: 261,
        arity: 2,
        flags: Flags::PUBSUB.or(Flags::LOADING).or(Flags::STALE),
        group: "pubsub",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub|numsub",
        number: 262,
        arity: -2,
        flags: Flags::PUBSUB.or(Flags::LOADING).or(Flags::STALE),
        group: "pubsub",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub|shardchannels",
        number: 263,
        arity: -2,
        flags: Flags::PUBSUB.or(Flags::LOADING).or(Flags::STALE),
        group: "pubsub",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub|shardnumsub",
        number: 264,
        arity: -2,
        flags: Flags::PUBSUB.or(Flags::LOADING).or(Flags::STALE),
        group: "pubsub",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `script`.
static SCRIPT_SUBCOMMANDS: [Command; 7] = [
    Command {
        name: "script|debug",
        number: 287,
        arity: -3,
        flags: Flags::NOSCRIPT,
        group: "scripting",
        since: "3.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|exists",
        number: 288,
        arity: -3,
        flags: Flags::NOSCRIPT.or(Flags::STALE),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[
            "request_policy:all_shards",
            "response_policy:agg_logical_and",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AggLogicalAnd),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|flush",
        number: 289,
        arity: -2,
        flags: Flags::NOSCRIPT.or(Flags::STALE),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|help",
        number: 290,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "scripting",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|kill",
        number: 291,
        arity: 2,
        flags: Flags::NOSCRIPT.or(Flags::ALLOW_BUSY),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &["request_policy:all_shards", "response_policy:one_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::OneSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|load",
        number: 292,
        arity: 3,
        flags: Flags::NOSCRIPT.or(Flags::STALE),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script|show",
        number: 293,
        arity: 3,
        flags: Flags::NOSCRIPT.or(Flags::STALE),
        group: "scripting",
        since: "8.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `slowlog`.
static SLOWLOG_SUBCOMMANDS: [Command; 4] = [
    Command {
        name: "slowlog|get",
        number: 309,
        arity: -2,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "2.2.12",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "nondeterministic_output"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slowlog|help",
        number: 310,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slowlog|len",
        number: 311,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "2.2.12",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[
            "request_policy:all_nodes",
            "response_policy:agg_sum",
            "nondeterministic_output",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slowlog|reset",
        number: 312,
        arity: 2,
        flags: Flags::ADMIN.or(Flags::LOADING).or(Flags::STALE),
        group: "server",
        since: "2.2.12",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllNodes),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `xgroup`.
static XGROUP_SUBCOMMANDS: [Command; 6] = [
    Command {
        name: "xgroup|create",
        number: 348,
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_2,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup|createconsumer",
        number: 349,
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "stream",
        since: "6.2.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_2,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup|delconsumer",
        number: 350,
        arity: 5,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_3,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup|destroy",
        number: 351,
        arity: 4,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_3,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup|help",
        number: 352,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@stream", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup|setid",
        number: 353,
        arity: -5,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_4,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `xinfo`.
static XINFO_SUBCOMMANDS: [Command; 4] = [
    Command {
        name: "xinfo|consumers",
        number: 355,
        arity: 4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_5,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo|groups",
        number: 356,
        arity: 3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_5,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo|help",
        number: 357,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@stream", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo|stream",
        number: 358,
        arity: -3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_5,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Every command, sorted by name.
pub(super) static COMMANDS: [Command; 257] = [
    Command {
        name: "acl",
        number: 0,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &ACL_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "append",
        number: 14,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "asking",
        number: 15,
        arity: 1,
        flags: Flags::FAST,
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "auth",
        number: 16,
        arity: -2,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_AUTH)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bgrewriteaof",
        number: 17,
        arity: 1,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bgsave",
        number: 18,
        arity: -1,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitcount",
        number: 19,
        arity: -2,
        flags: Flags::READONLY,
        group: "bitmap",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitfield",
        number: 20,
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitfield_ro",
        number: 21,
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "bitmap",
        since: "6.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitop",
        number: 22,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "2.6.0",
        deprecated_since: None,
        range: [2, -1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitpos",
        number: 23,
        arity: -3,
        flags: Flags::READONLY,
        group: "bitmap",
        since: "2.8.7",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blmove",
        number: 24,
        arity: 6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::BLOCKING),
        group: "list",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blmpop",
        number: 25,
        arity: -5,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "list",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blpop",
        number: 26,
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING),
        group: "list",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "brpop",
        number: 27,
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING),
        group: "list",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "brpoplpush",
        number: 28,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::BLOCKING),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzmpop",
        number: 29,
        arity: -5,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@sortedset", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzpopmax",
        number: 30,
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@sortedset", "@fast", "@blocking"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzpopmin",
        number: 31,
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@sortedset", "@fast", "@blocking"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client",
        number: 32,
        arity: -2,
        flags: Flags::NONE,
        group: "connection",
        since: "2.4.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &CLIENT_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cluster",
        number: 53,
        arity: -2,
        flags: Flags::NONE,
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &CLUSTER_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "clusterscan",
        number: 88,
        arity: -2,
        flags: Flags::READONLY,
        group: "cluster",
        since: "9.1.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &[
            "nondeterministic_output",
            "request_policy:special",
            "response_policy:special",
        ],
        keys: KEYS_13,
        request_policy: Some(RequestPolicy::Special),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command",
        number: 89,
        arity: -1,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@connection"],
        tips: &["nondeterministic_output_order"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &COMMAND_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "commandlog",
        number: 97,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "8.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &COMMANDLOG_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "config",
        number: 102,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &CONFIG_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "copy",
        number: 108,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "generic",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &[],
        keys: KEYS_14,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "dbsize",
        number: 109,
        arity: 1,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["request_policy:all_shards", "response_policy:agg_sum"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "debug",
        number: 110,
        arity: -2,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "decr",
        number: 111,
        arity: 2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "decrby",
        number: 112,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "del",
        number: 113,
        arity: -2,
        flags: Flags::WRITE,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_16,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "delifeq",
        number: 114,
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_17,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "discard",
        number: 115,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::ALLOW_BUSY),
        group: "transactions",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@transaction"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "dump",
        number: 116,
        arity: 2,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "echo",
        number: 117,
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE).or(Flags::FAST),
        group: "connection",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "eval",
        number: 118,
        arity: -3,
        flags: Flags::NOSCRIPT
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "eval_ro",
        number: 119,
        arity: -3,
        flags: Flags::READONLY
            .or(Flags::NOSCRIPT)
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_19,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "evalsha",
        number: 120,
        arity: -3,
        flags: Flags::NOSCRIPT
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "evalsha_ro",
        number: 121,
        arity: -3,
        flags: Flags::READONLY
            .or(Flags::NOSCRIPT)
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_19,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "exec",
        number: 122,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::SKIP_COMMANDLOG),
        group: "transactions",
        since: "1.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@transaction"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "exists",
        number: 123,
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_20,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expire",
        number: 124,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expireat",
        number: 125,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expiretime",
        number: 126,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "failover",
        number: 127,
        arity: -1,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT).or(Flags::STALE),
        group: "server",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "fcall",
        number: 128,
        arity: -3,
        flags: Flags::NOSCRIPT
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "fcall_ro",
        number: 129,
        arity: -3,
        flags: Flags::READONLY
            .or(Flags::NOSCRIPT)
            .or(Flags::STALE)
            .or(Flags::SKIP_MONITOR)
            .or(Flags::NO_MANDATORY_KEYS)
            .or(Flags::MOVABLEKEYS),
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@scripting"],
        tips: &[],
        keys: KEYS_19,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "flushall",
        number: 130,
        arity: -1,
        flags: Flags::WRITE,
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "flushdb",
        number: 131,
        arity: -1,
        flags: Flags::WRITE,
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function",
        number: 132,
        arity: -2,
        flags: Flags::NONE,
        group: "scripting",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &FUNCTION_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geoadd",
        number: 142,
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geodist",
        number: 143,
        arity: -4,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geohash",
        number: 144,
        arity: -2,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geopos",
        number: 145,
        arity: -2,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadius",
        number: 146,
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_22,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadius_ro",
        number: 147,
        arity: -6,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.10",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadiusbymember",
        number: 148,
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_23,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadiusbymember_ro",
        number: 149,
        arity: -5,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.10",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geosearch",
        number: 150,
        arity: -7,
        flags: Flags::READONLY,
        group: "geo",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geosearchstore",
        number: 151,
        arity: -8,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "geo",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_24,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "get",
        number: 152,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getbit",
        number: 153,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "bitmap",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getdel",
        number: 154,
        arity: 2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getex",
        number: 155,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getrange",
        number: 156,
        arity: 4,
        flags: Flags::READONLY,
        group: "string",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getset",
        number: 157,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hdel",
        number: 158,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hello",
        number: 159,
        arity: -1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_AUTH)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "6.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexists",
        number: 160,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpire",
        number: 161,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpireat",
        number: 162,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpiretime",
        number: 163,
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hget",
        number: 164,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetall",
        number: 165,
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetdel",
        number: 166,
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.1.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetex",
        number: 167,
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hincrby",
        number: 168,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hincrbyfloat",
        number: 169,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hkeys",
        number: 170,
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hlen",
        number: 171,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hmget",
        number: 172,
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hmset",
        number: 173,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpersist",
        number: 174,
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpire",
        number: 175,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpireat",
        number: 176,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpiretime",
        number: 177,
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpttl",
        number: 178,
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hrandfield",
        number: 179,
        arity: -2,
        flags: Flags::READONLY,
        group: "hash",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hscan",
        number: 180,
        arity: -3,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hset",
        number: 181,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hsetex",
        number: 182,
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hsetnx",
        number: 183,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hstrlen",
        number: 184,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "httl",
        number: 185,
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hvals",
        number: 186,
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incr",
        number: 187,
        arity: 2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incrby",
        number: 188,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incrbyfloat",
        number: 189,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "info",
        number: 190,
        arity: -1,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@dangerous"],
        tips: &[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "keys",
        number: 191,
        arity: 2,
        flags: Flags::READONLY,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@read", "@slow", "@dangerous"],
        tips: &["request_policy:all_shards", "nondeterministic_output_order"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lastsave",
        number: 192,
        arity: 1,
        flags: Flags::LOADING.or(Flags::STALE).or(Flags::FAST),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@fast", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "latency",
        number: 193,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "2.8.13",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &LATENCY_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lcs",
        number: 201,
        arity: -3,
        flags: Flags::READONLY,
        group: "string",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_28,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lindex",
        number: 202,
        arity: 3,
        flags: Flags::READONLY,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "linsert",
        number: 203,
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "llen",
        number: 204,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lmove",
        number: 205,
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lmpop",
        number: 206,
        arity: -4,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "list",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_29,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lolwut",
        number: 207,
        arity: -1,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "server",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@fast"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpop",
        number: 208,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpos",
        number: 209,
        arity: -3,
        flags: Flags::READONLY,
        group: "list",
        since: "6.0.6",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpush",
        number: 210,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpushx",
        number: 211,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lrange",
        number: 212,
        arity: 4,
        flags: Flags::READONLY,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lrem",
        number: 213,
        arity: 4,
        flags: Flags::WRITE,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lset",
        number: 214,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ltrim",
        number: 215,
        arity: 4,
        flags: Flags::WRITE,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory",
        number: 216,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &MEMORY_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "mget",
        number: 223,
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &["request_policy:multi_shard"],
        keys: KEYS_30,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "migrate",
        number: 224,
        arity: -6,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [3, 3, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module",
        number: 225,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &MODULE_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "monitor",
        number: 231,
        arity: 1,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "move",
        number: 232,
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "mset",
        number: 233,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "1.0.1",
        deprecated_since: None,
        range: [1, -1, 2],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[
            "request_policy:multi_shard",
            "response_policy:all_succeeded",
        ],
        keys: KEYS_32,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "msetex",
        number: 234,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "string",
        since: "9.1.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[
            "request_policy:multi_shard",
            "response_policy:all_succeeded",
        ],
        keys: KEYS_33,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "msetnx",
        number: 235,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "1.0.1",
        deprecated_since: None,
        range: [1, -1, 2],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_34,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "multi",
        number: 236,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_MULTI)
            .or(Flags::ALLOW_BUSY),
        group: "transactions",
        since: "1.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@transaction"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "object",
        number: 237,
        arity: -2,
        flags: Flags::NONE,
        group: "generic",
        since: "2.2.3",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &OBJECT_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "persist",
        number: 243,
        arity: 2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpire",
        number: 244,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpireat",
        number: 245,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpiretime",
        number: 246,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfadd",
        number: 247,
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hyperloglog", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfcount",
        number: 248,
        arity: -2,
        flags: Flags::READONLY,
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@hyperloglog", "@slow"],
        tips: &[],
        keys: KEYS_35,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfdebug",
        number: 249,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::ADMIN),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@hyperloglog", "@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_36,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfmerge",
        number: 250,
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@hyperloglog", "@slow"],
        tips: &[],
        keys: KEYS_37,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfselftest",
        number: 251,
        arity: 1,
        flags: Flags::ADMIN,
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@hyperloglog", "@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ping",
        number: 252,
        arity: -1,
        flags: Flags::FAST,
        group: "connection",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &["request_policy:all_shards", "response_policy:all_succeeded"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "psetex",
        number: 253,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_38,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "psubscribe",
        number: 254,
        arity: -2,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "psync",
        number: 255,
        arity: -3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::NO_ASYNC_LOADING)
            .or(Flags::NO_MULTI),
        group: "server",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pttl",
        number: 256,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "publish",
        number: 257,
        arity: 3,
        flags: Flags::PUBSUB
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST),
        group: "pubsub",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@fast"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pubsub",
        number: 258,
        arity: -2,
        flags: Flags::NONE,
        group: "pubsub",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &PUBSUB_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "punsubscribe",
        number: 265,
        arity: -1,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "quit",
        number: 266,
        arity: -1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_AUTH)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "randomkey",
        number: 267,
        arity: 1,
        flags: Flags::READONLY,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &[
            "request_policy:all_shards",
            "response_policy:special",
            "nondeterministic_output",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "readonly",
        number: 268,
        arity: 1,
        flags: Flags::LOADING.or(Flags::STALE).or(Flags::FAST),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "readwrite",
        number: 269,
        arity: 1,
        flags: Flags::LOADING.or(Flags::STALE).or(Flags::FAST),
        group: "cluster",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rename",
        number: 270,
        arity: 3,
        flags: Flags::WRITE,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &[],
        keys: KEYS_39,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "renamenx",
        number: 271,
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_40,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "replconf",
        number: 272,
        arity: -1,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::ALLOW_BUSY),
        group: "server",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "replicaof",
        number: 273,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::STALE)
            .or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "reset",
        number: 274,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_AUTH)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "restore",
        number: 275,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_38,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "restore-asking",
        number: 276,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::ASKING),
        group: "server",
        since: "3.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_38,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "role",
        number: 277,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST),
        group: "server",
        since: "2.8.12",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@fast", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpop",
        number: 278,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpoplpush",
        number: 279,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpush",
        number: 280,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpushx",
        number: 281,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sadd",
        number: 282,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "save",
        number: 283,
        arity: 1,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::NO_ASYNC_LOADING)
            .or(Flags::NO_MULTI),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "scan",
        number: 284,
        arity: -2,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.8.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &[
            "nondeterministic_output",
            "request_policy:special",
            "response_policy:special",
        ],
        keys: &[],
        request_policy: Some(RequestPolicy::Special),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "scard",
        number: 285,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script",
        number: 286,
        arity: -2,
        flags: Flags::NONE,
        group: "scripting",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &SCRIPT_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sdiff",
        number: 294,
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_30,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sdiffstore",
        number: 295,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_41,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "select",
        number: 296,
        arity: 2,
        flags: Flags::LOADING
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::ALLOW_BUSY),
        group: "connection",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@connection"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "set",
        number: 297,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setbit",
        number: 298,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setex",
        number: 299,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_38,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setnx",
        number: 300,
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_42,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setrange",
        number: 301,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "shutdown",
        number: 302,
        arity: -1,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::NO_MULTI)
            .or(Flags::ALLOW_BUSY),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sinter",
        number: 303,
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_30,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sintercard",
        number: 304,
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sinterstore",
        number: 305,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_41,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sismember",
        number: 306,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slaveof",
        number: 307,
        arity: 3,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::STALE)
            .or(Flags::NO_ASYNC_LOADING),
        group: "server",
        since: "1.0.0",
        deprecated_since: Some("5.0.0"),
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slowlog",
        number: 308,
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "2.2.12",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &SLOWLOG_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "smembers",
        number: 313,
        arity: 2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "smismember",
        number: 314,
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "smove",
        number: 315,
        arity: 4,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sort",
        number: 316,
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[
            "@write",
            "@set",
            "@sortedset",
            "@list",
            "@slow",
            "@dangerous",
        ],
        tips: &[],
        keys: KEYS_44,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sort_ro",
        number: 317,
        arity: -2,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "generic",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[
            "@read",
            "@set",
            "@sortedset",
            "@list",
            "@slow",
            "@dangerous",
        ],
        tips: &[],
        keys: KEYS_45,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "spop",
        number: 318,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "spublish",
        number: 319,
        arity: 3,
        flags: Flags::PUBSUB
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST),
        group: "pubsub",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@pubsub", "@fast"],
        tips: &[],
        keys: KEYS_13,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "srandmember",
        number: 320,
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "srem",
        number: 321,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sscan",
        number: 322,
        arity: -3,
        flags: Flags::READONLY,
        group: "set",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ssubscribe",
        number: 323,
        arity: -2,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: KEYS_46,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "strlen",
        number: 324,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "subscribe",
        number: 325,
        arity: -2,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "substr",
        number: 326,
        arity: 4,
        flags: Flags::READONLY,
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunion",
        number: 327,
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_30,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunionstore",
        number: 328,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_41,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunsubscribe",
        number: 329,
        arity: -1,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: KEYS_46,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "swapdb",
        number: 330,
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "server",
        since: "4.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@write", "@fast", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sync",
        number: 331,
        arity: 1,
        flags: Flags::ADMIN
            .or(Flags::NOSCRIPT)
            .or(Flags::NO_ASYNC_LOADING)
            .or(Flags::NO_MULTI),
        group: "server",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "time",
        number: 332,
        arity: 1,
        flags: Flags::LOADING.or(Flags::STALE).or(Flags::FAST),
        group: "server",
        since: "2.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast"],
        tips: &["nondeterministic_output"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "touch",
        number: 333,
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "3.2.1",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_20,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ttl",
        number: 334,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "type",
        number: 335,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "unlink",
        number: 336,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "4.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_16,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "unsubscribe",
        number: 337,
        arity: -1,
        flags: Flags::PUBSUB
            .or(Flags::NOSCRIPT)
            .or(Flags::LOADING)
            .or(Flags::STALE),
        group: "pubsub",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@pubsub", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "unwatch",
        number: 338,
        arity: 1,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::ALLOW_BUSY),
        group: "transactions",
        since: "2.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@fast", "@transaction"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "wait",
        number: 339,
        arity: 3,
        flags: Flags::BLOCKING,
        group: "generic",
        since: "3.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@blocking", "@connection"],
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AggMin),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "waitaof",
        number: 340,
        arity: 4,
        flags: Flags::BLOCKING,
        group: "generic",
        since: "7.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow", "@blocking", "@connection"],
        tips: &["request_policy:all_shards", "response_policy:agg_min"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: Some(ReplyPolicy::AggMin),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "watch",
        number: 341,
        arity: -2,
        flags: Flags::NOSCRIPT
            .or(Flags::LOADING)
            .or(Flags::STALE)
            .or(Flags::FAST)
            .or(Flags::NO_MULTI)
            .or(Flags::ALLOW_BUSY),
        group: "transactions",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@fast", "@transaction"],
        tips: &[],
        keys: KEYS_20,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xack",
        number: 342,
        arity: -4,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xadd",
        number: 343,
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xautoclaim",
        number: 344,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xclaim",
        number: 345,
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xdel",
        number: 346,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup",
        number: 347,
        arity: -2,
        flags: Flags::NONE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &XGROUP_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo",
        number: 354,
        arity: -2,
        flags: Flags::NONE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &XINFO_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xlen",
        number: 359,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xpending",
        number: 360,
        arity: -3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xrange",
        number: 361,
        arity: -4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xread",
        number: 362,
        arity: -4,
        flags: Flags::READONLY.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@stream", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_47,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xreadgroup",
        number: 363,
        arity: -7,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@stream", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xrevrange",
        number: 364,
        arity: -4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xsetid",
        number: 365,
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xtrim",
        number: 366,
        arity: -4,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zadd",
        number: 367,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_21,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zcard",
        number: 368,
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zcount",
        number: 369,
        arity: 4,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zdiff",
        number: 370,
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zdiffstore",
        number: 371,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zincrby",
        number: 372,
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zinter",
        number: 373,
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zintercard",
        number: 374,
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zinterstore",
        number: 375,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zlexcount",
        number: 376,
        arity: 4,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zmpop",
        number: 377,
        arity: -4,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_29,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zmscore",
        number: 378,
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zpopmax",
        number: 379,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zpopmin",
        number: 380,
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrandmember",
        number: 381,
        arity: -2,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrange",
        number: 382,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangebylex",
        number: 383,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangebyscore",
        number: 384,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.0.5",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangestore",
        number: 385,
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_24,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrank",
        number: 386,
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrem",
        number: 387,
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebylex",
        number: 388,
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebyrank",
        number: 389,
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebyscore",
        number: 390,
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrange",
        number: 391,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrangebylex",
        number: 392,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrangebyscore",
        number: 393,
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrank",
        number: 394,
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zscan",
        number: 395,
        arity: -3,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zscore",
        number: 396,
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zunion",
        number: 397,
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zunionstore",
        number: 398,
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];
