use jiff::ToSpan as _;
use jiff::civil::date;

use crate::billing::Billing;

#[tokio::test]
async fn a_charge_is_in_the_bucket_of_its_age() {
    let billing = Billing::new().await;
    let ages = [0, 5, 6, 10, 11, 14, 15, 21, 22, 30, 31, 45, 46, 60, 61, 90, 91, 400];
    for age in ages {
        let day = date(2026, 11, 21).checked_sub(age.days()).unwrap().to_string();
        billing.add("ar_aging", &[("charge_from_date", &day)]).await;
    }
    let told = "SELECT charge_age_days, aging_bucket FROM billing.ar_aging_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "0 | 0-5 days",
            "5 | 0-5 days",
            "6 | 6-10 days",
            "10 | 6-10 days",
            "11 | 11-14 days",
            "14 | 11-14 days",
            "15 | 15-21 days",
            "21 | 15-21 days",
            "22 | 22-30 days",
            "30 | 22-30 days",
            "31 | 31-45 days",
            "45 | 31-45 days",
            "46 | 46-60 days",
            "60 | 46-60 days",
            "61 | 61-90 days",
            "90 | 61-90 days",
            "91 | over 90 days",
            "400 | over 90 days",
        ]
    );
}

#[tokio::test]
async fn buckets_sort_by_age_and_a_charge_without_a_date_comes_last() {
    let billing = Billing::new().await;
    for age in [400, 75, 50, 40, 25, 16, 12, 7, 1] {
        let day = date(2026, 11, 21).checked_sub(age.days()).unwrap().to_string();
        billing.add("ar_aging", &[("charge_from_date", &day)]).await;
    }
    billing.add("ar_aging", &[]).await;
    assert_eq!(
        billing.told("SELECT aging_bucket_order, aging_bucket FROM billing.ar_aging_summary").await,
        [
            "1 | 0-5 days",
            "2 | 6-10 days",
            "3 | 11-14 days",
            "4 | 15-21 days",
            "5 | 22-30 days",
            "6 | 31-45 days",
            "7 | 46-60 days",
            "8 | 61-90 days",
            "9 | over 90 days",
            "10 | Unknown",
        ]
    );
    assert_eq!(
        billing.told("SELECT count(*) FROM billing.ar_aging_view WHERE charge_age_days IS NULL").await,
        ["1"]
    );
}

#[tokio::test]
async fn a_charge_of_a_day_to_come_is_not_younger_than_new() {
    let billing = Billing::new().await;
    billing.add("ar_aging", &[("charge_from_date", "2026-11-22")]).await;
    billing.add("ar_aging", &[("charge_from_date", "2027-11-21")]).await;
    let told = "SELECT DISTINCT charge_age_days, aging_bucket FROM billing.ar_aging_view";
    assert_eq!(billing.told(told).await, ["0 | 0-5 days"]);
}

#[tokio::test]
async fn ages_follow_the_day_of_the_session() {
    let billing = Billing::new().await;
    billing.add("ar_aging", &[("charge_from_date", "2026-11-01")]).await;
    let told = "SELECT as_of, charge_age_days FROM billing.ar_aging_view";
    assert_eq!(billing.told(told).await, ["2026-11-21 | 20"]);
    billing.run("SET rounds.as_of = '2026-12-31'").await;
    assert_eq!(billing.told(told).await, ["2026-12-31 | 60"]);
    billing.run("RESET rounds.as_of").await;
    let today = "SELECT as_of = current_date FROM billing.ar_aging_view";
    assert_eq!(billing.told(today).await, ["t"], "without a day, the session's own");
}

#[tokio::test]
async fn statements_are_those_printed_and_those_sent_electronically() {
    let billing = Billing::new().await;
    let (printed, electronic) = ("patient_statements_printed", "patient_stmts_sent_electronically");
    billing.add("ar_aging", &[]).await;
    for (paper, mail) in [("2", "0"), ("1", "2"), ("4", "0"), ("0", "5"), ("3", "3"), ("6", "1")] {
        billing.add("ar_aging", &[(printed, paper), (electronic, mail)]).await;
    }
    billing.add("ar_aging", &[(electronic, "8")]).await;
    let told = "
        SELECT statements_sent, statements_bucket, statements_bucket_order
        FROM billing.ar_aging_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "0 | under 3 | 1",
            "2 | under 3 | 1",
            "3 | 3-4 | 2",
            "4 | 3-4 | 2",
            "5 | 5-6 | 3",
            "6 | 5-6 | 3",
            "7 | over 6 | 4",
            "8 | over 6 | 4",
        ]
    );
}

#[tokio::test]
async fn what_is_owed_is_told_by_payer_and_by_patient() {
    let billing = Billing::new().await;
    let (insurers, other, patient) =
        ("charge_balance_due_ins", "charge_balance_due_other", "charge_balance_due_pat");
    billing
        .add("ar_aging", &[("charge_id", "1"), (insurers, "100"), (other, "20.50"), (patient, "9.99")])
        .await;
    billing.add("ar_aging", &[("charge_id", "2"), (other, "20.50")]).await;
    billing.add("ar_aging", &[("charge_id", "3"), (patient, "-12.00")]).await;
    billing.add("ar_aging", &[("charge_id", "4")]).await;
    let told = "
        SELECT charge_id, balance_due_payer, balance_due_patient, balance_due
        FROM billing.ar_aging_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "1 | 120.50 | 9.99 | 130.49",
            "2 | 20.50 | 0.00 | 20.50",
            "3 | 0.00 | -12.00 | -12.00",
            "4 | 0.00 | 0.00 | 0.00",
        ]
    );
}

#[tokio::test]
async fn a_patients_name_has_no_number_behind_it() {
    let billing = Billing::new().await;
    let names =
        ["Doe, Jane (104)", "Doe, Jane(A-104) ", "Doe, Jane (Janie)", "Doe, Jane (Janie) (104)", "(104)", ""];
    for (number, name) in (1..).zip(names) {
        billing.add("ar_aging", &[("charge_id", &format!("{number}")), ("patient_full_name", name)]).await;
    }
    billing.add("ar_aging", &[("charge_id", "7")]).await;
    assert_eq!(
        billing.told("SELECT patient_name FROM billing.ar_aging_view ORDER BY charge_id").await,
        ["Doe, Jane", "Doe, Jane", "Doe, Jane (Janie)", "Doe, Jane (Janie)", "-", "-", "-"]
    );
}

#[tokio::test]
async fn equal_lines_count_each_and_accounts_stay_apart() {
    let billing = Billing::new().await;
    let line = [("charge_id", "1"), ("charge_from_date", "2026-11-20"), ("charge_balance_due_ins", "50.25")];
    billing.add("ar_aging", &line).await;
    billing.add("ar_aging", &line).await;
    let other = [
        ("customer_account", "10026936"),
        ("charge_from_date", "2026-11-20"),
        ("charge_balance_due_pat", "7"),
    ];
    billing.add("ar_aging", &other).await;
    let told = "
        SELECT customer_account, aging_bucket, charges, balance_due_payer, balance_due_patient, balance_due
        FROM billing.ar_aging_summary ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        ["10026936 | 0-5 days | 1 | 0.00 | 7.00 | 7.00", "10028395 | 0-5 days | 2 | 100.50 | 0.00 | 100.50"]
    );
}
