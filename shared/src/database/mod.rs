//! PostgreSQL at the edge: credentials from Secrets Manager, TLS verified in full, errors without values.

mod tls;

use std::pin::Pin;
use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::{Failure, Name};
use crate::secret::{Secret, SecretError};

pub use tls::Tls;

/// How long a connection may take, its login included, before PostgreSQL counts as unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// When a server that vanished without a word is noticed: after 30 seconds of silence, three questions in 30 more.
const KEEP_ALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);

/// Settings of each session. Keep-alives let the server notice within a minute that a function died, and let go of its
/// locks.
const SESSION: &str = "-c timezone=UTC -c lock_timeout=60s -c idle_in_transaction_session_timeout=600s \
                       -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

/// The secret that RDS keeps of a database, in RDS's own format. A secret that RDS itself rotates holds username and
/// password alone; of any other, port and database may be left out.
#[derive(Deserialize)]
struct Credentials {
    host: Option<String>,
    #[serde(default = "default_port")]
    port: u16,
    username: String,
    password: String,
    #[serde(default = "default_database")]
    dbname: String,
}

fn default_port() -> u16 {
    5432
}

fn default_database() -> String {
    "postgres".to_owned()
}

/// A database whose credentials live in Secrets Manager.
pub struct Database {
    secret: Secret,
    /// Where it is, unless the secret says so.
    host: Option<String>,
    tls: Tls,
    /// Shown to the database's operator beside each connection.
    application: &'static str,
}

/// Why the database could not serve. Holds codes and names of the schema, never a value: PostgreSQL's own messages
/// quote rows and are left out.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Its secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No connection, or it broke.
    #[error("PostgreSQL does not answer ({0})")]
    Unreachable(&'static str),
    /// It knows no such user, or another password: the secret may be changing just now.
    #[error("PostgreSQL refuses the user and password of its secret, which may be changing")]
    SignIn,
    /// Whoever answers is not verified to be the database, or does not encrypt. No password was sent.
    #[error("PostgreSQL is not trusted: {0}")]
    Untrusted(&'static str),
    /// The server gave up a lock, a deadlock, a connection slot, room on its disk, or is shutting down or starting.
    #[error("PostgreSQL {what} (SQLSTATE {0})", what = too_busy(.0))]
    Busy(String),
    /// The server refused a statement.
    #[error("PostgreSQL refused a statement (SQLSTATE {code}{place}){}", way_out(code))]
    Refused {
        /// SQLSTATE.
        code: String,
        /// Table, column and constraint, as far as the server named them.
        place: String,
    },
    /// Something in the driver, such as a value that does not fit its column.
    #[error("the PostgreSQL driver gave up: {0}")]
    Driver(&'static str),
}

/// What a server does that could do it at another time.
fn too_busy(code: &str) -> &'static str {
    match code {
        "40P01" => "ended a deadlock",
        "53100" => "has no room left on its disk",
        "53200" => "has no memory left",
        "53300" => "has no connection left",
        "55P03" => "waited too long for a lock that others hold",
        "57P01" | "57P02" | "57P03" => "is stopping or starting",
        _ => "is busy",
    }
}

/// Rounds alone changes its tables: where one of them, a column, a view or a function is not there, somebody took it away,
/// or a query of the catalog names it and was never tried.
fn way_out(code: &str) -> &'static str {
    match code {
        "42P01" | "42703" | "42883" => {
            "; a table was changed by hand (docs/OPERATIONS.md), or a query of the catalog names what is not there: rounds \
             catalog check"
        }
        _ => "",
    }
}

impl Failure for DatabaseError {
    fn name(&self) -> Name {
        match self {
            Self::Secret(error) => error.name(),
            Self::Unreachable(_) | Self::SignIn => Name::DatabaseUnreachable,
            Self::Busy(_) => Name::DatabaseBusy,
            Self::Untrusted(_) | Self::Refused { .. } | Self::Driver(_) => Name::Database,
        }
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(refused) = error.as_db_error() else {
            return if error.is_closed()
                || std::error::Error::source(&error).is_some_and(|s| s.is::<std::io::Error>())
            {
                Self::Unreachable("the connection broke")
            } else {
                Self::Driver("a value or row did not fit what was asked for")
            };
        };
        let code = refused.code();
        let class = code.code().get(..2).unwrap_or_default();
        // 40 rollback by the server, 53 out of resources, 55P03 lock not available, 57P0x shutdown, crash, start-up
        let busy = matches!(class, "40" | "53")
            || [
                &SqlState::LOCK_NOT_AVAILABLE,
                &SqlState::QUERY_CANCELED,
                &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                &SqlState::ADMIN_SHUTDOWN,
                &SqlState::CRASH_SHUTDOWN,
                &SqlState::CANNOT_CONNECT_NOW,
            ]
            .contains(&code);
        if busy {
            return Self::Busy(code.code().to_owned());
        }
        let mut place = String::new();
        for part in [refused.table(), refused.column(), refused.constraint()].into_iter().flatten() {
            place.push_str(", ");
            place.push_str(part);
        }
        Self::Refused { code: code.code().to_owned(), place }
    }
}

