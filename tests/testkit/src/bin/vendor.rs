//! Stands in for the billing vendor at a port of this machine.

use std::process::ExitCode;

use clap::Parser;
use rounds_testkit::vendor::{Asked, Vendor};

/// Runs made-up reports as the billing vendor's Web API does. It answers until it is stopped by SIGTERM.
#[derive(Parser)]
struct Arguments {
    /// Port of this machine to answer at.
    #[arg(long)]
    port: u16,
}

fn main() -> ExitCode {
    let Arguments { port } = Arguments::parse();
    match Vendor::bind(port, None, None) {
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
