//! Passwords as digests: only these are kept for comparing, and all comparisons take the same time.

use sha2::{Digest as _, Sha256};

use crate::config::Secret;

/// The SHA-256 of a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Digest([u8; DIGEST_BYTES]);

const DIGEST_BYTES: usize = 32;

/// Stands before the digest of a password in hexadecimal, where the password itself is not to be written.
const DIGEST_PREFIX: &str = "sha256:";

/// No password is longer; hashing what a client sends must not hold up the others.
pub(super) const PASSWORD_BYTES_MAX: usize = 16 * 1024;

// === impl Digest ===

impl Digest {
    /// The digest of a password that a client gives.
    pub(super) fn of(password: &[u8]) -> Self {
        // One that is too long is none; settings cannot hold it either.
        let password = password.get(..PASSWORD_BYTES_MAX + 1).unwrap_or(password);
        Self(Sha256::digest(password).into())
    }

    /// The digest of a password of the settings, which is the password or `sha256:` and its digest.
    pub(super) fn read(secret: &Secret) -> Result<Self, &'static str> {
        let text = secret.reveal();
        match text.strip_prefix(DIGEST_PREFIX) {
            Some(hex) => parse_hex(hex)
                .map(Self)
                .ok_or("behind sha256: the digest of a password, as 64 hexadecimal digits"),
            None if text.len() > PASSWORD_BYTES_MAX => Err("a password of at most 16KiB"),
            None => Ok(Self::of(text.as_bytes())),
        }
    }

    /// Whether this is one of the digests; takes the same time for each of them.
    pub(super) fn is_among(&self, digests: &[Self]) -> bool {
        digests
            .iter()
            .fold(false, |found, digest| found | self.is(digest))
    }

    fn is(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let differing = pairs.fold(0_u8, |seen, (a, b)| seen | (a ^ b));
        std::hint::black_box(differing) == 0
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Secret::MASK)
    }
}

fn parse_hex(hex: &str) -> Option<[u8; DIGEST_BYTES]> {
    let mut digest = [0; DIGEST_BYTES];
    if hex.len() != 2 * DIGEST_BYTES {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(value).ok()?;
        }
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::{Digest, PASSWORD_BYTES_MAX};
    use crate::config::Secret;

    /// Of "hunter2", as `sha256sum` prints it.
    const HEX: &str = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";

    fn read(text: &str) -> Result<Digest, &'static str> {
        Digest::read(&Secret::new(text))
    }

    #[test]
    fn a_password_and_its_digest_are_the_same() {
        let given = Digest::of(b"hunter2");
        assert_eq!(read("hunter2"), Ok(given.clone()));
        assert_eq!(read(&format!("sha256:{HEX}")), Ok(given.clone()));
        let upper = HEX.to_ascii_uppercase();
        assert_eq!(read(&format!("sha256:{upper}")), Ok(given));
        assert_ne!(read(HEX), read("hunter2"), "the prefix tells them apart");
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for text in ["sha256:", "sha256:12", &format!("sha256:{HEX}0")] {
            assert!(read(text).is_err(), "{text}");
        }
        let wrong = format!("sha256:{}g", &HEX[..63]);
        assert!(read(&wrong).is_err());
        let accent = format!("sha256:{}é", &HEX[..62]);
        assert!(read(&accent).is_err());
    }

    #[test]
    fn long_passwords_are_refused_and_never_match() {
        let long = "x".repeat(PASSWORD_BYTES_MAX);
        let digest = read(&long).unwrap();
        assert!(Digest::of(long.as_bytes()).is_among(std::slice::from_ref(&digest)));
        let longer = long + "x";
        assert!(read(&longer).is_err());
        assert!(!Digest::of(longer.as_bytes()).is_among(&[digest]));
    }

    #[test]
    fn any_of_several_will_do() {
        let own = [read("a").unwrap(), read("b").unwrap()];
        for (given, expected) in [("a", true), ("b", true), ("c", false), ("", false)] {
            assert_eq!(
                Digest::of(given.as_bytes()).is_among(&own),
                expected,
                "{given}"
            );
        }
        assert!(!Digest::of(b"a").is_among(&[]));
        assert_eq!(format!("{own:?}"), "[***, ***]");
    }
}
