//! Engines that share nothing with Rounds, in a Python environment of the tests' own: DuckDB, and API
//! Gateway's part of an interface, with Velocity for its mapping templates.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::Date;
use rounds_testkit::reading::Line;
use rounds_testkit::stack::checkout;
use serde_json::Value;

/// The rows of each view of `tests/engine/<script>`, sorted, over files as they were dropped, in order, on a day.
#[must_use]
pub fn ask_engine(script: &str, as_of: Date, csvs: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<Line>> {
    let (checkout, folder) = (checkout(), tempfile::tempdir().unwrap());
    for (place, (name, csv)) in csvs.iter().enumerate() {
        fs::write(folder.path().join(format!("{:02}-{name}", place + 1)), csv).unwrap();
    }
    let engine = checkout.join("tests/engine");
    let mut ask = Command::new(python(&checkout));
    ask.args([engine.join("ask.py"), engine.join(script)]).arg(folder.path()).arg(as_of.to_string());
    let answer: BTreeMap<String, Vec<Line>> = serde_json::from_slice(&said(ask)).unwrap();
    let sorted = |(view, mut lines): (String, Vec<Line>)| {
        lines.sort();
        (view, lines)
    };
    answer.into_iter().map(sorted).collect()
}

/// What API Gateway makes of a call by the interface of exports in the template: what it passes on, or answers. `names`
/// are what the template's `${…}` stand for; `tests/engine/api_gateway.py` says what a call is.
#[must_use]
pub fn ask_gateway(names: &Value, call: &Value) -> Value {
    let checkout = checkout();
    let mut ask = Command::new(python(&checkout));
    ask.arg(checkout.join("tests/engine/api_gateway.py")).arg(checkout.join("infra/template.yaml"));
    ask.args([names.to_string(), call.to_string()]);
    serde_json::from_slice(&said(ask)).unwrap()
}

/// The interpreter of the environment that holds what `tests/requirements.txt` names, made by the first who asks.
fn python(checkout: &Path) -> PathBuf {
    let requirements = checkout.join("tests/requirements.txt");
    let folder = checkout.join("target/local/venv");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("tests.lock")).unwrap();
    lock.lock().unwrap();
    let environment = folder.join("tests");
    let (python, installed) = (environment.join("bin/python"), environment.join("installed"));
    let wanted = fs::read_to_string(&requirements).unwrap();
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    let _ = said(create);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "-r"]);
    install.arg(&requirements);
    let _ = said(install);
    fs::write(installed, wanted).unwrap();
    python
}

/// What a program wrote; it has to end well.
fn said(mut command: Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
