//! Part of a file on the temp disk, to be put as an object.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Bytes that are read at a time.
const CHUNK: u64 = 64 << 10;

/// Part of a file, by position, so that others may be read at the same time. The file needs no name: the kernel takes it
/// back with the process, however that ends.
#[derive(Debug, Clone)]
pub struct Stretch {
    file: Arc<File>,
    range: Range<u64>,
}

impl Stretch {
    /// The bytes of a file in this range.
    #[must_use]
    pub fn new(file: Arc<File>, range: Range<u64>) -> Self {
        Self { file, range }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// All of them.
    ///
    /// # Errors
    /// The disk's.
    pub fn read(mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next()? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// The body of a request, which the SDK may make again.
    pub(crate) fn body(self) -> ByteStream {
        ByteStream::new(SdkBody::retryable(move || SdkBody::from_body_1_x(self.clone())))
    }

    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let size = CHUNK.min(self.bytes());
        if size == 0 {
            return Ok(None);
        }
        let mut chunk = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut chunk, self.range.start)?;
        self.range.start += size;
        Ok(Some(chunk.into()))
    }
}

impl Body for Stretch {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.get_mut().next().transpose().map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[tokio::test]
    async fn stretches_of_one_file_are_read_in_any_order_and_again() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..200_000_u32).map(|byte| (byte % 251) as u8).collect();
        file.write_all(&content).unwrap();
        let file = Arc::new(file);
        for range in [70_000..200_000_usize, 0..70_000, 5..5, 70_000..200_000] {
            let stretch = Stretch::new(Arc::clone(&file), range.start as u64..range.end as u64);
            assert_eq!(stretch.bytes(), range.len() as u64);
            assert!(stretch.clone().read().unwrap() == content[range.clone()]);
            let body = stretch.body();
            assert_eq!(body.size_hint().1, Some(range.len() as u64));
            assert!(body.collect().await.unwrap().to_vec() == content[range]);
        }
    }

    #[test]
    fn a_file_that_is_shorter_is_an_error() {
        assert!(Stretch::new(Arc::new(tempfile::tempfile().unwrap()), 0..1).read().is_err());
    }
}
