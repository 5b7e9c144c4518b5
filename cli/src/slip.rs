//! A name that there is not: what it may have been meant as.

use rounds_shared::catalog::suggestion;

use crate::error::Error;

impl Error {
    /// A run that there is not, of a name that may have been meant as one of `known`.
    pub(crate) fn unknown_run<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let way_out = if name.len() > 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            format!("; it looks like a batch, of which `rounds explain {name}` tells")
        } else {
            meant(name, known.map(|known| beginning(known, name)), "`rounds runs` lists them")
        };
        Self::UnknownRun { name: name.to_owned(), way_out }
    }

    /// A subject that the ledger does not know: neither one of `keys` nor the beginning of one of `batches`, either of which
    /// it may have been meant as.
    pub(crate) fn unknown_subject(name: &str, keys: &[String], batches: &[String]) -> Self {
        // A file is often called by its name alone.
        let called = keys.iter().find(|key| key.rsplit('/').next() == Some(name));
        let known = batches.iter().map(|batch| beginning(batch, name)).chain(keys.iter().map(String::as_str));
        let way_out = meant(called.map_or(name, String::as_str), known, "`rounds runs --json` has both");
        Self::UnknownSubject { name: name.to_owned(), way_out }
    }

    /// A subject that the ledger does not know, as it is a run: that of the file of this key.
    pub(crate) fn subject_is_a_run(name: &str, key: &str) -> Self {
        let way_out = format!("; it is a run, whose file `rounds explain {key}` tells of");
        Self::UnknownSubject { name: name.to_owned(), way_out }
    }
}

/// The one of `known` that is near to `name`, where there is one, and who lists them all.
fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>, listed: &str) -> String {
    let nearest = suggestion(name, known);
    if nearest.starts_with("; did you mean") { format!("{nearest} {listed}") } else { format!(": {listed}") }
}

/// As much of a known name as was written of one.
fn beginning<'a>(known: &'a str, written: &str) -> &'a str {
    known.get(..written.len()).unwrap_or(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_runs_name_is_answered_with_the_name_and_a_batch_with_what_tells_of_it() {
        let told =
            |name: &str| Error::unknown_run(name, ["0b5f3c1e-77aa", "91d0a2b4-1234"].into_iter()).to_string();
        assert_eq!(
            told("0b5f3c1f"),
            "no run is called 0b5f3c1f; did you mean `0b5f3c1e`? `rounds runs` lists them"
        );
        assert_eq!(told("nope"), "no run is called nope: `rounds runs` lists them");
        assert!(told("6eab82dc3a4d").ends_with("of which `rounds explain 6eab82dc3a4d` tells"));
    }

    #[test]
    fn a_slip_in_a_key_or_a_batch_is_answered_with_the_one_that_there_is() {
        let told = |name: &str| {
            let keys = ["healthtech/appointments.xlsx".to_owned(), "charges.csv".to_owned()];
            Error::unknown_subject(name, &keys, &["4f2a91c0b7d3".repeat(4)]).to_string()
        };
        assert_eq!(
            told("healthtech/apointments.xlsx"),
            "the ledger knows no batch that begins with healthtech/apointments.xlsx, and no file of this key; did you mean \
             `healthtech/appointments.xlsx`? `rounds runs --json` has both"
        );
        assert!(told("appointments.xlsx").contains("did you mean `healthtech/appointments.xlsx`?"));
        assert!(told("4f2a91c1").contains("did you mean `4f2a91c0`?"));
        assert!(told("nope").ends_with("no file of this key: `rounds runs --json` has both"));
    }
}