impl Database {
    /// A database by the name or ARN of its secret, and its host name where the secret does not hold it. Nothing is read
    /// or connected yet.
    #[must_use]
    pub fn new(
        secrets: aws_sdk_secretsmanager::Client,
        secret: String,
        host: Option<String>,
        tls: Tls,
        application: &'static str,
    ) -> Self {
        let expected =
            "in the format of an RDS secret: username and password, and host unless DATABASE_HOST says it";
        Self { secret: Secret::new(secrets, secret, "database secret", expected), host, tls, application }
    }

    /// A new connection. A refused login reads the secret anew and tries once more, so that a rotation in mid-run is
    /// survived. While the password is new and the secret still old, the database counts as unreachable: soon it is not.
    ///
    /// # Errors
    /// See [`DatabaseError`].
    pub async fn connect(&self) -> Result<Client, DatabaseError> {
        let (credentials, is_kept) = self.secret.read(false).await?;
        match self.log_in(&credentials).await {
            Err(LoginError::Server(error)) if is_kept && is_refused_login(&error) => {
                let (fresh, _) = self.secret.read(true).await?;
                self.log_in(&fresh).await
            }
            answer => answer,
        }
        .map_err(LoginError::into_database_error)
    }

    async fn log_in(&self, credentials: &Credentials) -> Result<Client, LoginError> {
        let Some(host) = credentials.host.as_ref().or(self.host.as_ref()) else {
            return Err(DatabaseError::from(self.secret.wrong_shape()).into());
        };
        let mut config = Config::new();
        config
            .host(host)
            .port(credentials.port)
            .user(&credentials.username)
            .password(&credentials.password)
            .dbname(&credentials.dbname)
            .application_name(self.application)
            .keepalives_idle(KEEP_ALIVE.0)
            .keepalives_interval(KEEP_ALIVE.1)
            .keepalives_retries(KEEP_ALIVE.2)
            .options(SESSION);
        match self.tls.authorities() {
            None => session(Box::pin(async move { config.connect(NoTls).await })).await,
            Some(authorities) => {
                config.ssl_mode(tokio_postgres::config::SslMode::Require);
                let tls = MakeRustlsConnect::new(tls::verifying(authorities)?);
                session(Box::pin(async move { config.connect(tls).await })).await
            }
        }
    }
}

/// A session that is being begun, as a trait object: the compiler follows the futures of all callers down to here, and no
/// further into the driver's.
type Connecting<C> = Pin<Box<dyn Future<Output = Result<(Client, C), tokio_postgres::Error>> + Send>>;

/// Waits for a session, whose connection a task of its own keeps going.
async fn session<C>(connecting: Connecting<C>) -> Result<Client, LoginError>
where
    C: Future<Output: Send> + Send + 'static,
{
    let silent = |_| DatabaseError::Unreachable("it takes the connection and says nothing");
    let (client, connection) = timeout(CONNECT_TIMEOUT, connecting).await.map_err(silent)??;
    tokio::spawn(connection);
    Ok(client)
}

/// Why a login failed, before it is known whether the secret is to be read anew.
#[derive(Debug, thiserror::Error)]
enum LoginError {
    #[error(transparent)]
    Unasked(#[from] DatabaseError),
    #[error(transparent)]
    Server(#[from] tokio_postgres::Error),
}

impl LoginError {
    /// While connecting, whatever the server did not say itself is a matter of reaching it.
    fn into_database_error(self) -> DatabaseError {
        match self {
            Self::Unasked(error) => error,
            Self::Server(error) if is_refused_login(&error) => DatabaseError::SignIn,
            Self::Server(error) if error.as_db_error().is_some() => error.into(),
            Self::Server(error) => match tls::distrust(&error) {
                Some(why) => DatabaseError::Untrusted(why),
                None => DatabaseError::Unreachable("no connection"),
            },
        }
    }
}

fn is_refused_login(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION].contains(code)
    })
}

#[cfg(test)]
mod host_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_without_port_and_database_has_those_of_rds() {
        let secret = r#"{"engine": "postgres", "host": "h", "username": "u", "password": "p"}"#;
        let credentials: Credentials = serde_json::from_str(secret).unwrap();
        assert_eq!((credentials.port, credentials.dbname.as_str()), (5432, "postgres"));
    }
}
