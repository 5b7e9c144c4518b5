//! Who is sent something, and by which channel.

use rounds_shared::catalog::Channel;

use crate::post::mail;

/// One address of one channel.
///
/// The address has one spelling, because the ledger knows a recipient by it: two spellings would get two letters. It
/// belongs to a person, so that nothing here implements `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// How it is reached: email, SMS or chat.
    pub channel: Channel,
    /// A mail address, a telephone number in E.164, or the name of a chat room.
    pub address: String,
}

impl Recipient {
    /// Reads `ana@clinic.example`, `+351912345678` or `chat:NAME`. None where the text is none of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (channel, address) = if let Some(room) = text.strip_prefix("chat:") {
            (Channel::Chat, room_name(room)?)
        } else if text.starts_with('+') {
            (Channel::Sms, telephone(text)?)
        } else {
            (Channel::Email, mail::address(text)?)
        };
        Some(Self { channel, address })
    }
}

/// A number in E.164: `+`, a country code that does not begin with 0, 8 to 15 digits in all. What people put between
/// digits is left out.
fn telephone(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let digits = plain.strip_prefix('+')?;
    let is_number = (8..=15).contains(&digits.len())
        && digits.bytes().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    is_number.then_some(plain)
}

/// A name of the webhooks' secret, as it stands there.
fn room_name(text: &str) -> Option<String> {
    let name = text.trim();
    let is_name = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Channel, String)> {
        Recipient::parse(text).map(|recipient| (recipient.channel, recipient.address))
    }

    #[test]
    fn an_address_tells_its_channel_and_has_one_spelling() {
        assert_eq!(parsed(" Ana@Clinic.example "), Some((Channel::Email, "ana@clinic.example".to_owned())));
        assert_eq!(parsed("+351 912 345-678"), Some((Channel::Sms, "+351912345678".to_owned())));
        assert_eq!(parsed("+1 (555) 010-0199"), Some((Channel::Sms, "+15550100199".to_owned())));
        assert_eq!(parsed("chat:care-team"), Some((Channel::Chat, "care-team".to_owned())));
    }

    #[test]
    fn what_is_no_address_of_any_channel_is_refused() {
        for wrong in [
            "",
            "ana",
            "+",
            "+0123456789",
            "+1234567",
            "+1234567890123456",
            "+35191234567a",
            "351912345678",
            "++351912345678",
            "chat:",
            "chat:a b",
            "chat:ana@clinic.example",
            "chat:+351912345678",
            "chat:ä",
            "ana@b\r\nBcc: c@d",
        ] {
            assert!(parsed(wrong).is_none(), "{wrong:?}");
        }
    }
}
