//! Several answers made into one map.

use super::*;

/// Three primaries as `a` sees them while `b` has failed over to its replica `e`.
const NEW: [&str; 4] = [
    "a 10.0.0.1:7000@1 myself,master - 0 0 1 connected 0-5460",
    "b 10.0.0.2:7001@1 slave e 0 0 7 connected",
    "c 10.0.0.3:7002@1 master - 0 0 3 connected 10923-16383",
    "e 10.0.0.5:7004@1 master - 0 0 7 connected 5461-10922",
];

/// The same before `b` failed.
const OLD: [&str; 4] = [
    "a 10.0.0.1:7000@1 master - 0 0 1 connected 0-5460",
    "b 10.0.0.2:7001@1 myself,master - 0 0 2 connected 5461-10922",
    "c 10.0.0.3:7002@1 master - 0 0 3 connected 10923-16383",
    "e 10.0.0.5:7004@1 slave b 0 0 2 connected",
];

const MERGED: &str = "\
0-5460 10.0.0.1:0
5461-10922 10.0.0.5:4 10.0.0.2:1
10923-16383 10.0.0.3:2
";

#[test]
fn the_highest_config_epoch_wins_against_a_majority() {
    let known = map_of(&from_lines(&OLD));
    for answers in [[&NEW, &OLD, &OLD], [&OLD, &NEW, &OLD], [&OLD, &OLD, &NEW]] {
        let map = merge(&answers.map(|lines| from_lines(lines)), &known);
        assert_eq!(show(&map), MERGED);
    }
}

#[test]
fn a_minority_is_not_believed() {
    // It promoted itself by hand, with an epoch of its own, and reaches nobody.
    let minority = [
        "a 10.0.0.1:7000@1 master,fail? - 0 0 1 disconnected 0-5460",
        "b 10.0.0.2:7001@1 myself,master - 0 0 99 connected 5461-16383",
        "c 10.0.0.3:7002@1 master,fail? - 0 0 3 disconnected",
        "e 10.0.0.5:7004@1 master,fail? - 0 0 7 disconnected",
    ];
    let minority_of_one = from_lines(&minority);
    let map = merge(
        &[minority_of_one.clone(), from_lines(&NEW)],
        &SlotMap::empty(),
    );
    assert_eq!(show(&map), MERGED);
    // Alone it is better than nothing.
    assert_eq!(
        merge(&[minority_of_one], &SlotMap::empty()).covered(),
        16_384
    );
}

#[test]
fn another_cluster_at_a_known_address_is_not_believed() {
    let other = from_lines(&["x 10.0.0.9:7009@1 myself,master - 0 0 500 connected 0-16383"]);
    let ours = from_lines(&NEW);
    let known = map_of(&from_lines(&OLD));
    for answers in [
        vec![other.clone(), ours.clone()],
        vec![ours.clone(), other.clone()],
        vec![other.clone(), other.clone(), ours.clone()],
    ] {
        assert_eq!(show(&merge(&answers, &known)), MERGED);
    }
    // Unless it is the only one, as when a cluster was made anew.
    assert_eq!(
        show(&merge(std::slice::from_ref(&other), &known)),
        "0-16383 10.0.0.9:9\n"
    );
    // Without a map, most answers count.
    let answers = [other.clone(), ours, other];
    assert_eq!(
        show(&merge(&answers, &SlotMap::empty())),
        "0-16383 10.0.0.9:9\n"
    );
}

#[test]
fn vanished_nodes_are_dropped() {
    let mut stale = NEW.to_vec();
    stale.push("gone 10.0.0.8:7008@1 slave a 0 0 1 connected");
    stale.push("empty 10.0.0.9:7009@1 master - 0 0 0 connected");
    let (stale, fresh) = (from_lines(&stale), from_lines(&NEW));
    let map = merge(&[stale.clone(), fresh.clone(), fresh], &map_of(&stale));
    assert_eq!(show(&map), MERGED);
    assert_eq!(merge(&[stale], &map).nodes().count(), 6);
}

#[test]
fn a_known_id_at_a_new_address_is_accepted() {
    let known = map_of(&from_lines(&NEW));
    let moved: Vec<String> = NEW
        .iter()
        .map(|line| line.replace("10.0.0.", "10.1.1."))
        .collect();
    let moved: Vec<&str> = moved.iter().map(String::as_str).collect();
    let map = merge(&[from_lines(&moved)], &known);
    assert_eq!(show(&map), MERGED.replace("10.0.0.", "10.1.1."));
    let (old, new) = (from_lines(&NEW), from_lines(&moved));
    let map = merge(&[old, new.clone(), new], &known);
    assert_eq!(show(&map), MERGED.replace("10.0.0.", "10.1.1."));
}

#[test]
fn a_node_has_failed_when_most_say_so() {
    let failed: Vec<String> = NEW
        .iter()
        .map(|line| line.replace("7002@1 master", "7002@1 master,fail"))
        .collect();
    let failed: Vec<&str> = failed.iter().map(String::as_str).collect();
    let (up, down) = (from_lines(&NEW), from_lines(&failed));
    let marked = |answers: &[Topology]| show(&merge(answers, &SlotMap::empty())).contains('!');
    assert!(!marked(&[up.clone(), down.clone(), up.clone()]));
    assert!(!marked(&[up.clone(), down.clone()]));
    assert!(marked(&[up, down.clone(), down]));
}

