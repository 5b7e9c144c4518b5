//! Letters, made when the first recipient is due: one for everybody, or of the rows that each was not sent.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_postgres::Client;

use super::share::Share;
use super::{Lake, Writer};
use crate::delivery::{Letters, Prepared};
use crate::error::Reason;
use crate::post::mail::Letter;

/// One letter for everybody, made when the first is due: where everybody was sent it before, what is kept of it and the
/// figures of its run stay as they went out.
pub struct Same<'a, L> {
    writer: &'a Writer<'a, L>,
    share: &'a Share,
    /// The letter, once it was made; none in it where there is nothing to report.
    made: Mutex<Option<Option<Arc<Letter>>>>,
}

impl<'a, L: Lake> Same<'a, L> {
    /// The letter of a share.
    #[must_use]
    pub fn new(writer: &'a Writer<'a, L>, share: &'a Share) -> Self {
        Self { writer, share, made: Mutex::new(None) }
    }

    /// Makes the letter, unless that was done.
    ///
    /// # Errors
    /// See [`Reason`].
    pub async fn letter(&self, client: &Client) -> Result<Option<Arc<Letter>>, Reason> {
        let mut made = self.made.lock().await;
        if let Some(letter) = made.as_ref() {
            return Ok(letter.clone());
        }
        let is_first = self.writer.copy.is_empty();
        let letter = self.writer.write(client, self.share.clone(), None, is_first).await?;
        *made = Some(letter.clone());
        Ok(letter)
    }
}

impl<L: Lake> Letters for Same<'_, L> {
    fn row_keys(&self) -> &[String] {
        &[]
    }

    async fn prepare(&self, client: &Client, _: &HashSet<String>) -> Result<Option<Prepared>, Reason> {
        let letter = self.letter(client).await?;
        Ok(letter.map(|letter| Prepared { letter, row_keys: Vec::new() }))
    }
}

/// Letters of a report with `once_per`: each recipient gets the rows that it was not sent before.
pub struct Remaining<'a, L> {
    writer: &'a Writer<'a, L>,
    share: &'a Share,
    /// Rows of the letter that is sent once more; none for the first.
    original: Option<HashSet<String>>,
    /// The letter made last: recipients mostly get the same.
    made: Mutex<Option<Made>>,
}

/// The letter of some rows; none where there is nothing to report.
struct Made {
    rows: Vec<usize>,
    letter: Option<Arc<Letter>>,
}

impl<'a, L: Lake> Remaining<'a, L> {
    /// Letters of a share's rows; with `original` of these rows and no others, whatever was sent before.
    #[must_use]
    pub fn new(writer: &'a Writer<'a, L>, share: &'a Share, original: Option<HashSet<String>>) -> Self {
        Self { writer, share, original, made: Mutex::new(None) }
    }

    async fn letter(&self, client: &Client, kept: &[usize]) -> Result<Option<Arc<Letter>>, Reason> {
        let mut made = self.made.lock().await;
        if let Some(made) = made.as_ref().filter(|made| made.rows == kept) {
            return Ok(made.letter.clone());
        }
        let is_first = self.original.is_none();
        let sent_before = is_first.then(|| self.share.row_keys.len() - kept.len());
        let letter = self.writer.write(client, self.share.only(kept), sent_before, is_first).await?;
        *made = Some(Made { rows: kept.to_vec(), letter: letter.clone() });
        Ok(letter)
    }
}

impl<L: Lake> Letters for Remaining<'_, L> {
    fn row_keys(&self) -> &[String] {
        &self.share.row_keys
    }

    async fn prepare(&self, client: &Client, sent: &HashSet<String>) -> Result<Option<Prepared>, Reason> {
        let is_kept = |key: &String| match &self.original {
            Some(original) => original.contains(key),
            None => !sent.contains(key),
        };
        let kept = self.share.row_keys.iter().enumerate().filter(|(_, key)| is_kept(key));
        let (kept, row_keys): (Vec<usize>, Vec<String>) =
            kept.map(|(place, key)| (place, key.clone())).unzip();
        if kept.is_empty() && self.original.as_ref().is_some_and(|original| !original.is_empty()) {
            return Err(Reason::Vanished);
        }
        let letter = self.letter(client, &kept).await?;
        Ok(letter.map(|letter| Prepared { letter, row_keys }))
    }
}
