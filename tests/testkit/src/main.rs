//! Writes synthetic files: to try Rounds with, and to test it with.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;
use rounds_testkit::billing::{self, Books};
use rounds_testkit::healthtech::{Clinic, Options};
use rounds_testkit::hospital;
use rounds_testkit::hostile::{self, HostileError};
use rounds_testkit::mis::Bookings;
use rounds_testkit::records::{self, Files};
use rounds_testkit::sheet::{self, SheetError};
use rounds_testkit::vendor::{self, Content};

/// Writes synthetic files for Rounds: the same seed gives the same bytes.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// A clinic's doctors and appointments, with the dirt that real exports have.
    Healthtech(Healthtech),
    /// The booking workbook of a morning. Later mornings of the same seed show the same appointments further on.
    Mis(Mis),
    /// The reports on an account of the billing vendor, in the folder that the account is told by.
    Billing(Billing),
    /// The central patient record: patients, doctors, visits and lab reports, and two files that come later.
    Records(Records),
    /// The hospital system's nightly exports: patients, doctors, appointments and treatments, and two files of the next
    /// night.
    Hospital(Hospital),
    /// Files that have to be refused.
    Hostile {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Args)]
struct Healthtech {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// How many appointments.
    #[arg(long, default_value_t = Options::default().appointments)]
    appointments: u32,
    /// How many doctors.
    #[arg(long, default_value_t = Options::default().doctors)]
    doctors: u32,
    /// CSV in place of workbooks.
    #[arg(long)]
    csv: bool,
}

#[derive(Args)]
struct Mis {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance.
    #[arg(long, default_value_t = Bookings::default().seed)]
    seed: u64,
    /// The day of the morning.
    #[arg(long, value_name = "DATE")]
    as_of: Date,
    /// About how many appointments.
    #[arg(long, default_value_t = Bookings::default().rows)]
    rows: u32,
}

#[derive(Args)]
struct Billing {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance.
    #[arg(long, default_value_t = Books::SEED)]
    seed: u64,
    /// The account's number, 8 digits.
    #[arg(long)]
    account: String,
    /// The last day that the books know.
    #[arg(long, value_name = "DATE")]
    as_of: Date,
    /// CSV in place of the vendor's zips.
    #[arg(long)]
    csv: bool,
}

#[derive(Args)]
struct Records {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day on which the files are dropped [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// How many patients; of doctors a tenth, of visits five times and of lab reports three times as many.
    #[arg(long, default_value_t = 10_000)]
    patients: u32,
}

#[derive(Args)]
struct Hospital {
    /// Folder to write to.
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day on which the files are dropped [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// How many patients; of doctors a fiftieth, but forty at least, and of appointments six times as many.
    #[arg(long, default_value_t = 2_000)]
    patients: u32,
    /// About how many appointments are booked for the day itself.
    #[arg(long, default_value_t = 60)]
    due: u32,
}

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error(transparent)]
    Hostile(#[from] HostileError),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().what {
        What::Healthtech(asked) => healthtech(&asked),
        What::Mis(asked) => mis(&asked),
        What::Billing(asked) => billing(&asked),
        What::Records(asked) => records(&asked),
        What::Hospital(asked) => hospital(&asked),
        What::Hostile { out } => hostile(&out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("synthesize: {error}");
            ExitCode::FAILURE
        }
    }
}

fn healthtech(asked: &Healthtech) -> Result<(), Error> {
    let Healthtech { out, seed, appointments, doctors, csv } = asked;
    let options = Options { seed: *seed, appointments: *appointments, doctors: *doctors, canary: false };
    let clinic = Clinic::synthesize(options);
    for (name, rows) in
        [(Clinic::DOCTORS_FILE, &clinic.doctors.rows), (Clinic::APPOINTMENTS_FILE, &clinic.appointments.rows)]
    {
        let (name, content) = if *csv {
            (name.replace(".xlsx", ".csv"), sheet::csv(rows)?)
        } else {
            (name.to_owned(), sheet::workbook(rows)?)
        };
        write(out, &name, &content, &format!("{} rows", rows.len()))?;
    }
    Ok(())
}

fn mis(asked: &Mis) -> Result<(), Error> {
    let Mis { out, seed, as_of, rows } = asked;
    let bookings = Bookings { seed: *seed, rows: *rows, canary: false };
    let remark = format!("about {rows} rows of the morning of {as_of}");
    write(out, Bookings::FILE, &bookings.workbook(*as_of)?, &remark)
}

fn billing(asked: &Billing) -> Result<(), Error> {
    let Billing { out, seed, account, as_of, csv } = asked;
    let books = Books { seed: *seed, as_of: *as_of };
    let folder = out.join(format!("customer_account={account}"));
    for report in &billing::REPORTS {
        let sheet = books.sheet(account, report);
        let (kind, content) = if *csv {
            ("csv", sheet.csv()?)
        } else {
            ("zip", vendor::zip(&sheet, report, &Content::Whole, *as_of)?)
        };
        write(&folder, &format!("{}.{kind}", report.name), &content, &format!("{} rows", sheet.rows.len()))?;
    }
    Ok(())
}

fn records(asked: &Records) -> Result<(), Error> {
    let Records { out, seed, as_of, patients } = asked;
    let as_of = as_of.unwrap_or_else(|| jiff::Zoned::now().date());
    let options = records::Options {
        seed: *seed,
        patients: *patients,
        doctors: patients / 10,
        visits: patients * 5,
        lab_reports: patients * 3,
        ..records::Options::on(as_of)
    };
    for (name, content) in Files::synthesize(&options).csvs()? {
        write(out, name, &content, &format!("of a record of {patients} patients"))?;
    }
    Ok(())
}

fn hospital(asked: &Hospital) -> Result<(), Error> {
    let Hospital { out, seed, as_of, patients, due } = asked;
    let as_of = as_of.unwrap_or_else(|| jiff::Zoned::now().date());
    let options = hospital::Options {
        seed: *seed,
        patients: *patients,
        doctors: (patients / 50).max(40),
        appointments: patients * 6,
        due: *due,
        ..hospital::Options::on(as_of)
    };
    for (name, content) in hospital::Files::synthesize(&options).csvs()? {
        write(out, name, &content, &format!("of a hospital of {patients} patients"))?;
    }
    Ok(())
}

fn hostile(out: &Path) -> Result<(), Error> {
    for file in hostile::files()? {
        write(out, file.name, &file.content, file.error)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
fn write(folder: &Path, name: &str, content: &[u8], remark: &str) -> Result<(), Error> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).map_err(|error| Error::File(folder.to_owned(), error))?;
    std::fs::write(&path, content).map_err(|error| Error::File(path.clone(), error))?;
    println!("{}  ({remark}, {} KB)", path.display(), content.len().div_ceil(1024));
    Ok(())
}
