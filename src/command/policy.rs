//! What corelane does with each command.
//!
//! Called by the pipeline once per request ([`treatment`], [`blocks`](super::blocks)). The decision is made from the
//! facts in the table while that is compiled, with short lists for what facts do not tell; at run time it
//! is one field.
//!
//! | treatment | which commands |
//! | --- | --- |
//! | local | answered by the proxy itself: PING, HELLO, CLIENT ID, COMMAND, ... |
//! | by channel | PUBLISH, SPUBLISH: to the owner of the slot of their channel |
//! | split | MGET, MSET, MSETEX, DEL, UNLINK, EXISTS, TOUCH: a part per node |
//! | broadcast | DBSIZE, KEYS, FLUSHALL, CONFIG SET, ...: to many nodes, whose replies become one; what modules know without a key: to one |
//! | blocking | BLPOP and its like: over a link of the client's own, to the owner of its keys |
//! | wait | WAIT and WAITAOF: the same, to every primary |
//! | scan | SCAN: by the slots, some at a time |
//! | script | EVAL, EVALSHA, FCALL, SCRIPT LOAD: by key, or to one node by what runs; scripts are remembered |
//! | transaction | MULTI, EXEC, DISCARD, WATCH, UNWATCH |
//! | by key | everything else with keys that is not refused below: whole, to the owner of its keys; some reads over several slots can be computed instead ([`emulation`](super::emulation())) |
//! | restricted | administration of all nodes; refused unless settings allow it |
//! | unsupported | administration of one node |

use super::broadcast::{BROADCAST, Broadcast};
use super::{Command, Flags};

/// What the proxy does with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Goes whole to the node that owns its keys.
    ByKey,
    /// Goes whole to the node that owns its keys, and may wait there for a long time.
    Blocking,
    /// Waits at every primary until others have what was written.
    Wait,
    /// Goes whole to the node that owns the slot of its channel.
    ByChannel,
    /// Becomes one part per node.
    Split(Split),
    /// Goes to many nodes, whose replies become one.
    Broadcast(Broadcast),
    /// Runs a script or a function, or is about the scripts that the proxy remembers.
    Script(Script),
    /// Administers servers, and has a meaning for all of them; only where settings allow it.
    Restricted(Restricted),
    /// Over all keys: SCAN is answered from what the owners of all slots say, some slots at a time; CLUSTERSCAN goes to
    /// the owner of the slot that its cursor names.
    Scan,
    /// Answered by the proxy.
    Local(Local),
    /// Begins, ends or guards a transaction.
    Transaction(Step),
    /// Refused with an error.
    Unsupported(Why),
}

/// Commands whose keys may be anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// Values, in the order of the keys.
    Mget,
    /// Keys and values; OK.
    Mset,
    /// A number of keys and values, and options for all of them; 1 if they were set.
    Msetex,
    /// How many were deleted.
    Del,
    /// How many were deleted.
    Unlink,
    /// How many there are.
    Exists,
    /// How many there are.
    Touch,
}

/// What is done with commands that administer servers, where settings allow them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Restricted {
    /// Goes whole to the node that owns its keys.
    ByKey,
    /// DEBUG: by key where the subcommand has one, else to every primary.
    Debug,
    /// Goes to every node.
    Everywhere,
    /// CONFIG SET: goes to every node, and what is guarded is for administrators. See
    /// [`is_guarded`](super::is_guarded).
    Settings,
}

/// Commands about scripts and functions that need more than a way to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Script {
    /// EVAL and `EVAL_RO`, which bring a script along.
    Eval,
    /// EVALSHA and `EVALSHA_RO`, which name one.
    Evalsha,
    /// FCALL and `FCALL_RO`.
    Function,
    /// SCRIPT LOAD.
    Load,
    /// SCRIPT FLUSH.
    Flush,
}

/// Commands the proxy answers. Where a container has several, the subcommand tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Local {
    /// PING.
    Ping,
    /// ECHO.
    Echo,
    /// QUIT.
    Quit,
    /// SELECT.
    Select,
    /// SWAPDB, which a cluster refuses.
    Databases,
    /// ACL and its subcommands, as far as nothing is changed by them.
    Acl,
    /// AUTH.
    Auth,
    /// HELLO.
    Hello,
    /// CLIENT and those of its subcommands that concern one client alone.
    Client,
    /// CLIENT LIST, KILL, PAUSE and UNPAUSE: about the clients of all workers.
    Clients,
    /// CLIENT UNBLOCK.
    Unblock,
    /// CLIENT REPLY.
    Reply,
    /// SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE.
    Subscribe,
    /// UNSUBSCRIBE, PUNSUBSCRIBE and SUNSUBSCRIBE.
    Unsubscribe,
    /// Subcommands of PUBSUB: about the clients of all workers.
    PubSub,
    /// MONITOR.
    Monitor,
    /// READONLY, READWRITE and ASKING.
    Mode,
    /// COMMAND and its subcommands.
    Command,
    /// INFO.
    Info,
    /// TIME.
    Time,
    /// RESET.
    Reset,
    /// CLUSTER and those of its subcommands that tell of slots and nodes.
    Cluster,
    /// ROLE.
    Role,
    /// LOLWUT.
    Lolwut,
    /// HELP of any container.
    Help,
}

