//! `rounds dashboard`: where the dashboards are, how old they are, and links that open them.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use rounds_shared::catalog::{Catalog, Dashboard, suggestion};
use rounds_shared::link::Signed;
use serde_json::json;

use crate::error::{Error, Result};
use crate::target::Target;
use crate::terminal::{moment, say};

/// Which dashboards are looked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The dashboard, such as records.patient_records [default: all].
    name: Option<String>,
    /// Write its page to this file, for a browser.
    #[arg(long, value_name = "FILE", requires = "name")]
    out: Option<PathBuf>,
}

/// A page that is there.
struct Page {
    published: Timestamp,
    link: Signed,
    /// Where it is kept: a file on this machine, or its address on AWS.
    kept: String,
}

/// Lists the dashboards, or writes the page of one.
pub(crate) async fn run(target: &Target, arguments: &Arguments, json: bool) -> Result<()> {
    let catalog = target.catalog()?;
    let now = Timestamp::now();
    let dashboards = wanted(&catalog, arguments.name.as_deref())?;
    if dashboards.is_empty() && !json {
        say("The catalog has no dashboard: docs/CATALOG.md says how to write one.");
    }
    for dashboard in dashboards {
        let page = page(target, dashboard).await?;
        if let Some(out) = &arguments.out {
            let page = page.as_ref().ok_or_else(|| Error::NotPublished(dashboard.name.clone()))?;
            target.download(&dashboard.page(), out).await?.keep()?;
            say(match json {
                true => json!({"dashboard": dashboard.name, "written": out, "published_at": page.published})
                    .to_string(),
                false => format!("{}: published {}", out.display(), since(page.published, now)),
            });
        } else if json {
            say(as_json(dashboard, page.as_ref(), now));
        } else {
            say(tell(dashboard, page.as_ref(), now));
        }
    }
    Ok(())
}

fn wanted<'a>(catalog: &'a Catalog, name: Option<&str>) -> Result<Vec<&'a Dashboard>> {
    let all = catalog.dashboards.iter();
    let found: Vec<&Dashboard> =
        all.clone().filter(|dashboard| name.is_none_or(|name| dashboard.name == name)).collect();
    match name.filter(|_| found.is_empty()) {
        None => Ok(found),
        Some(name) => Err(Error::UnknownDashboard {
            name: name.to_owned(),
            suggestion: suggestion(name, all.map(|dashboard| dashboard.name.as_str())),
        }),
    }
}

/// The page of a dashboard; none that was never published.
async fn page(target: &Target, dashboard: &Dashboard) -> Result<Option<Page>> {
    let key = dashboard.page();
    let head = target.s3.head_object().bucket(&target.lake_bucket).key(&key).send().await;
    let head = match head {
        Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => return Ok(None),
        head => head.map_err(Error::service(format!("looking at {key}")))?,
    };
    let Some(published) = head.last_modified.and_then(|at| Timestamp::from_second(at.secs()).ok()) else {
        return Ok(None);
    };
    let unsigned = |error: rounds_shared::storage::StorageError| Error::Service {
        what: "making a link".to_owned(),
        reason: error.to_string(),
    };
    let link = target.links.to(&key).await.map_err(unsigned)?;
    Ok(Some(Page { published, link, kept: target.object(&key) }))
}

fn tell(dashboard: &Dashboard, page: Option<&Page>, now: Timestamp) -> String {
    let Dashboard { name, title, fresh_for, needs, .. } = dashboard;
    let Some(Page { published, link, kept }) = page else {
        return format!("{name}  {title}\n  not published: each load of {} does that", needs.join(", "));
    };
    let late = match is_out_of_date(dashboard, *published, now) {
        true => format!("; out of date, as nothing was loaded for {}", lasting(*fresh_for)),
        false => String::new(),
    };
    format!(
        "{name}  {title}\n  published  {}{late}\n  kept in    {kept}\n  link       {}\n  works for  {}, until {}",
        since(*published, now),
        link.url,
        lasting(link.expires.duration_since(now)),
        moment(link.expires),
    )
}

fn as_json(dashboard: &Dashboard, page: Option<&Page>, now: Timestamp) -> String {
    let Dashboard { name, title, .. } = dashboard;
    let told = json!({
        "dashboard": name,
        "title": title,
        "key": dashboard.page(),
        "published_at": page.map(|page| page.published),
        "is_out_of_date": page.map(|page| is_out_of_date(dashboard, page.published, now)),
        "link": page.map(|page| &page.link.url),
        "expires_at": page.map(|page| page.link.expires),
    });
    told.to_string()
}

fn is_out_of_date(dashboard: &Dashboard, published: Timestamp, now: Timestamp) -> bool {
    now.duration_since(published) > dashboard.fresh_for
}

fn since(published: Timestamp, now: Timestamp) -> String {
    format!("{}, {} ago", moment(published), lasting(now.duration_since(published)))
}

/// A stretch of time, in the largest unit of which there are two.
fn lasting(time: SignedDuration) -> String {
    let minutes = time.as_mins().max(0);
    let (number, unit) = match minutes {
        2880.. => (minutes / 1440, "day"),
        120.. => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use rounds_shared::catalog::Files;

    use super::*;

    fn catalog() -> Catalog {
        Catalog::from_files(&Files::embedded()).unwrap()
    }

    fn told(now: &str, page: bool) -> String {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        let link = Signed {
            url: "https://lake.example/page?signed".to_owned(),
            expires: moment("2026-11-21T20:15:03Z"),
            place: "s3://lake/page".to_owned(),
        };
        let published = moment("2026-11-21T08:15:03Z");
        let page = page.then(|| Page { published, link, kept: "s3://lake/page".to_owned() });
        let catalog = catalog();
        let dashboard = wanted(&catalog, Some("records.patient_records")).unwrap()[0];
        // The clock of the machine that runs the test shows another time.
        tell(dashboard, page.as_ref(), moment(now))
            .replace(&super::moment(published), "(published)")
            .replace(&super::moment(moment("2026-11-21T20:15:03Z")), "(end)")
    }

    #[test]
    fn a_page_is_told_with_its_age_and_how_long_its_link_works() {
        insta::assert_snapshot!(told("2026-11-21T08:27:10Z", true), @r"
        records.patient_records  Patient records
          published  (published), 12 minutes ago
          kept in    s3://lake/page
          link       https://lake.example/page?signed
          works for  11 hours, until (end)
        ");
    }

    #[test]
    fn a_page_past_its_time_is_told_to_be_out_of_date() {
        let told = told("2026-11-24T08:15:03Z", true);
        assert!(told.contains("3 days ago; out of date, as nothing was loaded for 2 days"), "{told}");
    }

    #[test]
    fn what_was_never_published_is_told_as_that() {
        let told = told("2026-11-21T08:15:03Z", false);
        assert!(told.contains("not published: each load of records.patients, "), "{told}");
    }

    #[test]
    fn a_slip_of_the_pen_is_answered_with_the_name() {
        let wrong = wanted(&catalog(), Some("records.patient_record")).unwrap_err().to_string();
        assert!(wrong.contains("did you mean `records.patient_records`"), "{wrong}");
    }

    #[test]
    fn time_is_told_in_the_largest_unit_of_which_there_are_two() {
        let told = [0, 1, 119, 120, 2879, 2880].map(|minutes| lasting(SignedDuration::from_mins(minutes)));
        assert_eq!(told, ["0 minutes", "1 minute", "119 minutes", "2 hours", "47 hours", "2 days"]);
    }
}
