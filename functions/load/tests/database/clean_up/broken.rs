//! Clean-ups that are killed, and stores that do not keep what they are given.

use std::pin::pin;

use rounds_shared::failure::{Class, Failure as _};
use rounds_shared::storage::StorageError;
use rounds_testkit::polled::polled;

use super::*;
use crate::lake::Meddled;

/// What becomes of an object between being put and being read back.
#[derive(Clone, Copy)]
enum Fault {
    /// A byte of it is another.
    Flipped,
    /// It ends early.
    CutShort,
    /// An object of the archive that was put before comes back.
    Older,
    /// It is gone.
    Gone,
}

/// What comes back of an object.
fn read_back(bytes: Vec<u8>, older: &[u8], fault: Fault) -> Result<Vec<u8>, StorageError> {
    match fault {
        Fault::Flipped => {
            let mut bytes = bytes;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Ok(bytes)
        }
        Fault::CutShort => Ok(bytes[..bytes.len() - 1].to_vec()),
        Fault::Older => Ok(older.to_vec()),
        Fault::Gone => Err(StorageError::Gone { bucket: "lake".to_owned(), key: "archive/".to_owned() }),
    }
}

#[tokio::test]
async fn where_the_store_gives_back_anything_else_nothing_is_deleted() {
    let clinic = with_old(10).await;
    clean(&clinic, 100).await;
    let key = clinic.lake.archived().into_keys().next().unwrap();
    let older = clinic.lake.get(&key).await.unwrap();
    insert(&clinic, 11, 20).await;
    for fault in [Fault::Flipped, Fault::CutShort, Fault::Older, Fault::Gone] {
        let (lake, older) = (&clinic.lake, &older);
        let get = |key: String| async move { read_back(lake.get(&key).await?, older, fault) };
        let meddled = Meddled { lake, get };
        let error = clean_table(&clinic, "demo.appointments", 100, &meddled).await.unwrap_err();
        assert_eq!(error.name().as_str(), "Defect.Storage", "{error}");
        assert_eq!(standing(&clinic).await, (11..=20).collect());
        assert_eq!(clinic.rows("SELECT sum(rows) FROM ops.archive").await, ["(10)"]);
    }
    assert_eq!(clean(&clinic, 100).await.deleted, 10);
}

/// Cleans up, and runs a statement when the archive has the rows.
async fn clean_while(clinic: &Clinic, statement: &str) -> CleanUpReceipt {
    let (lake, admin) = (&clinic.lake, &clinic.postgres.connect("admin").await);
    let get = |key: String| async move {
        admin.batch_execute(statement).await.unwrap();
        lake.get(&key).await
    };
    clean_table(clinic, "demo.appointments", 100, &Meddled { lake, get }).await.unwrap()
}

#[tokio::test]
async fn a_row_that_changes_after_it_was_archived_stays() {
    for (statement, stays) in [
        ("UPDATE demo.appointments SET status = 'booked' WHERE id = 2", vec![2]),
        ("UPDATE demo.appointments SET floor = NULL WHERE id = 2", vec![2]),
        ("UPDATE demo.appointments SET _batch = 'newer' WHERE id = 2", vec![2]),
        ("UPDATE demo.appointments SET _loaded_at = now() + interval '1 second' WHERE id = 2", vec![2]),
        ("DELETE FROM demo.appointments WHERE id = 2", vec![]),
    ] {
        let clinic = with_old(3).await;
        let receipt = clean_while(&clinic, statement).await;
        assert_eq!((receipt.archived, receipt.deleted), (3, 2), "{statement}");
        assert_eq!(standing(&clinic).await.into_iter().collect::<Vec<_>>(), stays, "{statement}");
        assert_eq!(told(&clinic).await, ["(demo.appointments,2026-11-22,2025-11-22,1,3,2,0)"]);
    }
}

#[tokio::test]
async fn a_row_that_changed_is_archived_by_the_next_clean_up_as_it_is_then() {
    let clinic = with_old(3).await;
    clean_while(&clinic, "UPDATE demo.appointments SET floor = 99 WHERE id = 2 AND floor <> 99").await;
    assert_eq!(clean(&clinic, 100).await.deleted, 1);
    assert_eq!(archived(&clinic), [1, 2, 2, 3]);
    let frames = clinic.lake.archived();
    let floors = frames.values().find(|frame| frame.height() == 1).unwrap().column("floor").unwrap().clone();
    assert_eq!(floors.i32().unwrap().get(0), Some(99));
}

#[tokio::test]
async fn killed_at_any_point_every_row_is_in_the_table_or_in_the_archive() {
    let mut polls = 0;
    let clinic = with_old(0).await;
    let all: BTreeSet<i64> = (1..=30).collect();
    loop {
        polls += 1;
        clinic.reader.batch_execute("TRUNCATE demo.appointments, ops.archive").await.unwrap();
        clinic.lake.forget();
        insert(&clinic, 1, 30).await;
        let whole = polled(pin!(clean_table(&clinic, "demo.appointments", 10, &clinic.lake)), polls).await;
        // The session that was killed may still commit: its lock is waited for.
        let stored: BTreeSet<i64> = archived(&clinic).into_iter().collect();
        let table = standing(&clinic).await;
        let lost: Vec<_> = all.iter().filter(|id| !table.contains(id) && !stored.contains(id)).collect();
        assert!(lost.is_empty(), "killed at poll {polls}: {lost:?} are nowhere");
        clean(&clinic, 10).await;
        assert!(standing(&clinic).await.is_empty(), "killed at poll {polls}");
        assert_eq!(archived(&clinic).into_iter().collect::<BTreeSet<_>>(), all, "killed at poll {polls}");
        assert_eq!(
            clinic.rows("SELECT sum(deleted) FROM ops.archive").await,
            ["(30)"],
            "killed at poll {polls}"
        );
        if whole.is_some() {
            break;
        }
    }
    assert!(polls > 30, "it was killed on the way: {polls}");
}

#[tokio::test]
async fn a_session_cut_before_commit_deletes_nothing_and_may_run_again() {
    let clinic = with_old(5).await;
    let cut = "
        CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
        CREATE TRIGGER cut AFTER INSERT ON ops.archive FOR EACH STATEMENT EXECUTE FUNCTION cut()";
    clinic.reader.batch_execute(cut).await.unwrap();
    let error = clean_table(&clinic, "demo.appointments", 100, &clinic.lake).await.unwrap_err();
    assert_eq!(error.name().class(), Class::Retryable, "{error}");
    assert_eq!(standing(&clinic).await.len(), 5);
    clinic.reader.batch_execute("DROP TRIGGER cut ON ops.archive").await.unwrap();
    assert_eq!(clean(&clinic, 100).await.deleted, 5);
    assert_eq!(archived(&clinic), [1, 2, 3, 4, 5], "the object is the one that stood there already");
}
