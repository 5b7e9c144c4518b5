//! Against a PostgreSQL of its own.

use tokio_postgres::{Client, Config, NoTls};

use super::{Moment, Proxy};
use crate::postgres::Postgres;

async fn through(proxy: &Proxy) -> Client {
    let mut config = Config::new();
    config.host("127.0.0.1").port(proxy.port()).user("rounds").dbname("postgres");
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Adds a number in a transaction.
async fn add(client: &mut Client, number: i32) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    transaction.execute("\n INSERT INTO kept VALUES ($1)", &[&number]).await?;
    transaction.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cut_is_not_heard_and_what_is_held_waits() {
    let postgres = Postgres::with_port();
    let proxy = Proxy::before(postgres.port()).unwrap();
    let onlooker = postgres.connect("onlooker").await;
    onlooker.batch_execute("CREATE TABLE kept (number integer)").await.unwrap();
    let kept = async || -> i64 { onlooker.query_one("SELECT count(*) FROM kept", &[]).await.unwrap().get(0) };

    add(&mut through(&proxy).await, 1).await.unwrap();
    assert_eq!(kept().await, 1, "all passes");

    for moment in [Moment::Statement("INSERT INTO kept"), Moment::Statement("COMMIT")] {
        proxy.cut(1, moment);
        assert!(add(&mut through(&proxy).await, 2).await.unwrap_err().is_closed());
        assert_eq!(kept().await, 1, "{moment:?} did not reach the server");
    }

    proxy.cut(2, Moment::Done("COMMIT"));
    let mut client = through(&proxy).await;
    add(&mut client, 3).await.unwrap();
    assert!(add(&mut client, 4).await.unwrap_err().is_closed());
    assert_eq!(kept().await, 3, "the answer was lost, not the commit");

    let held = proxy.hold(1, Moment::Done("COMMIT"));
    let mut client = through(&proxy).await;
    let adding = tokio::spawn(async move { add(&mut client, 5).await });
    tokio::task::block_in_place(|| held.reached());
    assert_eq!(kept().await, 4);
    assert!(!adding.is_finished(), "it waits for the answer");
    held.release();
    adding.await.unwrap().unwrap();
}

#[tokio::test]
#[should_panic(expected = "faults that did not come about: [Rows]")]
async fn a_fault_that_never_comes_about_fails_the_test() {
    let proxy = Proxy::before(5432).unwrap();
    proxy.cut(1, Moment::Rows);
}