#[test]
fn a_node_knows_best_if_it_is_loading() {
    let view = |myself: &str, loading: bool| {
        let lines = NEW.map(|line| {
            let is_own = line.starts_with(myself);
            line.replace("myself,", "")
                .replace(" slave", if is_own { " myself,slave" } else { " slave" })
                .replace(" master", if is_own { " myself,master" } else { " master" })
        });
        let mut view = from_lines(&lines.each_ref().map(String::as_str));
        for member in &mut view.members {
            member.node.loading = loading && &*member.node.id == "b";
        }
        view
    };
    let is_loading = |answers: &[Topology]| {
        let map = merge(answers, &SlotMap::empty());
        map.nodes().any(|node| node.loading)
    };
    let (by_a, by_c) = (view("a", true), view("c", false));
    assert!(!is_loading(std::slice::from_ref(&by_c)));
    assert!(is_loading(&[by_a.clone(), by_c.clone()]));
    assert!(!is_loading(&[by_a, by_c.clone(), view("b", false)]));
    assert!(is_loading(&[by_c, view("b", true)]));
}

#[test]
fn a_node_that_failed_and_lost_its_slots_is_named() {
    let lost = |lines: &[&str]| {
        let map = merge(&[from_lines(lines)], &map_of(&from_lines(&OLD)));
        assert!(!map.nodes().any(|node| map.lost.contains(&node.addr)));
        map.lost
    };
    let mut lines = NEW;
    assert_eq!(lost(&lines), []);
    lines[1] = "b 10.0.0.2:7001@1 master,fail - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [NodeAddr::new("10.0.0.2", 7001)]);
    lines[1] = "b 10.0.0.2:7001@1 master,fail? - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [], "it may be well");
    lines[1] = "b 10.0.0.2:7001@1 slave,fail gone 0 0 2 disconnected";
    assert_eq!(lost(&lines), [NodeAddr::new("10.0.0.2", 7001)]);
    lines[1] = "b 10.0.0.5:7004@1 master,fail - 0 0 2 disconnected";
    assert_eq!(lost(&lines), [], "another node is there now");
}

#[test]
fn half_a_topology_is_used_for_what_it_covers() {
    let map = map_of(&from_lines(&NEW[..1]));
    assert_eq!(show(&map), "0-5460 10.0.0.1:0\n");
    assert_eq!(map.covered(), 5461);
    assert_eq!(merge(&[], &map), SlotMap::empty());
}

#[test]
fn without_epochs_most_answers_count() {
    let slots = |port: u16| {
        let text = format!("*1\r\n*3\r\n:0\r\n:9\r\n*3\r\n$1\r\nh\r\n:{port}\r\n$1\r\n{port}\r\n");
        let mut topology = from_slots(text.as_bytes(), &asked()).unwrap();
        let shared = Member {
            node: Node {
                id: "shared".into(),
                ..Node::at(asked(), Role::Replica)
            },
            follows: Some("2".into()),
            suspected: false,
            myself: false,
        };
        topology.members.push(shared);
        topology
    };
    let map = merge(&[slots(1), slots(2), slots(2)], &SlotMap::empty());
    assert!(show(&map).starts_with("0-9 h:2 asked:1"), "{}", show(&map));
    let map = merge(&[slots(1), slots(2)], &SlotMap::empty());
    assert!(
        show(&map).starts_with("0-9 h:1"),
        "the first of equals: {}",
        show(&map)
    );
}

/// Rule 3 for one slot, word for word.
fn owner_of(answers: &[Topology], slot: Slot) -> Option<&str> {
    let claims = answers.iter().flat_map(|answer| &answer.claims);
    let claims: Vec<&Claim> = claims
        .filter(|claim| claim.first <= slot && slot <= claim.last)
        .collect();
    let votes = |owner: &str| claims.iter().filter(|c| &*c.owner == owner).count();
    let rank = |claim: &Claim| (claim.config_epoch, votes(&claim.owner));
    let best = claims.iter().map(|claim| rank(claim)).max()?;
    let first = claims.iter().find(|claim| rank(claim) == best)?;
    Some(&first.owner)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    #[test]
    fn every_slot_goes_to_the_best_claim(
        said in proptest::collection::vec(
            proptest::collection::vec((0..4usize, 0..3u64, 0..40u16, 0..20u16), 0..8),
            1..5,
        ),
    ) {
        let slot = |number: u16| Slot::new(number.min(Slot::LAST.number())).unwrap();
        // Some of the claims end at the last slot.
        let moved = |number: u16| slot(if number > 30 { Slot::LAST.number() - 45 + number } else { number });
        let owners = ["a", "b", "c", "d"];
        let answers: Vec<Topology> = said
            .iter()
            .map(|claims| Topology {
                claims: claims
                    .iter()
                    .map(|(owner, config_epoch, first, len)| Claim {
                        owner: owners[*owner].into(),
                        config_epoch: *config_epoch,
                        first: moved(*first),
                        last: moved(first + len),
                    })
                    .collect(),
                ..from_lines(&owners.map(|id| format!("{id} h:1@1 master - 0 0 1 connected")).each_ref().map(String::as_str))
            })
            .collect();
        let map = merge(&answers, &SlotMap::empty());
        for slot in Slot::all() {
            let primary = map.shard_of(slot).and_then(|shard| shard.primary.as_ref());
            proptest::prop_assert_eq!(primary.map(|node| &*node.id), owner_of(&answers, slot));
        }
    }
}
