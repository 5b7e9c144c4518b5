//! The marts of the day.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use rounds_report::due::DueReport;
use rounds_report::handler::handle;
use rounds_report::letters::share::Shares;
use rounds_shared::payload::{Due, LoadRef, ReportRequest};
use serde_json::{Value, json};

use super::Ward;
use crate::clinic;
use crate::handler::Stage;
use crate::letters::Desk;
use crate::plan;

const DAY: Date = date(2026, 11, 21);

/// The JSON of a mart after a load, as a program reads it.
async fn mart(ward: &mut Ward, name: &str) -> Value {
    let report = ward.catalog.report(name).unwrap().clone();
    let due = DueReport::after(&report, DAY, 1);
    let snapshot = clinic::snapshot(&mut ward.client, &ward.catalog, &due).await;
    let snapshot = snapshot.map_err(|reason| reason.to_string()).unwrap();
    let share = Shares::of(&report, snapshot).ok().unwrap().shares.remove(0);
    let desk = Desk::new(&ward.catalog).await;
    desk.writer(&due, "").write(&ward.client, share, None, true).await.ok().unwrap();
    let folder = format!("marts/{}", name.replace('.', "/"));
    let stem = name.rsplit('.').next().unwrap();
    let keys = [format!("{folder}/json/{stem}.json"), format!("{folder}/parquet/{stem}.parquet")];
    assert_eq!(desk.keys(), keys);
    serde_json::from_str(&desk.text(".json")[0]).unwrap()
}

#[tokio::test]
async fn the_days_totals_are_what_the_days_rows_add_up_to() {
    let mut ward = Ward::on(DAY).await;
    let totals = mart(&mut ward, "hospital.day_totals").await;
    assert_eq!((&totals["report"], &totals["as_of"]), (&json!("hospital.day_totals"), &json!("2026-11-21")));

    let all = ward.hospital.appointments();
    let of_day =
        |status: &str| all.values().filter(|visit| visit.date == DAY && visit.status == status).count();
    let [booked, completed, cancelled, no_shows] =
        ["booked", "completed", "cancelled", "no_show"].map(of_day);
    let ahead = date(2026, 11, 22)..=date(2026, 11, 28);
    let next = all.values().filter(|visit| ahead.contains(&visit.date) && visit.status == "booked").count();
    let active = ward.hospital.doctors.values().filter(|doctor| doctor.is_active == Some(true)).count();
    let expected = json!([
        {"name": "Appointments", "value": booked + completed + cancelled + no_shows},
        {"name": "Booked", "value": booked},
        {"name": "Completed", "value": completed},
        {"name": "Cancelled", "value": cancelled},
        {"name": "No-shows", "value": no_shows},
        {"name": "Booked for the next seven days", "value": next},
        {"name": "Patients", "value": ward.hospital.patients.len()},
        {"name": "Active doctors", "value": active},
    ]);
    assert_eq!(totals["figures"], expected);
    assert!(booked > 30);

    let rows = totals["rows"].as_array().unwrap();
    for row in rows {
        let doctor = row["doctor_id"].as_str().unwrap();
        let own = ward.appointments(doctor, [DAY, DAY]);
        assert_eq!(row["appointments"], own.len());
        assert_eq!(row["booked"], super::with(&own, "booked"));
    }
    let of_rows: u64 = rows.iter().map(|row| row["appointments"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(of_rows).unwrap(), booked + completed + cancelled + no_shows);
}

#[tokio::test]
async fn the_days_list_has_every_appointment_in_its_order_and_no_patient() {
    let mut ward = Ward::on(DAY).await;
    let list = mart(&mut ward, "hospital.day_list").await;
    let all = ward.hospital.appointments();
    let mut expected = Vec::new();
    for (id, visit) in &all {
        if visit.date == DAY {
            // An appointment without a time comes last.
            let time = visit.time.map(|time| time.strftime("%H:%M").to_string());
            expected.push((
                time.is_none(),
                time.clone(),
                *id,
                visit.doctor_id.as_str(),
                visit.status.as_str(),
            ));
        }
    }
    expected.sort_unstable();
    let rows = list["rows"].as_array().unwrap();
    assert_eq!(rows.len(), expected.len());
    for (row, (_, time, id, doctor, status)) in rows.iter().zip(&expected) {
        assert_eq!(row["time"], json!(time));
        let told = [&row["appointment_id"], &row["doctor_id"], &row["status"]];
        assert_eq!(told, [&json!(id), &json!(doctor), &json!(status)]);
    }
    let text = list.to_string();
    assert!(!text.contains("Patient-") && !text.contains("patient_id"), "whose they are is not told");
}

async fn loaded(stage: &Stage, load: i64) {
    let loads = vec![LoadRef { dataset: "hospital.appointments".to_owned(), batch: "b".repeat(32), load }];
    let request = ReportRequest::Due(Due::AfterLoad { as_of: DAY, loads });
    handle(&stage.context, request, Timestamp::MAX).await.unwrap();
}

#[tokio::test]
async fn an_older_run_done_again_does_not_take_the_marts_back_to_its_day() {
    let Ward { catalog, client, _postgres: postgres, .. } = Ward::on(DAY).await;
    let stage = Stage::of(postgres, client, catalog).await;
    for (dropped_at, day) in [("2026-11-21T01:00:00Z", "2026-11-21"), ("2026-11-22T01:00:00Z", "2026-11-22")]
    {
        plan::load(&stage.client, "hospital.appointments", dropped_at).await;
        loaded(&stage, 1).await;
        for name in ["day_totals", "day_list"] {
            let file = stage.requests(&format!("PUT /lake/marts/hospital/{name}/json/")).pop().unwrap();
            assert!(file.contains(&format!("\"as_of\":\"{day}\"")), "{name} of {day}");
        }
    }
}

#[tokio::test]
async fn each_load_renews_the_files_and_whoever_reads_them_is_told_for_how_long() {
    let Ward { catalog, client, _postgres: postgres, .. } = Ward::on(DAY).await;
    let stage = Stage::of(postgres, client, catalog).await;
    for load in [1, 2] {
        loaded(&stage, load).await;
    }
    let put = stage.requests("PUT /lake/marts/hospital/");
    assert_eq!(put.len(), 2 * 4, "two formats of two marts, twice");
    for file in put {
        let head = file.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(head.contains("cache-control: private, max-age=600"), "{head}");
    }
}
