use rounds_shared::failure::{Failure as _, Name};
use rounds_shared::header::Line;
use rounds_shared::payload::Format;

use super::*;

const APPOINTMENTS: &str = "Booking ID,patient_id,Doctor Id,booking_date,STATUS";
const DOCTORS: &str = "doctor_id,name,specialty";
const DOCTOR: &str = "1,Ada,Surgery";

fn look(sheet: &str, rows: &[&str]) -> Look {
    let cells = |row: &&str| row.split(',').map(str::to_owned).collect();
    Look {
        member: None,
        format: Format::Xlsx,
        sheet: Some(sheet.to_owned()),
        is_hidden: false,
        rows: (1..).zip(rows.iter().map(cells)).map(|(number, texts)| Line::new(number, texts)).collect(),
    }
}

fn hidden(sheet: &str, rows: &[&str]) -> Look {
    Look { is_hidden: true, ..look(sheet, rows) }
}

fn recognised(key: &str, looks: &[Look]) -> Result<Vec<String>, Error> {
    let catalog = Catalog::open(None).unwrap();
    let tables = recognise(&catalog, key, looks)?.tables;
    Ok(tables.into_iter().map(|table| table.dataset.name.clone()).collect())
}

fn ignored(key: &str, looks: &[Look]) -> Vec<(String, IgnoredBecause)> {
    let catalog = Catalog::open(None).unwrap();
    let ignored = recognise(&catalog, key, looks).unwrap().ignored;
    ignored.into_iter().map(|sheet| (sheet.name, sheet.reason)).collect()
}

/// The catalog with a dataset that accepts anything under `any/`, and another below it for one kind of file.
fn with_anything() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let domain = folder.path().join("intake");
    std::fs::create_dir(&domain).unwrap();
    let anything = |title: &str, matches: &str| {
        format!(
            "title = \"{title}\"\ntable = \"intake.{}\"\nmatch = {{ {matches} }}\nkey = []\nload = \"replace\"\nunknown_columns = \"evolve\"\n",
            title.to_lowercase()
        )
    };
    let doctors = "title = \"Doctors\"\ntable = \"intake.doctors\"\nmatch = { prefix = \"any/\" }\nkey = [\"doctor_id\"]\nload = \"replace\"\n\
                   [columns.doctor_id]\ntype = \"integer\"\nrequired = true\n\
                   [columns.name]\ntype = \"text\"\nrequired = true\n";
    for (name, content) in [
        ("anything.toml", anything("Anything", "prefix = \"any/\"")),
        ("lists.toml", anything("Lists", "prefix = \"any/lists/\", name = \"*.csv\"")),
        ("doctors.toml", doctors.to_owned()),
    ] {
        std::fs::write(domain.join(name), content).unwrap();
    }
    let catalog = Catalog::open(Some(folder.path())).unwrap();
    (folder, catalog)
}

/// The catalog with a vendor's report, which may be empty and is of the account that the key names.
fn with_report() -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let domain = folder.path().join("billing");
    std::fs::create_dir(&domain).unwrap();
    let report = "title = \"Aging\"\ntable = \"billing.aging\"\nmatch = { prefix = \"billing/\" }\n\
                  load = \"replace per account\"\nempty = \"load\"\n[columns]\n\
                  account = { type = \"text\", from = \"key\", required = true }\n\
                  charge = { type = \"text\", expected = true }\npaid = { type = \"text\", expected = true }\n";
    std::fs::write(domain.join("aging.toml"), report).unwrap();
    let catalog = Catalog::open(Some(folder.path())).unwrap();
    (folder, catalog)
}

fn one(dataset: &str) -> Vec<String> {
    vec![dataset.to_owned()]
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
    assert_eq!(recognised("healthtech/doctor export.xlsx", &looks).unwrap(), one("healthtech.appointments"));
}

#[test]
fn each_sheet_is_recognised_by_itself_and_others_are_left_alone() {
    let looks =
        [look("Notes", &["remember,this"]), look("D", &[DOCTORS, DOCTOR]), look("A", &[APPOINTMENTS, "1"])];
    let both = ["healthtech.doctors", "healthtech.appointments"];
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
    assert!(error.to_string().contains("sheet “Feb”: no row is a whole header of healthtech.appointments: the nearest (row 1) lacks doctor_id; column 3 looks like `doctor_id`"), "{error}");
}

