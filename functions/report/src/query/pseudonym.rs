//! Pseudonyms: keyed hashes in the place of values that name a person.

use ring::hmac;
use rounds_shared::secret::{Secret, SecretError};
use serde::Deserialize;

/// Hex digits of a pseudonym: 128 bits.
const DIGITS: usize = 32;
/// Fewest hex digits of a key: 128 bits.
const KEY_DIGITS: usize = 32;

/// What the secret of `PSEUDONYM_SECRET_ARN` has to be.
pub const EXPECTED: &str = "a JSON object {\"key\": \"…\"} with at least 32 hex digits";

/// Makes pseudonyms with one key: the same value has the same pseudonym as long as the key is kept, and nobody without
/// the key can tell whose it is by trying values.
pub struct Pseudonyms(hmac::Key);

/// The secret's shape.
#[derive(Deserialize)]
struct Held {
    key: String,
}

impl Pseudonyms {
    /// With the key of a secret.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn of(secret: &Secret) -> Result<Self, SecretError> {
        let (Held { key }, _) = secret.read(false).await?;
        Self::with_key(&key).ok_or_else(|| secret.wrong_shape())
    }

    /// With a key in hex; none where it is too short, or no hex.
    #[must_use]
    pub fn with_key(hex: &str) -> Option<Self> {
        let digits: Option<Vec<u32>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits.filter(|digits| digits.len() >= KEY_DIGITS && digits.len().is_multiple_of(2))?;
        let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit));
        let bytes: Vec<u8> = bytes.map(u8::try_from).collect::<Result<_, _>>().ok()?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The pseudonym of a value: the first 32 hex digits of its HMAC-SHA256.
    #[must_use]
    pub fn replace(&self, value: &str) -> String {
        let tag = hmac::sign(&self.0, value.as_bytes());
        let digits = tag.as_ref().iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}"));
        digits.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_beginning_of_the_values_hmac() {
        // RFC 4231, test case 2, with its key `Jefe` made long enough by zeros, which HMAC adds by itself.
        let key = format!("{:0<32}", "4a656665");
        let pseudonyms = Pseudonyms::with_key(&key).unwrap();
        let pseudonym = pseudonyms.replace("what do ya want for nothing?");
        assert_eq!(pseudonym, "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn pseudonyms_are_stable_and_differ_by_value_and_by_key() {
        let [one, other] = ["a".repeat(64), "b".repeat(64)].map(|key| Pseudonyms::with_key(&key).unwrap());
        assert_eq!(one.replace("4711"), Pseudonyms::with_key(&"A".repeat(64)).unwrap().replace("4711"));
        assert_ne!(one.replace("4711"), one.replace("4712"));
        assert_ne!(one.replace("4711"), other.replace("4711"));
    }

    #[test]
    fn a_key_that_is_short_or_no_hex_is_none() {
        for wrong in ["", "abcd", &"g".repeat(64), &"é".repeat(32), &"a".repeat(31), &"a".repeat(33)] {
            assert!(Pseudonyms::with_key(wrong).is_none(), "{} digits", wrong.len());
        }
    }
}
