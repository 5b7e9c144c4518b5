//! The database, and the secret that leads to it.

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use super::{Stack, unused};

impl Stack {
    /// A connection to the database, by its secret.
    pub async fn database(&self) -> Client {
        self.try_database().await.expect("PostgreSQL answers")
    }

    /// The same of a database that may be away.
    ///
    /// # Errors
    /// Nobody answers, or PostgreSQL lets nobody in.
    pub async fn try_database(&self) -> Result<Client, tokio_postgres::Error> {
        let secret = self.secret();
        let text = |name: &str, usual: &str| secret[name].as_str().unwrap_or(usual).to_owned();
        let mut config = tokio_postgres::Config::new();
        config.host(text("host", "127.0.0.1")).port(self.record.postgres.port);
        config.dbname(text("dbname", "postgres")).user(text("username", "")).password(text("password", ""));
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Gives the database and then its secret a new password, as a rotation does.
    pub async fn rotate_password(&self, password: &str) {
        let mut secret = self.secret();
        let user = secret["username"].as_str().unwrap().to_owned();
        let altered = format!("ALTER USER {user} PASSWORD '{password}'");
        self.database().await.batch_execute(&altered).await.unwrap();
        secret["password"] = password.into();
        self.put_secret(&secret);
    }

    /// Leaves nothing in the database's secret but user and password, as RDS keeps one.
    pub fn keep_secret_as_rds_does(&self) {
        let secret = self.secret();
        self.put_secret(&json!({"username": secret["username"], "password": secret["password"]}));
    }

    fn put_secret(&self, secret: &Value) {
        let put =
            json!({"SecretId": self.deployment().database_secret_arn, "SecretString": secret.to_string()});
        let _ = self.call("secretsmanager.PutSecretValue", &put);
    }

    /// A new secret like the database's own, but leading to another port of this machine, such as a proxy's: its ARN.
    #[must_use]
    pub fn database_secret_at(&self, port: u16) -> String {
        let mut secret = self.secret();
        secret["port"] = port.into();
        let name = unused("test/database");
        let created = json!({"Name": name, "SecretString": secret.to_string()});
        self.call("secretsmanager.CreateSecret", &created)["ARN"].as_str().unwrap().to_owned()
    }

    /// Where PostgreSQL answers.
    #[must_use]
    pub fn postgres_port(&self) -> u16 {
        self.record.postgres.port
    }

    fn secret(&self) -> Value {
        let asked = json!({"SecretId": self.deployment().database_secret_arn});
        let answer = self.call("secretsmanager.GetSecretValue", &asked);
        serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap()
    }

    /// Where PostgreSQL keeps its data.
    #[must_use]
    pub fn postgres_folder(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}
