//! A database for a moment: in the stack's server where that runs, in a server of its own elsewhere.

use std::fs::{self, File};
use std::net::Ipv4Addr;

use rounds_shared::schema::SchemaError;
use tokio_postgres::{Client, Config, NoTls};

use super::STACK_PACKAGES;
use super::postgres::{self, Postgres};
use super::state::{Stack, StateFolder, lock};
use super::venv::Venv;
use crate::checkout::Checkout;
use crate::error::Result;
use crate::random;

/// Its name in either server. Who begins removes what a broken-off command left.
const DATABASE: &str = "rounds_scratch";

/// A server that takes a scratch database. One of its own is stopped and removed with this.
pub(crate) struct Scratch {
    server: Stack,
    own: Option<StateFolder>,
    /// Keeps others from the database, and the stack from being stopped.
    _lock: File,
}

impl Scratch {
    /// The server of the stack in `stack`, or one in a folder of the checkout's.
    pub(crate) async fn open(checkout: &Checkout, stack: &StateFolder) -> Result<Self> {
        if stack.root().exists() {
            let lock = stack.lock().await?;
            if let Some(server) = stack.load()?.filter(|stack| stack.postgres.is_running()) {
                return Ok(Self { server, own: None, _lock: lock });
            }
        }
        let packages = Venv::ensure(checkout, STACK_PACKAGES).await?;
        let folder = checkout.scratch();
        let lock = lock(&folder.with_extension("lock")).await?;
        let folder = StateFolder::at(&folder)?;
        // Made before it starts, so that whatever starts is stopped.
        let server = folder.load()?.unwrap_or_default();
        let mut scratch = Self { server, own: Some(folder), _lock: lock };
        scratch.start(&packages).await?;
        Ok(scratch)
    }

    async fn start(&mut self, packages: &Venv) -> Result<()> {
        self.end();
        let Some(folder) = &self.own else { return Ok(()) };
        self.server = Stack { database_password: random::token()?, ..Stack::default() };
        Postgres::of(packages)?.start(folder, &mut self.server).await
    }

    /// Does some work in the database, which begins empty and is gone afterwards.
    pub(crate) async fn work<T>(&self, work: impl AsyncFnOnce(&mut Client) -> Result<T>) -> Result<T> {
        let server = self.session("postgres").await?;
        let again = format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)");
        for statement in [&again, &format!("CREATE DATABASE {DATABASE} TEMPLATE template0")] {
            server.batch_execute(statement).await.map_err(SchemaError::from)?;
        }
        let done = work(&mut self.session(DATABASE).await?).await;
        server.batch_execute(&again).await.map_err(SchemaError::from)?;
        done
    }

    async fn session(&self, database: &str) -> Result<Client> {
        let mut config = Config::new();
        config.host(Ipv4Addr::LOCALHOST.to_string()).port(self.server.postgres.port).dbname(database);
        config.user(postgres::USER).password(&self.server.database_password);
        let (client, connection) = config.connect(NoTls).await.map_err(SchemaError::from)?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn end(&self) {
        let Some(folder) = &self.own else { return };
        self.server.postgres.stop(postgres::STOP);
        // What stays is removed the next time.
        let _ = fs::remove_dir_all(folder.root());
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_of_its_own_serves_and_is_gone_afterwards() {
        let checkout = Checkout::find().unwrap();
        let nowhere = StateFolder::at(&checkout.scratch().with_extension("none")).unwrap();
        let scratch = Scratch::open(&checkout, &nowhere).await.unwrap();
        let server = scratch.server.postgres.clone();
        let name = async |client: &mut Client| {
            let row = client.query_one("SELECT current_database()::text", &[]).await;
            Ok(row.map_err(SchemaError::from)?.get::<_, String>(0))
        };
        assert_eq!(scratch.work(name).await.unwrap(), DATABASE);
        assert_eq!(scratch.work(name).await.unwrap(), DATABASE, "it is made anew");
        assert!(server.is_running());
        drop(scratch);
        assert!(!server.is_running() && !checkout.scratch().exists());
    }
}
