//! Finds Apache ECharts among the sources of the crate that ships it: the pages of dashboards carry it.

use std::env;
use std::path::Path;
use std::process::Command;

use charming as _; // whose version in Cargo.lock is the version of ECharts
use serde_json::Value;

const ECHARTS: &str = "src/asset/echarts-5.5.1.min.js";

fn main() -> Result<(), String> {
    let variable = |name: &str| env::var(name).map_err(|error| format!("{name}: {error}"));
    let told = Command::new(variable("CARGO")?)
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &variable("TARGET")?])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&told.stdout)
        .map_err(|_| format!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr)))?;
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
