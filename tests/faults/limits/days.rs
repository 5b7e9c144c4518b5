//! Days on which clocks change, and the ends of months and years.

use rounds_testkit::stack::Stack;
use rounds_testkit::stage::{Line, Stage, asked};
use serde_json::{Value, json};

/// Moments, and the day that they are of where the clocks are like this.
const DAYS: [(&str, &[(&str, &str)]); 2] = [
    (
        "America/New_York",
        &[
            // Clocks go forward at two in the morning of 8 March 2026: a day of 23 hours.
            ("2026-03-08T04:59:59Z", "2026-03-07"),
            ("2026-03-08T05:00:00Z", "2026-03-08"),
            ("2026-03-08T07:00:00Z", "2026-03-08"),
            ("2026-03-09T03:59:59Z", "2026-03-08"),
            ("2026-03-09T04:00:00Z", "2026-03-09"),
            // They go back on 1 November, and show the hour from one to two twice: a month's first day of 25 hours.
            ("2026-11-01T03:59:59Z", "2026-10-31"),
            ("2026-11-01T05:30:00Z", "2026-11-01"),
            ("2026-11-01T06:30:00Z", "2026-11-01"),
            ("2026-11-02T04:59:59Z", "2026-11-01"),
            ("2026-11-02T05:00:00Z", "2026-11-02"),
            // The ends of a year and of a leap year's February.
            ("2027-01-01T04:59:59Z", "2026-12-31"),
            ("2027-01-01T05:00:00Z", "2027-01-01"),
            ("2028-02-29T05:00:00Z", "2028-02-29"),
            ("2028-03-01T04:59:59Z", "2028-02-29"),
            ("2028-03-01T05:00:00Z", "2028-03-01"),
        ],
    ),
    // Here the day itself begins at one.
    ("America/Santiago", &[("2026-09-06T03:59:59Z", "2026-09-05"), ("2026-09-06T04:00:00Z", "2026-09-06")]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_takes_a_moment_for_the_same_day_of_the_clinic_also_when_its_clocks_change() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    let mut event = line.drop_file("healthtech/doctors.csv", "doctor_id,name\n1,Ada\n".into()).await;
    for (zone, days) in DAYS {
        let stage = |name| Stage::start(&stack, name, &[("CLINIC_TIME_ZONE", zone)]);
        (line.ingest, line.load, line.report) = (stage("ingest"), stage("load"), stage("report"));
        for (moment, day) in days {
            event["time"] = (*moment).into();
            let inspected = line.ingest.invoke(&asked::inspect(&event)).done();
            let clean_up = line.load.invoke(&json!({"plan": {"scheduled_at": moment}})).done();
            let round = json!({"plan": {"reports": [], "at": moment, "wait": false}});
            let round = line.report.invoke(&round).done();
            for answer in [inspected, clean_up, round] {
                assert_eq!(answer["as_of"], *day, "{moment} in {zone}: {answer}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leap_days_visit_stands_in_its_month_quarter_and_year_and_each_goes_out_once_whatever_day_asks() {
    let stack = Stack::shared().await;
    let mut line = Line::start(&stack).await;
    for (name, rows) in [
        ("patients", "patient_id,name,email,phone,preferred_channel\nq-1,Q,q@patients.example,,email\n"),
        ("doctors", "doctor_id,name,email,is_active\nq-1,Dr. Q,dr.q@clinic.example,true\n"),
        (
            "appointments",
            "appointment_id,patient_id,doctor_id,appointment_date,appointment_time,status,visit_type\n\
             q-1,q-1,q-1,2028-02-29,23:30,completed,first\nq-2,q-1,q-1,2028-12-31,23:30,completed,first\n",
        ),
        (
            "treatments",
            "treatment_id,appointment_id,created_at,symptoms,diagnosis,treatment,prescription,notes,next_visit\n\
             q-1,q-1,2028-02-29 23:50:00,s,d,t,p,n,2028-03-31\nq-2,q-2,2028-12-31 23:50:00,s,d,t,p,n,\n",
        ),
    ] {
        let event = line.drop_file(&format!("hospital/{name}.csv"), rows.into()).await;
        assert_eq!(line.run(&event).unwrap()["outcome"], "loaded", "{name}");
    }
    let mails = stack.mails().len();
    for (report, period, days) in [
        ("hospital.monthly_activity", "2028-02", ["2028-03-01", "2028-03-31"]),
        ("hospital.monthly_activity", "2028-12", ["2029-01-01", "2029-01-31"]),
        ("hospital.quarterly_performance", "2028-Q1", ["2028-04-01", "2028-06-30"]),
        ("hospital.quarterly_performance", "2028-Q4", ["2029-01-01", "2029-03-31"]),
    ] {
        let asked = |day| json!({"deliver": {"report": report, "as_of": day}});
        let [first, again] = days.map(|day| line.report.invoke(&asked(day)).done()["reports"][0].clone());
        assert_eq!((&first["period"], &again["period"]), (&period.into(), &period.into()), "{report}");
        assert!(first["rows"].as_u64() > Some(0), "{report} of {period}: {first}");
        assert!(is_sent(&first) && !is_sent(&again), "{report} of {period}: {first}, then {again}");
    }
    assert_eq!(stack.mails().len(), mails + 4);
}

fn is_sent(receipt: &Value) -> bool {
    receipt["sent"] == 1
}
