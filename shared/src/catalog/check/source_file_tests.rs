use crate::catalog::check::build;
use crate::catalog::{Cadence, Catalog, Files, Mistakes, Origin};

const AGING: &str = r#"title = "Aging"
table = "vendor.aging"
match = { prefix = "vendor/" }
load = "replace per account"
empty = "load"

[columns]
account = { type = "text", from = "key", required = true }
dropped_at = { type = "timestamp", from = "drop" }
charge_id = { type = "text", required = true }
"#;

const SOURCE: &str = r#"url = "https://vendor.example"

[reports]
aging = { cadence = "daily", dataset = "vendor.aging", report = "7", filter = "8" }
aging_by_month = { cadence = "monthly", dataset = "vendor.aging_by_month" }
"#;

fn with(aging: &str, source: &str) -> Result<Catalog, Mistakes> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let by_month = AGING.replace("vendor.aging", "vendor.aging_by_month");
    build(&Files(
        [
            file("vendor/aging.toml", aging),
            file("vendor/aging_by_month.toml", &by_month),
            file("vendor/sources/web.toml", source),
        ]
        .into(),
    ))
}

fn mistake(aging: &str, source: &str) -> String {
    with(aging, source).unwrap_err().to_string()
}

#[test]
fn a_source_names_the_vendors_reports_in_order() {
    let catalog = with(AGING, SOURCE).unwrap();
    let source = catalog.source.as_ref().unwrap();
    assert_eq!(source.url, "https://vendor.example");
    let names: Vec<&str> = source.reports.iter().map(|report| report.name.as_str()).collect();
    assert_eq!(names, ["aging", "aging_by_month"]);
    let [daily, monthly] = source.reports.as_slice() else { panic!("two reports") };
    assert_eq!(
        (daily.cadence, daily.report.as_deref(), daily.filter.as_deref()),
        (Cadence::Daily, Some("7"), Some("8"))
    );
    assert_eq!((monthly.cadence, &monthly.report), (Cadence::Monthly, &None));
    let aging = catalog.dataset("vendor.aging").unwrap();
    assert_eq!(aging.column("account").unwrap().origin, Origin::Key);
    assert!(aging.loads_empty && !aging.column("account").unwrap().heads_a_file());
}

#[test]
fn what_is_collected_has_a_place_that_is_replaced_per_account() {
    let elsewhere = SOURCE.replacen("\"vendor.aging\"", "\"vendor.agings\"", 1);
    assert_eq!(
        mistake(AGING, &elsewhere),
        "vendor/sources/web.toml:4: no dataset is named `vendor.agings`; did you mean `vendor.aging`?"
    );
    let whole = AGING.replace("replace per account", "replace");
    assert!(mistake(&whole, SOURCE).contains("`vendor.aging` must be replaced per account"));
}

#[test]
fn numbers_addresses_and_cadences_are_checked() {
    for (from, to, message) in [
        ("https://vendor.example", "http://vendor.example", "sources/web.toml:1: `url`"),
        ("\"7\"", "\"7/../9\"", "sources/web.toml:4: the vendor's numbers are digits"),
        ("\"daily\"", "\"after load\"", "sources/web.toml:4: the clock collects reports"),
        ("aging_by_month", "Aging", "sources/web.toml:5: a report's name"),
        ("aging_by_month\"", "aging\"", "sources/web.toml:5: another report goes to `vendor.aging`"),
    ] {
        let text = mistake(AGING, &SOURCE.replacen(from, to, 1));
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn a_catalog_has_one_source() {
    let mut files = Files::default();
    let source =
        SOURCE.lines().filter(|line| !line.contains("aging_by_month")).collect::<Vec<_>>().join("\n");
    for (path, text) in
        [("vendor/aging.toml", AGING), ("vendor/sources/a.toml", &source), ("vendor/sources/b.toml", &source)]
    {
        files.0.insert(path.to_owned(), text.to_owned());
    }
    assert_eq!(
        build(&files).unwrap_err().to_string(),
        "vendor/sources/b.toml:1: one vendor is collected from, and that is `vendor/sources/a.toml`"
    );
}

#[test]
fn what_no_header_names_is_not_expected_in_one() {
    let with_alias = AGING.replace("from = \"key\"", "from = \"key\", aliases = [\"acct\"]");
    assert!(mistake(&with_alias, SOURCE).contains("aging.toml:8: no header names a column with `from`"));
    let day = AGING.replace("\"timestamp\"", "\"date\"");
    assert!(mistake(&day, SOURCE).contains("give the column the type `timestamp`"));
}

#[test]
fn a_file_without_rows_has_to_say_what_it_empties() {
    for load in ["merge\"\nkey = [\"charge_id\"]\n#", "replace per charge_id"] {
        let text = mistake(&AGING.replace("replace per account", load), SOURCE);
        assert!(text.contains("a file without rows replaces nothing here"), "{text}");
    }
}

#[test]
fn a_key_says_what_a_column_holds_in_a_folder_of_its_name() {
    let catalog = with(AGING, SOURCE).unwrap();
    let aging = catalog.dataset("vendor.aging").unwrap();
    assert_eq!(aging.scope("vendor/account=17/2026/a.csv"), Some("17"));
    for key in ["vendor/account=/a.csv", "vendor/accounts=17/a.csv", "vendor/account=17", "account=17.csv"] {
        assert_eq!(aging.scope(key), None, "{key}");
    }
    let batch = |key| aging.batch("content", key);
    assert_eq!(batch("vendor/account=17/a.csv"), batch("other/account=17/b.csv"));
    assert_ne!(batch("vendor/account=17/a.csv"), batch("vendor/account=18/a.csv"));
}
