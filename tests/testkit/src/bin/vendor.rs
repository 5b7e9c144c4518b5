//! Stands in for the billing vendor at a port of this machine.

use std::process::ExitCode;

use clap::Parser;
use jiff::civil::Date;
use rounds_testkit::billing::Books;
use rounds_testkit::vendor::{Asked, Credentials, Edition, Vendor};

/// Runs made-up reports as the billing vendor's Web API does. It answers until it is stopped by SIGTERM.
#[derive(Parser)]
struct Arguments {
    /// Port of this machine to answer at.
    #[arg(long)]
    port: u16,
    /// User whom it lets in; everybody, if none.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// The user's password.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// Seed of all chance.
    #[arg(long, default_value_t = Books::SEED)]
    seed: u64,
    /// The day of its books; the day on which a report is run, if none.
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

fn main() -> ExitCode {
    let Arguments { port, user, password, seed, as_of } = Arguments::parse();
    let credentials = user.zip(password).map(|(user, password)| Credentials { user, password });
    match Vendor::bind(port, Edition { seed, as_of }, credentials) {
        Ok((vendor, listener)) => {
            vendor.serve(&listener, log);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("vendor: port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "its log is its output")]
fn log(asked: &Asked) {
    println!("{} {}", asked.method, asked.path);
}
