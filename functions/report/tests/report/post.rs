//! Which service a letter goes to, and what has to be configured for it.

use std::time::Duration;

use rounds_report::delivery::{Post as _, SendError};
use rounds_report::post::Office;
use rounds_report::post::recipient::Recipient;
use rounds_shared::catalog::Channel;
use rounds_shared::configuration::{self, Configuration};
use rounds_testkit::http::{nobody, sdk};

use crate::service::{Service, json, letter};

async fn office(
    variables: &'static [(&str, &str)],
    recipients: &[&str],
) -> Result<Office, configuration::Error> {
    let environment = Configuration::of(|name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    });
    let recipients: Vec<Recipient> = recipients.iter().map(|text| Recipient::parse(text).unwrap()).collect();
    Office::new(&sdk(nobody().unwrap()).await, &environment, &mut recipients.iter())
}

#[tokio::test]
async fn a_channel_is_configured_where_somebody_is_reached_by_it() {
    for (recipient, variable) in [("ana@clinic.example", "MAIL_FROM"), ("chat:care", "WEBHOOKS_SECRET_ARN")] {
        let missing = office(&[], &["+351912345678", recipient]).await.err().unwrap();
        assert!(missing.to_string().contains(&format!("{variable} is not set")), "{missing}");
    }
    assert!(office(&[], &["+351912345678"]).await.is_ok());
    let wrong = office(&[("MAIL_FROM", "reports")], &[]).await.err().unwrap();
    assert!(wrong.to_string().contains("MAIL_FROM is not an address"), "{wrong}");
}

#[tokio::test]
async fn a_letter_to_an_address_of_a_row_is_refused_where_its_channel_is_not_configured() {
    let office = office(&[], &[]).await.unwrap();
    for (channel, code) in
        [(Channel::Email, "MAIL_FROM is not set"), (Channel::Chat, "WEBHOOKS_SECRET_ARN is not set")]
    {
        let sent = office.send(channel, "d", "to", &letter()).await;
        assert_eq!(sent, Err(SendError::Refused { service: "the configuration", code: code.to_owned() }));
    }
}

async fn office_of(service: &Service) -> Office {
    let environment =
        Configuration::of(|name| (name == "MAIL_FROM").then(|| "reports@clinic.example".to_owned()));
    Office::new(&sdk(service.address).await, &environment, &mut [].iter()).unwrap()
}

#[tokio::test]
async fn each_channel_has_its_service() {
    let service = Service::answering(&json("400 Bad Request", "{}"));
    let office = office_of(&service).await;
    for (channel, to, part) in [
        (Channel::Email, "ana@clinic.example", "POST /v2/email/outbound-emails"),
        (Channel::Sms, "+351912345678", "Action=Publish"),
    ] {
        office.send(channel, "d", to, &letter()).await.unwrap_err();
        assert!(service.requests().last().unwrap().contains(part), "{part}");
    }
}

#[tokio::test]
async fn no_letter_goes_over_a_connection_that_its_service_may_be_closing() {
    let service = Service::lingering(&json("200 OK", r#"{"MessageId":"m1"}"#), Duration::from_millis(200));
    let office = office_of(&service).await;
    for _ in 0..3 {
        assert_eq!(
            office.send(Channel::Email, "d", "ana@clinic.example", &letter()).await,
            Ok("m1".to_owned())
        );
    }
}
