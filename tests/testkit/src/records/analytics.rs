//! The five analytics and the three functions over [`Records`], in plain loops. Rows are sorted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::rules::{LabReport, Records, Visit};
use crate::reading::Line;

/// Visits that are counted together.
#[derive(Default)]
struct Seen<'a> {
    visits: usize,
    patients: BTreeSet<&'a str>,
    doctors: BTreeSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, visit: &'a Visit) {
        self.visits += 1;
        self.patients.insert(&visit.patient_id);
        self.doctors.insert(&visit.doctor_id);
    }
}

fn number(count: usize) -> Option<String> {
    Some(count.to_string())
}

fn day(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}

fn sorted(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort();
    lines
}

impl Records {
    /// All five, by name.
    #[must_use]
    pub fn analytics(&self) -> [(&'static str, Vec<Line>); 5] {
        [
            ("doctor_summary", self.doctor_summary()),
            ("city_distribution", self.city_distribution()),
            ("visit_reason_analysis", self.visit_reason_analysis()),
            ("lab_result_distribution", self.lab_result_distribution()),
            ("hospital_visits", self.hospital_visits()),
        ]
    }

    /// Id, name, specialty, hospital, visits, patients of each doctor.
    #[must_use]
    pub fn doctor_summary(&self) -> Vec<Line> {
        let visits = self.visits();
        let mut seen: BTreeMap<&str, Seen<'_>> =
            self.doctors.keys().map(|id| (id.as_str(), Seen::default())).collect();
        for visit in visits.values() {
            seen.entry(&visit.doctor_id).or_default().add(visit);
        }
        let line = |(id, seen): (&str, Seen<'_>)| {
            let doctor = self.doctors.get(id).cloned()?;
            let (visits, patients) = (number(seen.visits), number(seen.patients.len()));
            Some(vec![
                Some(id.to_owned()),
                doctor.name,
                doctor.specialization,
                doctor.hospital,
                visits,
                patients,
            ])
        };
        sorted(seen.into_iter().filter_map(line).collect())
    }

    /// City and patients.
    #[must_use]
    pub fn city_distribution(&self) -> Vec<Line> {
        let mut cities: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for patient in self.patients.values() {
            *cities.entry(patient.city.clone()).or_default() += 1;
        }
        sorted(cities.into_iter().map(|(city, patients)| vec![city, number(patients)]).collect())
    }

    /// Reason, visits and patients.
    #[must_use]
    pub fn visit_reason_analysis(&self) -> Vec<Line> {
        let visits = self.visits();
        let mut reasons: BTreeMap<Option<String>, Seen<'_>> = BTreeMap::new();
        for visit in visits.values() {
            reasons.entry(visit.reason.clone()).or_default().add(visit);
        }
        let line =
            |(reason, seen): (_, Seen<'_>)| vec![reason, number(seen.visits), number(seen.patients.len())];
        sorted(reasons.into_iter().map(line).collect())
    }

    /// Test, result and lab reports.
    #[must_use]
    pub fn lab_result_distribution(&self) -> Vec<Line> {
        let mut results: BTreeMap<_, usize> = BTreeMap::new();
        for LabReport { test_type, result, .. } in self.lab_reports().into_values() {
            *results.entry((test_type.clone(), result.clone())).or_default() += 1;
        }
        let lines = results.into_iter().map(|((test, result), reports)| vec![test, result, number(reports)]);
        sorted(lines.collect())
    }

    /// Hospital, visits, patients and doctors with a visit.
    #[must_use]
    pub fn hospital_visits(&self) -> Vec<Line> {
        let visits = self.visits();
        let mut hospitals: BTreeMap<Option<String>, Seen<'_>> =
            self.doctors.values().map(|doctor| (doctor.hospital.clone(), Seen::default())).collect();
        for visit in visits.values() {
            let hospital = self.doctors.get(&visit.doctor_id).and_then(|doctor| doctor.hospital.clone());
            hospitals.entry(hospital).or_default().add(visit);
        }
        let line = |(hospital, seen): (_, Seen<'_>)| {
            vec![hospital, number(seen.visits), number(seen.patients.len()), number(seen.doctors.len())]
        };
        sorted(hospitals.into_iter().map(line).collect())
    }

    /// A patient's visits, the latest first, of one day by id: id, day, reason, kind, doctor's id, name, specialty, hospital.
    #[must_use]
    pub fn history(&self, patient: &str) -> Vec<Line> {
        let mut visits: Vec<_> =
            self.visits().into_iter().filter(|(_, visit)| visit.patient_id == patient).collect();
        visits.sort_by_key(|(id, visit)| (visit.visit_date.is_none(), Reverse(visit.visit_date), *id));
        let line = |(id, visit): (&str, &Visit)| {
            let doctor = self.doctors.get(&visit.doctor_id).cloned()?;
            Some(vec![
                Some(id.to_owned()),
                day(visit.visit_date),
                visit.reason.clone(),
                visit.visit_type.clone(),
                Some(visit.doctor_id.clone()),
                doctor.name,
                doctor.specialization,
                doctor.hospital,
            ])
        };
        visits.into_iter().filter_map(line).collect()
    }

    /// A patient's lab reports, the latest first, of one day by id: id, day, test, result, visit, its day.
    #[must_use]
    pub fn lab_reports_of(&self, patient: &str) -> Vec<Line> {
        let visits = self.visits();
        let of_patient = |report: &LabReport| {
            visits.get(report.visit_id.as_str()).filter(|visit| visit.patient_id == patient).copied()
        };
        let mut reports: Vec<_> = self
            .lab_reports()
            .into_iter()
            .filter_map(|(id, report)| Some((id, report, of_patient(report)?)))
            .collect();
        reports
            .sort_by_key(|(id, report, _)| (report.report_date.is_none(), Reverse(report.report_date), *id));
        let line = |(id, report, visit): (&str, &LabReport, &Visit)| {
            let LabReport { visit_id, test_type, result, report_date } = report.clone();
            let id = Some(id.to_owned());
            vec![id, day(report_date), test_type, result, Some(visit_id), day(visit.visit_date)]
        };
        reports.into_iter().map(line).collect()
    }

    /// A doctor's line: name, specialty, hospital, visits, patients, first and last visit; none of an unknown doctor.
    #[must_use]
    pub fn summary(&self, doctor: &str) -> Vec<Line> {
        let lines = self.doctor_summary();
        let own = lines.into_iter().find(|line| line.first() == Some(&Some(doctor.to_owned())));
        let visits = self.visits();
        let days =
            || visits.values().filter(|visit| visit.doctor_id == doctor).filter_map(|visit| visit.visit_date);
        let line =
            own.map(|line| line.into_iter().skip(1).chain([day(days().min()), day(days().max())]).collect());
        line.into_iter().collect()
    }
}
