use jiff::civil::date;
use rounds_shared::catalog::Cadence;
use rounds_shared::day::NotYet;

use super::*;

const ACCOUNTS: [&str; 2] = ["10000001", "10000002"];

fn reports() -> Vec<VendorReport> {
    let report = |name: &str, cadence, number: Option<&str>| VendorReport {
        name: name.to_owned(),
        cadence,
        dataset: format!("billing.{name}"),
        report: number.map(str::to_owned),
        filter: Some("2".to_owned()),
    };
    vec![
        report("aging", Cadence::Daily, Some("1")),
        report("denials", Cadence::Weekly, Some("1")),
        report("write_offs", Cadence::Monthly, Some("1")),
        report("trends", Cadence::Weekly, None),
    ]
}

fn planned(order: &Order, as_of: Date, begun: &[(Request, CollectStatus)]) -> Result<Plan, Misrequest> {
    plan(order, as_of, &ACCOUNTS.map(str::to_owned), &reports(), &history(begun))
}

fn history(begun: &[(Request, CollectStatus)]) -> History {
    History { requests: begun.to_vec(), asked: BTreeMap::new() }
}

fn request(account: &str, report: &str, as_of: Date, again: &str) -> Request {
    Request { account: account.to_owned(), report: report.to_owned(), as_of, again: again.to_owned() }
}

fn named(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.report, request.account)).collect()
}

#[test]
fn the_calendar_makes_reports_due_for_every_account() {
    let due = |day: Date| planned(&Order::default(), day, &[]).unwrap();
    let daily = ["aging 10000001", "aging 10000002"];
    let weekly = ["denials 10000001", "denials 10000002"];
    let monthly = ["write_offs 10000001", "write_offs 10000002"];
    // A Saturday; a Monday; a first of the month; a Monday that is one.
    assert_eq!(named(&due(date(2026, 11, 21)).requests), daily);
    assert_eq!(named(&due(date(2026, 11, 23)).requests), [daily, weekly].concat());
    assert_eq!(named(&due(date(2026, 12, 1)).requests), [daily, monthly].concat());
    assert_eq!(named(&due(date(2027, 2, 1)).requests), [daily, weekly, monthly].concat());
    assert_eq!(due(date(2026, 11, 23)).unnumbered, ["trends"]);
    assert!(due(date(2026, 11, 21)).unnumbered.is_empty());
}

#[test]
fn an_order_may_name_accounts_and_reports_on_any_day() {
    let order = Order {
        accounts: vec!["10000002".to_owned()],
        reports: vec!["write_offs".to_owned(), "trends".to_owned()],
        ..Order::default()
    };
    let plan = planned(&order, date(2026, 11, 21), &[]).unwrap();
    assert_eq!(named(&plan.requests), ["write_offs 10000002"]);
    assert_eq!(plan.unnumbered, ["trends"]);
}

#[test]
fn what_ended_is_left_out_and_what_was_begun_comes_first() {
    let day = date(2026, 11, 23);
    for ended in [CollectStatus::Fetched, CollectStatus::Empty, CollectStatus::Failed, CollectStatus::Loaded]
    {
        let begun = [
            (request("10000001", "aging", day, ""), ended),
            (request("10000002", "denials", day, ""), CollectStatus::Requested),
        ];
        let plan = planned(&Order::default(), day, &begun).unwrap();
        let expected = ["denials 10000002", "aging 10000002", "denials 10000001"];
        assert_eq!(named(&plan.requests), expected, "{ended:?}");
    }
}

#[test]
fn what_the_vendor_runs_from_an_earlier_day_belongs_to_the_plan_unless_others_are_named() {
    let begun = [(request("10000001", "denials", date(2026, 11, 16), "w"), CollectStatus::Running)];
    let day = date(2026, 11, 21);
    let all = planned(&Order::default(), day, &begun).unwrap();
    assert_eq!(all.requests[0], begun[0].0);
    let order = Order { reports: vec!["aging".to_owned()], ..Order::default() };
    assert_eq!(named(&planned(&order, day, &begun).unwrap().requests), ["aging 10000001", "aging 10000002"]);
    let order = Order { reports: vec!["denials".to_owned()], ..Order::default() };
    assert_eq!(planned(&order, day, &begun).unwrap().requests[0], begun[0].0);
    let order = Order { accounts: vec!["10000002".to_owned()], ..Order::default() };
    assert_eq!(named(&planned(&order, day, &begun).unwrap().requests), ["aging 10000002"]);
}

#[test]
fn a_plan_has_no_more_requests_than_one_run_takes_and_those_that_were_begun_are_in_it() {
    let day = date(2026, 11, 21);
    let accounts: Vec<String> = (10_000_000..10_000_302).map(|account: u32| account.to_string()).collect();
    let of = |accounts: &[String], begun: &[(Request, CollectStatus)]| {
        plan(&Order::default(), day, accounts, &reports(), &history(begun)).unwrap()
    };
    let begun = [(request(&accounts[301], "aging", day, ""), CollectStatus::Running)];
    let plan = of(&accounts, &begun);
    assert_eq!((plan.requests.len(), plan.left_out), (300, 2));
    assert_eq!(plan.requests[0], begun[0].0);
    assert_eq!(of(&accounts[..300], &[]).left_out, 0);
}

