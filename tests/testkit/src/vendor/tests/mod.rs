//! The vendor, asked over a connection.

mod answers;
mod files;
mod runs;

use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use zip::ZipArchive;

use super::*;
use crate::billing;

const NORTH: &str = "10000001";
const SOUTH: &str = "10000002";

fn books() -> Books {
    Books { seed: 7, as_of: date(2026, 11, 21) }
}

fn vendor() -> Vendor {
    Vendor::start(books()).unwrap()
}

/// Status and body of the answer; none, if the connection ends without one.
fn call(vendor: &Vendor, method: &str, path: &str, header: &str, body: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect(vendor.address).unwrap();
    let length = body.len();
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nhost: x\r\n{header}content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned()))
}

/// What an element of the answer says, by its local name.
fn element(answer: &(u16, String), name: &str) -> String {
    assert_eq!(answer.0, 200);
    let text = answer.1.replace(" xmlns=\"\"", "");
    let (_, rest) = text.split_once(&format!("{name}>")).unwrap();
    rest.split_once("</").unwrap().0.to_owned()
}

fn has_element(answer: &(u16, String), name: &str) -> bool {
    answer.1.contains(&format!("{name}>"))
}

fn run(vendor: &Vendor, account: &str, report: &str) -> Option<(u16, String)> {
    let report = billing::report(report).unwrap();
    let path = format!("/v1/customer/{account}/reports/{}/filter/{}/run", report.number, report.filter);
    call(vendor, "POST", &path, "", "")
}

fn results(vendor: &Vendor, account: &str, identifier: &str) -> Option<(u16, String)> {
    call(vendor, "POST", &format!("/v1/customer/{account}/reports/results/{identifier}"), "", "")
}

/// The identifier of a run that is begun.
fn begin(vendor: &Vendor, account: &str, report: &str) -> String {
    let answer = run(vendor, account, report).unwrap();
    assert_eq!(element(&answer, "Status"), "SUCCESS");
    element(&answer, "Identifier")
}

/// The members of the zip that a report without delay brings.
fn members(answer: &(u16, String)) -> Vec<(String, Vec<u8>)> {
    let text: String = element(answer, "Data").split_whitespace().collect();
    let mut zip = ZipArchive::new(Cursor::new(STANDARD.decode(text).unwrap())).unwrap();
    let places = 0..zip.len();
    let member = |place| {
        let mut member = zip.by_index(place).unwrap();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        (member.name().unwrap().into_owned(), content)
    };
    places.map(member).collect()
}

fn at_once(content: Content) -> Behaviour {
    Behaviour { polls: 0, content, ..Behaviour::default() }
}

fn sheet() -> billing::Sheet {
    books().sheet(NORTH, billing::report("ar_aging").unwrap())
}

/// The records of a CSV, its header first.
fn records(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}
