//! Reminders: the shipped report over made-up appointments in a real PostgreSQL, and a post that remembers.

mod course;
mod scale;
mod told;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rounds_report::course::{Course, Desk};
use rounds_report::delivery::{Post, SendError};
use rounds_report::error::Reason;
use rounds_report::letters::share::Shares;
use rounds_report::plan::{self, Clinic};
use rounds_report::post::mail::Letter;
use rounds_report::query::settings::Settings;
use rounds_shared::catalog::{Catalog, Channel};
use rounds_shared::payload::{Plan, Ready, ReportResponse, Round};
use rounds_shared::schema;
use rounds_testkit::postgres::Postgres;
use tokio_postgres::Client;

use crate::delivery::Reopen;
use crate::{clinic, letters};

const DAY: Date = date(2026, 11, 21);
const REMINDERS: &str = "hospital.reminders";

/// A hospital with appointments on the day.
struct Ward {
    catalog: Catalog,
    postgres: Postgres,
    client: Client,
}

/// A letter that was handed over.
#[derive(Clone)]
struct Handed {
    channel: Channel,
    to: String,
    delivery_id: String,
    letter: Letter,
}

/// A post that takes what it is not told to refuse.
#[derive(Default)]
struct Tray {
    taken: Mutex<Vec<Handed>>,
    /// What it answers to the first letters, in turn.
    answers: Mutex<Vec<SendError>>,
    /// Whose service takes letters and answers nothing.
    silent: Option<Channel>,
    /// How often it was offered something.
    offered: Mutex<usize>,
}

impl Post for Tray {
    async fn send(
        &self,
        channel: Channel,
        delivery_id: &str,
        to: &str,
        letter: &Letter,
    ) -> Result<String, SendError> {
        tokio::task::yield_now().await;
        *self.offered.lock().unwrap() += 1;
        let silence = (self.silent == Some(channel)).then_some(SendError::Unknown { service: "silent" });
        let answer = self.answers.lock().unwrap().pop().or(silence);
        if answer.is_none() {
            let handed = Handed {
                channel,
                to: to.to_owned(),
                delivery_id: delivery_id.to_owned(),
                letter: letter.clone(),
            };
            self.taken.lock().unwrap().push(handed);
        }
        tokio::task::yield_now().await;
        answer.map_or_else(|| Ok("provider".to_owned()), Err)
    }
}

impl Tray {
    fn taken(&self) -> Vec<Handed> {
        self.taken.lock().unwrap().clone()
    }
}

/// A clock that goes on by a second whenever somebody looks; tests run in processes of their own.
fn ticking() -> Timestamp {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(SECONDS.fetch_add(1, Ordering::Relaxed))
}

fn standing() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

impl Ward {
    /// So many patients, each with an appointment on the day, reached by mail or telephone in turn.
    async fn with(patients: u32) -> Self {
        let ward = Self::empty().await;
        let rows = format!(
            "INSERT INTO hospital.doctors (doctor_id, name) SELECT 'd-' || n, 'Dr. ' || n FROM generate_series(0, 9) n;
             INSERT INTO hospital.patients (patient_id, name, email, phone, preferred_channel)
             SELECT 'p-' || n, 'Patient ' || n, 'p' || n || '@patients.example', '+35191' || lpad(n::text, 7, '0'),
                    (ARRAY['email', 'sms'])[1 + n % 2]
             FROM generate_series(1, {patients}) n;
             INSERT INTO hospital.appointments
                    (appointment_id, patient_id, doctor_id, appointment_date, appointment_time, status)
             SELECT 'a-' || n, 'p-' || n, 'd-' || n % 10, '{DAY}', time '08:00' + n % 600 * interval '1 minute', 'booked'
             FROM generate_series(1, {patients}) n"
        );
        ward.client.batch_execute(&rows).await.unwrap();
        ward
    }

    async fn empty() -> Self {
        let catalog = Catalog::open(None).unwrap();
        let postgres = crate::ledger().await;
        let mut client = postgres.connect("report").await;
        schema::apply(&mut client, &catalog).await.unwrap();
        Self { catalog, postgres, client }
    }

    /// The parts that a round finds.
    async fn parts(&mut self) -> Vec<Ready> {
        let clinic = Clinic {
            catalog: &self.catalog,
            zone: &TimeZone::UTC,
            settings: &Settings::default(),
            now: "2026-11-21T08:00:00Z".parse().unwrap(),
        };
        let plan = Plan {
            reports: Round::Reports(vec![REMINDERS.to_owned()]),
            as_of: Some(DAY),
            at: clinic.now,
            handled: vec![],
            wait: false,
            last: false,
            at_any_hour: false,
        };
        match plan::plan(&mut self.client, &clinic, &plan).await.ok().unwrap() {
            ReportResponse::Planned { ready, .. } => ready,
            _ => panic!("a plan"),
        }
    }

    /// One call for a part, over a session of its own.
    async fn call(&self, post: &Tray, part: &Ready, after: Option<&str>) -> Result<Course, Reason> {
        self.call_until(post, part, after, (standing, Timestamp::MAX)).await
    }

    async fn call_until(
        &self,
        post: &Tray,
        part: &Ready,
        after: Option<&str>,
        (clock, stops): (fn() -> Timestamp, Timestamp),
    ) -> Result<Course, Reason> {
        let mut client = self.postgres.connect("report").await;
        let press = letters::Desk::new(&self.catalog).await;
        let due = clinic::due(&self.catalog, REMINDERS, DAY);
        let snapshot = clinic::snapshot(&mut client, &self.catalog, &due).await?;
        let shares = Shares::of(due.report, snapshot)?.part(part).shares;
        let writer = press.writer(&due, "");
        let sessions = Reopen(&self.postgres);
        let desk = Desk { sessions: &sessions, writer: &writer, post, clock, audience: vec![] };
        desk.serve(&mut client, shares, after, stops).await
    }

    /// Deliveries of the ledger by their status.
    async fn standing(&self, status: &str) -> BTreeSet<String> {
        let ids = "SELECT delivery_id::text FROM ops.delivery WHERE status = $1";
        let rows = self.client.query(ids, &[&status]).await.unwrap();
        rows.into_iter().map(|row| row.get(0)).collect()
    }

    /// Each of so many appointments was told once, or stands in the ledger as one of which nobody knows.
    async fn assert_each_once(&self, post: &Tray, appointments: usize) {
        let taken = post.taken();
        let told: BTreeSet<&str> = taken.iter().map(|handed| handed.to.as_str()).collect();
        assert_eq!(told.len(), taken.len(), "nobody is told twice");
        let items =
            "SELECT count(DISTINCT item), count(*) FROM ops.delivery WHERE status IN ('sent', 'uncertain')";
        let items = self.client.query_one(items, &[]).await.unwrap();
        let [items, rows]: [usize; 2] =
            [0, 1].map(|place| usize::try_from(items.get::<_, i64>(place)).unwrap());
        assert_eq!((items, rows), (appointments, appointments), "nobody is forgotten");
        let sent = self.standing("sent").await;
        let handed: BTreeSet<String> = taken.into_iter().map(|handed| handed.delivery_id).collect();
        assert!(sent.is_subset(&handed), "what counts as sent was handed over");
        let open = self.standing("uncertain").await;
        assert!(handed.iter().all(|id| sent.contains(id) || open.contains(id)), "and nothing is denied");
    }
}
