//! The application as it is deployed: the function programs, each in a zip, the state machines, and the template.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use ring::digest::{Context, SHA256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::terminal::Step;

const FUNCTIONS: [&str; 5] = ["ingest", "transform", "load", "report", "collect"];
/// What is uploaded as it stands in the checkout, by name and folder.
const FILES: [(&str, &str); 6] = [
    ("template.yaml", "infra"),
    ("pipeline.asl.json", "statemachine"),
    ("rounds.asl.json", "statemachine"),
    ("collect.asl.json", "statemachine"),
    ("export.asl.json", "statemachine"),
    ("clean_up.asl.json", "statemachine"),
];

/// One state of the application.
pub(crate) struct Release {
    programs: Vec<(&'static str, PathBuf)>,
    files: Vec<(&'static str, PathBuf)>,
}

impl Release {
    /// The function programs that were built together with this program, and the checkout's template and machines.
    pub(crate) fn beside_this_program(checkout: &Checkout) -> Result<Self> {
        let this = std::env::current_exe().map_err(Error::file(Path::new("rounds")))?;
        let built = FUNCTIONS.map(|name| (name, this.with_file_name(name)));
        if let Some((_, missing)) = built.iter().find(|(_, program)| !program.is_file()) {
            return Err(Error::NotBuilt(missing.clone()));
        }
        let file = |(name, folder)| Ok((name, checkout.file(&format!("{folder}/{name}"))?));
        let files = FILES.into_iter().map(file).collect::<Result<_>>()?;
        Ok(Self { programs: built.to_vec(), files })
    }

    /// Uploads the code unless the whole of it is there, and answers its folder, which is named by the content.
    pub(crate) async fn upload(&self, s3: &aws_sdk_s3::Client, bucket: &str) -> Result<String> {
        let step = Step::start("Code of the functions");
        let prefix = self.fingerprint()?;
        if self.is_there(s3, bucket, &prefix).await? {
            step.done("unchanged");
            return Ok(prefix);
        }
        for (name, program) in &self.programs {
            step.note(name);
            let zip = ByteStream::from(zipped(program)?);
            put(s3, bucket, &format!("{prefix}/{name}.zip"), zip).await?;
        }
        for (name, file) in &self.files {
            let text = fs::read(file).map_err(Error::file(file))?;
            put(s3, bucket, &format!("{prefix}/{name}"), ByteStream::from(text)).await?;
        }
        step.done("uploaded");
        Ok(prefix)
    }

    /// Whether every object is there, and none smaller than its file: what is stored on a full disk may be cut off.
    async fn is_there(&self, s3: &aws_sdk_s3::Client, bucket: &str, prefix: &str) -> Result<bool> {
        let listed = s3.list_objects_v2().bucket(bucket).prefix(format!("{prefix}/")).send().await;
        let listed = listed.map_err(Error::service("listing the code"))?;
        let zips = self.programs.iter().map(|(name, program)| (format!("{prefix}/{name}.zip"), program));
        let files = self.files.iter().map(|(name, file)| (format!("{prefix}/{name}"), file));
        for (key, path) in zips.chain(files) {
            let bytes = fs::metadata(path).map_err(Error::file(path))?.len();
            let stored = listed.contents().iter().find(|object| object.key() == Some(&key));
            let stored = stored.and_then(|object| u64::try_from(object.size()?).ok());
            if stored.is_none_or(|stored| stored < bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fingerprint(&self) -> Result<String> {
        let mut content = Context::new(&SHA256);
        for (_, path) in self.programs.iter().chain(&self.files) {
            let bytes = fs::read(path).map_err(Error::file(path))?;
            content.update(&bytes.len().to_le_bytes());
            content.update(&bytes);
        }
        let digest = content.finish();
        Ok(digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Removes every release but the one at `prefix`: what is deployed was copied, and programs are large.
pub(crate) async fn forget_others(s3: &aws_sdk_s3::Client, bucket: &str, prefix: &str) -> Result<()> {
    let listed = s3.list_objects_v2().bucket(bucket).send().await;
    let listed = listed.map_err(Error::service("listing earlier code"))?;
    let keys = listed.contents().iter().filter_map(|object| object.key());
    for key in keys.filter(|key| !key.starts_with(prefix)) {
        let delete = s3.delete_object().bucket(bucket).key(key).send().await;
        delete.map_err(Error::service("removing earlier code"))?;
    }
    Ok(())
}

/// A zip that holds the program under the name that Lambda starts.
fn zipped(program: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(program).map_err(Error::file(program))?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() + 1024)));
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o755);
    let written = zip.start_file("bootstrap", options).map_err(std::io::Error::other);
    written.and_then(|()| zip.write_all(&bytes)).map_err(Error::file(program))?;
    zip.finish().map(Cursor::into_inner).map_err(std::io::Error::other).map_err(Error::file(program))
}

async fn put(s3: &aws_sdk_s3::Client, bucket: &str, key: &str, body: ByteStream) -> Result<()> {
    let put = s3.put_object().bucket(bucket).key(key).body(body).send().await;
    put.map(|_| ()).map_err(Error::service(format!("uploading {key}")))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rounds_testkit::http::{answer, sdk, serve};

    use super::*;

    #[tokio::test]
    async fn code_that_is_not_there_whole_is_uploaded_anew() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ingest");
        fs::write(&program, "a program").unwrap();
        let release = Release { programs: vec![("ingest", program)], files: Vec::new() };
        let prefix = release.fingerprint().unwrap();
        for (bytes, expected) in [("", 1), ("8", 1), ("9", 0)] {
            let uploads = Arc::new(Mutex::new(0));
            let (counted, key) = (Arc::clone(&uploads), format!("{prefix}/ingest.zip"));
            let address = serve(move |request| {
                if request.path.contains(".zip") {
                    *counted.lock().unwrap() += 1;
                    return Some(answer(200, "application/xml", ""));
                }
                let object = format!("<Contents><Key>{key}</Key><Size>{bytes}</Size></Contents>");
                let objects = if bytes.is_empty() { String::new() } else { object };
                Some(answer(
                    200,
                    "application/xml",
                    &format!("<ListBucketResult>{objects}</ListBucketResult>"),
                ))
            });
            let s3 = aws_sdk_s3::Client::new(&sdk(address.unwrap()).await);
            assert_eq!(release.upload(&s3, "code").await.unwrap(), prefix);
            assert_eq!(*uploads.lock().unwrap(), expected, "{bytes} bytes are there");
        }
    }
}
