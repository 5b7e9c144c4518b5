use crate::billing::Billing;

#[tokio::test]
async fn the_lag_runs_from_entry_to_the_first_bill_and_the_hold_to_the_day() {
    let billing = Billing::new().await;
    let (entered, billed) = ("charge_entered_date", "claim_first_billed_date");
    let add = |id, cells: Vec<(&'static str, &'static str)>| {
        let cells: Vec<_> = [("charge_id", id)].into_iter().chain(cells).collect();
        let billing = &billing;
        async move { billing.add("gross_billing", &cells).await }
    };
    add("1", vec![(entered, "2026-11-01"), (billed, "2026-11-05")]).await;
    add("2", vec![(entered, "2026-11-10"), (billed, "2026-11-08")]).await;
    add("3", vec![(entered, "2026-11-10")]).await;
    add("4", vec![(billed, "2026-11-10")]).await;
    add("5", vec![(entered, "2026-12-24")]).await;
    add("6", vec![]).await;
    let told = "
        SELECT charge_id, billing_status, days_on_hold, billing_lag FROM billing.gross_billing_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "1 | Billed | 20 | 4",
            "2 | Billed | 11 | -2",
            "3 | Not billed | 11 | -",
            "4 | Billed | - | -",
            "5 | Not billed | 0 | -",
            "6 | Not billed | - | -",
        ]
    );
}

#[tokio::test]
async fn a_week_has_the_year_of_its_thursday() {
    let billing = Billing::new().await;
    for day in ["2024-12-29", "2024-12-30", "2026-11-21", "2027-01-03", "2027-01-04"] {
        billing.add("gross_billing", &[("charge_entered_date", day)]).await;
        billing.add("payment_trends", &[("payment_received", day)]).await;
    }
    let weeks = [
        "2024-12-29 | 2024-W52 | 2024-12 | 2024",
        "2024-12-30 | 2025-W01 | 2024-12 | 2024",
        "2026-11-21 | 2026-W47 | 2026-11 | 2026",
        "2027-01-03 | 2026-W53 | 2027-01 | 2027",
        "2027-01-04 | 2027-W01 | 2027-01 | 2027",
    ];
    for view in ["gross_billing_view", "payment_trends_view"] {
        let told = format!("SELECT day, iso_week, month, year FROM billing.{view} ORDER BY 1");
        assert_eq!(billing.told(&told).await, weeks, "{view}");
    }
}

#[tokio::test]
async fn a_revenue_code_tells_the_kind_of_service() {
    let billing = Billing::new().await;
    for code in [
        "0126",
        "126",
        "0128",
        "1002",
        "0913",
        "0906",
        "906 - IOP",
        "0915",
        "0300",
        "0250",
        "0001",
        "Lab",
        "",
    ] {
        billing.add("gross_billing", &[("charge_id", "1"), ("charge_rev_code", code)]).await;
    }
    billing.add("gross_billing", &[("charge_id", "1")]).await;
    let told = "SELECT revenue_code, service_type FROM billing.gross_billing_view ORDER BY revenue_code";
    assert_eq!(
        billing.told(told).await,
        [
            " | Unknown",
            "0001 | Other",
            "0126 | Detoxification",
            "0128 | Inpatient",
            "0250 | Pharmacy",
            "0300 | Laboratory",
            "0906 | Intensive outpatient",
            "0913 | Partial hospitalization",
            "0915 | Behavioral health outpatient",
            "1002 | Residential",
            "126 | Detoxification",
            "906 - IOP | Intensive outpatient",
            "Lab | Unknown",
            "- | Unknown",
        ]
    );
}

#[tokio::test]
async fn charges_on_hold_are_counted_and_added_up_by_facility_status_and_procedure() {
    let billing = Billing::new().await;
    let (facility, status, code) = ("facility_name", "claim_status", "charge_cpt_code");
    let line =
        [(facility, "North"), (status, "On hold (coding)"), (code, "H0015"), ("charge_amount", "450.50")];
    billing.add("charges_on_hold", &line).await;
    billing.add("charges_on_hold", &line).await;
    let older = [
        ("charge_entered_date", "2026-10-22"),
        (facility, "North"),
        (status, "On hold (coding)"),
        (code, "H0015"),
    ];
    billing.add("charges_on_hold", &older).await;
    let later = [("charge_entered_date", "2026-12-24"), ("charge_amount", "-12.00")];
    billing.add("charges_on_hold", &later).await;
    billing.add("charges_on_hold", &[("charge_amount", "2.00")]).await;
    let told = "
        SELECT facility_name, claim_status, cpt_code, charges, total_amount, longest_hold_days
        FROM billing.charges_on_hold_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "North | On hold (coding) | H0015 | 3 | 901.00 | 30",
            "Unknown | Unknown | Unknown | 2 | -10.00 | 0",
        ]
    );
}
