//! The record of a local stack: what runs where, kept in `stack.json` of its state folder.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::local::process::Service;
use crate::terminal::Step;

/// The record's name.
const RECORD: &str = "stack.json";
const LOCK: &str = "lock";
/// What else a stack makes in its folder.
const PARTS: [&str; 8] = ["aws", "catalog", "logs", "mails", "postgres", "postgres.password", "s3", "tmp"];

const PAUSE: Duration = Duration::from_millis(100);

/// The folder that holds one stack's data, logs and record.
pub(crate) struct StateFolder {
    root: PathBuf,
}

/// What runs where. Written after every change, so that `down` finds whatever a broken-off `up` left behind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Stack {
    /// PostgreSQL.
    pub(crate) postgres: Service,
    /// MiniStack: every AWS service but mail.
    pub(crate) ministack: Service,
    /// moto: mail.
    pub(crate) moto: Service,
    /// The stand-in for the billing vendor.
    pub(crate) vendor: Service,
    /// Password of the database user.
    pub(crate) database_password: String,
    /// What the deployment answered; none before the first one is through.
    pub(crate) deployment: Option<Deployment>,
}

/// Names that a deployment gave to its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Deployment {
    pub(crate) landing_bucket: String,
    pub(crate) lake_bucket: String,
    pub(crate) code_bucket: String,
    /// Folder in the code bucket: names the code by its content.
    pub(crate) code_prefix: String,
    pub(crate) database_secret_arn: String,
    pub(crate) pseudonym_secret_arn: String,
    pub(crate) webhooks_secret_arn: String,
    pub(crate) collect_secret_arn: String,
    pub(crate) pipeline_arn: String,
    pub(crate) rounds_arn: String,
    pub(crate) collect_arn: String,
    pub(crate) export_arn: String,
    pub(crate) clean_up_arn: String,
    pub(crate) ingest_function: String,
    pub(crate) report_function: String,
    pub(crate) collect_function: String,
    pub(crate) alert_topic_arn: String,
    /// The copy of the catalog that the functions read.
    pub(crate) catalog: PathBuf,
    /// JSON object from an audience to its addresses.
    pub(crate) audiences: String,
    pub(crate) mail_from: String,
    /// The billing vendor's address, and JSON of the accounts and of reports' numbers there.
    pub(crate) collect_url: String,
    pub(crate) collect_accounts: String,
    pub(crate) collect_numbers: String,
}

impl Deployment {
    /// The names by which commands know its parts, in the order of [`crate::target::VARIABLES`].
    pub(crate) fn names(&self) -> [String; 10] {
        [
            &self.pipeline_arn,
            &self.rounds_arn,
            &self.collect_arn,
            &self.export_arn,
            &self.clean_up_arn,
            &self.ingest_function,
            &self.report_function,
            &self.collect_function,
            &self.landing_bucket,
            &self.lake_bucket,
        ]
        .map(String::clone)
    }

    /// Whether it has all that this version of the command needs; `up` brings an older one up to date.
    pub(crate) fn is_current(&self) -> bool {
        [&self.collect_arn, &self.export_arn, &self.clean_up_arn].iter().all(|arn| !arn.is_empty())
    }
}

impl Stack {
    /// Address of the AWS services.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ministack.port)
    }

    /// Address of the mail service.
    pub(crate) fn mail_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.moto.port)
    }

    /// Address of the billing vendor's stand-in.
    pub(crate) fn vendor_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.vendor.port)
    }

    /// What is deployed, whatever runs of it.
    ///
    /// # Errors
    /// [`Error::NotDeployed`], or [`Error::Outdated`] for a deployment of an earlier version.
    pub(crate) fn current(&self) -> Result<&Deployment> {
        let deployment = self.deployment.as_ref().ok_or(Error::NotDeployed)?;
        if deployment.is_current() { Ok(deployment) } else { Err(Error::Outdated) }
    }

    /// Its parts by the names that people know them by, in the order of starting.
    pub(crate) fn services(&self) -> [(&'static str, &Service); 4] {
        [
            ("PostgreSQL", &self.postgres),
            ("mail (moto)", &self.moto),
            ("billing vendor (stand-in)", &self.vendor),
            ("AWS (MiniStack)", &self.ministack),
        ]
    }

    /// Whether the application is deployed and its AWS services run. Files can be dropped then, and runs looked at,
    /// even while the database is away.
    pub(crate) fn is_reachable(&self) -> bool {
        self.deployment.is_some() && self.ministack.is_running()
    }

    /// What is missing for every part to run with the application deployed on them.
    ///
    /// # Errors
    /// [`Error::StackDown`] where nothing runs, [`Error::PartsDown`] where something does; those of [`Stack::current`].
    pub(crate) fn check(&self) -> Result<()> {
        let services = self.services();
        let down: Vec<&'static str> =
            services.iter().filter(|(_, service)| !service.is_running()).map(|(name, _)| *name).collect();
        if down.len() == services.len() {
            return Err(Error::StackDown);
        }
        if !down.is_empty() {
            return Err(Error::PartsDown(down));
        }
        self.current().map(|_| ())
    }
}

