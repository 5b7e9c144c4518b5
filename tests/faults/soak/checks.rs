//! What must hold whenever everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use rounds_testkit::healthtech::Clinic;
use rounds_testkit::hospital::rules::Hospital;
use rounds_testkit::mis_rules::Mis;
use rounds_testkit::reading::{self, Line};
use rounds_testkit::stack::until;
use rounds_tests::{appointments, assert_hospital, assert_same, doctors};
use serde_json::Value;
use tokio_postgres::Client;

use super::files::{File, Kind};
use super::operator::{Operator, Place};
use super::world::World;

/// Checks everything.
pub(super) async fn check(world: &World, operator: &Operator) {
    let database = &world.database().await;
    let standing = Standing::of(world, operator);
    assert_clinic(database, &standing).await;
    assert_hospital(database, &standing.hospital).await;
    assert_bookings(database, &standing.bookings).await;
    assert_accounted(world, operator, database).await;
    assert_mails(world, database).await;
    assert_nothing_left(world, database).await;
}

/// What stands, by the order of the drops and nothing else.
struct Standing<'a> {
    doctors: &'a Clinic,
    appointments: &'a Clinic,
    hospital: Hospital,
    bookings: Mis,
}

impl<'a> Standing<'a> {
    fn of(world: &'a World, operator: &'a Operator) -> Self {
        let drops = drops(world, operator);
        let mut by_sequencer = drops.clone();
        by_sequencer.sort_by_key(|(place, ..)| (place.1, &place.2));
        let last = |drops: &[Dropped<'a>], is: fn(Kind) -> bool| {
            drops.iter().rev().find(|(.., file)| is(file.kind)).unwrap().2
        };
        let clinic = |file: &File| match file.kind {
            Kind::Doctors(number) | Kind::Appointments(number) => &world.files.clinics[number],
            _ => unreachable!("a file of a clinic"),
        };
        let mut hospital = Hospital::default();
        for (.., file) in drops.iter().filter(|(.., file)| file.kind == Kind::Hospital) {
            hospital.read(file.name, &file.content);
        }
        // Of those that share a key the last one is what S3 has, whatever its clock said.
        let bookings = last(&by_sequencer, |kind| kind == Kind::Bookings);
        Self {
            doctors: clinic(last(&by_sequencer, |kind| matches!(kind, Kind::Doctors(_)))),
            appointments: clinic(last(&drops, |kind| matches!(kind, Kind::Appointments(_)))),
            hospital,
            bookings: Mis::read(&bookings.content).unwrap(),
        }
    }
}

/// A drop: its place, its key and its file.
type Dropped<'a> = (&'a Place, &'a str, &'a File);

/// The drops in their order.
fn drops<'a>(world: &'a World, operator: &'a Operator) -> Vec<Dropped<'a>> {
    let dropped = |(place, event): (&'a Place, &'a Value)| {
        let text = |name| event["detail"]["object"][name].as_str().unwrap();
        (place, text("key"), &world.files.all[world.tags[text("etag")]])
    };
    operator.events.iter().map(dropped).collect()
}

/// The clinic's tables are those of the last files. Of doctors whom nobody needs any more a placeholder may be left.
async fn assert_clinic(database: &Client, standing: &Standing<'_>) {
    let appointments_wanted = standing.appointments.appointments_table();
    assert_same("appointments", &appointments(database).await, &appointments_wanted);
    let placeholder = ("Unknown".to_owned(), Some("Unknown".to_owned()));
    let mut wanted: BTreeMap<_, _> =
        appointments_wanted.values().map(|booked| (booked.doctor_id, placeholder.clone())).collect();
    let known = standing.doctors.doctors.loaded();
    wanted.extend(known.map(|doctor| (doctor.doctor_id, (doctor.name.clone(), doctor.specialty.clone()))));
    let mut found = doctors(database).await;
    found.retain(|doctor, said| wanted.contains_key(doctor) || *said != placeholder);
    assert_same("doctors", &found, &wanted);
}

/// The bookings are those of the last workbook.
async fn assert_bookings(database: &Client, mis: &Mis) {
    let asked =
        "SELECT appointment_id, coalesce(appt_status, ''), (amount_inr * 100)::bigint FROM mis.appointments";
    let rows = database.query(asked, &[]).await.unwrap();
    let found: BTreeMap<String, (String, i64)> = rows
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get::<_, Option<i64>>(2).unwrap_or_default())))
        .collect();
    let wanted = mis.appointments.iter();
    let wanted = wanted.map(|it| (it.id.clone(), (it.status.clone(), it.amount))).collect();
    assert_same("bookings", &found, &wanted);
}

