//! What the proxy answers itself, beside a server's answers: the same requests to both, replies compared in
//! type and, for errors and simple strings, in text.

use std::collections::BTreeSet;

use crate::client::{Client, Reply, request};
use crate::harness::{ServerKind, Setup, matrix};

matrix!(local_commands);

/// Requests, words parted by spaces; `~` stands for a space inside a word, `@` for a key of the node.
const LINES: &[&str] = &[
    "PING",
    "PING a",
    "PING a b",
    "ECHO a",
    "ECHO",
    "ECHO a b",
    "SELECT 0",
    "SELECT x",
    "SELECT",
    "SWAPDB",
    "TIME",
    "TIME x",
    "READONLY",
    "READONLY x",
    "READWRITE",
    "ASKING",
    "ASKING x",
    "LOLWUT",
    "LOLWUT VERSION 5",
    "CLIENT",
    "CLIENT NOSUCH",
    "CLIENT HELP",
    "CLIENT ID",
    "CLIENT ID x",
    "CLIENT GETNAME",
    "CLIENT SETNAME a~b",
    "CLIENT SETNAME me",
    "CLIENT GETNAME",
    "CLIENT INFO",
    "CLIENT LIST",
    "CLIENT LIST x",
    "CLIENT LIST ID",
    "CLIENT LIST ID 1 999999999",
    "CLIENT LIST TYPE",
    "CLIENT LIST TYPE normal",
    "CLIENT LIST TYPE pubsub",
    "CLIENT LIST TYPE replica",
    "CLIENT LIST TYPE nosuch",
    "CLIENT KILL",
    "CLIENT KILL 1.2.3.4:5",
    "CLIENT KILL ID 0",
    "CLIENT KILL ID 999999999",
    "CLIENT KILL ADDR 1.2.3.4:5",
    "CLIENT KILL LADDR 1.2.3.4:5 SKIPME yes",
    "CLIENT KILL TYPE nosuch",
    "CLIENT KILL USER nobody",
    "CLIENT KILL SKIPME x",
    "CLIENT KILL NOSUCH x",
    "CLIENT KILL ID 999999999 ADDR",
    "CLIENT NO-EVICT on",
    "CLIENT NO-EVICT off",
    "CLIENT NO-EVICT x",
    "CLIENT NO-EVICT",
    "CLIENT PAUSE",
    "CLIENT PAUSE 0",
    "CLIENT PAUSE x",
    "CLIENT PAUSE -1",
    "CLIENT PAUSE 1 x",
    "CLIENT PAUSE 0 write",
    "CLIENT UNPAUSE",
    "CLIENT UNPAUSE x",
    "CLIENT REPLY x",
    "CLIENT REPLY",
    "CLIENT REPLY on",
    "CLIENT GETREDIR",
    "CLIENT TRACKINGINFO",
    "CLIENT TRACKING off",
    "CLIENT TRACKING x",
    "CLIENT CACHING yes",
    "CLIENT CACHING x",
    "CLUSTER",
    "CLUSTER NOSUCH",
    "CLUSTER HELP",
    "CLUSTER INFO",
    "CLUSTER MYID",
    "CLUSTER NODES",
    "CLUSTER SLOTS",
    "CLUSTER SHARDS",
    "CLUSTER KEYSLOT a",
    "CLUSTER KEYSLOT",
    "CLUSTER COUNTKEYSINSLOT 99999",
    "CLUSTER COUNTKEYSINSLOT -1",
    "CLUSTER COUNTKEYSINSLOT x",
    "CLUSTER COUNTKEYSINSLOT 0",
    "CLUSTER GETKEYSINSLOT 99999 1",
    "CLUSTER GETKEYSINSLOT 0 x",
    "CLUSTER REPLICAS nosuch",
    "CLUSTER SLAVES nosuch",
    "CLUSTER COUNT-FAILURE-REPORTS nosuch",
    "COMMAND COUNT",
    "COMMAND LIST",
    "COMMAND LIST FILTERBY PATTERN ge*",
    "COMMAND LIST FILTERBY",
    "COMMAND GETKEYS GET a",
    "COMMAND GETKEYS NOSUCH a",
    "COMMAND GETKEYSANDFLAGS SET a b",
    "COMMAND NOSUCH",
    "COMMAND HELP",
    "AUTH",
    "AUTH x",
    "AUTH default x",
    "AUTH nobody x",
    "AUTH a b c",
    "HELLO 4",
    "HELLO x",
    "HELLO 3 AUTH a",
    "HELLO 3 NOSUCH",
    "HELLO 3 AUTH nobody x",
    "HELLO 3 SETNAME a~b",
    "INFO",
    "INFO server",
    "INFO nosuch",
    "INFO cpu memory",
    "OBJECT HELP",
    "XINFO HELP",
    "CONFIG HELP",
    "QUITX",
    "RESET",
    "RESET x",
];

