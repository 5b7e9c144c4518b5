//! Columns' labels as the vendor's people write them.

/// Labels that are more than the words of the name.
const LABELS: [(&str, &str); 9] = [
    ("remark_code_s", "Remark Code(s)"),
    ("unpaid_reason_code_s", "Unpaid Reason Code(s)"),
    ("adjustment_code_s", "Adjustment Code(s)"),
    ("credit_source_w_o_payer", "Credit Source (w/o Payer)"),
    ("note_count_cntunq", "Note Count (CNTUNQ)"),
    ("last_note_date_max", "Last Note Date (Max)"),
    ("charge_units_sum", "Charge Units (Sum)"),
    ("patient_paid_amount_w_copays", "Patient Paid Amount (w/ Copays)"),
    ("charge_entered_age_days", "Charge Entered Age (Days)"),
];

/// Labels of the PDR3 calculator, which somebody chose by hand.
const BY_HAND: [(&str, &str); 4] = [
    ("charge_rev_code", "Revenue Code"),
    ("facility_name", "Facility Name/ID"),
    ("primary_member_id", "Claim Primary Member ID"),
    ("charge_amount", "Charge/Debit Amount"),
];

/// The label of a column in a report.
pub(super) fn label(report: &str, column: &str) -> String {
    let by_hand = if report == "pdr3_calculator" { BY_HAND.as_slice() } else { &[] };
    let known = by_hand.iter().chain(&LABELS).find(|(name, _)| *name == column);
    known.map_or_else(|| words(column), |(_, label)| (*label).to_owned())
}

/// `charge_cpt_code` as `Charge CPT Code`.
fn words(column: &str) -> String {
    let word = |word: &str| match word {
        "id" | "cpt" => word.to_uppercase(),
        "fromdate" => "FromDate".to_owned(),
        "of" => word.to_owned(),
        _ => word[..1].to_uppercase() + &word[1..],
    };
    column.split('_').map(word).collect::<Vec<_>>().join(" ")
}
