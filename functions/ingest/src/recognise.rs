//! Which dataset each sheet of a file is of. Pure: names and the first rows in, parts out.

use rounds_shared::catalog::{Catalog, Dataset};
use rounds_shared::header::{Header, ROWS_SEARCHED};
use rounds_shared::payload::{FileFacts, Part};
use rounds_shared::tabular::Unreadable;

use crate::error::Error;

/// The beginning of a sheet, or of a delimited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The sheet's name; none for delimited text.
    pub sheet: Option<String>,
    /// Its first rows as header texts, at most [`ROWS_SEARCHED`].
    pub rows: Vec<Vec<String>>,
}

/// The parts of a file: one per sheet that has a known dataset's header. Other sheets of the same workbook are left
/// alone, unless they have all but one column of a header.
///
/// # Errors
/// [`Error::MissingColumns`] or [`Error::UnknownDataset`] where no sheet has one; [`Error::Unreadable`] where the only
/// ones that do have no row below it.
pub fn parts(catalog: &Catalog, key: &str, file: &FileFacts, looks: &[Look]) -> Result<Vec<Part>, Error> {
    let groups = catalog.candidates(key);
    let mut parts: Vec<Part> = Vec::new();
    let mut is_empty = false;
    for look in looks {
        let Some((dataset, header)) = groups.iter().find_map(|group| complete(group, look)) else {
            // A sheet with all but one of the columns is a table that somebody means to load: leaving it alone would
            // lose it in silence.
            let near = nearest(&groups, std::slice::from_ref(look));
            if near.as_ref().is_some_and(|near| near.header.matched() >= 3 && near.missing().len() == 1) {
                return Err(refusal(key, &groups, std::slice::from_ref(look)));
            }
            continue;
        };
        // An empty table would take the place of a full one.
        if header + 1 == look.rows.len() && look.rows.len() < ROWS_SEARCHED {
            is_empty = true;
            continue;
        }
        let earlier = parts.iter().filter(|part| part.dataset == dataset.name).count();
        parts.push(Part {
            batch: dataset.batch(&file.sha256),
            dataset: dataset.name.clone(),
            index: u32::try_from(earlier).unwrap_or(u32::MAX),
            format: file.format,
            sheet: look.sheet.clone(),
        });
    }
    match parts.is_empty() {
        false => Ok(parts),
        true if is_empty => Err(Error::Unreadable { file: file_name(key), reason: Unreadable::Empty }),
        true => Err(refusal(key, &groups, looks)),
    }
}

/// The dataset of the group whose required columns all stand in one row, and that row's position; of several datasets,
/// the one with the most columns.
fn complete<'a>(group: &[&'a Dataset], look: &Look) -> Option<(&'a Dataset, usize)> {
    let mut best: Option<(usize, &Dataset, usize)> = None;
    for dataset in group {
        let headers = look.rows.iter().map(|row| Header::read(dataset, row));
        let complete = headers.enumerate().find(|(_, header)| header.missing(dataset).is_empty());
        if let Some((row, header)) = complete
            && best.is_none_or(|(matched, ..)| header.matched() > matched)
        {
            best = Some((header.matched(), dataset, row));
        }
    }
    best.map(|(_, dataset, row)| (dataset, row))
}

fn file_name(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_owned()
}

/// A row that is nearly a dataset's header.
struct NearMiss<'a> {
    dataset: &'a Dataset,
    look: &'a Look,
    header: Header,
}

impl NearMiss<'_> {
    fn missing(&self) -> Vec<&str> {
        self.header.missing(self.dataset)
    }
}

/// The row with the most columns of a dataset, if it has at least half of those required.
fn nearest<'a>(groups: &[Vec<&'a Dataset>], looks: &'a [Look]) -> Option<NearMiss<'a>> {
    let mut nearest: Option<NearMiss<'a>> = None;
    for look in looks {
        for dataset in groups.last().into_iter().flatten() {
            let required = dataset.columns.iter().filter(|column| column.required).count();
            for header in look.rows.iter().map(|row| Header::read(dataset, row)) {
                let is_near = header.matched() > 0 && header.missing(dataset).len() * 2 <= required;
                if is_near && nearest.as_ref().is_none_or(|best| header.matched() > best.header.matched()) {
                    nearest = Some(NearMiss { dataset, look, header });
                }
            }
        }
    }
    nearest
}

