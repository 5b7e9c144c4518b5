//! Finds Apache ECharts among the sources of the crate that ships it: the pages of dashboards carry it.

use std::env;
use std::path::Path;
use std::process::Command;

use charming as _; // whose version in Cargo.lock is the version of ECharts
use serde_json::Value;

const ECHARTS: &str = "src/asset/echarts-5.5.1.min.js";

fn main() -> Result<(), String> {
    // What was fetched for the build is enough as a rule; crates that only tests need may lack.
    let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[])).map_err(|error| {
        format!("Apache ECharts is not found: run `cargo fetch --locked` where there is a network, and build again. {error}")
    })?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let echarts = packages
        .into_iter()
        .flatten()
        .find(|package| package.get("name").is_some_and(|name| name == "charming"))
        .and_then(|charming| Path::new(charming.get("manifest_path")?.as_str()?).parent())
        .map(|folder| folder.join(ECHARTS))
        .filter(|file| file.exists())
        .ok_or_else(|| format!("the crate charming has no {ECHARTS}"))?;
    println!("cargo::rustc-env=ECHARTS={}", echarts.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    Ok(())
}

/// The workspace's packages for the platform that is built for.
fn metadata(more: &[&str]) -> Result<Value, String> {
    let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let told = Command::new(variable("CARGO")?)
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &variable("TARGET")?])
        .args(more)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    serde_json::from_slice(&told.stdout)
        .map_err(|_| format!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr)))
}
