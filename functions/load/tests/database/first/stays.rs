//! Indexes that stay where they are although the table is a new one.

use super::*;

#[tokio::test]
async fn a_key_that_a_reference_or_a_view_needs_stays() {
    let wards: Vec<i64> = (3..MANY + 3).collect();
    let first = Clinic::of(&[("demo/wards.toml", WARDS), ("demo/beds.toml", BEDS)]).await;
    first.bring(1, BED, &Rows(beds(10).0)).await;
    first.reader.batch_execute("DELETE FROM demo.beds; DELETE FROM demo.wards").await.unwrap();
    let indexes = first.indexes(WARD).await;
    let outcome = first.bring(2, WARD, &Rows(vec![numbers("ward", &wards)])).await;
    assert_eq!((outcome, first.indexes(WARD).await), (LoadOutcome::Loaded, indexes));

    let grouped = "SELECT bed, building, ward FROM demo.beds GROUP BY bed, building";
    let viewed = with_view(&[("demo/views/in_use.sql", grouped)]).await;
    let indexes = viewed.indexes(BED).await;
    assert_eq!(viewed.load(&viewed.many_beds()).await.outcome, LoadOutcome::Loaded);
    assert_eq!((viewed.indexes(BED).await, viewed.count().await), (indexes, "(50000)".to_owned()));
}

#[tokio::test]
async fn an_index_of_which_somebody_made_more_stays() {
    let clinic = clinic().await;
    let more =
        "COMMENT ON INDEX demo.beds_by_ward IS 'For the board'; ALTER TABLE demo.beds CLUSTER ON beds_pkey";
    clinic.reader.batch_execute(more).await.unwrap();
    let indexes = clinic.indexes(BED).await;
    clinic.load(&clinic.many_beds()).await;
    let stayed = clinic.indexes(BED).await.into_iter().filter(|index| indexes.contains(index));
    assert_eq!(stayed.count(), 2);
}

#[tokio::test]
async fn indexes_stay_where_something_is_checked_at_commit_only() {
    let clinic = clinic().await;
    let at_commit = "ALTER TABLE demo.beds ADD CONSTRAINT later \
                     FOREIGN KEY (ward) REFERENCES demo.wards DEFERRABLE INITIALLY DEFERRED";
    clinic.reader.batch_execute(at_commit).await.unwrap();
    let indexes = clinic.indexes(BED).await;
    assert_eq!(clinic.load(&clinic.many_beds()).await.outcome, LoadOutcome::Loaded);
    assert_eq!(clinic.indexes(BED).await, indexes);
}

#[tokio::test]
async fn indexes_stay_where_the_server_refuses_to_take_them_whatever_it_says() {
    let clinic = clinic().await;
    let refuse = "
        CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not here'; END $$;
        CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'DROP INDEX')
        EXECUTE FUNCTION refuse()";
    clinic.reader.batch_execute(refuse).await.unwrap();
    let indexes = clinic.indexes(BED).await;
    assert_eq!(clinic.load(&clinic.many_beds()).await.outcome, LoadOutcome::Loaded);
    assert_eq!((clinic.indexes(BED).await, clinic.count().await), (indexes, "(50000)".to_owned()));
}

#[tokio::test]
async fn an_index_stays_that_may_not_be_made_again_as_it_is() {
    let of_some_rows = "
        CREATE INDEX ON demo.beds (building) WHERE ward > 1;
        CREATE INDEX ON demo.beds ((bed + ward))";
    let of_a_partition = "
        CREATE TABLE demo.all_beds (LIKE demo.beds) PARTITION BY LIST (building);
        ALTER TABLE demo.all_beds ATTACH PARTITION demo.beds DEFAULT;
        CREATE INDEX ON demo.all_beds (building, bed)";
    let of_partitions = "
        ALTER TABLE demo.beds RENAME TO old;
        CREATE TABLE demo.beds (LIKE demo.old INCLUDING ALL) PARTITION BY LIST (building);
        CREATE TABLE demo.every_bed PARTITION OF demo.beds DEFAULT";
    let where_nothing_can_be_made = "
        CREATE ROLE loader;
        GRANT USAGE ON SCHEMA ops, demo TO loader;
        GRANT ALL ON ALL TABLES IN SCHEMA ops, demo TO loader;
        ALTER TABLE demo.beds OWNER TO loader;
        ALTER ROLE rounds SET role = loader";
    for (altered, stay) in
        [(of_some_rows, 2), (of_a_partition, 1), (of_partitions, 3), (where_nothing_can_be_made, 3)]
    {
        let clinic = clinic().await;
        clinic.reader.batch_execute(altered).await.unwrap();
        let (definition, indexes) = (clinic.definition().await, clinic.indexes(BED).await);
        assert_eq!(clinic.load(&clinic.many_beds()).await.outcome, LoadOutcome::Loaded, "{altered}");
        assert_eq!(clinic.definition().await, definition, "{altered}");
        let stayed = clinic.indexes(BED).await.into_iter().filter(|index| indexes.contains(index));
        assert_eq!((stayed.count(), clinic.count().await), (stay, "(50000)".to_owned()), "{altered}");
    }
}
