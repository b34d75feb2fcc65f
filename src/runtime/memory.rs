//! How much memory the control group grants this process, and what `limits.memory_max` may be therefore.
//!
//! Whoever goes beyond what the group grants is killed, with all clients at once. So buffers get three quarters of it at
//! most, whatever the settings say; the rest is for what is not counted: the program, the allocator's rest, keys of
//! TLS sessions, lists.

use std::path::Path;

use crate::config::{Config, MEMORY_MIN_PER_WORKER, units};
use crate::control::Loader;

/// The settings, and those that are read later, with no more memory for buffers than the control group allows.
pub(super) fn bound_all(mut config: Config, loader: Loader, workers: usize) -> (Config, Loader) {
    bound(&mut config, workers);
    let Loader { load, file } = loader;
    let load = Box::new(move || {
        let mut config = load()?;
        bound(&mut config, workers);
        Ok(config)
    });
    (config, Loader { load, file })
}

/// Lowers `limits.memory_max` to what the control group allows with so many workers, and says so.
fn bound(config: &mut Config, workers: usize) {
    let membership = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let Some(granted) = granted(&membership, Path::new("/sys/fs/cgroup")) else {
        return;
    };
    if let Some(said) = lower(&mut config.limits.memory_max, granted, workers) {
        log::warn!("{said}");
    }
}

/// Lowers a limit to what fits into `granted` bytes; what there is to say about it.
fn lower(memory_max: &mut usize, granted: usize, workers: usize) -> Option<String> {
    let least = MEMORY_MIN_PER_WORKER.saturating_mul(workers.max(1));
    let most = (granted / 4 * 3).max(least);
    if *memory_max != 0 && *memory_max <= most {
        return None;
    }
    let set = match *memory_max {
        0 => "no limit".to_owned(),
        bytes => units::print_size(bytes),
    };
    *memory_max = most;
    let (granted, most) = (units::print_size(granted), units::print_size(most));
    Some(format!(
        "the control group grants {granted} of memory: buffers get {most} and not limits.memory_max ({set})"
    ))
}

/// Bytes that the control groups of a process allow, by its `/proc/self/cgroup` and with their file system at `root`;
/// `None` without a limit.
fn granted(membership: &str, root: &Path) -> Option<usize> {
    let limits = membership.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, group) = rest.split_once(':')?;
        if controllers.is_empty() {
            return smallest(root, group, "memory.max");
        }
        let has_memory = controllers.split(',').any(|name| name == "memory");
        has_memory
            .then(|| smallest(&root.join("memory"), group, "memory.limit_in_bytes"))
            .flatten()
    });
    limits.min()
}

/// The smallest number in the files `name` of a group and those around it: any of them may have a limit.
fn smallest(root: &Path, group: &str, name: &str) -> Option<usize> {
    let around = Path::new(group).ancestors();
    let limits = around.filter_map(|group| {
        let relative = group.strip_prefix("/").unwrap_or(group);
        let text = std::fs::read_to_string(root.join(relative).join(name)).ok()?;
        text.trim().parse().ok()
    });
    // Without a limit it is a word, or in the older version the largest number of pages.
    limits.filter(|bytes| *bytes < NO_LIMIT).min()
}

/// From here on a limit is none.
const NO_LIMIT: usize = 1 << 60;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{MEMORY_MIN_PER_WORKER, granted, lower};

    const MIB: usize = 1 << 20;

    #[test]
    fn the_smallest_limit_on_the_way_to_the_root_counts() {
        let root = std::env::temp_dir().join(format!("corelane-cgroup-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("memory.max", "max\n");
        write("pod/memory.max", "536870912\n");
        write("pod/one/memory.max", "max\n");
        write("pod/two/memory.max", "268435456\n");
        write("memory/old/memory.limit_in_bytes", "104857600\n");
        write("memory/free/memory.limit_in_bytes", "9223372036854771712\n");
        for (membership, expected) in [
            ("0::/pod/one\n", Some(512 * MIB)),
            ("0::/pod/two\n", Some(256 * MIB)),
            ("0::/pod/two/elsewhere\n", Some(256 * MIB)),
            ("0::/\n", None),
            ("0::/other\n", None),
            ("4:cpu,memory:/old\n0::/\n", Some(100 * MIB)),
            ("4:memory:/free\n0::/\n", None),
            ("4:memory:/old\n0::/pod/two\n", Some(100 * MIB)),
            ("4:cpu:/old\n", None),
            ("nonsense\n1:\n:::\n", None),
            ("", None),
        ] {
            assert_eq!(granted(membership, &root), expected, "{membership:?}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn buffers_get_three_quarters_at_most() {
        for (set, grants, workers, expected) in [
            (1024 * MIB, 4096 * MIB, 2, 1024 * MIB),
            (1024 * MIB, 512 * MIB, 2, 384 * MIB),
            (0, 512 * MIB, 2, 384 * MIB),
            (384 * MIB, 512 * MIB, 2, 384 * MIB),
            // A worker could do nothing with less.
            (1024 * MIB, 16 * MIB, 2, 2 * MEMORY_MIN_PER_WORKER),
        ] {
            let mut memory_max = set;
            let said = lower(&mut memory_max, grants, workers);
            assert_eq!(memory_max, expected, "{set} of {grants}");
            assert_eq!(said.is_some(), set != expected, "{said:?}");
        }
    }
}
