//! What corelane does with a command, in words: for COMMAND DOCS, for HELP, and for `src/command/COMMANDS.md`.

use crate::command::{
    Broadcast, Command, Merge, Restricted, Script, Split, To, Treatment, emulation, treatment,
};

/// What corelane does with this command, as one or two sentences.
#[must_use]
pub fn summary(command: &Command) -> String {
    if !command.subcommands.is_empty() && matches!(treatment(command), Treatment::Unsupported(_)) {
        return "Each subcommand is treated on its own.".to_owned();
    }
    match treatment(command) {
        Treatment::ByKey if emulation(command).is_some() => {
            "Sent whole to the node that owns its keys; of several slots refused, or computed from what each key holds \
             if `commands.cross_slot` is `emulate`."
                .to_owned()
        }
        Treatment::ByKey => "Sent whole to the node that owns its keys.".to_owned(),
        Treatment::Blocking => {
            "Sent to the node that owns its keys, over a connection of the client's own while it waits."
                .to_owned()
        }
        Treatment::ByChannel => {
            "Sent whole to the node that owns the slot of its channel; the number of receivers counts \
             the clients of this worker one by one."
                .to_owned()
        }
        Treatment::Wait => {
            "Asked of each primary in turn, over a connection of the client's own; the smallest answer counts."
                .to_owned()
        }
        Treatment::Split(Split::Msetex) => {
            "Split into one part for each node that owns some of its keys; with NX or XX sent whole, and of several \
             slots refused."
                .to_owned()
        }
        Treatment::Split(_) => {
            "Split into one part for each node that owns some of its keys.".to_owned()
        }
        Treatment::Broadcast(broadcast) => sent(broadcast, command.name),
        Treatment::Restricted(Restricted::Settings) => {
            "Sent to every node; all have to succeed. Settings that could cut connections, change who belongs to the \
             cluster or where files are, are refused by the proxy unless `commands.allow_administration` is set."
                .to_owned()
        }
        Treatment::Restricted(way) => format!(
            "Refused by the proxy unless `commands.allow_administration` is set; then {}.",
            match way {
                Restricted::ByKey => "sent whole to the node that owns its keys",
                Restricted::Debug => "sent by key where a subcommand has one, else to every primary",
                Restricted::Everywhere | Restricted::Settings => "sent to every node; all have to succeed",
            }
        ),
        Treatment::Script(script) => script_summary(script, command.name),
        Treatment::Transaction(step) => step.text().to_owned(),
        Treatment::Scan if command.name == "clusterscan" => {
            "Sent to the node that owns the slot of its cursor.".to_owned()
        }
        Treatment::Scan => {
            "Answered from the keys of some slots at a time, at the nodes that own them; the cursor is the number of a slot.".to_owned()
        }
        Treatment::Local(_) => note(command.name).map_or_else(
            || "Answered by the proxy.".to_owned(),
            |note| format!("Answered by the proxy: {note}."),
        ),
        Treatment::Unsupported(why) => format!("Refused by the proxy: {}.", why.text()),
    }
}

/// What is done with a command about scripts.
fn script_summary(script: Script, name: &str) -> String {
    let by_key = "Sent whole to the node that owns its keys; without keys to one node";
    match script {
        Script::Eval => format!("{by_key} for each script. The script is remembered."),
        Script::Evalsha => format!(
            "{by_key} for each script. A node that does not know the script gets it, if the proxy does."
        ),
        Script::Function => format!("{by_key} for each function."),
        Script::Load => format!(
            "{} The script is remembered.",
            sent(Broadcast::SCRIPT_LOAD, name)
        ),
        Script::Flush => {
            format!(
                "{} What is remembered is forgotten.",
                sent(Broadcast::SCRIPT_FLUSH, name)
            )
        }
    }
}

/// Who gets a command without keys, and what becomes of the replies.
fn sent(broadcast: Broadcast, name: &str) -> String {
    let to = match broadcast.to {
        To::One => return "Sent to one primary.".to_owned(),
        To::Primaries => "every primary",
        To::Serving | To::Busy => "every primary, and to replicas where they come first for reads",
        To::All => "every node",
    };
    let merge = match broadcast.merge {
        Merge::First => "all have to succeed",
        Merge::Any => "one has to succeed",
        Merge::Sum => "the reply is the sum",
        Merge::Min => "the reply is the smallest number",
        Merge::Max => "the reply is the largest number",
        Merge::And => "what is true at all of them is true",
        Merge::Or => "what is true at any of them is true",
        Merge::Concat => "the reply has the elements of all",
        Merge::Random => "the reply is one of those that are not null",
        Merge::Texts => "the reply has the text of each node under its name",
        Merge::Newest => "the reply has the newest entries of all",
        Merge::Timeline => "the reply has the entries of all in order of time",
        Merge::Events => "the reply has the latest and the largest of each event",
        Merge::Histograms => "the histograms are added up",
        Merge::Amounts => "amounts are added up; of shares and ratios the largest counts",
        Merge::Running => {
            "the reply has a script that runs at any of them, and the engines of the first"
        }
        Merge::Info => "each section is merged by a rule of its own",
        Merge::SlotStats => "the reply has the slots of all, in the order asked for",
        Merge::Digest => "the digests become that of all keys",
    };
    let note = note(name).map_or_else(String::new, |note| format!(": {note}"));
    format!("Sent to {to}; {merge}{note}.")
}

