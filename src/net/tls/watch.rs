//! Whether files with certificates have changed.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::Credentials;
use crate::config::{Config, ConfigErrors};

/// Files that are looked at, and how they looked.
#[derive(Debug, Default)]
pub struct Watch {
    files: Vec<String>,
    /// As they were read.
    read: Vec<Option<Stamp>>,
    /// As they were at the last look.
    seen: Vec<Option<Stamp>>,
}

/// What changes when a file is written, replaced, or reached by another symbolic link; `None` if it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

// === impl Watch ===

impl Watch {
    /// Reads all files with certificates and keys that are needed. They are looked at before that, so what changes
    /// meanwhile is news.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub fn load(config: &Config) -> Result<(Credentials, Self), ConfigErrors> {
        let watch = Self::new(config);
        Ok((Credentials::load(config)?, watch))
    }

    /// Looks at the files of all certificates and keys that settings name.
    fn new(config: &Config) -> Self {
        let (tls, cluster) = (&config.tls, &config.cluster);
        let files = [
            &tls.cert_file,
            &tls.key_file,
            &tls.ca_cert_file,
            &cluster.tls_cert_file,
            &cluster.tls_key_file,
            &cluster.tls_ca_cert_file,
        ];
        let files: Vec<String> = files.into_iter().flatten().cloned().collect();
        let read = stamps(&files);
        let seen = read.clone();
        Self { files, read, seen }
    }

    /// Whether some file is another one than that which was read, and all have stayed the same since the last look:
    /// a certificate and its key seldom change in one step. Then they are to be read.
    pub fn has_news(&mut self) -> bool {
        let found = stamps(&self.files);
        let is_steady = found == self.seen;
        let has_news = is_steady && found != self.read;
        if has_news {
            // What changes while they are read is found by the next look.
            self.read.clone_from(&found);
        }
        self.seen = found;
        has_news
    }
}

fn stamps(files: &[String]) -> Vec<Option<Stamp>> {
    files.iter().map(|file| stamp(file)).collect()
}

fn stamp(file: &str) -> Option<Stamp> {
    let data = fs::metadata(file).ok()?;
    Some(Stamp {
        place: (data.dev(), data.ino()),
        size: data.size(),
        modified: (data.mtime(), data.mtime_nsec()),
        changed: (data.ctime(), data.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::Watch;
    use crate::config::Config;

    #[test]
    fn files_are_news_once_they_have_stayed_the_same() {
        let name = format!("corelane-certificates-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        for version in ["one", "two"] {
            fs::create_dir_all(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("cert"), "same length").unwrap();
        }
        // As Kubernetes mounts a Secret.
        symlink("one", folder.join("..data")).unwrap();
        symlink("..data/cert", folder.join("cert")).unwrap();
        let mut config = Config::default();
        config.tls.cert_file = Some(folder.join("cert").display().to_string());
        let mut watch = Watch::new(&config);
        assert!(!watch.has_news());
        symlink("two", folder.join("..new")).unwrap();
        fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
        assert!(!watch.has_news(), "it may be changing still");
        assert!(watch.has_news());
        assert!(!watch.has_news(), "it was read");
        fs::remove_file(folder.join("two/cert")).unwrap();
        assert!(!watch.has_news());
        assert!(watch.has_news(), "that it is gone has to be told");
        fs::remove_dir_all(folder).unwrap();
    }
}
