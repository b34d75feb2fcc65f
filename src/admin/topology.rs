//! The page `/topology`: the slot map in force as JSON.

use std::fmt::Write;

use crate::cluster::{Node, SLOTS, SlotMap};
use crate::control::state::State;

/// The slot map with its version, and the version that each worker was sent.
pub(super) fn render(state: &State) -> String {
    let map = &state.map;
    let mut out = String::new();
    let _ = write!(
        out,
        "{{\"map_version\":{},\"slots\":{SLOTS},\"slots_covered\":{},\"worker_map_versions\":[",
        map.version,
        map.covered()
    );
    let versions: Vec<String> = state
        .workers
        .iter()
        .map(|worker| worker.map_version.to_string())
        .collect();
    let _ = write!(out, "{}],\"shards\":[", versions.join(","));
    let ranges = map.ranges();
    for (index, shard) in map.shards.iter().enumerate() {
        let own = ranges.iter().filter(|range| usize::from(range.2) == index);
        let own: Vec<String> = own
            .map(|(first, last, _)| format!("[{first},{last}]"))
            .collect();
        let primary = shard
            .primary
            .as_ref()
            .map_or_else(|| "null".to_owned(), render_node);
        let replicas: Vec<String> = shard.replicas.iter().map(render_node).collect();
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}{{\"slots\":[{}],\"primary\":{primary},\"replicas\":[{}]}}",
            own.join(","),
            replicas.join(",")
        );
    }
    out.push_str("]}\n");
    out
}

/// Counts that the metrics need too: slots covered, nodes, shards.
pub(super) fn counts(map: &SlotMap) -> (usize, usize, usize) {
    (map.covered(), map.nodes().count(), map.shards.len())
}

fn render_node(node: &Node) -> String {
    let zone = node
        .zone
        .as_deref()
        .map_or_else(|| "null".to_owned(), quote);
    format!(
        "{{\"id\":{},\"addr\":{},\"config_epoch\":{},\"loading\":{},\"failed\":{},\"zone\":{zone}}}",
        quote(&node.id),
        quote(&node.addr.to_string()),
        node.config_epoch,
        node.loading,
        node.failed
    )
}

/// A JSON string. Ids, hosts and zones come from servers, so they may hold anything.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Instant;

    use super::*;
    use crate::cluster::{MapVersion, NodeAddr, Role, Shard, Slot};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a state needs a time of start")]
    fn a_map_as_json() {
        let mut map = SlotMap::empty();
        let mut shard = Shard::at(NodeAddr::new("::1", 7));
        let replica = Node::at(NodeAddr::new("a\"b\\\n", 8), Role::Replica);
        shard.replicas.push(Node {
            zone: Some("z".into()),
            failed: true,
            ..replica
        });
        map.push_shard(shard);
        map.push_shard(Shard::default());
        map.set_range(Slot::FIRST, Slot::new(9).unwrap(), 0);
        map.set_range(Slot::LAST, Slot::LAST, 0);
        map.version = MapVersion(3);
        assert_eq!(counts(&map), (11, 2, 2));
        let mut state = State::new(2, Instant::now());
        state.map = Rc::new(map);
        state.workers[1].map_version = MapVersion(2);
        assert_eq!(
            render(&state),
            concat!(
                r#"{"map_version":3,"slots":16384,"slots_covered":11,"worker_map_versions":[0,2],"#,
                r#""shards":[{"slots":[[0,9],[16383,16383]],"primary":{"id":"","addr":"[::1]:7","#,
                r#""config_epoch":0,"loading":false,"failed":false,"zone":null},"replicas":["#,
                r#"{"id":"","addr":"a\"b\\\u000a:8","config_epoch":0,"loading":false,"#,
                r#""failed":true,"zone":"z"}]},{"slots":[],"primary":null,"replicas":[]}]}"#,
                "\n"
            )
        );
    }
}
