//! What several nodes tell in INFO, as one.

use super::{fill, place};
use crate::resp::{ReplyView, write};

/// The lines that stand for a section of nodes that told these.
#[track_caller]
fn check(title: &str, told: &[&str], expected: &str) {
    let frames: Vec<Vec<u8>> = told
        .iter()
        .map(|lines| {
            let lines = lines.replace(' ', "\r\n");
            let text = format!(
                "# Other\r\nused_memory:9\r\n\r\n# {title}\r\n{lines}\r\n\r\n# Z\r\nz:1\r\n"
            );
            let mut frame = Vec::new();
            write::bulk(&mut frame, text.as_bytes());
            frame
        })
        .collect();
    let replies: Vec<ReplyView<'_>> = frames.iter().map(|frame| ReplyView::new(frame)).collect();
    let text = format!("# {title}\r\nown:1\r\n{}# Next\r\n", place(title));
    let expected = expected
        .split_whitespace()
        .map(|line| format!("{line}\r\n"));
    let expected: String = expected.collect();
    assert_eq!(
        fill(&text, &replies),
        format!("# {title}\r\nown:1\r\n{expected}# Next\r\n")
    );
}

#[test]
fn where_one_node_saves_all_do() {
    check(
        "Persistence",
        &[
            "loading:0 rdb_changes_since_last_save:3 rdb_bgsave_in_progress:1 rdb_last_save_time:500 \
             rdb_last_bgsave_status:ok current_fork_perc:0.00",
            "loading:1 rdb_changes_since_last_save:4 rdb_bgsave_in_progress:0 rdb_last_save_time:400 \
             rdb_last_bgsave_status:err current_fork_perc:1.00",
        ],
        "loading:1 rdb_changes_since_last_save:7 rdb_bgsave_in_progress:1 rdb_last_save_time:400 \
         rdb_last_bgsave_status:err current_fork_perc:1.00",
    );
}

#[test]
fn memory_is_added_up_and_its_shares_follow() {
    check(
        "Memory",
        &[
            "used_memory:1000 used_memory_human:1000B used_memory_rss:3000 used_memory_peak:1500 \
             used_memory_peak_perc:66.67% used_memory_startup:400 used_memory_dataset:300 \
             used_memory_dataset_perc:50.00% maxmemory:4096 maxmemory_human:4.00K maxmemory_policy:noeviction \
             mem_fragmentation_ratio:3.00 number_of_functions:2 mem_allocator:jemalloc-5.3.0",
            "used_memory:2000000 used_memory_human:1.91M used_memory_rss:2000000 used_memory_peak:2500000 \
             used_memory_peak_perc:80.00% used_memory_startup:1000000 used_memory_dataset:500000 \
             used_memory_dataset_perc:50.00% maxmemory:4096 maxmemory_human:4.00K maxmemory_policy:allkeys-lru \
             mem_fragmentation_ratio:1.00 number_of_functions:2 mem_allocator:jemalloc-5.3.0",
        ],
        "used_memory:2001000 used_memory_human:1.91M used_memory_rss:2003000 used_memory_peak:2501500 \
         used_memory_peak_perc:79.99% used_memory_startup:1000400 used_memory_dataset:500300 \
         used_memory_dataset_perc:50.00% maxmemory:8192 maxmemory_human:8.00K maxmemory_policy:allkeys-lru \
         mem_fragmentation_ratio:1.00 number_of_functions:2 mem_allocator:jemalloc-5.3.0",
    );
    // Without a limit at one node there is none; a ratio of what is not told stays one of a node.
    check(
        "Memory",
        &[
            "maxmemory:0 maxmemory_human:0B rss_overhead_ratio:1.50",
            "maxmemory:9 rss_overhead_ratio:10.25",
        ],
        "maxmemory:0 maxmemory_human:0B rss_overhead_ratio:10.25",
    );
}

#[test]
fn counts_are_added_up_but_for_those_that_corelane_has_itself() {
    check(
        "Stats",
        &[
            "own:7 keyspace_hits:5 instantaneous_input_kbps:0.25 expired_stale_perc:2.50 latest_fork_usec:7",
            "own:8 keyspace_hits:6 instantaneous_input_kbps:1.50 expired_stale_perc:10.00 latest_fork_usec:300 new:1",
            "keyspace_hits:9223372036854775807 odd:x",
        ],
        "keyspace_hits:9223372036854775807 instantaneous_input_kbps:1.75 expired_stale_perc:10.00 \
         latest_fork_usec:300 new:1 odd:x",
    );
}

#[test]
fn lists_are_added_up_by_name() {
    check(
        "Commandstats",
        &[
            "cmdstat_get:calls=2,usec=50,usec_per_call=25.00,rejected_calls=0,slowlog_time_ms_max=5 \
             cmdstat_config|get:calls=1,usec=3,usec_per_call=3.00",
            "cmdstat_set:calls=1,usec=9,usec_per_call=9.00 \
             cmdstat_get:calls=6,usec=10,usec_per_call=1.67,rejected_calls=1,slowlog_time_ms_max=3",
        ],
        "cmdstat_get:calls=8,usec=60,usec_per_call=7.50,rejected_calls=1,slowlog_time_ms_max=5 \
         cmdstat_config|get:calls=1,usec=3,usec_per_call=3.00 cmdstat_set:calls=1,usec=9,usec_per_call=9.00",
    );
    check(
        "Errorstats",
        &[
            "errorstat_ERR:count=2",
            "errorstat_WRONGTYPE:count=1 errorstat_ERR:count=3",
        ],
        "errorstat_ERR:count=5 errorstat_WRONGTYPE:count=1",
    );
    check(
        "Latencystats",
        &[
            "latency_percentiles_usec_get:p50=1.003,p99=20.000",
            "latency_percentiles_usec_get:p50=9.007,p99=3.000",
        ],
        "latency_percentiles_usec_get:p50=9.007,p99=20.000",
    );
}

#[test]
fn what_all_nodes_have_is_told_once_and_nothing_is_made_of_nothing() {
    check(
        "Modules",
        &[
            "module:name=a,ver=1 module:name=b,ver=2",
            "module:name=a,ver=1",
        ],
        "module:name=a,ver=1 module:name=b,ver=2",
    );
    for title in [
        "Memory",
        "Stats",
        "Persistence",
        "Modules",
        "Commandstats",
        "Keyspace",
    ] {
        check(title, &["", "odd"], "");
        check(title, &[], "");
    }
}