/// Commands about transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// MULTI.
    Multi,
    /// EXEC.
    Exec,
    /// DISCARD.
    Discard,
    /// WATCH.
    Watch,
    /// UNWATCH.
    Unwatch,
}

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// About subscriptions, and not known here.
    PubSub,
    /// Administers one server.
    Administration,
    /// Administers servers, and settings do not allow it.
    NotAllowed,
    /// Changes what a connection to a server does, and links are shared.
    Connection,
    /// Has no key that would say where to send it.
    NoKey,
}

/// What corelane does with this command.
#[must_use]
pub const fn treatment(command: &Command) -> Treatment {
    command.treatment
}

// === impl Step ===

impl Step {
    /// What the proxy does, as a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Multi => {
                "Answered by the proxy, which keeps what follows and sends it whole with EXEC; all keys of one slot."
            }
            Self::Exec => {
                "Sends the transaction as one batch to the node that owns its keys; with watched keys, over the \
                 connection that watches them."
            }
            Self::Discard => "Answered by the proxy, which has sent nothing; ends watching.",
            Self::Watch => {
                "Sent to the node that owns the keys, all of one slot, over a connection of the client's own, which \
                 it keeps until EXEC, DISCARD or UNWATCH."
            }
            Self::Unwatch => "Sent to the node that watches keys for the client, if any does.",
        }
    }
}

// === impl Why ===

impl Why {
    /// The reason in words, as error lines give it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::PubSub => "what it does to subscriptions is not known",
            Self::Administration => "administer the servers directly, not through the proxy",
            Self::NotAllowed => {
                "it administers servers, which commands.allow_administration would have to allow"
            }
            Self::Connection => {
                "connections to servers are shared and keep no settings of a client"
            }
            Self::NoKey => "commands without a key are not supported yet",
        }
    }
}

// === deciding ===

const SPLIT: &[(&str, Treatment)] = &[
    ("del", Treatment::Split(Split::Del)),
    ("exists", Treatment::Split(Split::Exists)),
    ("mget", Treatment::Split(Split::Mget)),
    ("mset", Treatment::Split(Split::Mset)),
    ("msetex", Treatment::Split(Split::Msetex)),
    ("touch", Treatment::Split(Split::Touch)),
    ("unlink", Treatment::Split(Split::Unlink)),
];