#[test]
fn a_wish_to_ask_again_is_a_request_of_its_own() {
    let day = date(2026, 11, 21);
    let aging = || vec!["aging".to_owned()];
    let order = Order { again: "wish-1".to_owned(), reports: aging(), ..Order::default() };
    let plan = planned(&order, day, &[]).unwrap();
    assert_eq!(plan.requests[0], request("10000001", "aging", day, "wish-1"));
    let begun = [(plan.requests[0].clone(), CollectStatus::Fetched)];
    assert_eq!(named(&planned(&order, day, &begun).unwrap().requests), ["aging 10000002"]);
    let order = Order { again: "../wish".to_owned(), ..Order::default() };
    assert_eq!(planned(&order, day, &[]), Err(Misrequest::Again));
}

#[test]
fn a_wish_that_names_no_report_is_about_what_failed() {
    let day = date(2026, 11, 21);
    let wish = |again: &str| Order { again: again.to_owned(), ..Order::default() };
    let mut begun = vec![
        (request("10000001", "aging", day, ""), CollectStatus::Failed),
        (request("10000002", "aging", day, ""), CollectStatus::Fetched),
        (request("10000001", "denials", day, ""), CollectStatus::Failed),
        (request("10000001", "denials", day, "wish-0"), CollectStatus::Fetched),
    ];
    let clock = planned(&Order::default(), day, &begun).unwrap();
    assert_eq!((clock.requests.len(), clock.failed), (0, 1));
    let again = planned(&wish("wish-1"), day, &begun).unwrap();
    assert_eq!((named(&again.requests), again.failed), (vec!["aging 10000001".to_owned()], 0));
    assert!(again.unnumbered.is_empty());
    begun.push((again.requests[0].clone(), CollectStatus::Failed));
    let plan = planned(&wish("wish-1"), day, &begun).unwrap();
    assert_eq!((plan.requests.len(), plan.failed), (0, 1));
    assert_eq!(planned(&wish("wish-2"), day, &begun).unwrap().requests.len(), 1);
}

#[test]
fn what_was_due_on_a_day_that_was_missed_is_due_the_next() {
    let asked = |account: &str, report: &str, day: Date| ((account.to_owned(), report.to_owned()), day);
    let asked = BTreeMap::from([
        asked("10000001", "denials", date(2026, 11, 15)),
        asked("10000002", "denials", date(2026, 11, 16)),
        asked("10000001", "write_offs", date(2026, 11, 1)),
    ]);
    let history = History { asked, ..History::default() };
    let named_on = |day: Date| {
        named(
            &plan(&Order::default(), day, &ACCOUNTS.map(str::to_owned), &reports(), &history)
                .unwrap()
                .requests,
        )
    };
    let daily = ["aging 10000001", "aging 10000002"];
    // A Tuesday: the first account's Monday was missed.
    assert_eq!(named_on(date(2026, 11, 17)), [&daily[..], &["denials 10000001"]].concat());
    // Nobody ever asked for the second account's write-offs.
    let missed = ["denials 10000001", "denials 10000002", "write_offs 10000001"];
    assert_eq!(named_on(date(2026, 12, 2)), [&daily[..], &missed].concat());
}

#[test]
fn slips_of_the_pen_are_refused_with_what_was_meant() {
    let day = date(2026, 11, 21);
    let order = Order { reports: vec!["agin".to_owned()], ..Order::default() };
    let error = planned(&order, day, &[]).unwrap_err().to_string();
    assert_eq!(error, "no report of the vendor is named `agin`; did you mean `aging`?");
    let order = Order { accounts: vec!["10000003".to_owned()], ..Order::default() };
    let error = planned(&order, day, &[]).unwrap_err().to_string();
    assert!(
        error.starts_with("COLLECT_ACCOUNTS has no account `10000003`; did you mean `1000000"),
        "{error}"
    );
}

#[test]
fn the_day_is_the_one_named_or_the_clinics_and_never_one_to_come() {
    let order = |as_of: Option<&str>, at: Option<&str>| Order {
        as_of: as_of.map(|day| day.parse().unwrap()),
        scheduled_at: at.map(|at| at.parse().unwrap()),
        ..Order::default()
    };
    // It is the 22nd in London, and still the 21st where the clinic is.
    let (zone, at) = (TimeZone::get("America/New_York").unwrap(), Some("2026-11-22T03:00:00Z"));
    assert_eq!(day(&order(None, at), &zone), Ok(date(2026, 11, 21)));
    assert_eq!(day(&order(Some("2026-11-20"), at), &zone), Ok(date(2026, 11, 20)));
    let (as_of, today) = (date(2026, 11, 22), date(2026, 11, 21));
    assert_eq!(day(&order(Some("2026-11-22"), at), &zone), Err(NotYet { as_of, today }.into()));
    assert_eq!(day(&order(None, None), &zone), Err(Misrequest::NoDay));
}