/// What the nearest miss lacks; else that nothing is known.
fn refusal(key: &str, groups: &[Vec<&Dataset>], looks: &[Look]) -> Error {
    let file = file_name(key);
    match nearest(groups, looks) {
        Some(near) => Error::MissingColumns {
            file,
            sheet: near.look.sheet.as_ref().map(|name| format!(", sheet “{name}”")).unwrap_or_default(),
            dataset: near.dataset.name.clone(),
            missing: near.missing().join(", "),
        },
        None => Error::UnknownDataset {
            file,
            searched: ROWS_SEARCHED,
            known: groups
                .last()
                .into_iter()
                .flatten()
                .map(|dataset| dataset.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        },
    }
}

#[cfg(test)]
mod tests {
    use rounds_shared::failure::{Failure as _, Name};
    use rounds_shared::payload::Format;

    use super::*;

    const APPOINTMENTS: &str = "Booking ID,patient_id,Doctor Id,booking_date,STATUS";
    const DOCTORS: &str = "doctor_id,name,specialty";
    const DOCTOR: &str = "1,Ada,Surgery";

    fn look(sheet: &str, rows: &[&str]) -> Look {
        let cells = |row: &&str| row.split(',').map(str::to_owned).collect();
        Look { sheet: Some(sheet.to_owned()), rows: rows.iter().map(cells).collect() }
    }

    fn recognised(key: &str, looks: &[Look]) -> Result<Vec<(String, u32)>, Error> {
        let catalog = Catalog::open(None).unwrap();
        let file = FileFacts { bytes: 1, sha256: "00".repeat(32), format: Format::Xlsx };
        let parts = parts(&catalog, key, &file, looks)?;
        Ok(parts.into_iter().map(|part| (part.dataset, part.index)).collect())
    }

    fn one(dataset: &str) -> Vec<(String, u32)> {
        vec![(dataset.to_owned(), 0)]
    }

    #[test]
    fn the_header_decides_where_prefix_and_name_do_not() {
        let title = "Weekly export,,,,";
        assert_eq!(
            recognised("Book1.xlsx", &[look("A", &[title, APPOINTMENTS, "1"])]).unwrap(),
            one("healthtech.appointments")
        );
        assert_eq!(
            recognised("healthtech/x.xlsx", &[look("A", &[DOCTORS, DOCTOR])]).unwrap(),
            one("healthtech.doctors")
        );
    }

    #[test]
    fn a_whole_header_outweighs_a_misleading_name() {
        let looks = [look("A", &[APPOINTMENTS, "1"])];
        assert_eq!(
            recognised("healthtech/doctor export.xlsx", &looks).unwrap(),
            one("healthtech.appointments")
        );
    }

    #[test]
    fn each_sheet_is_recognised_by_itself_and_others_are_left_alone() {
        let looks = [
            look("Notes", &["remember,this"]),
            look("D", &[DOCTORS, DOCTOR]),
            look("A", &[APPOINTMENTS, "1"]),
        ];
        let both = vec![("healthtech.doctors".to_owned(), 0), ("healthtech.appointments".to_owned(), 0)];
        assert_eq!(recognised("all.xlsx", &looks).unwrap(), both);
    }

    #[test]
    fn a_header_without_rows_is_an_empty_file_and_never_an_empty_table() {
        let error = recognised("doctors.xlsx", &[look("A", &["Our doctors", DOCTORS])]).unwrap_err();
        assert_eq!(error.name(), Name::EmptyFile);
        let looks = [look("Old", &[DOCTORS]), look("New", &[DOCTORS, DOCTOR])];
        assert_eq!(recognised("doctors.xlsx", &looks).unwrap(), one("healthtech.doctors"));
    }

    #[test]
    fn a_sheet_that_lacks_one_column_refuses_the_file_instead_of_being_left_out() {
        let looks = [
            look("Jan", &[APPOINTMENTS, "1"]),
            look("Feb", &["booking_id,patient_id,doctor,booking_date,status", "1"]),
        ];
        let error = recognised("appointments.xlsx", &looks).unwrap_err();
        assert!(error.to_string().contains("sheet “Feb”: the header lacks doctor_id"), "{error}");
    }

    #[test]
    fn two_sheets_of_one_dataset_are_two_parts_of_one_batch() {
        let looks = [look("Jan", &[DOCTORS, DOCTOR]), look("Feb", &[DOCTORS, DOCTOR])];
        let parts = recognised("doctors.xlsx", &looks).unwrap();
        assert_eq!(parts, [("healthtech.doctors".to_owned(), 0), ("healthtech.doctors".to_owned(), 1)]);
    }

    #[test]
    fn a_near_miss_names_the_columns_that_are_missing() {
        let error = recognised("appointments.xlsx", &[look("A", &["booking_id,patient_id,doctor_id,when"])])
            .unwrap_err();
        assert_eq!(error.name(), Name::MissingColumns);
        assert_eq!(
            error.to_string(),
            "appointments.xlsx, sheet “A”: the header lacks booking_date, status, which healthtech.appointments \
             requires; add the column, or give its present name as an alias in the catalog"
        );
    }

    #[test]
    fn a_file_without_a_known_header_is_refused_without_quoting_it() {
        let error = recognised("menu.xlsx", &[look("A", &["soup,CANARY-1"])]).unwrap_err();
        assert_eq!(error.name(), Name::UnknownDataset);
        assert!(!error.to_string().contains("CANARY"));
    }
}