impl StateFolder {
    /// The folder at `root`, which need not be there yet. The path becomes absolute: daemons have other folders.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        Ok(Self { root: std::path::absolute(root).map_err(Error::file(root))? })
    }

    /// The folder's path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A folder within, created where it is missing.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        Ok(folder)
    }

    /// Where MiniStack keeps the objects of buckets, one folder per bucket.
    pub(crate) fn objects(&self) -> PathBuf {
        self.root.join("s3/000000000000")
    }

    /// The log of a daemon.
    pub(crate) fn log(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder("logs")?.join(format!("{name}.log")))
    }

    /// Waits for, and holds, the right to change this stack.
    pub(crate) async fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.root).map_err(Error::file(&self.root))?;
        lock(&self.root.join(LOCK)).await
    }

    /// Whether nothing is here but a stack, if it was broken off before it had a record, or nothing at all.
    pub(crate) fn is_ours(&self) -> Result<bool> {
        if self.record().exists() || !self.root.exists() {
            return Ok(true);
        }
        let mut names = self.names()?;
        Ok(names.all(|name| name == LOCK || is_draft(&name)))
    }

    /// Removes what a stack made, the record last: without it, nothing more would be removed. Whatever else is here stays.
    pub(crate) fn wipe(&self) -> Result<()> {
        let drafts = self.names()?.filter(|name| is_draft(name));
        let names =
            PARTS.into_iter().map(str::to_owned).chain(drafts).chain([RECORD, LOCK].map(str::to_owned));
        for path in names.map(|name| self.root.join(name)) {
            let removed = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(_) => Ok(()),
            };
            removed.map_err(Error::file(&path))?;
        }
        // It is not empty where somebody else keeps something in it.
        let _ = fs::remove_dir(&self.root);
        Ok(())
    }

    fn names(&self) -> Result<impl Iterator<Item = String>> {
        let entries = fs::read_dir(&self.root).map_err(Error::file(&self.root))?;
        Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()))
    }

    /// The record; none where no stack was ever started.
    pub(crate) fn load(&self) -> Result<Option<Stack>> {
        let path = self.record();
        match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).map(Some).map_err(|error| Error::BrokenRecord(path, error))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    /// Replaces the record as a whole. It holds a password: only its owner may read it.
    pub(crate) fn save(&self, stack: &Stack) -> Result<()> {
        let path = self.record();
        let text =
            serde_json::to_vec_pretty(stack).map_err(|error| Error::BrokenRecord(path.clone(), error))?;
        let mut draft = Draft::of(&path)?;
        draft.write(&text)?;
        draft.keep()
    }

    fn record(&self) -> PathBuf {
        self.root.join(RECORD)
    }
}

/// Whether a file is a record that was not written to its end.
fn is_draft(name: &str) -> bool {
    name.strip_prefix('.').is_some_and(|name| name.starts_with(RECORD))
}

/// Waits for, and holds, an exclusive lock on `path` until the answer is dropped.
pub(crate) async fn lock(path: &Path) -> Result<File> {
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(Error::file(path))?;
    let mut waiting = None;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(Error::file(path)(source)),
            Err(TryLockError::WouldBlock) => {
                waiting.get_or_insert_with(|| Step::start("Wait for another rounds command to end"));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    if let Some(step) = waiting {
        step.done("it has");
    }
    Ok(file)
}

/// Writes a file that only its owner may read.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(Error::file(path))?;
    fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_record_is_read_back_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path()).unwrap();
        assert!(state.load().unwrap().is_none());
        let stack = Stack { database_password: "x".into(), ..Stack::default() };
        state.save(&stack).unwrap();
        assert_eq!(state.load().unwrap().unwrap().database_password, "x");
        assert_eq!(fs::metadata(state.record()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_record_says_how_to_start_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path()).unwrap();
        fs::write(state.record(), "{").unwrap();
        assert!(state.load().unwrap_err().to_string().contains("rounds local down --wipe"));
    }

    #[tokio::test]
    async fn a_folder_of_anybodys_is_no_stack_and_one_that_was_broken_off_before_its_record_is() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(folder.path()).unwrap();
        assert!(state.is_ours().unwrap(), "nothing is here");
        drop(state.lock().await.unwrap());
        fs::write(folder.path().join(".stack.json.0123.part"), "{").unwrap();
        assert!(state.is_ours().unwrap());
        fs::create_dir(folder.path().join("catalog")).unwrap();
        assert!(!state.is_ours().unwrap(), "a catalog lies in many a folder");
        state.save(&Stack::default()).unwrap();
        assert!(state.is_ours().unwrap());
    }

    #[tokio::test]
    async fn what_a_stack_made_is_wiped_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::at(&folder.path().join("stack")).unwrap();
        drop(state.lock().await.unwrap());
        state.save(&Stack::default()).unwrap();
        fs::write(state.folder("s3/landing").unwrap().join("a.csv"), "a").unwrap();
        let notes = state.root().join("notes.txt");
        fs::write(&notes, "mine").unwrap();
        state.wipe().unwrap();
        assert_eq!(state.names().unwrap().collect::<Vec<_>>(), ["notes.txt"]);
        fs::remove_file(&notes).unwrap();
        state.wipe().unwrap();
        assert!(!state.root().exists());
    }

    #[test]
    fn a_stack_with_a_part_down_names_the_part_and_one_without_a_deployment_says_so() {
        let this = std::process::id();
        let running = || Service::of(1, this);
        let mut stack = Stack::default();
        assert!(matches!(stack.check(), Err(Error::StackDown)));
        (stack.moto, stack.vendor, stack.ministack) = (running(), running(), running());
        let told = stack.check().unwrap_err().to_string();
        assert_eq!(told, "of the local stack PostgreSQL does not run: `rounds local up` starts it");
        stack.postgres = running();
        assert!(matches!(stack.check(), Err(Error::NotDeployed)));
        let mut deployment =
            Deployment { collect_arn: "a".to_owned(), export_arn: "b".to_owned(), ..Deployment::default() };
        stack.deployment = Some(deployment.clone());
        assert!(matches!(stack.check(), Err(Error::Outdated)));
        deployment.clean_up_arn = "c".to_owned();
        stack.deployment = Some(deployment);
        assert!(stack.check().is_ok());
    }
}
