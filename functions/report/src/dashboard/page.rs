//! The page of a dashboard: one HTML file that shows a board without a server and without the network.
//!
//! It carries its style, its script, Apache ECharts and the board, the latter two packed, since a page is opened over
//! telephone networks. A Content-Security-Policy lets nothing run but these two scripts, and nothing be fetched.

use std::io::Write as _;
use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::digest::{SHA256, digest};

use crate::dashboard::board::Board;
use crate::error::Reason;

const ECHARTS: &str = include_str!(env!("ECHARTS"));
const STYLE: &str = include_str!("page/dashboard.css");
const SCRIPT: &str = concat!(
    include_str!("page/board.js"),
    include_str!("page/charts.js"),
    include_str!("page/tables.js"),
    include_str!("page/card.js"),
    include_str!("page/page.js"),
);

/// Both are the same on every page.
static LIBRARY: LazyLock<std::io::Result<String>> = LazyLock::new(|| packed(ECHARTS.as_bytes()));
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let [script, library] =
        [SCRIPT, ECHARTS].map(|text| BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())));
    format!(
        "default-src 'none'; script-src 'sha256-{script}' 'sha256-{library}'; style-src 'unsafe-inline'; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
});

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Document<'a> {
    policy: &'a str,
    title: &'a str,
    as_of: String,
    day: String,
    published_at: String,
    expires_at: String,
    time_zone: &'a str,
    minimum: String,
    sources: Vec<Source<'a>>,
    style: &'a str,
    library: &'a str,
    board: &'a str,
    script: &'a str,
}

struct Source<'a> {
    title: &'a str,
    age: String,
}

/// The whole page, as HTML.
///
/// # Errors
/// [`Reason::Page`].
pub fn render(board: &Board) -> Result<Vec<u8>, Reason> {
    let zone = TimeZone::get(&board.time_zone).map_err(|_| Reason::Page)?;
    let told = |moment: Timestamp| moment.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M").to_string();
    let json = serde_json::to_vec(board).map_err(|_| Reason::Page)?;
    let sources = board.sources.iter().map(|source| Source {
        title: &source.title,
        age: source.dropped_at.map_or_else(|| "not loaded yet".to_owned(), told),
    });
    let document = Document {
        policy: &POLICY,
        title: &board.title,
        as_of: board.as_of.to_string(),
        day: board.as_of.strftime("%A, %-d %B %Y").to_string(),
        published_at: told(board.published_at),
        expires_at: told(board.expires_at),
        time_zone: &board.time_zone,
        minimum: board.minimum.to_string(),
        sources: sources.collect(),
        style: STYLE,
        library: LIBRARY.as_ref().map_err(|_| Reason::Page)?,
        board: &packed(&json).map_err(|_| Reason::Page)?,
        script: SCRIPT,
    };
    document.render().map(String::into_bytes).map_err(|_| Reason::Page)
}

/// Compressed, and as text.
fn packed(bytes: &[u8]) -> std::io::Result<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(BASE64_STANDARD.encode(encoder.finish()?))
}
