//! `rounds explain` of the name of an error: what it means, without asking anybody.

use rounds_shared::failure::{End, Name};
use serde_json::json;

/// Every name of the catalogue of errors, with its cause and its cure.
fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let of_stages = Name::ALL.iter().map(|known| (known.as_str(), known.cause(), known.cure()));
    let of_machines = End::ALL.iter().map(|known| (known.as_str(), known.cause(), known.cure()));
    of_stages.chain(of_machines)
}

/// What the catalogue says about a name; none for what is no name of an error.
pub(crate) fn tell(name: &str, json: bool) -> Option<String> {
    let (name, cause, cure) = known().find(|(known, ..)| *known == name)?;
    Some(match json {
        true => json!({"error": name, "cause": cause, "cure": cure}).to_string(),
        false => format!("{name}\n  cause     {cause}\n  next      {cure}"),
    })
}

/// What to do about an error; none for a name that this version does not know.
pub(crate) fn cure(name: &str) -> Option<&'static str> {
    known().find(|(known, ..)| *known == name).map(|(.., cure)| cure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_stages_and_of_machines_are_explained_and_nothing_else_is() {
        for name in ["Rejected.MissingColumns", "Round.DataMissing"] {
            let told = tell(name, false).unwrap();
            assert!(
                told.starts_with(name) && told.contains("\n  cause ") && told.contains("\n  next "),
                "{told}"
            );
            assert!(tell(name, true).unwrap().contains(r#""cure":"#));
        }
        for other in ["healthtech/appointments.xlsx", "4f2a91c0", "Rejected", ""] {
            assert_eq!(tell(other, false), None, "{other}");
        }
    }
}
