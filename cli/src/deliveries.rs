//! `rounds deliveries`, `rounds resend` and `rounds settle`: what was sent to whom, asked of the report function.

use rounds_shared::payload::{
    DeliveryStory, ReportReceipt, ReportRequest, ReportResponse, Settlement, Standing, is_delivery_id,
};
use serde_json::json;

use crate::error::{Error, Result};
use crate::function::ask;
use crate::outcome::{tell_mails, tell_report, tell_uncertain};
use crate::random;
use crate::table::Table;
use crate::target::Target;
use crate::terminal::{moment, say};

const TABLE: Table<'_> = Table {
    header: &["CLAIMED", "DELIVERY", "REPORT", "PERIOD", "CHANNEL", "RECIPIENT", "STATUS"],
    numbers: &[],
    spare: &[4, 0, 3],
    elastic: &[6, 5, 2],
    standing: Some(6),
};

/// Which deliveries to list.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only those of which nobody knows whether they went out.
    #[arg(long, conflicts_with = "failed")]
    uncertain: bool,
    /// Only those that did not go out; the next run of their report and period tries again.
    #[arg(long)]
    failed: bool,
    /// How many deliveries, the latest first.
    #[arg(short = 'n', long = "number", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    number: u32,
}

/// What to send once more.
#[derive(Debug, clap::Args)]
pub(crate) struct ResendArguments {
    /// Id of the delivery, as `rounds deliveries` shows it.
    #[arg(value_name = "DELIVERY")]
    delivery: String,
}

/// What became of an uncertain delivery.
#[derive(Debug, clap::Args)]
pub(crate) struct SettleArguments {
    /// Id of the delivery, as the alert and `rounds deliveries --uncertain` show it.
    #[arg(value_name = "DELIVERY")]
    delivery: String,
    /// What became of it.
    #[arg(value_enum)]
    fate: Fate,
}

/// What an operator found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Fate {
    /// It arrived.
    Sent,
    /// It did not: the next run of its report and period sends it.
    Lost,
}

/// Lists the latest deliveries.
pub(crate) async fn list(target: &Target, arguments: &Arguments, json: bool) -> Result<()> {
    let only = match arguments {
        Arguments { uncertain: true, .. } => Some(Standing::Uncertain),
        Arguments { failed: true, .. } => Some(Standing::Failed),
        _ => None,
    };
    let (deliveries, uncertain) = latest(target, only, arguments.number).await?;
    if json {
        deliveries.iter().for_each(|delivery| say(json!(delivery).to_string()));
        return Ok(());
    }
    if deliveries.is_empty() {
        say(match only {
            Some(Standing::Uncertain) => "No delivery is uncertain.",
            Some(Standing::Failed) => "No delivery has failed.",
            None => "Nothing was sent yet.",
        });
        return Ok(());
    }
    let rows: Vec<Vec<String>> = deliveries.into_iter().map(row).collect();
    TABLE.say(&rows);
    tell_uncertain(uncertain).iter().for_each(|told| say(format!("\n{told}")));
    Ok(())
}

/// What to do about uncertain deliveries, where there are any.
pub(crate) async fn uncertain(target: &Target) -> Result<Option<String>> {
    Ok(tell_uncertain(latest(target, Some(Standing::Uncertain), 1).await?.1))
}

/// Sends a delivery once more, to the same recipient.
pub(crate) async fn resend(target: &Target, arguments: &ResendArguments, json: bool) -> Result<()> {
    let delivery = id(&arguments.delivery)?;
    let request = ReportRequest::Resend { delivery, request: random::token()? };
    let answer = ask(target, &target.report_function, "sending it once more", &request).await?;
    let ReportResponse::Delivered { reports } = answer else { return Err(Error::Unexpected) };
    if json {
        say(json!({ "reports": reports }).to_string());
        return Ok(());
    }
    say(tell_resent(&arguments.delivery, &reports, target));
    Ok(())
}

fn tell_resent(delivery: &str, reports: &[ReportReceipt], target: &Target) -> String {
    let told: String = reports.iter().map(|report| tell_report(report, target)).collect();
    let uncertain = tell_uncertain(reports.iter().map(|report| report.uncertain.len()).sum());
    let next = match uncertain {
        Some(uncertain) => format!("\n  {uncertain}"),
        None if reports.iter().any(|report| report.sent > 0) => tell_mails(target).to_owned(),
        None => "\n  next      rounds deliveries, which says why it did not go out".to_owned(),
    };
    format!("RESENT      {delivery}{told}{next}")
}

