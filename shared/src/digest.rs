//! Digests as they are written in names and the ledger: lower-case hex.

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};

/// SHA-256 of `bytes`, 64 hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut digest = Sha256::default();
    digest.update(bytes);
    digest.hex()
}

/// SHA-256 of a stream.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The first half of the digest: enough to tell values from each other, whoever made them up.
    #[must_use]
    pub fn half(self) -> u128 {
        let digest = self.0.finish();
        digest.as_ref().first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
    }

    /// The digest, 64 hex digits.
    #[must_use]
    pub fn hex(self) -> String {
        let mut text = String::with_capacity(64);
        for byte in self.0.finish().as_ref() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}
