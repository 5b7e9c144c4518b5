use crate::billing::Billing;

#[tokio::test]
async fn notes_are_counted_by_user() {
    let billing = Billing::new().await;
    let (user, claim, notes) = ("created_by_user", "claim_id", "note_count_cntunq");
    let (billed, last_note) = ("claim_last_billed_date", "last_note_date_max");
    let first = ("claim_first_billed_date", "2026-11-01");
    let one =
        [(user, "ada"), (claim, "1"), (notes, "3"), first, (billed, "2026-11-01"), (last_note, "2026-11-11")];
    billing.add("rcm_productivity", &one).await;
    let two = [(user, "ada"), (claim, "2"), (notes, "2"), (billed, "2026-11-05"), (last_note, "2026-11-04")];
    billing.add("rcm_productivity", &two).await;
    billing.add("rcm_productivity", &[(user, "ada"), (claim, "2")]).await;
    billing.add("rcm_productivity", &[(notes, "1")]).await;
    let told = "
        SELECT user_name, claims, unbilled_claims, notes, notes_per_claim, last_note_date, average_follow_up
        FROM billing.rcm_productivity_view ORDER BY 1 DESC";
    assert_eq!(
        billing.told(told).await,
        ["ada | 2 | 1 | 5 | 2.50 | 2026-11-11 | 4.5", "Unknown | 1 | 1 | 1 | 1.00 | - | -"]
    );
}

#[tokio::test]
async fn the_time_of_a_user_is_spread_over_days_and_tasks() {
    let billing = Billing::new().await;
    let (user, kind, action, at) = ("audit_username", "audit_type", "audit_action", "audit_entered_date");
    let patient = ("audit_patient_id", "104");
    for time in ["2026-11-20 08:05", "2026-11-20 08:55", "2026-11-20 16:00"] {
        billing
            .add("user_time_spread", &[(user, "ada"), (kind, "Claim"), (action, "Edit"), (at, time), patient])
            .await;
    }
    let viewed = [(user, "ada"), (kind, "Patient"), (action, "View"), (at, "2026-11-20 23:59:59")];
    billing.add("user_time_spread", &viewed).await;
    let next = [(user, "ada"), (kind, "Claim"), (action, "Edit"), (at, "2026-11-21")];
    billing.add("user_time_spread", &next).await;
    billing.add("user_time_spread", &next).await;
    billing.add("user_time_spread", &[]).await;
    let told = "
        SELECT user_name, day, audit_type, audit_action, actions, patients, first_action::time, last_action::time,
               active_hours, action_share
        FROM billing.user_time_spread_view ORDER BY user_name DESC, day, audit_type";
    assert_eq!(
        billing.told(told).await,
        [
            "ada | 2026-11-20 | Claim | Edit | 3 | 1 | 08:05:00 | 16:00:00 | 2 | 0.7500",
            "ada | 2026-11-20 | Patient | View | 1 | 0 | 23:59:59 | 23:59:59 | 1 | 0.2500",
            "ada | 2026-11-21 | Claim | Edit | 2 | 0 | 00:00:00 | 00:00:00 | 1 | 1.0000",
            "Unknown | - | Unknown | Unknown | 1 | 0 | - | - | 0 | 1.0000",
        ]
    );
}
