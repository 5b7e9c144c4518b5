//! Links to files that are not attached.

pub use rounds_shared::link::Links;
use rounds_shared::storage::StorageError;

use crate::rendering::content::{File, Link};

/// A link to a file, which need not be stored yet.
///
/// # Errors
/// [`StorageError`] where there are no credentials to sign it with.
pub async fn to(links: &Links, file: &File) -> Result<Link, StorageError> {
    let signed = links.to(&file.key).await?;
    let (name, bytes) = (file.name.clone(), file.content.len());
    Ok(Link { name, bytes, url: signed.url, expires: signed.expires, place: Some(signed.place) })
}
