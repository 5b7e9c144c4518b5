//! What docs/ANALYTICS.md tells analysts, held against the lake and the database.

use std::collections::BTreeMap;
use std::io::Cursor;

use polars::prelude::{DataType, ParquetReader, SerReader as _};
use rounds_testkit::stack::{Stack, checkout};

use crate::csvs;
use crate::read::lines;

/// A column: name, type, comment.
type Column = [String; 3];

/// The tables that the page defines over the lake: name, columns, where their files are.
fn tables(page: &str) -> Vec<(&str, Vec<Column>, &str)> {
    let table = |text| -> Option<(&str, Vec<Column>, &str)> {
        let (name, text) = str::split_once(text, " (\n")?;
        let (columns, text) = text.split_once("\n)\n")?;
        let (_, prefix) = text.split_once("'s3://LAKE_BUCKET/")?;
        let columns = columns.lines().map(|line| column(line).unwrap()).collect();
        Some((name, columns, prefix.split_once('\'')?.0))
    };
    page.split("CREATE EXTERNAL TABLE records.").skip(1).map(|text| table(text).unwrap()).collect()
}

fn column(line: &str) -> Option<Column> {
    let (told, comment) = line.split_once(" COMMENT '")?;
    let (name, kind) = told.trim().split_once(' ')?;
    let comment = comment.rsplit_once('\'')?.0.replace("''", "'");
    Some([name.trim_matches('`').to_owned(), kind.trim().to_owned(), comment])
}

/// The columns of a Parquet file, with their types as Athena calls them.
fn columns(parquet: Vec<u8>) -> Vec<[String; 2]> {
    let frame = ParquetReader::new(Cursor::new(parquet)).finish().unwrap();
    let kind = |kind: &DataType| match kind {
        DataType::String => "string",
        DataType::Int64 => "bigint",
        DataType::Date => "date",
        _ => "another type",
    };
    frame.schema().iter().map(|(name, dtype)| [name.to_string(), kind(dtype).to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_and_the_glossary_of_the_docs_are_true() {
    let stack = Stack::shared().await;
    let database = stack.database().await;
    for (name, csv) in &csvs(4)[..4] {
        assert_eq!(stack.drop_file(&format!("records/{name}"), csv.clone()).await.outcome(), "loaded");
    }
    let page = std::fs::read_to_string(checkout().join("docs/ANALYTICS.md")).unwrap();
    let glossary = page.split("```").find(|block| block.contains("AS meaning")).unwrap();
    let glossary: BTreeMap<[String; 2], String> = lines(&database, glossary.trim_start_matches("sql"))
        .await
        .into_iter()
        .map(|line| [0, 1, 3].map(|place| line[place].clone().unwrap()))
        .map(|[table, column, meaning]| ([table, column], meaning))
        .collect();

    let tables = tables(&page);
    assert_eq!(tables.len(), 6);
    for (table, defined, prefix) in tables {
        let told: Vec<[String; 2]> = defined.iter().cloned().map(|[name, kind, _]| [name, kind]).collect();
        let keys = stack.lake(prefix).await;
        assert!(!keys.is_empty(), "{prefix}");
        for key in keys {
            assert_eq!(columns(stack.lake_object(&key).await), told, "{key}");
        }
        for [column, _, comment] in defined.into_iter().filter(|[name, ..]| !name.starts_with('_')) {
            let place = [table.trim_start_matches("loaded_").to_owned(), column];
            assert_eq!(glossary.get(&place), Some(&comment), "{place:?}");
        }
    }
}