/// Writes down what an operator found out about a delivery.
pub(crate) async fn settle(target: &Target, arguments: &SettleArguments, json: bool) -> Result<()> {
    let delivery = id(&arguments.delivery)?;
    let (fate, word, told) = match arguments.fate {
        Fate::Sent => (Settlement::Sent, "sent", "sent: it is never sent again by itself"),
        Fate::Lost => (Settlement::Lost, "lost", "lost: the next run of its report and period sends it"),
    };
    let request = ReportRequest::Settle { delivery: delivery.clone(), r#as: fate };
    match ask(target, &target.report_function, "settling the delivery", &request).await? {
        ReportResponse::Settled { changed: true } => say(match json {
            true => json!({"delivery": delivery, "status": word}).to_string(),
            false => format!("{delivery} stands as {told}."),
        }),
        ReportResponse::Settled { changed: false } => return Err(Error::NotUncertain(delivery)),
        _ => return Err(Error::Unexpected),
    }
    Ok(())
}

async fn latest(target: &Target, only: Option<Standing>, number: u32) -> Result<(Vec<DeliveryStory>, usize)> {
    let request = ReportRequest::Deliveries { only, number };
    match ask(target, &target.report_function, "asking for the deliveries", &request).await? {
        ReportResponse::Deliveries { deliveries, uncertain } => {
            Ok((deliveries, usize::try_from(uncertain).unwrap_or(usize::MAX)))
        }
        _ => Err(Error::Unexpected),
    }
}

/// An id of a delivery, in the one way in which the ledger writes it.
fn id(text: &str) -> Result<String> {
    let id = text.to_ascii_lowercase();
    if is_delivery_id(&id) { Ok(id) } else { Err(Error::NotADelivery(text.to_owned())) }
}

fn row(delivery: DeliveryStory) -> Vec<String> {
    let DeliveryStory { delivery, report, period, recipient, channel, status, error, claimed_at } = delivery;
    let status = error.map_or_else(|| status.clone(), |error| format!("{status}: {error}"));
    vec![moment(claimed_at), delivery, report, period, channel, recipient, status]
}

#[cfg(test)]
mod tests {
    use rounds_testkit::http::sdk;

    use super::*;

    #[test]
    fn a_delivery_fits_eighty_letters_with_the_whole_of_its_id() {
        let delivery = "8a6e0804-2bd0-4672-b79d-d97027f9071a";
        let error = "failed: Defect.Mail: the mail service refused the letter, and said why";
        let (report, recipient) = ("hospital.quarterly_performance", "medical_records@clinic.example");
        let row =
            ["2026-11-21 06:30:00", delivery, report, "2026-07-01/2026-09-30", "mail", recipient, error];
        let fitted = TABLE.fitted(&[row.map(str::to_owned).to_vec()], 80);
        assert!(
            fitted.lines().all(|line| line.chars().count() <= 80) && fitted.contains(delivery),
            "{fitted}"
        );
    }

    #[tokio::test]
    async fn a_copy_is_told_with_where_it_is_to_be_seen_or_why_it_is_not() {
        let target = Target::of_test(&sdk("127.0.0.1:9".parse().unwrap()).await);
        let told = |sent, uncertain: &[&str]| {
            let receipt = json!({"report": "mis.cancelled", "period": "2026-11-21", "rows": 3, "sent": sent,
                "already_sent": 0, "suppressed": 1 - sent, "left": 0, "after": null, "uncertain": uncertain, "objects": []});
            tell_resent("8a6e0804", &[serde_json::from_value(receipt).unwrap()], &target)
        };
        assert!(told(1, &[]).ends_with("\n  next      rounds deliveries, which lists them"));
        assert!(told(0, &[]).ends_with("which says why it did not go out"));
        assert!(told(0, &["8a6e0804"]).contains("rounds settle"));
    }

    #[test]
    fn an_id_of_a_delivery_is_known_before_anybody_is_asked() {
        let good = "8A6E0804-2BD0-4672-B79D-D97027F9071A";
        assert_eq!(id(good).unwrap(), good.to_lowercase());
        for wrong in ["8a6e0804", "8a6e08042bd04672b79dd97027f9071a", "8a6e0804-2bd0-4672-b79d-d97027f9071g"]
        {
            assert!(matches!(id(wrong), Err(Error::NotADelivery(_))), "{wrong}");
        }
    }
}