const LOCAL: &[(&str, Treatment)] = &[
    ("acl|cat", Treatment::Local(Local::Acl)),
    ("acl|deluser", Treatment::Local(Local::Acl)),
    ("acl|dryrun", Treatment::Local(Local::Acl)),
    ("acl|getuser", Treatment::Local(Local::Acl)),
    ("acl|list", Treatment::Local(Local::Acl)),
    ("acl|load", Treatment::Local(Local::Acl)),
    ("acl|log", Treatment::Local(Local::Acl)),
    ("acl|save", Treatment::Local(Local::Acl)),
    ("acl|setuser", Treatment::Local(Local::Acl)),
    ("acl|users", Treatment::Local(Local::Acl)),
    ("acl|whoami", Treatment::Local(Local::Acl)),
    ("asking", Treatment::Local(Local::Mode)),
    ("auth", Treatment::Local(Local::Auth)),
    ("client|caching", Treatment::Local(Local::Client)),
    ("client|capa", Treatment::Local(Local::Client)),
    ("client|getname", Treatment::Local(Local::Client)),
    ("client|getredir", Treatment::Local(Local::Client)),
    ("client|id", Treatment::Local(Local::Client)),
    ("client|info", Treatment::Local(Local::Client)),
    ("client|kill", Treatment::Local(Local::Clients)),
    ("client|list", Treatment::Local(Local::Clients)),
    (
        "client|maint_notifications",
        Treatment::Local(Local::Client),
    ),
    ("client|no-evict", Treatment::Local(Local::Client)),
    ("client|no-touch", Treatment::Local(Local::Client)),
    ("client|pause", Treatment::Local(Local::Clients)),
    ("client|reply", Treatment::Local(Local::Reply)),
    ("client|setinfo", Treatment::Local(Local::Client)),
    ("client|setname", Treatment::Local(Local::Client)),
    ("client|tracking", Treatment::Local(Local::Client)),
    ("client|trackinginfo", Treatment::Local(Local::Client)),
    ("client|unblock", Treatment::Local(Local::Unblock)),
    ("client|unpause", Treatment::Local(Local::Clients)),
    (
        "cluster|count-failure-reports",
        Treatment::Local(Local::Cluster),
    ),
    ("cluster|countkeysinslot", Treatment::Local(Local::Cluster)),
    ("cluster|getkeysinslot", Treatment::Local(Local::Cluster)),
    ("cluster|info", Treatment::Local(Local::Cluster)),
    ("cluster|keyslot", Treatment::Local(Local::Cluster)),
    ("cluster|links", Treatment::Local(Local::Cluster)),
    ("cluster|myid", Treatment::Local(Local::Cluster)),
    ("cluster|myshardid", Treatment::Local(Local::Cluster)),
    ("cluster|nodes", Treatment::Local(Local::Cluster)),
    ("cluster|replicas", Treatment::Local(Local::Cluster)),
    ("cluster|shards", Treatment::Local(Local::Cluster)),
    ("cluster|slaves", Treatment::Local(Local::Cluster)),
    ("cluster|slots", Treatment::Local(Local::Cluster)),
    ("command", Treatment::Local(Local::Command)),
    ("command|count", Treatment::Local(Local::Command)),
    ("command|docs", Treatment::Local(Local::Command)),
    ("command|getkeys", Treatment::Local(Local::Command)),
    ("command|getkeysandflags", Treatment::Local(Local::Command)),
    ("command|info", Treatment::Local(Local::Command)),
    ("command|list", Treatment::Local(Local::Command)),
    ("echo", Treatment::Local(Local::Echo)),
    ("hello", Treatment::Local(Local::Hello)),
    ("info", Treatment::Local(Local::Info)),
    ("lolwut", Treatment::Local(Local::Lolwut)),
    ("monitor", Treatment::Local(Local::Monitor)),
    ("ping", Treatment::Local(Local::Ping)),
    ("psubscribe", Treatment::Local(Local::Subscribe)),
    ("pubsub|channels", Treatment::Local(Local::PubSub)),
    ("pubsub|numpat", Treatment::Local(Local::PubSub)),
    ("pubsub|numsub", Treatment::Local(Local::PubSub)),
    ("pubsub|shardchannels", Treatment::Local(Local::PubSub)),
    ("pubsub|shardnumsub", Treatment::Local(Local::PubSub)),
    ("punsubscribe", Treatment::Local(Local::Unsubscribe)),
    ("quit", Treatment::Local(Local::Quit)),
    ("readonly", Treatment::Local(Local::Mode)),
    ("readwrite", Treatment::Local(Local::Mode)),
    ("reset", Treatment::Local(Local::Reset)),
    ("role", Treatment::Local(Local::Role)),
    ("select", Treatment::Local(Local::Select)),
    ("ssubscribe", Treatment::Local(Local::Subscribe)),
    ("subscribe", Treatment::Local(Local::Subscribe)),
    ("sunsubscribe", Treatment::Local(Local::Unsubscribe)),
    ("swapdb", Treatment::Local(Local::Databases)),
    ("time", Treatment::Local(Local::Time)),
    ("unsubscribe", Treatment::Local(Local::Unsubscribe)),
];

const TRANSACTION: &[(&str, Treatment)] = &[
    ("discard", Treatment::Transaction(Step::Discard)),
    ("exec", Treatment::Transaction(Step::Exec)),
    ("multi", Treatment::Transaction(Step::Multi)),
    ("unwatch", Treatment::Transaction(Step::Unwatch)),
    ("watch", Treatment::Transaction(Step::Watch)),
];

const RESTRICTED: &[(&str, Treatment)] = &[
    (
        "config|rewrite",
        Treatment::Restricted(Restricted::Everywhere),
    ),
    ("config|set", Treatment::Restricted(Restricted::Settings)),
    ("debug", Treatment::Restricted(Restricted::Debug)),
    ("migrate", Treatment::Restricted(Restricted::ByKey)),
    ("module|load", Treatment::Restricted(Restricted::Everywhere)),
    (
        "module|loadex",
        Treatment::Restricted(Restricted::Everywhere),
    ),
    (
        "module|unload",
        Treatment::Restricted(Restricted::Everywhere),
    ),
    ("pfdebug", Treatment::Restricted(Restricted::ByKey)),
    ("restore-asking", Treatment::Restricted(Restricted::ByKey)),
];

const SCRIPTS: &[(&str, Treatment)] = &[
    ("eval", Treatment::Script(Script::Eval)),
    ("eval_ro", Treatment::Script(Script::Eval)),
    ("evalsha", Treatment::Script(Script::Evalsha)),
    ("evalsha_ro", Treatment::Script(Script::Evalsha)),
    ("fcall", Treatment::Script(Script::Function)),
    ("fcall_ro", Treatment::Script(Script::Function)),
    ("script|flush", Treatment::Script(Script::Flush)),
    ("script|load", Treatment::Script(Script::Load)),
];