/// Where only a server of Redis 7.0 can be compared with: later ones have databases in clusters, and name
/// their modules. Of a number that is none Valkey says "syntax error"; corelane speaks as Redis does.
const LINES_REDIS: &[&str] = &[
    "SELECT 1",
    "SWAPDB 0 1",
    "MOVE @ 1",
    "HELLO",
    "CLIENT LIST ID x",
    "CLIENT KILL ID x",
];

/// What came after Redis 7.0.
const LINES_VALKEY: &[&str] = &[
    "CLIENT NO-TOUCH on",
    "CLIENT NO-TOUCH x",
    "CLIENT CAPA redirect",
    "CLUSTER MYSHARDID",
    "CLIENT KILL MAXAGE 999999999",
    // Redis 7.0 gives the subcommands of a command without any as a set in RESP3.
    "COMMAND INFO get nosuch",
];

fn local_commands(setup: Setup) {
    let proxy = setup.proxy(setup.shared());
    let further = match setup.kind {
        ServerKind::Redis7 => LINES_REDIS,
        ServerKind::Valkey => LINES_VALKEY,
    };
    let key = setup.shared().key_on(0, "like");
    let mut differ = Vec::new();
    for protocol in ["HELLO 2", "HELLO 3"] {
        let mut ours = proxy.connect();
        let mut theirs = setup.shared().node(0).connect();
        ours.call(protocol);
        theirs.call(protocol);
        for line in further.iter().chain(LINES) {
            let ask = |client: &mut Client| {
                let line = line.replace('@', &key);
                let words: Vec<String> = line.split(' ').map(|w| w.replace('~', " ")).collect();
                client.send(&request(&words));
                shape(&client.read())
            };
            let (ours, theirs) = (ask(&mut ours), ask(&mut theirs));
            if ours != theirs {
                differ.push(format!("{line}\n  proxy  {ours}\n  server {theirs}"));
            }
        }
        for client in [&mut ours, &mut theirs] {
            assert_eq!(client.call("QUIT now"), Reply::ok());
            assert!(client.read_to_close().is_empty());
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// The types in a reply, with the texts that libraries compare. How many elements there are is not part
/// of it, nor their order.
pub(crate) fn shape(reply: &Reply) -> String {
    let inner = |all: &[Reply]| {
        let kinds: BTreeSet<String> = all.iter().map(shape).collect();
        kinds.into_iter().collect::<Vec<_>>().join(" ")
    };
    match reply {
        Reply::Error(text) => format!("-{text}"),
        // Lines of help are texts for people.
        Reply::Simple(text) if matches!(text.as_str(), "OK" | "PONG" | "RESET") => {
            format!("+{text}")
        }
        Reply::Simple(_) => "simple".to_owned(),
        Reply::Integer(_) => "integer".to_owned(),
        Reply::Bulk(_) => "bulk".to_owned(),
        Reply::Null => "null".to_owned(),
        Reply::Array(all) => format!("array({})", inner(all)),
        Reply::Set(all) => format!("set({})", inner(all)),
        Reply::Push(all) => format!("push({})", inner(all)),
        Reply::Map(all) => format!("map({})", inner(all)),
        Reply::Double(_) => "double".to_owned(),
        Reply::Boolean(_) => "boolean".to_owned(),
        Reply::BigNumber(_) => "big number".to_owned(),
        Reply::Verbatim(_) => "verbatim".to_owned(),
    }
}
