//! Settings of reports: lists that a deployment may set, such as the hospitals that a report is about.

use std::collections::BTreeMap;

use rounds_shared::catalog::{Catalog, Report, suggestion};

/// Lists by report and setting, as far as the deployment has set them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl Settings {
    /// Reads `{"mis.cancelled": {"hospitals": ["North"]}}`.
    ///
    /// # Errors
    /// What the text has to be.
    pub fn read(json: &str, catalog: &Catalog) -> Result<Self, String> {
        let shape =
            || "a JSON object of reports, each an object of settings, each a list of texts".to_owned();
        let settings = Self(serde_json::from_str(json).map_err(|_| shape())?);
        for (name, set) in &settings.0 {
            let report =
                catalog.report(name).map_err(|unknown| format!("in step with the catalog: {unknown}"))?;
            let known = || report.settings.keys().map(String::as_str);
            if let Some(unknown) = set.keys().find(|setting| !report.settings.contains_key(*setting)) {
                let suggestion = suggestion(unknown, known());
                return Err(format!(
                    "in step with the catalog: {name} has no setting `{unknown}`{suggestion}"
                ));
            }
        }
        Ok(settings)
    }

    /// Each setting of a report and its list as a query reads it: a JSON list of trimmed, lower-case texts.
    pub fn of<'a>(&'a self, report: &'a Report) -> impl Iterator<Item = (&'a str, String)> {
        let set = self.0.get(&report.name);
        report.settings.iter().map(move |(name, default)| {
            let list = set.and_then(|set| set.get(name)).unwrap_or(default);
            let words: Vec<String> = list.iter().map(|word| word.trim().to_lowercase()).collect();
            (name.as_str(), serde_json::Value::from(words).to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalog, with settings for one of its reports.
    fn catalog() -> Catalog {
        let mut catalog = Catalog::open(None).unwrap();
        let summary = catalog.reports.iter_mut().find(|report| report.name == "healthtech.summary").unwrap();
        summary.settings.insert("hospitals".to_owned(), vec![]);
        summary.settings.insert("cities".to_owned(), vec![" Porto".to_owned()]);
        catalog
    }

    #[test]
    fn a_list_is_the_deployments_or_else_the_reports() {
        let catalog = catalog();
        let set = r#"{"healthtech.summary": {"hospitals": [" North \"A\"", "SÜD"]}}"#;
        let settings = Settings::read(set, &catalog).unwrap();
        let lists: Vec<_> = settings.of(catalog.report("healthtech.summary").unwrap()).collect();
        let expected = [("hospitals", r#"["north \"a\"","süd"]"#), ("cities", r#"["porto"]"#)];
        assert_eq!(lists, expected.map(|(name, list)| (name, list.to_owned())));
    }

    #[test]
    fn what_the_catalog_does_not_know_is_refused_with_the_nearest_name() {
        let wrong = |json: &str| Settings::read(json, &catalog()).unwrap_err();
        let report = wrong(r#"{"healthtech.sumary": {}}"#);
        assert!(report.contains("`healthtech.sumary`; did you mean `healthtech.summary`?"), "{report}");
        let setting = wrong(r#"{"healthtech.summary": {"hospital": []}}"#);
        assert!(setting.contains("no setting `hospital`; did you mean `hospitals`?"), "{setting}");
        assert!(wrong(r#"{"healthtech.summary": ["North"]}"#).starts_with("a JSON object"));
    }
}
