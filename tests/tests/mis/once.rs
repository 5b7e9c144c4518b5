//! Completed consultations: day after day each appointment is sent once to each recipient, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rounds_shared::digest::sha256_hex;
use rounds_testkit::faults::http::{Fault, Proxy, When};
use rounds_testkit::mis::Bookings;
use rounds_testkit::mis_rules::{Mis, Report};
use rounds_testkit::stack::{Run, Stack, until};
use rounds_tests::{assert_nothing_leaked, listed, rounds};
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::{KEY, bookings, drop_workbook};

const REPORT: &str = "mis.completed_consultations";
const FIRST: &str = "care@clinic.example";
const SECOND: &str = "lead@clinic.example";

/// Where a sender can be made to wait: before it claims the second letter, and before it settles the first.
const CLAIM: i64 = 1;
const SETTLEMENT: i64 = 2;
const GATES: &str = "
CREATE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(TG_ARGV[0]::bigint); RETURN NEW; END $$;
CREATE TRIGGER claim BEFORE INSERT ON ops.delivery
    FOR EACH ROW WHEN (NEW.recipient LIKE 'lead@%') EXECUTE FUNCTION public.wait_at_gate(1);
CREATE TRIGGER settlement BEFORE UPDATE ON ops.delivery
    FOR EACH ROW WHEN (NEW.recipient LIKE 'care@%' AND NEW.status = 'sent') EXECUTE FUNCTION public.wait_at_gate(2);";

#[tokio::test(flavor = "multi_thread")]
async fn each_completed_consultation_is_sent_once_to_each_recipient_whatever_happens() {
    let mut story = Story::begin().await;
    story.plain_mornings().await;
    story.broken_mornings().await;
    story.mornings_out_of_order().await;
    story.a_morning_without_answers().await;
    story.the_last_morning().await;

    let sent = story.sent();
    let uncertain = story.uncertain().await;
    for recipient in [FIRST, SECOND] {
        let (sent, uncertain) = (&sent[recipient], uncertain.get(recipient).cloned().unwrap_or_default());
        let digest = |id: &&String| sha256_hex(id.as_bytes());
        let missing: BTreeSet<String> = story.asked.difference(sent).map(|id| digest(&id)).collect();
        assert_eq!(missing, uncertain, "{recipient} misses what is uncertain, and nothing else");
        assert!(sent.is_subset(&story.asked), "{recipient} gets what the rules ask for");
        assert!(sent.len() > 150, "{}", sent.len());
    }
    assert_nothing_leaked(&story.stack);
}

/// What happened until now.
struct Story {
    stack: Stack,
    bookings: Bookings,
    /// The workbook that stands.
    standing: Option<Mis>,
    /// Appointments that the rules asked for: on each morning, and on each run.
    asked: BTreeSet<String>,
    /// Before the mail service.
    post: Proxy,
}

impl Story {
    async fn begin() -> Self {
        let stack = Stack::own("mis-once");
        let (post, report) = (stack.mail_proxy(), &stack.deployment().report_function);
        stack.configure(report, "AUDIENCES", &json!({"care": [FIRST, SECOND]}));
        stack.configure(report, "AWS_ENDPOINT_URL_SESV2", &json!(post.url()));
        Self { stack, bookings: bookings(78), standing: None, asked: BTreeSet::new(), post }
    }

    /// A morning like others, sent again and at once; its workbook dropped once more; and a day without anything.
    async fn plain_mornings(&mut self) {
        self.drop(1).await;
        assert_eq!(self.report(1), 2);
        assert_eq!(self.report(1), 0, "again");
        self.stack.database().await.batch_execute(GATES).await.unwrap();

        self.drop(2).await;
        let runs = [self.call(2), self.call(2)].map(|arn| self.stack.finished(&arn));
        assert_eq!(runs.iter().map(sent_now).sum::<u64>(), 2, "two runs at once");
        let workbook = self.bookings.workbook(morning(2)).unwrap();
        assert_eq!(self.stack.drop_file(KEY, workbook).await.outcome(), "duplicate");
        assert_eq!(self.report(2), 0, "the same workbook once more");

        let left_out = Mis::read(&self.bookings.workbook(morning(3)).unwrap()).unwrap();
        self.ask(&left_out, 3);
    }

    /// The function is killed between two letters; the execution is stopped there; the function is killed after the mail
    /// service has taken a letter, and before it could say so.
    async fn broken_mornings(&mut self) {
        self.drop(4).await;
        let gate = self.close(CLAIM).await;
        let arn = self.call(4);
        gate.wait_for_sender();
        gate.break_off(&self.stack).await;
        assert_eq!(sent_now(&self.stack.finished(&arn)), 1, "the retry sends the second letter");
        assert_eq!(self.report(4), 0);

        self.drop(5).await;
        let gate = self.close(CLAIM).await;
        let arn = self.call(5);
        gate.wait_for_sender();
        let _ = self.stack.call("AWSStepFunctions.StopExecution", &json!({"executionArn": arn}));
        assert_eq!(self.stack.finished(&arn).status, "ABORTED");
        let again = self.call(5);
        gate.open().await;
        assert!(sent_now(&self.stack.finished(&again)) <= 1, "the function that was left alone may finish");
        assert_eq!(self.report(5), 0);

        self.drop(6).await;
        let mails = self.stack.mails().len();
        let gate = self.close(SETTLEMENT).await;
        let arn = self.call(6);
        gate.wait_for_sender();
        assert_eq!(self.stack.mails().len(), mails + 1, "the mail service has taken it");
        gate.break_off(&self.stack).await;
        let run = self.stack.finished(&arn);
        assert_eq!(sent_now(&run), 1, "the retry sends the second letter");
        let uncertain = run.output["reports"][0]["uncertain"].as_array().unwrap().clone();
        assert_eq!(uncertain.len(), 1, "{}", run.output);
        assert_eq!(self.report(6), 0, "what is uncertain is not sent again");
        self.settle(uncertain[0].as_str().unwrap(), "sent");
        assert_eq!(self.report(6), 0);
    }

