use crate::billing::Billing;

const INSURER: &str = "insurance_paid_amount";
const TOTAL: &str = "payment_total_paid";

#[tokio::test]
async fn who_paid_is_told_from_the_amounts() {
    let billing = Billing::new().await;
    let payments: [&[(&str, &str)]; 9] = [
        &[(INSURER, "80"), (TOTAL, "100")],
        &[(INSURER, "80"), (TOTAL, "80")],
        &[(TOTAL, "25")],
        &[(INSURER, "0"), (TOTAL, "25"), ("patient_applied_amount", "25")],
        &[(INSURER, "50")],
        &[(INSURER, "0"), (TOTAL, "0")],
        &[],
        &[(INSURER, "-80"), (TOTAL, "-80")],
        &[(INSURER, "0"), (TOTAL, "0"), ("patient_applied_amount", "15")],
    ];
    for (number, payment) in (1..).zip(payments) {
        let id = format!("{number}");
        let cells: Vec<_> = [("charge_id", id.as_str())].into_iter().chain(payment.iter().copied()).collect();
        billing.add("payment_trends", &cells).await;
    }
    let told = "
        SELECT charge_id, payment_status, payment_type, insurance_paid, patient_paid, total_paid
        FROM billing.payment_trends_view ORDER BY 1";
    assert_eq!(
        billing.told(told).await,
        [
            "1 | Paid | Insurance and patient | 80.00 | 20.00 | 100.00",
            "2 | Paid | Insurance | 80.00 | 0.00 | 80.00",
            "3 | Paid | Patient | 0.00 | 25.00 | 25.00",
            "4 | Paid | Patient | 0.00 | 25.00 | 25.00",
            "5 | Paid | Insurance | 50.00 | 0.00 | 50.00",
            "6 | Not paid | - | 0.00 | 0.00 | 0.00",
            "7 | Not paid | - | 0.00 | 0.00 | 0.00",
            "8 | Not paid | Insurance | -80.00 | 0.00 | -80.00",
            "9 | Not paid | Patient | 0.00 | 0.00 | 0.00",
        ]
    );
}

#[tokio::test]
async fn the_turnaround_runs_from_receipt_to_posting() {
    let billing = Billing::new().await;
    let (received, entered) = ("payment_received", "payment_entered");
    billing
        .add("payment_trends", &[("charge_id", "1"), (received, "2026-11-10"), (entered, "2026-11-13")])
        .await;
    billing
        .add("payment_trends", &[("charge_id", "2"), (received, "2026-11-10"), (entered, "2026-11-08")])
        .await;
    billing.add("payment_trends", &[("charge_id", "3"), (received, "2026-11-10")]).await;
    billing.add("payment_trends", &[("charge_id", "4"), (entered, "2026-11-10")]).await;
    let told = "SELECT charge_id, posting_turnaround FROM billing.payment_trends_view ORDER BY 1";
    assert_eq!(billing.told(told).await, ["1 | 3", "2 | -2", "3 | -", "4 | -"]);
}

#[tokio::test]
async fn what_was_applied_and_what_was_not_stand_apart() {
    let billing = Billing::new().await;
    let (insurer, patient) = ("insurance_applied_amount", "patient_applied_amount");
    let whole = [
        ("payment_total_applied", "90"),
        (insurer, "70"),
        (patient, "20"),
        ("payment_unapplied_amount", "10"),
    ];
    billing.add("payment_trends", &whole).await;
    billing.add("payment_trends", &[(insurer, "70")]).await;
    billing.add("payment_trends", &[]).await;
    let told = "
        SELECT insurance_applied, patient_applied, applied, unapplied, adjustments
        FROM billing.payment_trends_view ORDER BY applied DESC";
    assert_eq!(
        billing.told(told).await,
        [
            "70.00 | 20.00 | 90.00 | 10.00 | 0.00",
            "70.00 | 0.00 | 70.00 | 0.00 | 0.00",
            "0.00 | 0.00 | 0.00 | 0.00 | 0.00",
        ]
    );
}
