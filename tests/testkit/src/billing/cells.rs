//! What stands in a column, by the column's name.

use jiff::civil::Date;

use super::charge::{Charge, Kind, Payment, Stage, later, pick, word};
use super::lists::{ACTIONS, SOURCES, USERS};

/// A line of a report.
pub(super) struct Line<'a> {
    pub(super) charge: &'a Charge,
    pub(super) payment: Option<&'a Payment>,
}

/// What a cell says, however it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// In cents.
    Money(i64),
    Day(Option<Date>),
    Count(i64),
}

impl Line<'_> {
    /// The cell of a column; none, if no report has such a column.
    pub(super) fn value(&self, column: &str, as_of: Date) -> Option<Value> {
        let charge = self.charge;
        who_and_what(charge, column)
            .or_else(|| when(charge, column, as_of))
            .or_else(|| balance(charge, column))
            .or_else(|| work(charge, column))
            .or_else(|| paid(charge, self.payment?, column))
            .or_else(|| given_up(charge, self.payment?, column))
            .or_else(|| audit(charge, self.payment?, column))
    }
}

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn who_and_what(charge: &Charge, column: &str) -> Option<Value> {
    let Charge { patient, payer, service, .. } = charge;
    Some(match column {
        "charge_id" => text(&charge.number),
        "claim_id" | "charge_claim_id" => text(&charge.claim),
        "claim_status" => text(status(charge)),
        "charge_set_to_status" => text(&status(charge).to_uppercase()),
        "practice_name" => text(charge.practice),
        "facility_name" => text(charge.facility),
        "office_name" => text(charge.office),
        "patient_id" | "charge_patient_id" | "audit_patient_id" => text(&patient.id),
        "patient_full_name" => text(&patient.name),
        "primary_payer_member_id" | "primary_member_id" => text(&patient.member),
        "primary_group_number" => text(&patient.group),
        "charge_primary_payer_name" | "payer_name" => text(payer.name),
        "charge_primary_payer_id" => text(payer.id),
        "claim_primary_payer_type" => text(payer.kind),
        "charge_current_payer_name" => text(match charge.stage {
            Stage::AtPatient | Stage::Collections => "Patient",
            Stage::Settled => "",
            _ => payer.name,
        }),
        "charge_cpt_code" => text(service.cpt),
        "charge_cpt_description" => text(service.description),
        "revenue_code" | "charge_rev_code" => text(service.revenue),
        "type_of_bill" => text(service.bill),
        "claim_admit_code" => text(if service.days > 4 { "1" } else { "" }),
        "remark_code_s" => text(charge.denial.unwrap_or_default().0),
        "unpaid_reason_code_s" => text(charge.denial.unwrap_or_default().1),
        "charge_units_sum" => Value::Count(charge.units),
        "times_billed" => {
            Value::Count(i64::from(charge.billed.is_some()) + i64::from(charge.denial.is_some()))
        }
        _ => return None,
    })
}

fn status(charge: &Charge) -> &'static str {
    const HOLDS: [&str; 4] = ["On Hold", "User Hold", "Pending Documentation", "Waiting for Authorization"];
    const SENT: [&str; 3] = ["Claim at Insurance", "Pending Payer", "Claim at Clearinghouse"];
    let number = charge.patient.number;
    match charge.stage {
        Stage::Hold => word(&HOLDS, number),
        Stage::AtInsurance => word(&SENT, number),
        Stage::Denied if number.is_multiple_of(3) => "Appealed",
        Stage::Denied => "Denied",
        Stage::AtPatient => "Balance Due Patient",
        Stage::Collections => "Collections",
        Stage::Settled if charge.denial.is_some() => "Closed",
        Stage::Settled => "Paid",
    }
}

fn when(charge: &Charge, column: &str, as_of: Date) -> Option<Value> {
    let age = |day: Date| Value::Count(i64::from((as_of - day).get_days()));
    Some(match column {
        "charge_from_date" | "claim_from_date" => Value::Day(Some(charge.from)),
        "charge_to_date" | "claim_to_date" => Value::Day(Some(charge.to)),
        "charge_entered_date" => Value::Day(Some(charge.entered)),
        "admission_date" => Value::Day((charge.service.days > 4).then_some(charge.from)),
        "claim_first_billed_date" | "charge_first_bill_date" => Value::Day(charge.billed),
        "claim_last_billed_date" => Value::Day(
            charge.billed.map(|billed| charge.payments.first().map_or(billed, |first| first.posted)),
        ),
        "charge_primary_payment_date" => Value::Day(charge.payments.first().map(|first| first.received)),
        "charge_fromdate_age" => age(charge.from),
        "charge_entered_age_days" => age(charge.entered),
        "charge_first_bill_date_age" => charge.billed.map_or_else(|| text(""), age),
        _ => return None,
    })
}