    /// The eighth day before the seventh.
    async fn mornings_out_of_order(&mut self) {
        for day in [8, 7] {
            self.drop(day).await;
            assert_eq!(self.report(day), 2);
        }
    }

    /// Connections to the mail service end before they answer. Of the first letter it is found out that it was lost.
    async fn a_morning_without_answers(&mut self) {
        self.drop(9).await;
        self.post.fail(When::next("POST", "/").always(), Fault::CutBefore);
        assert_eq!(self.report(9), 0);
        self.post.heal();
        let lost = "SELECT delivery_id::text FROM ops.delivery WHERE status = 'uncertain' AND recipient = $1";
        let lost = self.stack.database().await.query_one(lost, &[&FIRST]).await.unwrap();
        self.settle(lost.get(0), "lost");
        assert_eq!(self.report(9), 1, "what was lost is sent");
        assert_eq!(self.report(9), 0);
    }

    /// One more morning, the day that was left out, and every day once more.
    async fn the_last_morning(&mut self) {
        self.drop(10).await;
        assert_eq!(self.report(10), 2);
        assert_eq!(self.report(3), 2);
        for day in 1..=10 {
            assert_eq!(self.report(day), 0, "day {day} again");
        }
        assert!(rounds(&self.stack, &["runs"]).0.contains("1 mail is uncertain"));
    }

    /// Drops the workbook of a morning, for which the rules ask.
    async fn drop(&mut self, day: i8) {
        let mis = drop_workbook(&self.stack, self.bookings.workbook(morning(day)).unwrap()).await;
        self.ask(&mis, day);
        self.standing = Some(mis);
    }

    fn ask(&mut self, mis: &Mis, day: i8) {
        self.asked.extend(mis.rows(Report::Completed, morning(day), &[]).ids);
    }

    /// Starts a run for a day.
    fn call(&mut self, day: i8) -> String {
        let standing = self.standing.take().unwrap();
        self.ask(&standing, day);
        self.standing = Some(standing);
        self.stack.call_round(&json!({"reports": [REPORT], "as_of": morning(day)}))
    }

    /// Runs the report for a day; how many letters went out.
    fn report(&mut self, day: i8) -> u64 {
        let arn = self.call(day);
        sent_now(&self.stack.finished(&arn))
    }

    fn settle(&self, delivery: &str, known: &str) {
        let (told, code) = rounds(&self.stack, &["settle", delivery, known]);
        assert_eq!(code, Some(0), "{told}");
    }

    async fn close(&self, gate: i64) -> Gate {
        let database = self.stack.database().await;
        database.execute("SELECT pg_advisory_lock($1)", &[&gate]).await.unwrap();
        Gate { database, gate }
    }

    /// Appointments that each recipient was sent, each once.
    fn sent(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for mail in self.stack.mails() {
            let of_recipient = sent.entry(mail.to.concat()).or_default();
            for id in listed(&mail) {
                assert!(of_recipient.insert(id), "{}: sent twice", mail.subject);
            }
        }
        sent
    }

    /// Digests of the appointments of letters of which nobody knows, by recipient.
    async fn uncertain(&self) -> BTreeMap<String, BTreeSet<String>> {
        let asked = "SELECT recipient, row_key FROM ops.delivered_row JOIN ops.delivery USING (delivery_id)
                     WHERE status = 'uncertain'";
        let mut uncertain: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in self.stack.database().await.query(asked, &[]).await.unwrap() {
            uncertain.entry(row.get(0)).or_default().insert(row.get(1));
        }
        uncertain
    }
}

/// A place at which a sender waits, closed.
struct Gate {
    database: Client,
    gate: i64,
}

impl Gate {
    fn wait_for_sender(&self) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE application_name = 'rounds-report' AND wait_event = 'advisory'";
        let runtime = tokio::runtime::Handle::current();
        let count = || runtime.block_on(self.database.query_one(waiting, &[])).unwrap().get::<_, i64>(0);
        tokio::task::block_in_place(|| until("a sender waits", || (count() > 0).then_some(())));
    }

    /// Kills whoever sends, with its sessions, and opens the gate.
    async fn break_off(self, stack: &Stack) {
        stack.kill_function(&stack.deployment().report_function);
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rounds-report'";
        self.database.query(end, &[]).await.unwrap();
        self.open().await;
    }

    async fn open(self) {
        self.database.execute("SELECT pg_advisory_unlock($1)", &[&self.gate]).await.unwrap();
    }
}

/// The mornings begin on the 3rd of November.
fn morning(day: i8) -> Date {
    date(2026, 11, 2).saturating_add(day.days())
}

/// Letters that a run sent.
fn sent_now(run: &Run) -> u64 {
    assert_eq!(run.outcome(), "reported", "{:?}", run.cause);
    run.output.pointer("/reports/0/sent").and_then(Value::as_u64).unwrap()
}
