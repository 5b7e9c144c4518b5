//! The database's password changes in the middle of a run.

#[cfg(target_os = "linux")]
use rounds_testkit::faults::postgres::Proxy;
use rounds_testkit::healthtech::Clinic;
use rounds_testkit::sheet;
use rounds_testkit::stack::Stack;
use rounds_testkit::stage::Line;
use rounds_tests::{APPOINTMENTS, DOCTORS, assert_nothing_leaked, assert_tables, clinic};
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::{holder, wait_for_waiting};

/// A user of a test's own, and the secret that leads to it.
struct User<'a> {
    stack: &'a Stack,
    database: Client,
    secret: String,
    content: Value,
}

impl<'a> User<'a> {
    async fn new(stack: &'a Stack, name: &str) -> Self {
        let secret = stack.database_secret_at(stack.postgres_port());
        let known = stack.call("secretsmanager.GetSecretValue", &json!({"SecretId": secret}));
        let mut content: Value = serde_json::from_str(known["SecretString"].as_str().unwrap()).unwrap();
        let database = stack.database().await;
        let made = format!(
            "DROP ROLE IF EXISTS {name}; CREATE ROLE {name} SUPERUSER LOGIN PASSWORD 'the first one'"
        );
        database.batch_execute(&made).await.unwrap();
        content["username"] = name.into();
        content["password"] = "the first one".into();
        let user = Self { stack, database, secret, content };
        user.tell();
        user
    }

    /// Gives the user another password, without a word to the secret.
    async fn change(&mut self, password: &str) {
        let name = self.content["username"].as_str().unwrap();
        self.database.batch_execute(&format!("ALTER ROLE {name} PASSWORD '{password}'")).await.unwrap();
        self.content["password"] = password.into();
    }

    /// Writes user and password into the secret.
    fn tell(&self) {
        let put = json!({"SecretId": self.secret, "SecretString": self.content.to_string()});
        let _ = self.stack.call("secretsmanager.PutSecretValue", &put);
    }

    /// A rotation as a whole.
    async fn rotate(&mut self, password: &str) {
        self.change(password).await;
        self.tell();
    }

    /// Stages that go to the database as this user, and have been there: doctors are loaded.
    async fn line(&self, clinic: &Clinic) -> Line {
        let mut line = Line::start_with(self.stack, &[("DATABASE_SECRET_ARN", &self.secret)]).await;
        let event = line.drop_file(DOCTORS, sheet::workbook(&clinic.doctors.rows).unwrap()).await;
        assert_eq!(line.run(&event).unwrap()["outcome"], "loaded");
        line
    }
}

