//! A deployment with another contract comes between a run and its redrive: the same input, another catalog.

use rounds_testkit::stack::checkout;
use rounds_testkit::stage::{Line, asked};
use rounds_tests::copy_folder;
use tempfile::TempDir;

use super::bench::Bench;

/// The catalog with another contract of the appointments: those far ahead are noticed later.
fn changed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&checkout().join("catalog"), folder.path());
    let contract = folder.path().join("healthtech/appointments.toml");
    let text = std::fs::read_to_string(&contract).unwrap();
    assert!(text.contains("as_of + 2 years"));
    std::fs::write(&contract, text.replace("as_of + 2 years", "as_of + 3 years")).unwrap();
    folder
}

impl Bench {
    /// Deploys all stages anew.
    async fn deploy(&mut self, catalog: &TempDir) {
        let folder = catalog.path().to_str().unwrap();
        self.line = Line::start_with(&self.stack, &[("CATALOG_DIR", folder)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_redriven_after_a_changed_contract_refuses_by_name_and_the_run_again_loads() {
    let mut bench = Bench::new(151).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    bench.line.load.die_at("load.recorded");
    let _ = bench.line.load.invoke(&order);
    let catalog = changed();
    bench.deploy(&catalog).await;
    assert_eq!(bench.line.load.invoke(&order).error(), Some("Defect.Catalog"));
    bench.assert_older().await;
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transform_redriven_after_a_changed_contract_refuses_by_name_and_the_run_again_loads() {
    let mut bench = Bench::new(153).await;
    let inspected = bench.line.ingest.invoke(&asked::inspect(&bench.event)).done();
    let part = asked::transform_first(&inspected);
    let catalog = changed();
    bench.deploy(&catalog).await;
    assert_eq!(bench.line.transform.invoke(&part).error(), Some("Defect.Catalog"));
    bench.assert_older().await;
    bench.assert_ends("loaded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_that_died_after_its_commit_is_not_undone_by_a_changed_contract() {
    let mut bench = Bench::new(155).await;
    let order = bench.line.up_to_load(&bench.event).unwrap();
    bench.line.load.die_at("load.committed");
    let _ = bench.line.load.invoke(&order);
    let catalog = changed();
    bench.deploy(&catalog).await;
    assert_eq!(bench.line.load.invoke(&order).error(), Some("Defect.Catalog"));
    bench.assert_newer().await;
    // Under another contract it is another batch: a load of its own, of which the people hear as of any other.
    assert_eq!(bench.run().unwrap()["outcome"], "loaded");
    assert_eq!(bench.mails(), 1);
    bench.assert_rows().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_redriven_after_a_changed_contract_goes_out_once() {
    let mut bench = Bench::new(157).await;
    let due = bench.line.up_to_report(&bench.event).unwrap();
    let catalog = changed();
    bench.deploy(&catalog).await;
    for _ in 0..2 {
        bench.line.report.invoke(&due).done();
        assert_eq!(bench.mails(), 1);
    }
    bench.assert_newer().await;
}