fn balance(charge: &Charge, column: &str) -> Option<Value> {
    let balance = charge.balance();
    let due_if = |is_due: bool| Value::Money(if is_due { balance } else { 0 });
    let is_insurance = matches!(charge.stage, Stage::Hold | Stage::AtInsurance | Stage::Denied);
    // Here and there somebody else owes what the insurance does not.
    let is_other = is_insurance && charge.patient.number % 13 == 4;
    let is_patient = matches!(charge.stage, Stage::AtPatient | Stage::Settled);
    Some(match column {
        "charge_amount" => Value::Money(charge.amount),
        "charge_balance" => Value::Money(balance),
        "charge_balance_due_ins" => due_if(is_insurance && !is_other),
        "charge_balance_due_other" => due_if(is_other),
        "charge_balance_due_pat" => due_if(is_patient),
        "charge_balance_at_collections" => due_if(charge.stage == Stage::Collections),
        "charge_insurance_payments" => Value::Money(charge.paid_by(Kind::Insurance)),
        "charge_patient_payments" => Value::Money(charge.paid_by(Kind::Patient)),
        "charge_total_payments" => Value::Money(charge.paid()),
        "charge_insurance_adjustments" | "charge_total_adjustments" => Value::Money(charge.adjusted()),
        "charge_patient_adjustments" => Value::Money(0),
        "patient_stmts_sent_electronically" => Value::Count(charge.electronic),
        "patient_statements_printed" => Value::Count(charge.printed),
        _ => return None,
    })
}

fn work(charge: &Charge, column: &str) -> Option<Value> {
    Some(match column {
        "created_by_user" => text(charge.user),
        "note_count_cntunq" => Value::Count(notes(charge)),
        "last_note_date_max" => Value::Day(match charge.payments.last() {
            _ if notes(charge) == 0 => None,
            Some(last) => Some(last.posted),
            None => Some(charge.entered),
        }),
        _ => return None,
    })
}

fn notes(charge: &Charge) -> i64 {
    i64::from(charge.patient.number % 4) + i64::from(charge.denial.is_some()) * 3
}

fn paid(charge: &Charge, payment: &Payment, column: &str) -> Option<Value> {
    let by = |kind: Kind| if payment.kind == kind { payment.paid } else { 0 };
    let by_insurance = by(Kind::Insurance);
    Some(match column {
        "payment_allowed_amount" => Value::Money(if charge.denial.is_some() { 0 } else { charge.allowed }),
        "insurance_paid_amount" | "insurance_applied_amount" => Value::Money(by_insurance),
        "patient_paid_amount_w_copays" => Value::Money(by(Kind::Patient)),
        "patient_applied_amount" => Value::Money(by(Kind::Patient) - payment.unapplied),
        "payment_total_paid" => Value::Money(payment.paid),
        "payment_unapplied_amount" => Value::Money(payment.unapplied),
        "payment_total_applied" | "payment_applied_amount" => {
            Value::Money(payment.paid + given_up_amount(payment) - payment.unapplied)
        }
        "payment_received" => Value::Day(Some(payment.received)),
        "payment_entered" => Value::Day(Some(payment.posted)),
        "payment_source" => text(word(&SOURCES, charge.patient.number)),
        "credit_payer_name" => {
            text(if payment.kind == Kind::Patient { "Patient" } else { charge.payer.name })
        }
        "payment_payer_id" => text(charge.payer.id),
        _ => return None,
    })
}

fn given_up_amount(payment: &Payment) -> i64 {
    if matches!(payment.kind, Kind::WriteOff(..)) { payment.adjusted } else { 0 }
}

fn given_up(charge: &Charge, payment: &Payment, column: &str) -> Option<Value> {
    let (code, source) = match payment.kind {
        Kind::WriteOff(code, source) => (code, source),
        Kind::Insurance | Kind::Patient => ("", ""),
    };
    let by_patient = source.starts_with("Patient");
    let amount_if = |is_meant: bool| Value::Money(if is_meant { given_up_amount(payment) } else { 0 });
    Some(match column {
        "payment_username" => text(word(&USERS, charge.patient.number)),
        "adjustment_code_s" => text(code),
        "credit_source_w_o_payer" => text(source),
        "patient_total_credits" => amount_if(true),
        "patient_ins_credits" => amount_if(!by_patient),
        "patient_credits" => amount_if(by_patient),
        _ => return None,
    })
}

fn audit(charge: &Charge, payment: &Payment, column: &str) -> Option<Value> {
    let (action, object) = *pick(&ACTIONS, charge.patient.number);
    Some(match column {
        "audit_username" => text(charge.user),
        "audit_action" => text(action),
        "audit_type" => text(object),
        "audit_entered_date" => Value::Day(Some(later(payment.posted, -1))),
        "audit_entity_id" => text(if object == "Patient" { &charge.patient.id } else { &charge.claim }),
        _ => return None,
    })
}