/// What the facts do not tell. A blocking flag does not either for the two stream commands, which wait
/// only when asked to; see [`blocks`](super::blocks).
const EXCEPTIONS: &[(&str, Treatment)] = &[
    ("clusterscan", Treatment::Scan),
    // What HIMPORT PREPARE defines belongs to the connection.
    ("himport", Treatment::Unsupported(Why::Connection)),
    ("himport|discard", Treatment::Unsupported(Why::Connection)),
    (
        "himport|discardall",
        Treatment::Unsupported(Why::Connection),
    ),
    ("himport|prepare", Treatment::Unsupported(Why::Connection)),
    ("himport|set", Treatment::Unsupported(Why::Connection)),
    ("publish", Treatment::ByChannel),
    ("scan", Treatment::Scan),
    ("script|debug", Treatment::Unsupported(Why::Connection)),
    ("spublish", Treatment::ByChannel),
    ("xread", Treatment::ByKey),
    ("xreadgroup", Treatment::ByKey),
];

/// Decides while the table is compiled.
pub(super) const fn decide(command: &Command) -> Treatment {
    let mut lists = [
        SPLIT,
        LOCAL,
        TRANSACTION,
        BROADCAST,
        SCRIPTS,
        RESTRICTED,
        EXCEPTIONS,
    ]
    .as_slice();
    while let [list, rest @ ..] = lists {
        let mut rows = *list;
        while let [(name, treatment), others @ ..] = rows {
            if same(name, command.name) {
                return *treatment;
            }
            rows = others;
        }
        lists = rest;
    }
    if is_help(command.name) {
        return Treatment::Local(Local::Help);
    }
    let treatment = by_facts(command);
    if command.flags.has(Flags::MODULE) {
        return at_any_node(command, treatment);
    }
    treatment
}

/// A command without keys that only reads, and of which the servers' policies say nothing, goes to one node:
/// modules that know of the data of other nodes ask them for it.
const fn at_any_node(command: &Command, treatment: Treatment) -> Treatment {
    let reads = command.is_readonly() && !command.flags.has(Flags::BLOCKING);
    let is_open = command.request_policy.is_none() && command.reply_policy.is_none();
    let is_whole = command.subcommands.is_empty() && !command.has_keys();
    match treatment {
        Treatment::Unsupported(Why::NoKey) if reads && is_open && is_whole => {
            Treatment::Broadcast(Broadcast::ANY_NODE)
        }
        treatment => treatment,
    }
}

/// Decides about a command that a server told of at run time: by the same facts, without the lists.
///
/// A command whose specifications do not tell any key is refused even if it has keys: the node that it would
/// be sent to could send it elsewhere, but then later requests might overtake it. One that has none and only reads goes to
/// one node.
pub(super) const fn decide_learned(command: &Command) -> Treatment {
    if is_help(command.name) {
        return Treatment::Local(Local::Help);
    }
    if command.flags.has(Flags::ASKING) {
        return Treatment::Unsupported(Why::Administration);
    }
    match at_any_node(command, by_facts(command)) {
        Treatment::ByKey | Treatment::Blocking if !command.can_find_keys() => {
            Treatment::Unsupported(Why::NoKey)
        }
        // What the replies to a WAIT mean is known of WAIT alone.
        Treatment::Wait => Treatment::Unsupported(Why::NoKey),
        treatment => treatment,
    }
}

const fn by_facts(command: &Command) -> Treatment {
    let why = if same(command.group, "transactions") {
        Why::Connection
    } else if command.flags.has(Flags::BLOCKING) {
        if command.has_keys() {
            return Treatment::Blocking;
        }
        if same(command.name, "wait") || same(command.name, "waitaof") {
            return Treatment::Wait;
        }
        Why::NoKey
    } else if same(command.group, "pubsub") {
        Why::PubSub
    } else if command.flags.has(Flags::ADMIN) {
        Why::Administration
    } else if command.has_keys() {
        return Treatment::ByKey;
    } else if same(command.group, "cluster") {
        Why::Administration
    } else if same(command.group, "connection") {
        Why::Connection
    } else if let Some(broadcast) = Broadcast::by_policies(command) {
        return Treatment::Broadcast(broadcast);
    } else if same(command.group, "server") {
        Why::Administration
    } else {
        Why::NoKey
    };
    Treatment::Unsupported(why)
}

/// Whether this is the HELP of a container.
const fn is_help(name: &str) -> bool {
    matches!(name.as_bytes(), [.., b'|', b'h', b'e', b'l', b'p'])
}

/// Equality of strings where `==` cannot be used yet.
pub(super) const fn same(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    true
}
