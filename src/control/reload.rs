//! Settings that change while the process runs: on SIGHUP, or when a file of them has changed.
//!
//! Files are looked at once a second rather than watched: that works for every file system, for files that are
//! replaced and for links that are turned, as Kubernetes does with a `ConfigMap`. A file that is just being written is
//! waited for: it is read when it has stayed the same from one look to the next. Until then, and if anything is wrong
//! with it, the settings in force stay as they are, all of them.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::{Control, has_fired};
use crate::config::{Changes, Config, ConfigErrors, LogLevel};
use crate::metrics::{Reload, Reloads};
use crate::net::tls;

/// Reads the settings of this process again.
pub struct Loader {
    /// Reads and checks them, with the flags of the command line.
    pub load: Box<dyn Fn() -> Result<Config, ConfigErrors> + Send>,
    /// The settings file, if there is one.
    pub file: Option<PathBuf>,
}

/// The files, as they were when they were looked at last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    loader: Option<Loader>,
    /// As they were read.
    read: Vec<Option<Stamp>>,
    /// As they were at the last look.
    seen: Vec<Option<Stamp>>,
    next: Duration,
}

/// What changes when a file does: device, inode, size, and the times of the last changes in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp([u64; 3], [i64; 4]);

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

// === impl Watch ===

impl Watch {
    pub(super) fn new(loader: Loader, config: &Config) -> Self {
        let now = stamps(&loader, config);
        Self {
            loader: Some(loader),
            read: now.clone(),
            seen: now,
            next: Duration::ZERO,
        }
    }

    /// Whether the files have changed and are whole, as far as that can be told.
    fn has_news(&mut self, config: &Config, now: Duration) -> bool {
        let Some(loader) = self.loader.as_ref().filter(|_| now >= self.next) else {
            return false;
        };
        self.next = now + LOOK_EVERY;
        let found = stamps(loader, config);
        let is_steady = found == self.seen;
        self.seen = found;
        is_steady && self.seen != self.read
    }
}

fn stamps(loader: &Loader, config: &Config) -> Vec<Option<Stamp>> {
    let users = config.clients.users.iter();
    let files = [
        &loader.file,
        &config.cluster.password_file,
        &config.clients.password_file,
    ];
    let files = files
        .into_iter()
        .chain(users.map(|user| &user.password_file));
    files.flatten().map(|file| stamp(file)).collect()
}

fn stamp(file: &Path) -> Option<Stamp> {
    let data = std::fs::metadata(file).ok()?;
    let times = [
        data.mtime(),
        data.mtime_nsec(),
        data.ctime(),
        data.ctime_nsec(),
    ];
    Some(Stamp([data.dev(), data.ino(), data.size()], times))
}

// === impl Control ===

impl Control {
    /// Gives it the way to read the settings again.
    #[must_use]
    pub fn with_loader(mut self, loader: Loader) -> Self {
        self.watch = Watch::new(loader, &self.config);
        self
    }

    /// Reads the settings again if somebody wants that or a file has changed.
    pub(super) fn look_at_settings(&mut self) {
        let is_told = has_fired(&self.signals.reload);
        let has_changed = self.watch.has_news(&self.config, self.clock.elapsed());
        if self.drain.is_some() || !(is_told || has_changed) {
            return;
        }
        let Some(loader) = &self.watch.loader else {
            return;
        };
        // Before they are read: what changes meanwhile is found by the next look.
        let read = stamps(loader, &self.config);
        let loaded = (loader.load)();
        let outcome = loaded.and_then(|new| self.adopt(new));
        self.watch.read = read;
        self.note_reload(outcome);
    }

    /// Puts new settings into force, as far as that is possible without a restart.
    fn adopt(&mut self, new: Config) -> Result<Changes, ConfigErrors> {
        let mut config = self.config.clone();
        let changes = config.adopt(new);
        // Together with those that stay they must still make sense.
        config.check()?;
        // Read anew, whether or not it has changed, as who asks for it expects.
        let (credentials, watch) = tls::Watch::load(&config)?;
        let cluster = &config.cluster;
        let now = self.clock.elapsed();
        self.schedule
            .set(cluster.refresh_interval, cluster.refresh_interval_min, now);
        self.book.set_interval(cluster.commands_interval, now);
        let is_about_nodes = |path: &&str| path.starts_with("cluster.") || **path == *"seeds";
        if changes.live.iter().any(is_about_nodes) {
            self.broadcast.renew_map();
            self.state.borrow_mut().map = Rc::clone(self.broadcast.map());
        }
        if changes.live.contains(&"log.level") {
            set_log_level(config.log.level);
        }
        self.config = config;
        // For what control asks nodes, too.
        self.renew_credentials(credentials, watch);
        Ok(changes)
    }

    fn note_reload(&mut self, outcome: Result<Changes, ConfigErrors>) {
        let mut state = self.state.borrow_mut();
        let reloads = &mut state.reloads;
        match outcome {
            Err(errors) => {
                reloads.refused += 1;
                reloads.last = Reload::Refused;
                for error in &errors.0 {
                    log::error!("settings: {error}");
                }
                log::error!("the settings are bad, those in force stay");
            }
            Ok(Changes { live, fixed }) => {
                reloads.last = Reload::Good;
                reloads.need_restart = fixed.len() as u64;
                if live.is_empty() {
                    reloads.unchanged += 1;
                    log::info!("settings read again, nothing new is in force");
                } else {
                    reloads.changed += 1;
                    log::info!("settings read again, in force: {}", live.join(", "));
                }
                if !fixed.is_empty() {
                    log::warn!("settings that need a restart: {}", fixed.join(", "));
                }
            }
        }
        let reloads: Reloads = *reloads;
        drop(state);
        self.broadcast.put_settings(&self.config, reloads);
    }
}

/// Writes more or less to the log; what the variable `RUST_LOG` says stays in force.
fn set_log_level(level: LogLevel) {
    if std::env::var_os("RUST_LOG").is_none()
        && let Ok(filter) = level.name().parse()
    {
        log::set_max_level(filter);
    }
}

// === impl Loader ===

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::{Loader, Watch};
    use crate::config::Config;

    #[test]
    fn a_file_is_news_once_it_has_stayed_the_same() {
        let name = format!("corelane-watch-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for version in ["one", "two"] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("f"), "same length").unwrap();
        }
        // As Kubernetes mounts a ConfigMap.
        symlink("one", folder.join("..data")).unwrap();
        symlink("..data/f", folder.join("f")).unwrap();
        let config = Config::default();
        let loader = Loader {
            load: Box::new(|| Ok(Config::default())),
            file: Some(folder.join("f")),
        };
        let mut watch = Watch::new(loader, &config);
        assert!(!watch.has_news(&config, Duration::ZERO));
        let mut second = 0;
        let mut look = |watch: &mut Watch| {
            second += 1;
            assert!(!watch.has_news(&config, Duration::from_millis(second * 1000 - 1)));
            watch.has_news(&config, Duration::from_secs(second))
        };
        assert!(!look(&mut watch) && !look(&mut watch));
        symlink("two", folder.join("..new")).unwrap();
        fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
        assert!(!look(&mut watch), "it may be changing still");
        assert!(look(&mut watch));
        watch.read = watch.seen.clone();
        assert!(!look(&mut watch), "it was read");
        fs::remove_file(folder.join("two/f")).unwrap();
        assert!(!look(&mut watch));
        assert!(look(&mut watch), "it is gone, which is an error to be told");
        fs::remove_dir_all(folder).unwrap();
    }
}