#[test]
fn two_sheets_of_one_dataset_are_two_tables() {
    let looks = [look("Jan", &[DOCTORS, DOCTOR]), look("Feb", &[DOCTORS, DOCTOR])];
    assert_eq!(recognised("doctors.xlsx", &looks).unwrap(), ["healthtech.doctors", "healthtech.doctors"]);
}

#[test]
fn a_near_miss_names_the_columns_that_are_missing() {
    let error =
        recognised("appointments.xlsx", &[look("A", &["booking_id,patient_id,doctor_id,when"])]).unwrap_err();
    assert_eq!(error.name(), Name::MissingColumns);
    assert_eq!(
        error.to_string(),
        "appointments.xlsx, sheet “A”: no row is a whole header of healthtech.appointments: the nearest (row 1) \
         lacks booking_date, status; add the column, or give its present name as an alias in the catalog"
    );
}

#[test]
fn a_file_without_a_known_header_is_refused_without_quoting_it() {
    let error = recognised("menu.xlsx", &[look("A", &["soup,CANARY-1"])]).unwrap_err();
    assert_eq!(error.name(), Name::UnknownDataset);
    assert!(!error.to_string().contains("CANARY"));
}

#[test]
fn a_text_of_an_archive_that_is_named_for_a_dataset_is_not_passed_over() {
    let member = |name: &str, rows: &[&str]| Look {
        member: Some(format!("export/{name}.csv")),
        format: Format::Csv,
        sheet: None,
        ..look("", rows)
    };
    let doctors = member("doctors", &[DOCTORS, DOCTOR]);
    let with = |other: Look| recognised("healthtech/export.zip", &[doctors.clone(), other]);
    assert_eq!(with(member("readme", &["remember,this"])).unwrap(), one("healthtech.doctors"));
    for (rows, name, said) in [
        (
            &["booking_id,when", "1"][..],
            Name::MissingColumns,
            "“export/appointments.csv”: no row is a whole header",
        ),
        (&["remember,this"], Name::UnknownDataset, "“export/appointments.csv”: no sheet of it"),
        (&[], Name::EmptyFile, "“export/appointments.csv”"),
    ] {
        let error = with(member("appointments", rows)).unwrap_err();
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn every_sheet_that_is_not_read_is_named_with_the_reason() {
    let looks = [
        look("D", &[DOCTORS, DOCTOR]),
        look("Notes", &["remember,this"]),
        look("Blank", &[]),
        look("Old", &[DOCTORS]),
        hidden("Draft", &[DOCTORS, DOCTOR]),
    ];
    let expected = [
        ("Notes", IgnoredBecause::UnknownSheet),
        ("Blank", IgnoredBecause::EmptySheet),
        ("Old", IgnoredBecause::EmptySheet),
        ("Draft", IgnoredBecause::HiddenSheet),
    ];
    assert_eq!(ignored("doctors.xlsx", &looks), expected.map(|(name, reason)| (name.to_owned(), reason)));
    assert_eq!(recognised("healthtech/x.xlsx", &looks[4..]).unwrap_err().name(), Name::UnknownDataset);
}

#[test]
fn hidden_sheets_are_read_where_the_contract_says_so() {
    let mut catalog = Catalog::open(None).unwrap();
    for dataset in &mut catalog.datasets {
        dataset.hidden_sheets = true;
    }
    let looks = [hidden("Draft", &[DOCTORS, DOCTOR])];
    assert_eq!(recognise(&catalog, "x.xlsx", &looks).unwrap().tables.len(), 1);
}

#[test]
fn of_a_workbook_the_first_sheet_is_read_alone_where_the_contract_says_so() {
    const BOOKINGS: [&str; 2] = [
        "Appointment ID,Procedure Type,Appointment Date,Hospital Name,Appt. Payment Status,Appt. Status,Amount (₹),\
         Refund Amount (₹),Is Prescription Generated,Consider Patient",
        "a-1,instant,2026-11-20,North,paid,done,500,,no,yes",
    ];
    let morning = [hidden("Draft", &BOOKINGS), look("MIS", &BOOKINGS), look("Removed", &BOOKINGS)];
    assert_eq!(recognised("mis/MIS_Report.xlsx", &morning).unwrap(), one("mis.appointments"));
    let expected = [("Draft", IgnoredBecause::HiddenSheet), ("Removed", IgnoredBecause::LaterSheet)];
    assert_eq!(
        ignored("mis/MIS_Report.xlsx", &morning),
        expected.map(|(name, reason)| (name.to_owned(), reason))
    );
    let misplaced = [look("Notes", &["remember,this"]), look("MIS", &BOOKINGS)];
    assert_eq!(recognised("mis/MIS_Report.xlsx", &misplaced).unwrap_err().name(), Name::UnknownDataset);
}

#[test]
fn anything_is_accepted_under_a_prefix_unless_a_header_is_known_there() {
    let (_folder, catalog) = with_anything();
    let name = |key: &str, rows: &[&str]| {
        let looks = [look("A", rows)];
        recognise(&catalog, key, &looks)
            .map(|found| (found.tables[0].dataset.name.clone(), found.tables[0].header))
    };
    assert_eq!(name("any/x.csv", &["soup,price", "1,2"]).unwrap(), ("intake.anything".to_owned(), 1));
    assert_eq!(name("any/x.csv", &["doctor_id,name", "1,2"]).unwrap().0, "intake.doctors");
    assert_eq!(name("any/lists/x.csv", &["soup", "1"]).unwrap().0, "intake.lists");
    assert_eq!(name("any/lists/x.xlsx", &["soup", "1"]).unwrap().0, "intake.anything");
    assert_eq!(name("other/x.csv", &["soup", "1"]).unwrap_err().name(), Name::UnknownDataset);
    assert_eq!(name("any/x.csv", &["soup,price"]).unwrap_err().name(), Name::EmptyFile);
}

#[test]
fn a_header_without_rows_is_a_table_where_the_contract_loads_that() {
    let (_folder, catalog) = with_report();
    let key = "billing/account=17/report.zip";
    let looks = [look("A", &["Charge,Paid"]), look("B", &[]), look("C", &["Paid,Charge", "1,a"])];
    let Recognised { tables, ignored } = recognise(&catalog, key, &looks).unwrap();
    let places: Vec<Option<String>> = tables.iter().map(|table| table.look.place()).collect();
    assert_eq!(places, [Some("A".to_owned()), Some("C".to_owned())]);
    assert_eq!(ignored.iter().map(|sheet| sheet.reason).collect::<Vec<_>>(), [IgnoredBecause::EmptySheet]);
    assert!(recognise(&catalog, key, &looks[1..2]).is_err(), "a file without a header may be any");
}

#[test]
fn a_key_that_does_not_name_what_the_contract_requires_of_it_is_refused_with_the_way_out() {
    let (_folder, catalog) = with_report();
    let looks = [look("A", &["Account,Charge,Paid", "17,a,1"])];
    for key in ["report.csv", "billing/report.csv", "billing/account=/report.csv", "billing/account=17.csv"] {
        let error = recognise(&catalog, key, &looks).unwrap_err();
        assert_eq!(error.name(), Name::MissingColumns);
        let said = "its key says nothing of account, which billing.aging reads from it; drop the file below \
                    billing/account=…/";
        assert!(error.to_string().ends_with(said), "{error}");
    }
    assert!(recognise(&catalog, "billing/2026/account=17/report.csv", &looks).is_ok());
}

#[test]
fn a_file_that_nearly_has_the_header_of_its_name_is_not_taken_for_another_report() {
    let folder = tempfile::tempdir().unwrap();
    let domain = folder.path().join("billing");
    std::fs::create_dir(&domain).unwrap();
    let report = |name: &str, columns: &[&str]| {
        let columns: String =
            columns.iter().map(|name| format!("{name} = {{ type = \"text\", expected = true }}\n")).collect();
        let report = format!(
            "title = \"R\"\ntable = \"billing.{name}\"\nload = \"replace\"\n\
             match = {{ prefix = \"billing/\", name = \"*{name}*\" }}\n[columns]\n{columns}"
        );
        std::fs::write(domain.join(format!("{name}.toml")), report).unwrap();
    };
    report("payments", &["received", "entered", "paid"]);
    report("quadrants", &["received", "entered", "paid", "source"]);
    let catalog = Catalog::open(Some(folder.path())).unwrap();
    let looks = [look("A", &["Received,Entered,Paid,Origin", "1,2,3,4"])];
    let error = recognise(&catalog, "billing/quadrants-17.csv", &looks).unwrap_err();
    assert!(error.to_string().contains("no row is a whole header of billing.quadrants"), "{error}");
    for key in ["billing/payments-17.csv", "billing/17.csv"] {
        let recognised = recognise(&catalog, key, &looks).unwrap();
        assert_eq!(recognised.tables[0].dataset.name, "billing.payments", "{key}");
    }
}
