//! The body of an upload, counted on its way out.

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use http_body::{Body, Frame, SizeHint};
use indicatif::ProgressBar;

use crate::error::{Error, Result};
use crate::terminal::Step;

/// From how many bytes on a person wants to see how far they are.
const LARGE: u64 = 4 << 20;

/// The bytes of a file; where they are many, `step` shows how many went out.
pub(crate) async fn body(file: &Path, bytes: u64, step: &Step) -> Result<ByteStream> {
    let body = ByteStream::from_path(file).await;
    let body = body.map_err(|error| Error::unread(file)(error.into()))?;
    let bar = if bytes < LARGE { None } else { step.bytes(bytes) };
    Ok(match bar {
        Some(bar) => body.map(move |body| Counted::of(body, bar.clone())),
        None => body,
    })
}

/// A body, and the bar on which its bytes are counted.
struct Counted {
    body: SdkBody,
    bar: ProgressBar,
}

impl Counted {
    /// The SDK makes a body again for each attempt: then the bar begins anew.
    fn of(body: SdkBody, bar: ProgressBar) -> SdkBody {
        bar.set_position(0);
        SdkBody::from_body_1_x(Self { body, bar })
    }
}

impl Body for Counted {
    type Data = <SdkBody as Body>::Data;
    type Error = <SdkBody as Body>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Self::Data>, Self::Error>>> {
        let Self { body, bar } = self.get_mut();
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let bytes = frame.data_ref().map_or(0, |data| data.len());
            bar.inc(u64::try_from(bytes).unwrap_or_default());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_attempt_sends_the_whole_file_and_counts_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("charges.csv");
        let content = "1,2,3\n".repeat(20_000);
        std::fs::write(&file, &content).unwrap();
        let bytes = u64::try_from(content.len()).unwrap();
        let bar = ProgressBar::hidden();
        let shown = bar.clone();
        let body = ByteStream::from_path(&file).await.unwrap();
        let body = body.map(move |body| Counted::of(body, shown.clone()));
        assert_eq!(body.size_hint(), (bytes, Some(bytes)), "S3 wants the length before the first byte");
        let body = body.into_inner();
        let attempt = || ByteStream::new(body.try_clone().unwrap());
        attempt().next().await.unwrap().unwrap();
        assert!((1..bytes).contains(&bar.position()), "it breaks off");
        assert_eq!(attempt().collect().await.unwrap().to_vec(), content.as_bytes());
        assert_eq!(bar.position(), bytes);
    }
}
