use crate::billing::Billing;

#[tokio::test]
async fn denials_are_told_by_payer_and_reason() {
    let billing = Billing::new().await;
    let (day, payer, codes, paid) =
        ("payment_received", "payer_name", "unpaid_reason_code_s", "insurance_paid_amount");
    let answers: [&[(&str, &str)]; 6] = [
        &[(payer, "Acme"), (codes, "CO-16"), (paid, "0"), ("charge_amount", "100")],
        &[(payer, "Acme"), (codes, "co-16; PR-1, CO-16"), ("charge_amount", "50")],
        &[(payer, "Acme"), (codes, "CO-45"), (paid, "80"), ("charge_amount", "100")],
        &[(payer, "Acme"), (codes, ""), (paid, "0"), ("charge_amount", "100")],
        &[(payer, "Blue"), (paid, "80"), ("charge_amount", "100")],
        &[("charge_primary_payer_name", "Cure"), (codes, "CO-97"), (paid, "-80")],
    ];
    for answer in answers {
        let cells: Vec<_> = [(day, "2026-11-10")].into_iter().chain(answer.iter().copied()).collect();
        billing.add("denial_trends", &cells).await;
    }
    let told = "
        SELECT month, payer_name, answered_charges, payer_denied_charges, payer_denial_rate,
               reason_code, denied_charges, denied_amount, denial_rate
        FROM billing.denial_trends_view ORDER BY payer_name, reason_code";
    assert_eq!(
        billing.told(told).await,
        [
            "2026-11 | Acme | 4 | 2 | 0.5000 | CO-16 | 2 | 150.00 | 0.5000",
            "2026-11 | Acme | 4 | 2 | 0.5000 | PR-1 | 1 | 50.00 | 0.2500",
            "2026-11 | Blue | 1 | 0 | 0.0000 | - | 0 | 0.00 | 0.0000",
            "2026-11 | Cure | 1 | 1 | 1.0000 | CO-97 | 1 | 0.00 | 1.0000",
        ]
    );
}

#[tokio::test]
async fn a_denial_counts_in_the_month_of_its_answer_and_equal_lines_count_each() {
    let billing = Billing::new().await;
    let codes = ("unpaid_reason_code_s", "CO-16");
    billing
        .add("denial_trends", &[codes, ("payment_received", "2026-10-31"), ("payment_entered", "2026-11-02")])
        .await;
    billing.add("denial_trends", &[codes, ("payment_entered", "2026-11-02")]).await;
    billing.add("denial_trends", &[codes, ("payment_entered", "2026-11-02")]).await;
    billing.add("denial_trends", &[codes]).await;
    let told = "SELECT month, payer_name, denied_charges FROM billing.denial_trends_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        ["2026-10 | Unknown | 1", "2026-11 | Unknown | 2", "Unknown | Unknown | 1"]
    );
}

#[tokio::test]
async fn stages_show_what_is_owed_and_for_how_long() {
    let billing = Billing::new().await;
    let (status, entered) = ("claim_status", "charge_entered_date");
    let sent = [(status, "Sent to payer"), ("claim_id", "1"), (entered, "2026-11-11")];
    let owed = [("charge_amount", "400"), ("charge_balance", "300"), ("charge_balance_due_ins", "250")];
    let rest = [("charge_balance_due_other", "20"), ("charge_balance_due_pat", "30")];
    let whole: Vec<_> = sent.into_iter().chain(owed).chain(rest).collect();
    billing.add("claim_stage_breakdown", &whole).await;
    billing
        .add(
            "claim_stage_breakdown",
            &[(status, "Sent to payer"), ("claim_id", "1"), (entered, "2026-11-16")],
        )
        .await;
    billing
        .add(
            "claim_stage_breakdown",
            &[("claim_id", "2"), (entered, "2026-12-24"), ("charge_balance", "100")],
        )
        .await;
    let told = "
        SELECT claim_status, claims, charges, charge_amount, balance, balance_due_payer, balance_due_patient,
               balance_share, average_age, longest_age_days
        FROM billing.claim_stage_breakdown_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "Sent to payer | 1 | 2 | 400.00 | 300.00 | 270.00 | 30.00 | 0.7500 | 7.5 | 10",
            "Unknown | 1 | 1 | 0.00 | 100.00 | 0.00 | 0.00 | 0.2500 | 0.0 | 0",
        ]
    );
}

