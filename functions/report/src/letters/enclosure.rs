//! How files come to a recipient: attached, or by a link where they are too large or the deployment wants it so.

use rounds_shared::storage::StorageError;

use crate::letters::link::{self, Links};
use crate::rendering::content::{Enclosure, File, Picture};

/// What a deployment wants of attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether files are attached at all (`ATTACHMENTS`).
    pub attach: bool,
    /// Most bytes of pictures and attachments in a mail, as they are encoded (`MAIL_MAX_BYTES`).
    pub mail_bytes: usize,
}

/// Encloses files: attached as far as the limits allow, the largest linked first.
///
/// # Errors
/// [`StorageError`] where a link cannot be made.
pub async fn enclose(
    files: Vec<File>,
    pictures: &[Picture],
    limits: Limits,
    links: &Links,
) -> Result<Vec<Enclosure>, StorageError> {
    let sizes: Vec<usize> = files.iter().map(|file| encoded(file.content.len())).collect();
    let drawn: usize = pictures.iter().map(|picture| encoded(picture.png.len())).sum();
    let room = limits.mail_bytes.saturating_sub(drawn);
    let attached = if limits.attach { attached(&sizes, room) } else { vec![false; sizes.len()] };
    let mut enclosures = Vec::new();
    for (file, is_attached) in files.into_iter().zip(attached) {
        enclosures.push(match is_attached {
            true => Enclosure::Attached(file),
            false => Enclosure::Linked(link::to(links, &file).await?),
        });
    }
    Ok(enclosures)
}

/// Bytes that content takes up in a mail: base64 in lines of 76 characters.
const fn encoded(bytes: usize) -> usize {
    let letters = bytes.div_ceil(3).saturating_mul(4);
    letters.saturating_add(letters.div_ceil(76).saturating_mul(2))
}

/// Which of these sizes fit into `room` together, when the largest ones are left out first.
fn attached(sizes: &[usize], room: usize) -> Vec<bool> {
    let mut attached = vec![true; sizes.len()];
    let mut total = sizes.iter().fold(0_usize, |sum, size| sum.saturating_add(*size));
    while total > room {
        let left = attached.iter_mut().zip(sizes).filter(|(is_attached, _)| **is_attached);
        let Some((largest, size)) = left.max_by_key(|(_, size)| **size) else { break };
        *largest = false;
        total = total.saturating_sub(*size);
    }
    attached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_file_gives_way_first() {
        assert_eq!(attached(&[3, 9, 5], 17), [true, true, true]);
        assert_eq!(attached(&[3, 9, 5], 16), [true, false, true]);
        assert_eq!(attached(&[3, 9, 5], 7), [true, false, false]);
        assert_eq!(attached(&[3, 9, 5], 2), [false, false, false]);
        assert_eq!(attached(&[], 0), [true; 0]);
    }

    #[test]
    fn sizes_count_as_a_mail_holds_them() {
        assert_eq!(encoded(0), 0);
        assert_eq!(encoded(1), 6, "four letters and the end of their line");
        assert_eq!(encoded(57), 78, "a full line");
        assert_eq!(encoded(3_000_000), 4_105_264);
    }
}