/// What a local answer means, where the name alone does not say it.
fn note(name: &str) -> Option<&'static str> {
    NOTES
        .iter()
        .find(|(noted, _)| *noted == name)
        .map(|(_, note)| *note)
}

/// Names with what there is to say; a test compares them with the treatments.
pub(in crate::command) const NOTES: &[(&str, &str)] = &[
    (
        "acl|deluser",
        "refused, because users come from the settings",
    ),
    ("acl|getuser", "passwords and their digests are not shown"),
    ("acl|list", "passwords and their digests are not shown"),
    ("acl|load", "refused, because users come from the settings"),
    ("acl|log", "what clients of this worker were refused"),
    ("acl|save", "refused, because users come from the settings"),
    (
        "acl|setuser",
        "refused, because users come from the settings",
    ),
    (
        "asking",
        "accepted, without effect, because redirects are followed here",
    ),
    ("client|caching", "as in a server"),
    ("client|capa", "accepted, without effect"),
    ("client|getredir", "as in a server"),
    ("client|kill", "closes clients of all workers"),
    ("client|list", "the clients of all workers"),
    (
        "client|maint_notifications",
        "in RESP3, with ON the client gets the push MOVING before corelane stops or another process takes over",
    ),
    (
        "client|no-evict",
        "kept and shown by CLIENT LIST; no client is exempt from the memory limit",
    ),
    (
        "client|no-touch",
        "kept and shown by CLIENT LIST; nodes do not learn of it, because connections to them are shared",
    ),
    (
        "client|pause",
        "holds up the clients of all workers, in all commands or in those that write; this command and CLIENT UNPAUSE are exempt",
    ),
    (
        "client|reply",
        "kept per client; replies that are not wanted are dropped here",
    ),
    (
        "client|tracking",
        "nodes tell what has changed, and each client, or with REDIRECT another one of any worker, hears of what it has read",
    ),
    ("client|trackinginfo", "as in a server"),
    (
        "client|unblock",
        "finds the client among those of all workers and has its node unblock it",
    ),
    (
        "cluster|count-failure-reports",
        "as the only node of a cluster",
    ),
    ("cluster|countkeysinslot", "asks the primary of the slot"),
    ("cluster|getkeysinslot", "asks the primary of the slot"),
    ("cluster|info", "as the only node of a cluster"),
    ("cluster|links", "as the only node of a cluster"),
    (
        "cluster|myid",
        "made from the address that is shown to clients",
    ),
    (
        "cluster|myshardid",
        "made from the address that is shown to clients",
    ),
    ("cluster|nodes", "one node, this proxy, with all slots"),
    ("cluster|replicas", "as the only node of a cluster"),
    ("cluster|shards", "one node, this proxy, with all slots"),
    ("cluster|slaves", "as the only node of a cluster"),
    ("cluster|slots", "one node, this proxy, with all slots"),
    (
        "config|resetstat",
        "what INFO counts at all workers begins anew, too",
    ),
    (
        "info",
        "in the sections of a server; clients and requests of all workers are counted here, memory, keys, saving, hits and commands by all primaries, which is merged; plain INFO leaves these out while a primary is down, and one of them by name is an error then; one section is about this worker",
    ),
    (
        "monitor",
        "shows the requests of the clients of all workers; without secrets, long arguments cut, and a monitor that does not read is closed",
    ),
    (
        "psubscribe",
        "patterns that may match notifications about keys are subscribed at every primary",
    ),
    ("pubsub|channels", "of the clients of all workers"),
    ("pubsub|numpat", "of the clients of all workers"),
    ("pubsub|numsub", "of the clients of all workers"),
    ("pubsub|shardchannels", "of the clients of all workers"),
    ("pubsub|shardnumsub", "of the clients of all workers"),
    (
        "readonly",
        "kept and shown by CLIENT LIST; the settings decide which nodes serve reads",
    ),
    ("readwrite", "the settings decide which nodes serve reads"),
    ("reset", "the client is as it was when it connected"),
    ("role", "a primary without replicas"),
    (
        "select",
        "database 0, and others where the cluster has them",
    ),
    (
        "ssubscribe",
        "channels of any slots; slot moves are followed, and the client does not notice",
    ),
    (
        "subscribe",
        "subscribed once at a node for all clients of the worker; notifications about keys come from every primary",
    ),
    ("swapdb", "refused in the words of a cluster"),
];

#[cfg(test)]
mod tests {
    use super::{NOTES, summary};
    use crate::command::describe::by_full_name;
    use crate::command::{Treatment, treatment};

    #[test]
    fn notes_are_about_commands_that_the_proxy_treats_itself() {
        assert!(NOTES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, note) in NOTES {
            let command = by_full_name(name.as_bytes()).expect(name);
            assert!(
                matches!(
                    treatment(command),
                    Treatment::Local(_) | Treatment::Broadcast(_)
                ),
                "{name}: {note}"
            );
            assert!(!note.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn containers_are_not_called_refused_because_of_their_name_alone() {
        for name in
            "acl client cluster config latency memory module pubsub slowlog object".split(' ')
        {
            let command = by_full_name(name.as_bytes()).expect(name);
            assert_eq!(
                summary(command),
                "Each subcommand is treated on its own.",
                "{name}"
            );
        }
        for name in ["psync", "cluster|meet"] {
            let command = by_full_name(name.as_bytes()).expect(name);
            assert!(
                summary(command).starts_with("Refused by the proxy: "),
                "{name}"
            );
        }
    }
}