#[tokio::test]
async fn a_share_of_nothing_is_none() {
    let billing = Billing::new().await;
    billing.add("claim_stage_breakdown", &[("charge_balance", "0")]).await;
    billing.add("write_off_trends", &[]).await;
    billing.add("quadrant_performance", &[("payment_total_paid", "10")]).await;
    billing.add("pdr3_calculator", &[("charge_amount", "10")]).await;
    billing.add("rev_rec_payments", &[("payment_total_paid", "10")]).await;
    let shares = "
        SELECT balance_share::text FROM billing.claim_stage_breakdown_view
        UNION ALL SELECT written_off_share::text FROM billing.write_off_trends_view
        UNION ALL SELECT collection_rate::text FROM billing.quadrant_performance_view
        UNION ALL SELECT charged_per_day::text FROM billing.pdr3_calculator_view
        UNION ALL SELECT collection_rate::text FROM billing.rev_rec_view";
    assert_eq!(billing.told(shares).await, ["-"; 5]);
}

#[tokio::test]
async fn write_offs_are_told_by_reason() {
    let billing = Billing::new().await;
    let (day, source, code, amount) =
        ("payment_received", "credit_source_w_o_payer", "adjustment_code_s", "payment_total_applied");
    let line = [(day, "2026-11-10"), (source, "Write-off"), (code, "TF"), (amount, "30"), ("charge_id", "1")];
    billing.add("write_off_trends", &line).await;
    billing.add("write_off_trends", &line).await;
    billing.add("write_off_trends", &[(day, "2026-11-30"), (code, "CO-45"), (amount, "20")]).await;
    billing.add("write_off_trends", &[(day, "2026-12-01"), (code, "TF"), (amount, "-5")]).await;
    let told = "
        SELECT month, credit_source, adjustment_code, payer_name, credits, charges, written_off, written_off_share
        FROM billing.write_off_trends_view ORDER BY month, adjustment_code";
    assert_eq!(
        billing.told(told).await,
        [
            "2026-11 | Unknown | CO-45 | Unknown | 1 | 0 | 20.00 | 0.2500",
            "2026-11 | Write-off | TF | Unknown | 2 | 1 | 60.00 | 0.7500",
            "2026-12 | Unknown | TF | Unknown | 1 | 0 | -5.00 | 1.0000",
        ]
    );
}

#[tokio::test]
async fn reason_codes_are_told_apart_however_they_are_listed() {
    let billing = Billing::new().await;
    for codes in ["CO-16/PR-1", "co-16  -", "PR-1; CO-16 | N30 OA 23"] {
        billing.add("denial_trends", &[("unpaid_reason_code_s", codes)]).await;
    }
    billing.add("denial_trends", &[("unpaid_reason_code_s", "-")]).await;
    let told = "SELECT reason_code, denied_charges, payer_denied_charges, answered_charges
                FROM billing.denial_trends_view ORDER BY reason_code";
    assert_eq!(
        billing.told(told).await,
        ["CO-16 | 3 | 3 | 4", "N30 | 1 | 3 | 4", "OA 23 | 1 | 3 | 4", "PR-1 | 2 | 3 | 4"]
    );
}

#[tokio::test]
async fn of_equal_lines_of_a_charge_the_one_with_the_most_adjustments_counts() {
    let billing = Billing::new().await;
    for adjusted in ["5", "25", "0"] {
        let line = [("charge_id", "1"), ("charge_amount", "200"), ("charge_total_adjustments", adjusted)];
        billing.add("quadrant_performance", &line).await;
    }
    let told = "SELECT charges, charge_amount, adjustments FROM billing.quadrant_performance_view";
    assert_eq!(billing.told(told).await, ["1 | 200.00 | 25.00"]);
}

