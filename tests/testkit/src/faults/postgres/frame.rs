//! As much of PostgreSQL's protocol, version 3, as tells one message from the next and what it says.

use std::io::{self, Read, Write};

/// Longest message that is passed on, in bytes.
const LONGEST: usize = 64 << 20;

/// Codes by which a client asks for encryption (TLS, GSSAPI) before it begins.
const ENCRYPTION: [[u8; 4]; 2] = [80_877_103_i32.to_be_bytes(), 80_877_104_i32.to_be_bytes()];

/// A message with its kind and length.
pub(super) struct Frame(Vec<u8>);

impl Frame {
    /// # Errors
    /// The connection's; the message is longer than 64 MiB.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let mut bytes = kind.to_vec();
        bytes.extend(counted(from)?);
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The statement of a Query, or of a Parse behind the name that it gets.
    pub(super) fn statement(&self) -> Option<&str> {
        let text = match self.0.split_first_chunk::<5>()? {
            ([b'Q', ..], text) => text,
            ([b'P', ..], named) => named.splitn(2, |byte| *byte == 0).nth(1)?,
            _ => return None,
        };
        word(text)
    }

    /// Whether it is a piece of a COPY.
    pub(super) fn is_rows(&self) -> bool {
        self.0.starts_with(b"d")
    }

    /// The tag of a statement that is done. What begins as a client's Close does is none.
    pub(super) fn tag(&self) -> Option<&str> {
        match self.0.split_first_chunk::<5>()? {
            ([b'C', ..], tag) => word(tag),
            _ => None,
        }
    }
}

/// The text before the first zero, without the blanks around it.
fn word(bytes: &[u8]) -> Option<&str> {
    let text = bytes.split(|byte| *byte == 0).next()?;
    std::str::from_utf8(text).ok().map(str::trim)
}

/// The message that begins a session. A wish for encryption before it is declined, as the server behind would.
///
/// # Errors
/// The connection's.
pub(super) fn start(client: &mut (impl Read + Write)) -> io::Result<Vec<u8>> {
    loop {
        let bytes = counted(client)?;
        if !ENCRYPTION.iter().any(|code| bytes.ends_with(code) && bytes.len() == 8) {
            return Ok(bytes);
        }
        client.write_all(b"N")?;
    }
}

/// A length, which counts itself, and what it counts.
fn counted(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let rest = usize::try_from(u32::from_be_bytes(length)).ok().and_then(|length| length.checked_sub(4));
    let rest = rest.filter(|rest| *rest <= LONGEST).ok_or(io::ErrorKind::InvalidData)?;
    let mut bytes = length.to_vec();
    bytes.resize(4 + rest, 0);
    let (_, body) = bytes.split_at_mut(4);
    from.read_exact(body)?;
    Ok(bytes)
}
