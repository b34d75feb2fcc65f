//! The commands and what servers report about them.
//!
//! Written by `scripts/gen-command-table`; do not edit. Asked were, later ones winning:
//!
//! - redis 7.0.15
//! - valkey 9.1.2
//!
//! 209 commands and subcommands that these do not have are from `facts.json`.

use super::flags::{Access, Flags};
use super::keys::{Begin, Find, KeySpec};
use super::{Command, ReplyPolicy, RequestPolicy};

const KEYS_1: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_2: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_3: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::INSERT),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_4: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::DELETE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_5: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_6: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_7: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_8: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_9: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_10: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_11: &[KeySpec] = &[KeySpec {
    access: Access::RW,
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_12: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_13: &[KeySpec] = &[KeySpec {
    access: Access::RW
        .or(Access::ACCESS)
        .or(Access::UPDATE)
        .or(Access::VARIABLE_FLAGS),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_14: &[KeySpec] = &[
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
const KEYS_15: &[KeySpec] = &[
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
const KEYS_16: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_17: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(-2, 1, 0),
}];
const KEYS_18: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_19: &[KeySpec] = &[KeySpec {
    access: Access::NOT_KEY,
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_20: &[KeySpec] = &[
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
const KEYS_21: &[KeySpec] = &[KeySpec {
    access: Access::RM.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_22: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::DELETE).or(Access::VARIABLE_FLAGS),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_23: &[KeySpec] = &[KeySpec {
    access: Access::RM.or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_24: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_25: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_26: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_27: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::UPDATE),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_28: &[KeySpec] = &[
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
const KEYS_29: &[KeySpec] = &[
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
const KEYS_30: &[KeySpec] = &[
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
const KEYS_31: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_32: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::keyword("MEMORY", 1),
    find: Find::range(0, 1, 0),
}];
const KEYS_33: &[KeySpec] = &[KeySpec {
    access: Access::RO,
    begin: Begin::Index(1),
    find: Find::range(-2, 1, 0),
}];
const KEYS_34: &[KeySpec] = &[KeySpec {
    access: Access::RW,
    begin: Begin::Index(1),
    find: Find::range(-1, 3, 0),
}];
const KEYS_35: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(1, 1, 0),
}];
const KEYS_36: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 1),
}];
const KEYS_37: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_38: &[KeySpec] = &[
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
const KEYS_39: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(-1, 2, 0),
}];
const KEYS_40: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 2),
}];
const KEYS_41: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(-1, 2, 0),
}];
const KEYS_42: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_43: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::ACCESS),
    begin: Begin::Index(2),
    find: Find::range(0, 1, 0),
}];
const KEYS_44: &[KeySpec] = &[
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
const KEYS_45: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::UPDATE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_46: &[KeySpec] = &[
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
const KEYS_47: &[KeySpec] = &[
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
const KEYS_48: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::Index(1),
    find: Find::key_num(0, 1, 1),
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
        find: Find::range(-1, 1, 0),
    },
];
const KEYS_50: &[KeySpec] = &[KeySpec {
    access: Access::OW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_51: &[KeySpec] = &[
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
const KEYS_52: &[KeySpec] = &[
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
const KEYS_53: &[KeySpec] = &[KeySpec {
    access: Access::NOT_KEY,
    begin: Begin::Index(1),
    find: Find::range(-1, 1, 0),
}];
const KEYS_54: &[KeySpec] = &[
    KeySpec {
        access: Access::RW,
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RO,
        begin: Begin::Index(2),
        find: Find::key_num(0, 1, 1),
    },
];
const KEYS_55: &[KeySpec] = &[
    KeySpec {
        access: Access::RO,
        begin: Begin::Index(1),
        find: Find::range(0, 1, 0),
    },
    KeySpec {
        access: Access::RW,
        begin: Begin::Index(2),
        find: Find::range(0, 1, 0),
    },
];
const KEYS_56: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::INSERT),
    begin: Begin::Index(1),
    find: Find::range(-1, 3, 0),
}];
const KEYS_57: &[KeySpec] = &[KeySpec {
    access: Access::RW.or(Access::UPDATE).or(Access::DELETE),
    begin: Begin::Index(1),
    find: Find::range(0, 1, 0),
}];
const KEYS_58: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::keyword("STREAMS", 1),
    find: Find::range(-1, 1, 2),
}];
const KEYS_59: &[KeySpec] = &[KeySpec {
    access: Access::RO.or(Access::ACCESS),
    begin: Begin::keyword("STREAMS", 4),
    find: Find::range(-1, 1, 2),
}];
const KEYS_60: &[KeySpec] = &[
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

/// Subcommands of `backup`.
static BACKUP_SUBCOMMANDS: [Command; 7] = [
    Command {
        name: "backup|abort",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.10.0",
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
        name: "backup|cleanup",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.10.0",
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
        name: "backup|help",
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "8.10.0",
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
        name: "backup|list",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE),
        group: "server",
        since: "8.10.0",
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
        name: "backup|seal",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.10.0",
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
        name: "backup|start",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.10.0",
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
        name: "backup|status",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::STALE),
        group: "server",
        since: "8.10.0",
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

/// Subcommands of `client`.
static CLIENT_SUBCOMMANDS: [Command; 20] = [
    Command {
        name: "client|caching",
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
static CLUSTER_SUBCOMMANDS: [Command; 35] = [
    Command {
        name: "cluster|addslots",
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
        name: "cluster|migration",
        arity: -4,
        flags: Flags::ADMIN.or(Flags::STALE).or(Flags::NO_ASYNC_LOADING),
        group: "cluster",
        since: "8.4.0",
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

/// Subcommands of `ft.config`.
static FT_CONFIG_SUBCOMMANDS: [Command; 3] = [
    Command {
        name: "ft.config|get",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &[],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.config|help",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &[],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.config|set",
        arity: -3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &[],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `ft.cursor`.
static FT_CURSOR_SUBCOMMANDS: [Command; 3] = [
    Command {
        name: "ft.cursor|del",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.1.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &[],
        tips: &["request_policy:special", "dont_cache"],
        keys: KEYS_1,
        request_policy: Some(RequestPolicy::Special),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.cursor|gc",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &[],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.cursor|read",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.1.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &[],
        tips: &["request_policy:special", "dont_cache"],
        keys: KEYS_1,
        request_policy: Some(RequestPolicy::Special),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `function`.
static FUNCTION_SUBCOMMANDS: [Command; 9] = [
    Command {
        name: "function|delete",
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

/// Subcommands of `himport`.
static HIMPORT_SUBCOMMANDS: [Command; 4] = [
    Command {
        name: "himport|discard",
        arity: 3,
        flags: Flags::NONE,
        group: "hash",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@hash", "@slow"],
        tips: &["request_policy:all_shards"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "himport|discardall",
        arity: 2,
        flags: Flags::NONE,
        group: "hash",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@hash", "@slow"],
        tips: &["request_policy:all_shards"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "himport|prepare",
        arity: -4,
        flags: Flags::DENYOOM,
        group: "hash",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@hash", "@slow"],
        tips: &["request_policy:all_shards"],
        keys: &[],
        request_policy: Some(RequestPolicy::AllShards),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "himport|set",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "hash",
        since: "8.10.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@hash", "@slow"],
        tips: &[],
        keys: KEYS_2,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `hotkeys`.
static HOTKEYS_SUBCOMMANDS: [Command; 5] = [
    Command {
        name: "hotkeys|get",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
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
        name: "hotkeys|help",
        arity: 2,
        flags: Flags::LOADING.or(Flags::STALE),
        group: "server",
        since: "8.6.1",
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
        name: "hotkeys|reset",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:special"],
        keys: &[],
        request_policy: Some(RequestPolicy::Special),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hotkeys|start",
        arity: -2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:special"],
        keys: &[],
        request_policy: Some(RequestPolicy::Special),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hotkeys|stop",
        arity: 2,
        flags: Flags::ADMIN.or(Flags::NOSCRIPT),
        group: "server",
        since: "8.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@dangerous"],
        tips: &["request_policy:special"],
        keys: &[],
        request_policy: Some(RequestPolicy::Special),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Subcommands of `latency`.
static LATENCY_SUBCOMMANDS: [Command; 7] = [
    Command {
        name: "latency|doctor",
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
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
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
        name: "xgroup|createconsumer",
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "stream",
        since: "6.2.0",
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
        name: "xgroup|delconsumer",
        arity: 5,
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
    Command {
        name: "xgroup|destroy",
        arity: 4,
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
    Command {
        name: "xgroup|help",
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
        arity: -5,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_5,
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
        arity: 4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo|groups",
        arity: 3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo|help",
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
        arity: -3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_6,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];

/// Every command, sorted by name.
pub(super) static COMMANDS: [Command; 443] = [
    Command {
        name: "acl",
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
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arcount",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ardel",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ardelrange",
        arity: -4,
        flags: Flags::WRITE,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arget",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "argetrange",
        arity: 4,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "argrep",
        arity: -6,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arinfo",
        arity: -2,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arinsert",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arlastitems",
        arity: -3,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arlen",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "armget",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "armset",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arnext",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arop",
        arity: -5,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arring",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@slow"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arscan",
        arity: -4,
        flags: Flags::READONLY,
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@array", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arseek",
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "arset",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "array",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@array", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "asking",
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
        name: "backup",
        arity: 2,
        flags: Flags::NONE,
        group: "server",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &BACKUP_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.add",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bloom"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.card",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "2.4.4",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@bloom"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.debug",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bloom"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.exists",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bloom"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.info",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@bloom"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.insert",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bloom"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.loadchunk",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bloom"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.madd",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bloom"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.mexists",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bloom"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.reserve",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@bloom"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bf.scandump",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bloom"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bgrewriteaof",
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
        arity: -2,
        flags: Flags::READONLY,
        group: "bitmap",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitfield",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_13,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitfield_ro",
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "bitmap",
        since: "6.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitop",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "2.6.0",
        deprecated_since: None,
        range: [2, -1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_14,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bitpos",
        arity: -3,
        flags: Flags::READONLY,
        group: "bitmap",
        since: "2.8.7",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blmove",
        arity: 6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::BLOCKING),
        group: "list",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blmovem",
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::BLOCKING),
        group: "list",
        since: "8.10.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blmpop",
        arity: -5,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "list",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_16,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "blpop",
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING),
        group: "list",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_17,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "brpop",
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING),
        group: "list",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_17,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "brpoplpush",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::BLOCKING),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzmpop",
        arity: -5,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@sortedset", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_16,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzpopmax",
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@sortedset", "@fast", "@blocking"],
        tips: &[],
        keys: KEYS_17,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "bzpopmin",
        arity: -3,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@write", "@sortedset", "@fast", "@blocking"],
        tips: &[],
        keys: KEYS_17,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.add",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.addnx",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.compact",
        arity: -1,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.count",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.debug",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.del",
        arity: 3,
        flags: Flags::WRITE.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.exists",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.info",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@cuckoo"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.insert",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.insertnx",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.loadchunk",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.mexists",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.reserve",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@cuckoo"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cf.scandump",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cuckoo"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "client",
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
        keys: KEYS_19,
        request_policy: Some(RequestPolicy::Special),
        reply_policy: Some(ReplyPolicy::Special),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.incrby",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cms"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.info",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@cms"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.initbydim",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@cms"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.initbyprob",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@cms"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.merge",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@cms"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "cms.query",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@cms"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "command",
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
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "generic",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &[],
        keys: KEYS_20,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "dbsize",
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
        arity: 2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "decrby",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "del",
        arity: -2,
        flags: Flags::WRITE,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_21,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "delex",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "8.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_22,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "delifeq",
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_23,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "digest",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "8.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "discard",
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
        arity: 2,
        flags: Flags::READONLY,
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "echo",
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
        keys: KEYS_24,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "eval_ro",
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
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "evalsha",
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
        keys: KEYS_24,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "evalsha_ro",
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
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "exec",
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
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_26,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expire",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expireat",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "expiretime",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "failover",
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
        keys: KEYS_24,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "fcall_ro",
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
        keys: KEYS_25,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "flushall",
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
        name: "ft._aliasaddifnx",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._aliasdelifx",
        arity: 2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._alterifnx",
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._createifnx",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._dropifx",
        arity: -1,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@search"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._dropindexifx",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@slow", "@dangerous", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft._list",
        arity: -1,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@slow", "@search"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.add",
        arity: -1,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@search"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.aggregate",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.1.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.aliasadd",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.aliasdel",
        arity: 2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.aliaslist",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.10.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.aliasupdate",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.alter",
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.config",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@admin", "@search"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &FT_CONFIG_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.create",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.cursor",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@search"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &FT_CURSOR_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.del",
        arity: -1,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@search"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.dictadd",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.dictdel",
        arity: -3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.dictdump",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.drop",
        arity: -1,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@slow", "@dangerous", "@search"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.dropindex",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@slow", "@dangerous", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.explain",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.explaincli",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.get",
        arity: -1,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.hybrid",
        arity: -7,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.4.4",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.info",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.mget",
        arity: -1,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.profile",
        arity: -5,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.safeadd",
        arity: -1,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@search"],
        tips: &[],
        keys: KEYS_27,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.search",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.spellcheck",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.sugadd",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.sugdel",
        arity: 3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.sugget",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.suglen",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@search"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.synadd",
        arity: -1,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.syndump",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.synupdate",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@search"],
        tips: &["dont_cache"],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ft.tagvals",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@slow", "@dangerous", "@search"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "function",
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
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geodist",
        arity: -4,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geohash",
        arity: -2,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geopos",
        arity: -2,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadius",
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_28,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadius_ro",
        arity: -6,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.10",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadiusbymember",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "geo",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_29,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "georadiusbymember_ro",
        arity: -5,
        flags: Flags::READONLY,
        group: "geo",
        since: "3.2.10",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geosearch",
        arity: -7,
        flags: Flags::READONLY,
        group: "geo",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "geosearchstore",
        arity: -8,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "geo",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@geo", "@slow"],
        tips: &[],
        keys: KEYS_30,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "get",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getbit",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "bitmap",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@bitmap", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getdel",
        arity: 2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getex",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "string",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getrange",
        arity: 4,
        flags: Flags::READONLY,
        group: "string",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "getset",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hdel",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hello",
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
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpire",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpireat",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hexpiretime",
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hget",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetall",
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetdel",
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.1.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hgetex",
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "himport",
        arity: -2,
        flags: Flags::NONE,
        group: "hash",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@hash", "@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &HIMPORT_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hincrby",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hincrbyfloat",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hkeys",
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hlen",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hmget",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hmset",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hotkeys",
        arity: -2,
        flags: Flags::NONE,
        group: "server",
        since: "8.6.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@slow"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &HOTKEYS_SUBCOMMANDS,
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpersist",
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpire",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpireat",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpexpiretime",
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hpttl",
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hrandfield",
        arity: -2,
        flags: Flags::READONLY,
        group: "hash",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hscan",
        arity: -3,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hset",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hsetex",
        arity: -6,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hsetnx",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hstrlen",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "3.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "httl",
        arity: -5,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "hash",
        since: "9.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "hvals",
        arity: 2,
        flags: Flags::READONLY,
        group: "hash",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@hash", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incr",
        arity: 2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incrby",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "incrbyfloat",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "increx",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "info",
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
        name: "json.arrappend",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.arrindex",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.arrinsert",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.arrlen",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.arrpop",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.arrtrim",
        arity: 5,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.clear",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.debug",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::MOVABLEKEYS),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@json"],
        tips: &["dont_cache"],
        keys: KEYS_32,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.del",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.forget",
        arity: -2,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.get",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.merge",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.mget",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -2, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_33,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.mset",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, -1, 3],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_34,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.numincrby",
        arity: 4,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.nummultby",
        arity: 4,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.numpowby",
        arity: 4,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.objkeys",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.objlen",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.resp",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.set",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.strappend",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.strlen",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.toggle",
        arity: 3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@json"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "json.type",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@json"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "keys",
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
        arity: -3,
        flags: Flags::READONLY,
        group: "string",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_35,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lindex",
        arity: 3,
        flags: Flags::READONLY,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "linsert",
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "llen",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lmove",
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lmovem",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "8.10.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lmpop",
        arity: -4,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "list",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_36,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lolwut",
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
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpos",
        arity: -3,
        flags: Flags::READONLY,
        group: "list",
        since: "6.0.6",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpush",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lpushx",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lrange",
        arity: 4,
        flags: Flags::READONLY,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@list", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lrem",
        arity: 4,
        flags: Flags::WRITE,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "lset",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
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
        name: "ltrim",
        arity: 4,
        flags: Flags::WRITE,
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "memory",
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
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &["request_policy:multi_shard"],
        keys: KEYS_37,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "migrate",
        arity: -6,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [3, 3, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &["nondeterministic_output"],
        keys: KEYS_38,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "module",
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
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "mset",
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
        keys: KEYS_39,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "msetex",
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
        keys: KEYS_40,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AllSucceeded),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "msetnx",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "1.0.1",
        deprecated_since: None,
        range: [1, -1, 2],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_41,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "multi",
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
        arity: 2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpire",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpireat",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pexpiretime",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "7.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfadd",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@hyperloglog", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfcount",
        arity: -2,
        flags: Flags::READONLY,
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@hyperloglog", "@slow"],
        tips: &[],
        keys: KEYS_42,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfdebug",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::ADMIN),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [2, 2, 1],
        acl_categories: &["@write", "@hyperloglog", "@admin", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_43,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfmerge",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "hyperloglog",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@hyperloglog", "@slow"],
        tips: &[],
        keys: KEYS_44,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "pfselftest",
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
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_45,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "psubscribe",
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
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "publish",
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
        arity: 3,
        flags: Flags::WRITE,
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@slow"],
        tips: &[],
        keys: KEYS_46,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "renamenx",
        arity: 3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &[],
        keys: KEYS_47,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "replconf",
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
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "generic",
        since: "2.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_45,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "restore-asking",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::ASKING),
        group: "server",
        since: "3.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &[],
        keys: KEYS_45,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "role",
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
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpoplpush",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "list",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@list", "@slow"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpush",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "rpushx",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "list",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@list", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sadd",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "save",
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
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "script",
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
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_37,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sdiffcard",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "set",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sdiffstore",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "select",
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
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_13,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setbit",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "bitmap",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@bitmap", "@slow"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setex",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_45,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setnx",
        arity: 3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@fast"],
        tips: &[],
        keys: KEYS_50,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "setrange",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "string",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@string", "@slow"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "shutdown",
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
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_37,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sintercard",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sinterstore",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sismember",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "slaveof",
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
        arity: 2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "smismember",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "smove",
        arity: 4,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_15,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sort",
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
        keys: KEYS_51,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sort_ro",
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
        keys: KEYS_52,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "spop",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "spublish",
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
        keys: KEYS_19,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "srandmember",
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "srem",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@set", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sscan",
        arity: -3,
        flags: Flags::READONLY,
        group: "set",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ssubscribe",
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
        keys: KEYS_53,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "strlen",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "string",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "subscribe",
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
        arity: 4,
        flags: Flags::READONLY,
        group: "string",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@string", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunion",
        arity: -2,
        flags: Flags::READONLY,
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &["nondeterministic_output_order"],
        keys: KEYS_37,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunioncard",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "set",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@set", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunionstore",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "set",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@write", "@set", "@slow"],
        tips: &[],
        keys: KEYS_49,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "sunsubscribe",
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
        keys: KEYS_53,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "swapdb",
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
        name: "tdigest.add",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@tdigest"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.byrank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.byrevrank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.cdf",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.create",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.info",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.max",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.merge",
        arity: -4,
        flags: Flags::WRITE
            .or(Flags::DENYOOM)
            .or(Flags::MODULE)
            .or(Flags::MOVABLEKEYS),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@tdigest"],
        tips: &[],
        keys: KEYS_54,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.min",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.quantile",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.rank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.reset",
        arity: 2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.revrank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "tdigest.trimmed_mean",
        arity: 4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@tdigest"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "time",
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
        name: "topk.add",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@topk"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.count",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@topk"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.incrby",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@topk"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.info",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@topk"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.list",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@topk"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.query",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@topk"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "topk.reserve",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@topk"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "touch",
        arity: -2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "3.2.1",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_26,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "trimslots",
        arity: -5,
        flags: Flags::WRITE,
        group: "server",
        since: "8.4.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@keyspace", "@write", "@slow", "@dangerous"],
        tips: &[],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.add",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.alter",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.create",
        arity: -2,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@fast", "@timeseries"],
        tips: &[],
        keys: KEYS_7,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.createrule",
        arity: -5,
        flags: Flags::WRITE.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_55,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.decrby",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.del",
        arity: 4,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.deleterule",
        arity: 3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@fast", "@timeseries"],
        tips: &[],
        keys: KEYS_55,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.get",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@timeseries"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.incrby",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_11,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.info",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@fast", "@timeseries"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.madd",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, -1, 3],
        acl_categories: &["@write", "@timeseries"],
        tips: &[],
        keys: KEYS_56,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.mget",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.mrange",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.mrevrange",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.nrange",
        arity: -5,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::MOVABLEKEYS),
        group: "module",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.nrevrange",
        arity: -5,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::MOVABLEKEYS),
        group: "module",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.queryindex",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.querylabels",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.10.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: &[],
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.range",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@timeseries"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.read",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.10.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@timeseries"],
        tips: &["dont_cache"],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ts.revrange",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "1.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@timeseries"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "ttl",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "type",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "generic",
        since: "1.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@keyspace", "@read", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "unlink",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "generic",
        since: "4.0.0",
        deprecated_since: None,
        range: [1, -1, 1],
        acl_categories: &["@keyspace", "@write", "@fast"],
        tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
        keys: KEYS_21,
        request_policy: Some(RequestPolicy::MultiShard),
        reply_policy: Some(ReplyPolicy::AggSum),
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "unsubscribe",
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
        name: "vadd",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MODULE),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vcard",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vdim",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vemb",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vgetattr",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vinfo",
        arity: 2,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vismember",
        arity: 3,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vlinks",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vrandmember",
        arity: -2,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vrange",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.4.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vrem",
        arity: 3,
        flags: Flags::WRITE.or(Flags::MODULE),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vsetattr",
        arity: 4,
        flags: Flags::WRITE.or(Flags::MODULE).or(Flags::FAST),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "vsim",
        arity: -4,
        flags: Flags::READONLY.or(Flags::MODULE),
        group: "module",
        since: "8.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &[],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "wait",
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
        keys: KEYS_26,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xack",
        arity: -4,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xackdel",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "8.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_57,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xadd",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xautoclaim",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xcfgset",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "8.6.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xclaim",
        arity: -6,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &["nondeterministic_output"],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xdel",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xdelex",
        arity: -5,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "8.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xgroup",
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
        name: "xidmprecord",
        arity: 5,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "stream",
        since: "8.6.2",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xinfo",
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
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xnack",
        arity: -7,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "stream",
        since: "8.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xpending",
        arity: -3,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xrange",
        arity: -4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xread",
        arity: -4,
        flags: Flags::READONLY.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@stream", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_58,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xreadgroup",
        arity: -7,
        flags: Flags::WRITE.or(Flags::BLOCKING).or(Flags::MOVABLEKEYS),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@stream", "@slow", "@blocking"],
        tips: &[],
        keys: KEYS_59,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xrevrange",
        arity: -4,
        flags: Flags::READONLY,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@stream", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xsetid",
        arity: -3,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "xtrim",
        arity: -4,
        flags: Flags::WRITE,
        group: "stream",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@stream", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zadd",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_10,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zcard",
        arity: 2,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_12,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zcount",
        arity: 4,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zdiff",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zdiffstore",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_60,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zincrby",
        arity: 4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_18,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zinter",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zintercard",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zinterstore",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_60,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zlexcount",
        arity: 4,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zmpop",
        arity: -4,
        flags: Flags::WRITE.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "7.0.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_36,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zmscore",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zpopmax",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zpopmin",
        arity: -2,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "5.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_31,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrandmember",
        arity: -2,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrange",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangebylex",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangebyscore",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.0.5",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrangestore",
        arity: -5,
        flags: Flags::WRITE.or(Flags::DENYOOM),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [1, 2, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_30,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrem",
        arity: -3,
        flags: Flags::WRITE.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebylex",
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebyrank",
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zremrangebyscore",
        arity: 4,
        flags: Flags::WRITE,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_9,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrange",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrangebylex",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.9",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrangebyscore",
        arity: -4,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zrevrank",
        arity: -3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zscan",
        arity: -3,
        flags: Flags::READONLY,
        group: "sorted-set",
        since: "2.8.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &["nondeterministic_output"],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zscore",
        arity: 3,
        flags: Flags::READONLY.or(Flags::FAST),
        group: "sorted-set",
        since: "1.2.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@read", "@sortedset", "@fast"],
        tips: &[],
        keys: KEYS_8,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zunion",
        arity: -3,
        flags: Flags::READONLY.or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "6.2.0",
        deprecated_since: None,
        range: [0, 0, 0],
        acl_categories: &["@read", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_48,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
    Command {
        name: "zunionstore",
        arity: -4,
        flags: Flags::WRITE.or(Flags::DENYOOM).or(Flags::MOVABLEKEYS),
        group: "sorted-set",
        since: "2.0.0",
        deprecated_since: None,
        range: [1, 1, 1],
        acl_categories: &["@write", "@sortedset", "@slow"],
        tips: &[],
        keys: KEYS_60,
        request_policy: None,
        reply_policy: None,
        subcommands: &[],
        ..Command::BLANK
    }
    .settled(),
];