async fn drop_appointments(line: &Line, clinic: &Clinic) -> Value {
    line.drop_file(APPOINTMENTS, sheet::workbook(&clinic.appointments.rows).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_changes_between_any_two_stages_fails_none_of_them() {
    let stack = Stack::shared().await;
    let clinic = clinic(35);
    let mut user = User::new(&stack, "between_stages").await;
    let mut line = user.line(&clinic).await;
    let mails = stack.mails().len();
    let event = drop_appointments(&line, &clinic).await;

    user.rotate("the second one").await;
    let order = line.up_to_load(&event).unwrap();
    user.rotate("the third one").await;
    assert_eq!(line.load.invoke(&order).done()["outcome"], "loaded");
    user.rotate("the fourth one").await;
    // Ingest for the second time, and then the report for the first: of a warm process each.
    assert_eq!(line.run(&event).unwrap()["outcome"], "duplicate");
    assert_tables(&user.database, &clinic).await;
    assert_eq!(stack.mails().len(), mails + 1);
    assert_nothing_leaked(&stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_waits_while_the_password_changes_goes_on_in_its_session() {
    let stack = Stack::shared().await;
    let (older, newer) = (clinic(36), clinic(37));
    let mut user = User::new(&stack, "waiting_load").await;
    let mut line = user.line(&newer).await;
    let event = drop_appointments(&line, &older).await;
    line.run(&event).unwrap();
    let event = drop_appointments(&line, &newer).await;
    let order = line.up_to_load(&event).unwrap();

    let holder = holder(&stack, "healthtech.appointments").await;
    line.load.begin(&order);
    wait_for_waiting(&user.database, "rounds-load");
    user.rotate("changed while it waits").await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(line.load.finish().done()["outcome"], "loaded");
    assert_eq!(line.run(&event).unwrap()["outcome"], "duplicate");
    assert_tables(&user.database, &newer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_password_is_new_and_the_secret_old_a_stage_is_to_be_tried_again() {
    let stack = Stack::shared().await;
    let clinic = clinic(38);
    let mut user = User::new(&stack, "late_secret").await;
    let mut line = user.line(&clinic).await;
    let event = drop_appointments(&line, &clinic).await;
    let order = line.up_to_load(&event).unwrap();

    user.change("not in the secret yet").await;
    let mut cold = Line::start_with(&stack, &[("DATABASE_SECRET_ARN", &user.secret)]).await;
    for (what, load) in [("warm", &mut line.load), ("cold", &mut cold.load)] {
        let answer = load.invoke(&order);
        assert_eq!(answer.error(), Some("Retryable.DatabaseUnreachable"), "{what}: {answer:?}");
        let said = format!("{answer:?}");
        assert!(said.contains("may be changing") && !said.contains("secret yet"), "{what}: {said}");
    }
    user.tell();
    assert_eq!(line.load.invoke(&order).done()["outcome"], "loaded");
    assert_eq!(cold.load.invoke(&order).done()["loads"][0]["outcome"], "already_loaded");
    assert_tables(&user.database, &clinic).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_users_take_turns_the_old_one_serves_until_it_is_locked_out() {
    let stack = Stack::shared().await;
    let clinic = clinic(39);
    let mut user = User::new(&stack, "turn_one").await;
    let mut line = user.line(&clinic).await;
    let event = drop_appointments(&line, &clinic).await;
    let second =
        "DROP ROLE IF EXISTS turn_two; CREATE ROLE turn_two SUPERUSER LOGIN PASSWORD 'of the second user'";
    user.database.batch_execute(second).await.unwrap();
    user.content["username"] = "turn_two".into();
    user.content["password"] = "of the second user".into();
    user.tell();

    let order = line.up_to_load(&event).unwrap();
    user.database.batch_execute("ALTER ROLE turn_one NOLOGIN").await.unwrap();
    assert_eq!(line.load.invoke(&order).done()["outcome"], "loaded");
    assert_eq!(line.run(&event).unwrap()["outcome"], "duplicate");
    assert_tables(&user.database, &clinic).await;
}

/// RDS keeps a secret of user and password alone, and changes it every few days: host, port and database are the
/// deployment's word and PostgreSQL's usual ones.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_secret_rds_rotates_finishes_without_a_failure_that_anybody_sees() {
    let stack = Stack::own("rotation");
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = std::net::Ipv4Addr::new(127, 7, high, low.max(1));
    let _usual = Proxy::at((host, 5432).into(), stack.postgres_port()).unwrap();
    stack.keep_secret_as_rds_does();
    for function in ["rounds-ingest", "rounds-load", "rounds-report"] {
        stack.configure(function, "DATABASE_HOST", &json!(host.to_string()));
    }
    let alerts = stack.alerts();
    let (older, newer) = (clinic(40), clinic(41));
    assert_eq!(rounds_tests::drop_doctors(&stack, &newer).await.outcome(), "loaded");
    assert_eq!(rounds_tests::drop_appointments(&stack, &older).await.outcome(), "loaded");

    let holder = holder(&stack, "healthtech.appointments").await;
    let arn = stack.put(APPOINTMENTS, sheet::workbook(&newer.appointments.rows).unwrap()).await;
    wait_for_waiting(&stack.database().await, "rounds-load");
    stack.rotate_password("a new one").await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let run = stack.finished(&arn);
    assert_eq!(run.outcome(), "loaded");
    assert_eq!(crate::failures(&stack, &run), 0, "without a failure");
    assert_tables(&stack.database().await, &newer).await;
    assert_eq!(stack.mails().len(), 2, "one for each load of appointments");
    assert!(alerts.take().is_none());
    assert_nothing_leaked(&stack);
}
