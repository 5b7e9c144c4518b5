//! The reports: their numbers, columns and lines.

use super::cells::Line;
use super::charge::{Charge, Kind, Payment, Stage};

/// A report that the vendor runs.
#[derive(Debug)]
pub struct Report {
    /// Its name where it is collected.
    pub name: &'static str,
    /// What the vendor's people call it.
    pub title: &'static str,
    /// The vendor's number of it.
    pub number: &'static str,
    /// The vendor's number of its filter.
    pub filter: &'static str,
    /// Columns in order, separated by space.
    pub(super) columns: &'static str,
    pub(super) lines: fn(&[Charge]) -> Vec<Line<'_>>,
}

/// All of them.
pub const REPORTS: [Report; 13] = [
    Report {
        name: "ar_aging",
        title: "AR Aging",
        number: "10078378",
        filter: "10141925",
        columns: "charge_id claim_id claim_status claim_first_billed_date charge_from_date charge_to_date \
            charge_entered_date charge_primary_payer_name charge_primary_payer_id practice_name patient_full_name \
            patient_id charge_cpt_code charge_cpt_description revenue_code charge_fromdate_age \
            charge_first_bill_date_age charge_amount charge_balance charge_balance_due_ins charge_balance_due_other \
            charge_balance_due_pat charge_balance_at_collections charge_insurance_payments charge_patient_payments \
            charge_total_payments patient_stmts_sent_electronically patient_statements_printed",
        lines: |charges| each(charges, is_listed),
    },
    Report {
        name: "gross_billing",
        title: "Gross Billing",
        number: "10078486",
        filter: "10141929",
        columns: "practice_name charge_primary_payer_name charge_patient_id charge_id charge_claim_id \
            patient_full_name primary_payer_member_id charge_from_date charge_to_date charge_entered_date type_of_bill \
            claim_first_billed_date charge_cpt_code charge_units_sum charge_amount charge_rev_code \
            charge_current_payer_name claim_status",
        lines: |charges| each(charges, |_| true),
    },
    Report {
        name: "charges_on_hold",
        title: "Charges on Hold",
        number: "10078375",
        filter: "10141926",
        columns: "practice_name facility_name office_name charge_primary_payer_name patient_id charge_id claim_id \
            patient_full_name charge_entered_date charge_cpt_code charge_rev_code type_of_bill charge_entered_age_days \
            charge_from_date charge_to_date charge_amount claim_status charge_set_to_status",
        lines: |charges| each(charges, |charge| charge.stage == Stage::Hold),
    },
    Report {
        name: "payment_trends",
        title: "Payment Trends",
        number: "10078379",
        filter: "10141927",
        columns: "practice_name charge_entered_date charge_from_date charge_to_date patient_full_name \
            payment_allowed_amount charge_patient_id charge_id charge_rev_code charge_cpt_code type_of_bill claim_id \
            charge_primary_payer_name primary_payer_member_id charge_amount insurance_paid_amount payment_total_paid \
            payment_total_applied charge_insurance_adjustments charge_patient_adjustments charge_total_adjustments \
            payment_received payment_entered insurance_applied_amount patient_applied_amount payment_unapplied_amount",
        lines: |charges| payments(charges, |_, payment| is_money(payment)),
    },
    Report {
        name: "claim_stage_breakdown",
        title: "Claim Stage Breakdown",
        number: "10078380",
        filter: "10141928",
        columns: "practice_name facility_name office_name patient_id claim_id charge_id patient_full_name \
            charge_from_date charge_to_date charge_entered_date type_of_bill charge_cpt_code charge_rev_code \
            charge_primary_payer_name charge_current_payer_name claim_status charge_amount charge_balance \
            charge_balance_due_ins charge_balance_due_other charge_balance_due_pat charge_balance_at_collections",
        lines: |charges| each(charges, |_| true),
    },
    Report {
        name: "denial_trends",
        title: "Denial Trends",
        number: "10078381",
        filter: "10141930",
        columns: "facility_name practice_name office_name charge_entered_date charge_from_date charge_to_date \
            charge_first_bill_date patient_id patient_full_name charge_id charge_rev_code charge_cpt_code \
            remark_code_s unpaid_reason_code_s charge_primary_payment_date payment_received payment_entered \
            charge_primary_payer_name payer_name charge_amount insurance_paid_amount",
        lines: |charges| payments(charges, |_, payment| payment.kind == Kind::Insurance),
    },
    Report {
        name: "rcm_productivity",
        title: "RCM Productivity",
        number: "10078382",
        filter: "10141931",
        columns: "created_by_user practice_name office_name note_count_cntunq claim_id claim_first_billed_date \
            claim_last_billed_date last_note_date_max claim_from_date claim_to_date claim_status",
        lines: |charges| each(charges, is_first),
    },
    Report {
        name: "user_time_spread",
        title: "User Time Spread",
        number: "10078383",
        filter: "10141932",
        columns: "practice_name facility_name office_name audit_username audit_action audit_type audit_entered_date \
            audit_entity_id audit_patient_id patient_full_name",
        lines: |charges| payments(charges, |_, _| true),
    },
    Report {
        name: "quadrant_performance",
        title: "Quadrant Performance",
        number: "10078384",
        filter: "10141933",
        columns: "practice_name facility_name office_name charge_entered_date charge_from_date charge_to_date \
            patient_full_name payment_allowed_amount charge_patient_id charge_id charge_claim_id charge_rev_code \
            charge_cpt_code type_of_bill claim_id charge_primary_payer_name payer_name primary_payer_member_id \
            charge_amount insurance_paid_amount payment_total_paid payment_total_applied payment_applied_amount \
            charge_insurance_adjustments charge_patient_adjustments charge_total_adjustments payment_source \
            payment_received payment_entered insurance_applied_amount patient_applied_amount payment_unapplied_amount",
        lines: |charges| payments(charges, |_, payment| is_money(payment)),
    },
    Report {
        name: "write_off_trends",
        title: "Write-off Trends",
        number: "10078385",
        filter: "10141934",
        columns: "practice_name facility_name office_name charge_entered_date charge_from_date charge_to_date \
            claim_first_billed_date payment_username patient_id charge_id charge_claim_id payment_received \
            patient_full_name credit_source_w_o_payer adjustment_code_s credit_payer_name payment_payer_id \
            patient_total_credits payment_total_applied patient_ins_credits patient_credits",
        lines: |charges| payments(charges, |_, payment| !is_money(payment)),
    },
    Report {
        name: "pdr3_calculator",
        title: "PDR3 Calculator",
        number: "10078386",
        filter: "10141935",
        columns: "charge_from_date payment_received charge_cpt_code charge_rev_code facility_name practice_name \
            charge_amount payment_allowed_amount primary_group_number primary_member_id credit_payer_name \
            insurance_paid_amount patient_paid_amount_w_copays payment_entered charge_to_date",
        lines: |charges| payments(charges, |charge, payment| is_money(payment) && charge.units > 1),
    },
    Report {
        name: "rev_rec_charges",
        title: "Rev Rec Charges",
        number: "10078387",
        filter: "10141936",
        columns: "practice_name charge_primary_payer_name charge_primary_payer_id claim_primary_payer_type \
            charge_patient_id charge_id claim_id patient_full_name primary_payer_member_id charge_from_date \
            charge_to_date claim_first_billed_date times_billed admission_date claim_admit_code charge_cpt_code \
            charge_rev_code charge_units_sum type_of_bill claim_status charge_amount",
        lines: |charges| each(charges, |_| true),
    },
    Report {
        name: "rev_rec_payments",
        title: "Rev Rec Payments",
        number: "10078388",
        filter: "10141937",
        columns: "practice_name charge_cpt_code charge_rev_code charge_primary_payer_name charge_id charge_claim_id \
            charge_amount payment_allowed_amount primary_group_number primary_member_id credit_payer_name \
            payment_total_paid payment_received payment_entered charge_from_date charge_to_date",
        lines: |charges| payments(charges, |_, payment| is_money(payment)),
    },
];

/// What is due, and a few charges on which nothing is.
fn is_listed(charge: &Charge) -> bool {
    charge.balance() != 0 || charge.number.ends_with("71")
}

/// One line for each claim.
fn is_first(charge: &Charge) -> bool {
    charge.number.ends_with('0')
}

fn is_money(payment: &Payment) -> bool {
    !matches!(payment.kind, Kind::WriteOff(..))
}

fn each(charges: &[Charge], is_meant: fn(&Charge) -> bool) -> Vec<Line<'_>> {
    let charges = charges.iter().filter(|charge| is_meant(charge));
    charges.map(|charge| Line { charge, payment: None }).collect()
}

fn payments(charges: &[Charge], is_meant: fn(&Charge, &Payment) -> bool) -> Vec<Line<'_>> {
    let all = charges.iter().flat_map(|charge| charge.payments.iter().map(move |payment| (charge, payment)));
    let meant = all.filter(|(charge, payment)| is_meant(charge, payment));
    meant.map(|(charge, payment)| Line { charge, payment: Some(payment) }).collect()
}
