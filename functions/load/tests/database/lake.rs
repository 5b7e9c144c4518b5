//! A lake in memory, with parts as a transform leaves them.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::sync::Mutex;

use jiff::civil::Date;
use polars::prelude::{
    Column, DataFrame, DataType, NamedFrom as _, ParquetReader, ParquetWriter, SerReader as _, Series,
};
use rounds_load::curated::Objects;
use rounds_shared::manifest::{LakeObject, PartManifest};
use rounds_shared::payload::{PartCounts, TransformResponse};
use rounds_shared::storage::StorageError;

#[derive(Default)]
pub(crate) struct Lake {
    objects: Mutex<HashMap<String, Vec<u8>>>,
}

impl Objects for Lake {
    async fn get(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        let gone = || StorageError::Gone { bucket: "lake".to_owned(), key: key.to_owned() };
        self.objects.lock().unwrap().get(key).cloned().ok_or_else(gone)
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        let is_refused = key.starts_with("rejects/") && key.contains("/by-load-");
        assert!(
            ["lake/", "archive/"].iter().any(|area| key.starts_with(area)) || is_refused,
            "it writes to the lake, what it rejects beside the rejects, and what it deletes to the archive"
        );
        self.objects.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        let bytes = self.get(from).await?;
        self.put(to, bytes).await
    }
}

/// A lake whose objects are read in another way: `get` is called with the key.
pub(crate) struct Meddled<'a, G> {
    pub(crate) lake: &'a Lake,
    pub(crate) get: G,
}

impl<G, F> Objects for Meddled<'_, G>
where
    G: Fn(String) -> F + Sync,
    F: Future<Output = Result<Vec<u8>, StorageError>> + Send,
{
    async fn get(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        (self.get)(key.to_owned()).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.lake.put(key, bytes).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.lake.copy(from, to).await
    }
}

/// Columns of a table by name, with `_sheet` if it is one of a workbook's; rows are numbered from 2, below a header.
#[derive(Debug, Clone)]
pub(crate) struct Rows(pub(crate) Vec<Column>);

pub(crate) type Doctor<'a> = (i32, &'a str, Option<&'a str>);
pub(crate) type Appointment<'a> = (i64, i64, i32, &'a str, &'a str);

