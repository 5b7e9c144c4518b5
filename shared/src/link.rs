//! Links that open objects for whoever has them: presigned, and honest about when they end.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, Credentials, ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_s3::presigning::PresigningConfig;
use jiff::Timestamp;

use crate::storage::StorageError;

/// What is promised where credentials are temporary and do not say how long they live, as those of Lambda.
const UNTOLD: Duration = Duration::from_secs(3600);

/// Makes links that open objects of a bucket.
#[derive(Clone)]
pub struct Links {
    s3: Client,
    credentials: Option<SharedCredentialsProvider>,
    bucket: String,
    /// How long a link should live.
    wish: Duration,
}

/// A link, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The address.
    pub url: String,
    /// It opens the object until then.
    pub expires: Timestamp,
    /// The object: `s3://bucket/key`.
    pub place: String,
}

impl Links {
    /// Links that live as long as `wish`, or as long as the credentials that sign them.
    #[must_use]
    pub fn new(sdk: &SdkConfig, bucket: String, wish: Duration) -> Self {
        Self { s3: Client::new(sdk), credentials: sdk.credentials_provider(), bucket, wish }
    }

    /// A link to an object of the bucket, which need not be there yet.
    ///
    /// # Errors
    /// [`StorageError`] where there are no credentials to sign it with.
    pub async fn to(&self, key: &str) -> Result<Signed, StorageError> {
        let unsigned = |code: &str| StorageError::Unavailable {
            action: "make a link to",
            bucket: self.bucket.clone(),
            key: key.to_owned(),
            code: code.to_owned(),
        };
        let provider = self.credentials.as_ref().ok_or_else(|| unsigned("no credentials"))?;
        let credentials = provider.provide_credentials().await.map_err(|_| unsigned("no credentials"))?;
        let now = SystemTime::now();
        let life = lifetime(self.wish, &credentials, now);
        let signed = PresigningConfig::builder().start_time(now).expires_in(life).build();
        // Signed with these credentials and no others, so that what is said of their life is true.
        let request = self.s3.get_object().bucket(&self.bucket).key(key).customize();
        let request = request.config_override(Config::builder().credentials_provider(credentials));
        let signed = request.presigned(signed.map_err(|_| unsigned("no time to live"))?).await;
        let signed = signed.map_err(|_| unsigned("it could not be signed"))?;
        Ok(Signed {
            url: signed.uri().to_owned(),
            expires: Timestamp::try_from(now + life).map_err(|_| unsigned("beyond the calendar"))?,
            place: format!("s3://{}/{key}", self.bucket),
        })
    }
}

/// How long a link lives that is signed now, in whole seconds: signatures know no parts of them.
fn lifetime(wish: Duration, credentials: &Credentials, now: SystemTime) -> Duration {
    let left = match credentials.expiry() {
        Some(end) => end.duration_since(now).unwrap_or_default(),
        None if credentials.session_token().is_some() => UNTOLD,
        None => wish,
    };
    Duration::from_secs(wish.min(left).as_secs())
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::Region;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const KEY: &str = "reports/mis/cancelled/2026-11-21/cancelled.xlsx";

    fn credentials(token: Option<&str>, expiry: Option<SystemTime>) -> Credentials {
        Credentials::new("AKID", "secret", token.map(str::to_owned), expiry, "test")
    }

    async fn link(credentials: Credentials) -> Signed {
        let sdk = crate::aws::sdk_config().await.into_builder().region(Region::new("us-east-1"));
        let sdk = sdk.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
        Links::new(&sdk, "lake".to_owned(), 12 * HOUR).to(KEY).await.unwrap()
    }

    #[test]
    fn a_link_lives_as_wished_or_as_long_as_its_credentials() {
        let now = SystemTime::UNIX_EPOCH;
        let life = |token, expiry: Option<Duration>| {
            lifetime(12 * HOUR, &credentials(token, expiry.map(|life| now + life)), now)
        };
        assert_eq!(life(None, None), 12 * HOUR, "permanent credentials");
        assert_eq!(life(Some("token"), None), HOUR, "temporary ones that do not say");
        assert_eq!(life(Some("token"), Some(6 * HOUR)), 6 * HOUR);
        assert_eq!(life(Some("token"), Some(48 * HOUR)), 12 * HOUR);
        assert_eq!(life(Some("token"), Some(Duration::from_millis(1999))), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn what_a_link_says_of_its_end_is_what_is_signed() {
        let end = SystemTime::now() + 2 * HOUR;
        let link = link(credentials(Some("token"), Some(end))).await;
        let seconds = link.url.split("X-Amz-Expires=").nth(1).unwrap().split('&').next().unwrap();
        let seconds: u64 = seconds.parse().unwrap();
        assert!((7190..=7200).contains(&seconds), "{seconds}");
        let told = SystemTime::from(link.expires);
        assert!(told <= end && told + Duration::from_secs(2) >= end);
        assert!(link.url.contains("X-Amz-Security-Token=token") && link.url.contains("/reports/mis/"));
        assert_eq!(link.place, format!("s3://lake/{KEY}"));
    }
}
