//! What the vendor keeps in mind, and what it therefore answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::answer::{Reply, STILL_RUNNING, Words};
use super::behaviour::{Answer, Behaviour, Xml};
use super::file;
use crate::billing::{self, Books, Report};

/// Whatever it is.
pub const ANY: &str = "*";

/// A report that the vendor was made to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Digits, the vendor's alone.
    pub identifier: String,
    /// The account that asked.
    pub account: String,
    /// The report's name.
    pub report: &'static str,
}

struct Task {
    run: Run,
    report: &'static Report,
    books: Books,
    polls: u32,
    until: Instant,
}

impl Task {
    fn is_under_way(&self) -> bool {
        self.polls > 0 || Instant::now() < self.until
    }
}

/// The vendor's desk: one for all accounts of a partner.
pub(super) struct Desk {
    /// If none, those of the day on which a report is run.
    books: Option<Books>,
    behaviours: BTreeMap<(String, String), Behaviour>,
    tasks: Vec<Task>,
    next_identifier: i64,
}

impl Desk {
    pub(super) fn new(books: Option<Books>) -> Self {
        // From the clock, so that a vendor that is started again gives no identifier twice.
        let next_identifier = Timestamp::now().as_millisecond();
        Self { books, behaviours: BTreeMap::new(), tasks: Vec::new(), next_identifier }
    }

    /// Forgets runs and behaviours; identifiers go on.
    pub(super) fn clear(&mut self) {
        self.behaviours.clear();
        self.tasks.clear();
    }

    pub(super) fn runs(&self) -> Vec<Run> {
        self.tasks.iter().map(|task| task.run.clone()).collect()
    }

    /// From now on, for this account and report, or [`ANY`].
    pub(super) fn behave(&mut self, account: &str, report: &str, behaviour: Behaviour) {
        let is_meant = |pattern: &str, name: &str| pattern == ANY || pattern == name;
        self.behaviours.retain(|(a, r), _| !(is_meant(account, a) && is_meant(report, r)));
        self.behaviours.insert((account.to_owned(), report.to_owned()), behaviour);
    }

    /// Each account's report goes through a script of its own, also where one behaviour was given for many.
    fn behaviour(&mut self, account: &str, report: &str) -> &mut Behaviour {
        let patterns = [(account, ANY), (ANY, report), (ANY, ANY)];
        let found =
            patterns.iter().find_map(|(a, r)| self.behaviours.get(&((*a).to_owned(), (*r).to_owned())));
        let given = found.cloned().unwrap_or_default();
        self.behaviours.entry((account.to_owned(), report.to_owned())).or_insert(given)
    }

    /// `POST /v1/customer/{account}/reports/{number}/filter/{filter}/run`
    pub(super) fn run(&mut self, account: &str, number: &str, filter: &str) -> Reply {
        let known = billing::REPORTS.iter().find(|report| report.number == number && report.filter == filter);
        let Some(report) = known else {
            return Reply::in_words(Answer::InvalidCriteria, Xml::Namespaced);
        };
        let behaviour = self.behaviour(account, report.name);
        let (answer, xml) = (behaviour.run.next(), behaviour.xml);
        match answer {
            None => self.start(account, report),
            Some(Answer::HangUpAfter) => {
                self.start(account, report);
                Reply::HangUp
            }
            Some(Answer::StatusAfter(status)) => {
                self.start(account, report);
                Reply::status(status)
            }
            Some(Answer::StillRunning) => {
                let somebody_elses = self.identifier();
                let mut words = Words::new("REPORT RUNNING", STILL_RUNNING);
                words.identifier = Some(&somebody_elses);
                words.reply(xml)
            }
            Some(answer) => Reply::in_words(answer, xml),
        }
    }

    fn start(&mut self, account: &str, report: &'static Report) -> Reply {
        let behaviour = self.behaviour(account, report.name).clone();
        let under_way = self.tasks.iter().find(|task| task.is_under_way());
        if let Some(task) = under_way {
            let (status, message) =
                if behaviour.hides_other_runs { ("SUCCESS", "") } else { ("REPORT RUNNING", STILL_RUNNING) };
            let mut words = Words::new(status, message);
            words.identifier = Some(&task.run.identifier);
            return words.reply(behaviour.xml);
        }
        let identifier = self.identifier();
        let mut words = Words::new("SUCCESS", "The report has been requested.");
        words.identifier = Some(&identifier);
        let reply = words.reply(behaviour.xml);
        let run = Run { identifier, account: account.to_owned(), report: report.name };
        let until = Instant::now() + Duration::from_secs(behaviour.seconds);
        let today = || Books { seed: Books::SEED, as_of: Zoned::now().date() };
        let books = self.books.unwrap_or_else(today);
        self.tasks.push(Task { run, report, books, polls: behaviour.polls, until });
        reply
    }

    fn identifier(&mut self) -> String {
        self.next_identifier += 1;
        self.next_identifier.to_string()
    }

    /// `POST /v1/customer/{account}/reports/results/{identifier}`
    pub(super) fn results(&mut self, account: &str, identifier: &str) -> Reply {
        let is_asked = |task: &&mut Task| task.run.account == account && task.run.identifier == identifier;
        let Some(task) = self.tasks.iter_mut().find(is_asked) else {
            return Reply::in_words(Answer::NotFound, Xml::Namespaced);
        };
        let was_under_way = task.is_under_way();
        task.polls = task.polls.saturating_sub(1);
        let (report, books) = (task.report, task.books);
        let behaviour = self.behaviour(account, report.name);
        let xml = behaviour.xml;
        if was_under_way {
            return Reply::in_words(Answer::StillRunning, xml);
        }
        let status = match behaviour.results.next() {
            None => "SUCCESS",
            Some(Answer::Complete) => "REPORT COMPLETE",
            Some(answer) => return Reply::in_words(answer, xml),
        };
        let data = file::data(&books.sheet(account, report), report, &behaviour.content, books.as_of);
        let Ok(data) = data else { return Reply::status(500) };
        let mut words = Words::new(status, "");
        words.data = Some(&data);
        words.reply(xml)
    }
}