pub(crate) fn doctors(rows: &[Doctor<'_>]) -> Rows {
    Rows(vec![
        column("doctor_id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        column("name", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        column("specialty", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
    ])
}

pub(crate) fn appointments(rows: &[Appointment<'_>]) -> Rows {
    let days = |date: &str| {
        let date: Date = date.parse().unwrap();
        jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
    };
    let dates = Series::new("booking_date".into(), rows.iter().map(|row| days(row.3)).collect::<Vec<_>>());
    Rows(vec![
        column("booking_id", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        column("patient_id", rows.iter().map(|row| row.1).collect::<Vec<_>>()),
        column("doctor_id", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
        dates.cast(&DataType::Date).unwrap().into(),
        column("status", rows.iter().map(|row| row.4).collect::<Vec<_>>()),
    ])
}

/// A column of texts.
pub(crate) fn texts(name: &str, values: &[&str]) -> Column {
    column(name, values.to_vec())
}

/// A column of bigints.
pub(crate) fn numbers(name: &str, values: &[i64]) -> Column {
    column(name, values.to_vec())
}

pub(crate) fn column<T, K: ?Sized>(name: &str, values: T) -> Column
where
    Series: polars::prelude::NamedFrom<T, K>,
{
    Series::new(name.into(), values).into()
}

impl Lake {
    /// Changes a manifest.
    pub(crate) fn amend(&self, key: &str, change: impl FnOnce(&mut PartManifest)) {
        let mut objects = self.objects.lock().unwrap();
        let mut manifest = serde_json::from_slice(&objects[key]).unwrap();
        change(&mut manifest);
        objects.insert(key.to_owned(), serde_json::to_vec(&manifest).unwrap());
    }

    /// Loses all objects.
    pub(crate) fn forget(&self) {
        self.objects.lock().unwrap().clear();
    }

    /// The objects of the archive.
    pub(crate) fn archived(&self) -> BTreeMap<String, DataFrame> {
        let objects = self.objects.lock().unwrap().clone();
        let archived = objects.into_iter().filter(|(key, _)| key.starts_with("archive/"));
        archived.map(|(key, bytes)| (key, ParquetReader::new(Cursor::new(bytes)).finish().unwrap())).collect()
    }

    /// Keys and contents of what was loaded.
    pub(crate) fn loaded(&self) -> BTreeMap<String, Vec<u8>> {
        let objects = self.objects.lock().unwrap();
        let loaded = objects.iter().filter(|(key, _)| key.starts_with("lake/"));
        loaded.map(|(key, bytes)| (key.clone(), bytes.clone())).collect()
    }

    /// Part and row of each row that was loaded of a batch.
    pub(crate) fn rows(&self, batch: &str) -> Vec<(u32, i64)> {
        self.rows_under("lake/", &format!("batch={batch}/part-"))
    }

    /// Part and row of each row that the load of a batch rejected.
    pub(crate) fn refused(&self, batch: &str) -> Vec<(u32, i64)> {
        self.rows_under("rejects/", &format!("batch={batch}/by-load-"))
    }

    fn rows_under(&self, area: &str, folder: &str) -> Vec<(u32, i64)> {
        let mut rows = Vec::new();
        let objects = self.objects.lock().unwrap().clone();
        for (key, bytes) in objects.into_iter().filter(|(key, _)| key.starts_with(area)) {
            let Some((_, name)) = key.split_once(folder) else { continue };
            let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
            let part: u32 = name[..5].parse().unwrap();
            rows.extend(frame.column("_row").unwrap().i64().unwrap().iter().map(|row| (part, row.unwrap())));
        }
        rows.sort_unstable();
        rows
    }

    /// Puts a part of a batch, in objects of at most `object_rows` rows; `rejected` rows were read and not kept.
    pub(crate) fn part(
        &self,
        dataset: &str,
        batch: &str,
        index: u32,
        rows: &Rows,
        object_rows: usize,
        rejected: u64,
    ) -> TransformResponse {
        let height = rows.0[0].len();
        let mut columns = rows.0.clone();
        columns.push(column("_batch", vec![batch; height]));
        columns.push(column("_file", vec!["drop.xlsx"; height]));
        if columns.iter().all(|column| column.name() != "_sheet") {
            columns.push(Column::full_null("_sheet".into(), height, &DataType::String));
        }
        columns.push(column("_row", (2..).take(height).collect::<Vec<i64>>()));
        let frame = DataFrame::new_infer_height(columns).unwrap();
        let mut objects = Vec::new();
        for offset in (0..height).step_by(object_rows) {
            let mut slice = frame.slice(i64::try_from(offset).unwrap(), object_rows);
            let mut bytes = Vec::new();
            ParquetWriter::new(&mut bytes).with_row_group_size(Some(1_000)).finish(&mut slice).unwrap();
            let folder = dataset.replace('.', "/");
            let key = format!("curated/{folder}/batch={batch}/part-{index:05}-{offset}.parquet");
            objects.push(LakeObject {
                key: key.clone(),
                rows: u64::try_from(slice.height()).unwrap(),
                bytes: u64::try_from(bytes.len()).unwrap(),
            });
            self.objects.lock().unwrap().insert(key, bytes);
        }
        let kept = u64::try_from(height).unwrap();
        let counts = PartCounts { read: kept + rejected, kept, rejected, superseded: 0 };
        let manifest = PartManifest {
            batch: batch.to_owned(),
            dataset: dataset.to_owned(),
            index,
            sheet: None,
            counts,
            objects,
            rejects: None,
            rejects_workbook: None,
            findings: Vec::new(),
        };
        let key = PartManifest::key(batch, index);
        self.objects.lock().unwrap().insert(key.clone(), serde_json::to_vec(&manifest).unwrap());
        TransformResponse {
            dataset: dataset.to_owned(),
            batch: batch.to_owned(),
            index,
            manifest: key,
            counts,
        }
    }
}
