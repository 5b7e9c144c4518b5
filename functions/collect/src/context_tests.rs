use super::*;

const ACCOUNTS: (&str, &str) = ("COLLECT_ACCOUNTS", r#"["10028395"]"#);

async fn context(set: &'static [(&'static str, &'static str)]) -> Result<Context, Error> {
    let needed = [("LANDING_BUCKET", "landing"), ("DATABASE_SECRET_ARN", "database")];
    let variables: BTreeMap<&str, &str> = needed.into_iter().chain(set.iter().copied()).collect();
    let environment = Configuration::of(move |name| variables.get(name).map(|text| (*text).to_owned()));
    Context::of(&environment, &aws::sdk_config().await)
}

#[tokio::test]
async fn without_accounts_nothing_is_collected_and_no_secret_is_needed() {
    let context = context(&[]).await.unwrap();
    assert!(context.accounts().is_empty() && context.vendor.is_none());
    assert_eq!(context.time_zone, TimeZone::UTC);
}

#[tokio::test]
async fn the_deployments_numbers_take_the_place_of_the_catalogs() {
    let numbers = r#"{"ar_aging": {"report": "1", "filter": "2"}}"#;
    let context = Configuration::of(move |name| (name == "COLLECT_NUMBERS").then(|| numbers.to_owned()));
    let reports = reports(&context, &Catalog::open(None).unwrap()).unwrap();
    let report = |name: &str| reports.iter().find(|report| report.name == name).unwrap();
    assert_eq!(report("ar_aging").report.as_deref(), Some("1"));
    assert_eq!(report("gross_billing").report.as_deref(), Some("10078486"));
    assert_eq!(report("write_off_trends").report, None);
}

#[tokio::test]
async fn what_means_nothing_is_refused_at_the_start_by_name() {
    let wrong: [&[(&str, &str)]; 11] = [
        &[("COLLECT_ACCOUNTS", "10028395")],
        &[("COLLECT_ACCOUNTS", "[10028395]")],
        &[("COLLECT_ACCOUNTS", r#"["1002839"]"#)],
        &[("COLLECT_ACCOUNTS", r#"["1002839x"]"#)],
        &[("COLLECT_NUMBERS", r#"{"ar_agin": {"report": "1", "filter": "2"}}"#)],
        &[("COLLECT_NUMBERS", r#"{"ar_aging": {"report": "1/2", "filter": "2"}}"#)],
        &[("COLLECT_NUMBERS", r#"{"ar_aging": {"report": "1"}}"#)],
        &[("COLLECT_URL", "http://webapi.example"), ACCOUNTS],
        &[("COLLECT_URL", "https://webapi.example/"), ACCOUNTS],
        &[("COLLECT_URL", "webapi.example"), ACCOUNTS],
        &[("CLINIC_TIME_ZONE", "Gotham")],
    ];
    for set in wrong {
        let error = context(set).await.err().unwrap().to_string();
        assert!(error.contains(set[0].0), "{error}");
    }
    let missing = context(&[ACCOUNTS]).await.err().unwrap();
    assert!(missing.to_string().contains("COLLECT_SECRET_ARN is not set"), "{missing}");
}