/// Each drop has ended as one may, and each batch has counted the rows of its file.
async fn assert_accounted(world: &World, operator: &Operator, database: &Client) {
    let rows = world.files.rows();
    let batches = "SELECT sha256, read, rejected FROM ops.batch";
    for batch in database.query(batches, &[]).await.unwrap() {
        let counted = [batch.get::<_, i64>(1), batch.get(2)].map(|count| usize::try_from(count).unwrap());
        assert_eq!(counted, <[usize; 2]>::from(rows[batch.get::<_, &str>(0)]), "rows read and rejected");
    }
    let ended = "SELECT key, status FROM ops.drop";
    let mut statuses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for drop in database.query(ended, &[]).await.unwrap() {
        statuses.entry(drop.get(0)).or_default().insert(drop.get(1));
    }
    for (_, key, file) in drops(world, operator) {
        let may_end: &[&str] = match file.kind {
            Kind::Letter => &["quarantined"],
            // Another file may have taken its place, and MiniStack's events do not name the version: the run that is
            // started again finds another one, or none.
            Kind::Doctors(_) | Kind::Bookings => {
                &["loaded", "already_loaded", "overtaken", "quarantined", "seen"]
            }
            Kind::Appointments(_) | Kind::Hospital => &["loaded", "already_loaded", "overtaken"],
        };
        let found = statuses.get(key);
        let is_fine =
            found.is_some_and(|found| found.iter().all(|status| may_end.contains(&status.as_str())));
        assert!(is_fine, "{key} ended as {found:?}");
    }
}

/// What the mail service took, it took once, and the ledger says so; what the ledger calls sent was taken. Each load of
/// the clinic has its letter.
async fn assert_mails(world: &World, database: &Client) {
    let asked = "SELECT delivery_id::text, status FROM ops.delivery WHERE channel = 'email'";
    let rows = database.query(asked, &[]).await.unwrap();
    let ledger: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let taken = world.post.taken();
    for (delivery, times) in &taken {
        assert_eq!(*times, 1, "delivery {delivery}: one mail");
        assert_eq!(ledger.get(delivery).map(String::as_str), Some("sent"), "delivery {delivery} was taken");
    }
    for (delivery, status) in &ledger {
        assert_eq!(taken.contains_key(delivery), status == "sent", "delivery {delivery} is {status}");
        assert!(["sent", "failed"].contains(&status.as_str()), "delivery {delivery} is {status}");
    }
    // A run that is started again after its content was loaded anew, by another drop, finds that load and its letter.
    let silent =
        "SELECT l.dataset, l.load::text FROM ops.load l WHERE l.dataset LIKE 'healthtech.%' AND NOT EXISTS
                  (SELECT FROM ops.load later JOIN ops.delivery d ON d.period = 'load-' || later.load
                   WHERE d.report = 'healthtech.summary' AND later.batch = l.batch AND later.load >= l.load)
                  AND l.load > (SELECT min(load) FROM ops.load WHERE dataset = 'healthtech.appointments')";
    assert_eq!(lines(database, silent).await, Vec::<Line>::new(), "loads without a letter");
}

/// Nothing is left of what was broken off: no staged rows, locks or transactions, no object of a batch that the ledger
/// does not know, no half an upload. `curated/` and `batches/` keep what a transform made of any file that was read, as
/// it can be needed again.
async fn assert_nothing_left(world: &World, database: &Client) {
    for (what, asked) in [
        ("staged rows", "SELECT relname FROM pg_class WHERE relpersistence = 't' OR relname LIKE 'staged%'"),
        ("locks", "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'"),
        (
            "transactions",
            "SELECT pid, state FROM pg_stat_activity WHERE application_name LIKE 'rounds-%' AND xact_start IS NOT NULL",
        ),
        ("prepared transactions", "SELECT gid FROM pg_prepared_xacts"),
    ] {
        let runtime = tokio::runtime::Handle::current();
        let left = || tokio::task::block_in_place(|| runtime.block_on(lines(database, asked)));
        // A session that was cut ends a moment later.
        until(&format!("no {what} are left"), || left().is_empty().then_some(()));
    }
    let loaded = lines(database, "SELECT DISTINCT batch FROM ops.load").await;
    let loaded: BTreeSet<String> = loaded.into_iter().flatten().flatten().collect();
    let kept = world.batches("lake/").await;
    let orphans: Vec<_> = kept.difference(&loaded).collect();
    assert!(orphans.is_empty(), "in lake/, and never loaded: {orphans:?}");
    let lacking: Vec<_> = loaded.difference(&kept).collect();
    assert!(lacking.is_empty(), "loaded, and not in lake/: {lacking:?}");
    let uploads = world.stack.s3.list_multipart_uploads().bucket(&world.stack.deployment().lake_bucket);
    assert!(uploads.send().await.unwrap().uploads().is_empty(), "an upload was never ended");
}

async fn lines(database: &Client, asked: &str) -> Vec<Line> {
    reading::lines(database, asked).await.unwrap()
}