#[tokio::test]
async fn a_charge_with_two_payments_is_charged_once() {
    let billing = Billing::new().await;
    let (day, charged, insurer, total) =
        ("payment_received", "charge_amount", "insurance_paid_amount", "payment_total_paid");
    let north = [("facility_name", "North"), (day, "2026-11-10"), ("charge_id", "1"), (charged, "200")];
    let payment =
        |cells: [(&'static str, &'static str); 2]| north.into_iter().chain(cells).collect::<Vec<_>>();
    billing.add("quadrant_performance", &payment([(insurer, "80"), (total, "80")])).await;
    billing.add("quadrant_performance", &payment([(insurer, "0"), (total, "20")])).await;
    billing
        .add("quadrant_performance", &[("facility_name", "North"), (day, "2026-11-11"), (charged, "50")])
        .await;
    billing
        .add("quadrant_performance", &[("facility_name", "North"), (day, "2026-11-11"), (charged, "50")])
        .await;
    let told = "
        SELECT month, facility_name, charges, payments, charge_amount, insurance_paid, patient_paid, total_paid,
               collection_rate
        FROM billing.quadrant_performance_view";
    assert_eq!(
        billing.told(told).await,
        ["2026-11 | North | 3 | 4 | 300.00 | 80.00 | 20.00 | 100.00 | 0.3333"],
        "charges without a number are charges of their own"
    );
}

#[tokio::test]
async fn a_patient_day_is_each_day_from_first_to_last() {
    let billing = Billing::new().await;
    let (from, to, code) = ("charge_from_date", "charge_to_date", "charge_rev_code");
    let week = [(from, "2026-11-01"), (to, "2026-11-07"), (code, "0126")];
    let money =
        [("charge_amount", "7000"), ("payment_allowed_amount", "3500"), ("insurance_paid_amount", "2600")];
    let whole: Vec<_> =
        week.into_iter().chain(money).chain([("patient_paid_amount_w_copays", "200")]).collect();
    billing.add("pdr3_calculator", &whole).await;
    billing.add("pdr3_calculator", &[(from, "2026-10-31"), (to, "2026-11-01"), (code, "0906")]).await;
    billing.add("pdr3_calculator", &[(from, "2026-10-31"), (to, "2026-10-31"), (code, "0906")]).await;
    billing.add("pdr3_calculator", &[(from, "2026-10-31"), (code, "0906")]).await;
    billing.add("pdr3_calculator", &[(from, "2026-10-31"), (to, "2026-10-01"), (code, "0906")]).await;
    billing.add("pdr3_calculator", &[(to, "2026-10-01")]).await;
    let told = "
        SELECT month, service_type, lines, patient_days, charged_per_day, allowed_per_day, paid_per_day
        FROM billing.pdr3_calculator_view ORDER BY month";
    assert_eq!(
        billing.told(told).await,
        [
            "2026-10 | Intensive outpatient | 4 | 5 | 0.00 | 0.00 | 0.00",
            "2026-11 | Detoxification | 1 | 7 | 1000.00 | 500.00 | 400.00",
            "Unknown | Unknown | 1 | 0 | - | - | -",
        ]
    );
}

#[tokio::test]
async fn charges_stand_against_payments_of_the_same_month_of_service() {
    let billing = Billing::new().await;
    let day = "charge_from_date";
    for _ in 0..2 {
        billing.add("rev_rec_charges", &[(day, "2026-10-31"), ("charge_amount", "100")]).await;
    }
    let later = [(day, "2026-10-01"), ("payment_entered", "2026-11-20"), ("payment_total_paid", "50")];
    billing.add("rev_rec_payments", &later).await;
    billing.add("rev_rec_payments", &[(day, "2026-11-01"), ("payment_total_paid", "-12.50")]).await;
    billing.add("rev_rec_charges", &[("charge_amount", "30")]).await;
    billing.add("rev_rec_payments", &[("payment_total_paid", "30")]).await;
    let told = "
        SELECT month, charges, charge_amount, payments, paid_amount, unpaid_amount, collection_rate
        FROM billing.rev_rec_view ORDER BY month";
    assert_eq!(
        billing.told(told).await,
        [
            "2026-10 | 2 | 200.00 | 1 | 50.00 | 150.00 | 0.2500",
            "2026-11 | 0 | 0.00 | 1 | -12.50 | 12.50 | -",
            "Unknown | 1 | 30.00 | 1 | 30.00 | 0.00 | 1.0000",
        ]
    );
}
