//! The stand-in for the vendor that the one-machine stack brings along.

use std::net::{Ipv4Addr, TcpStream};

use rounds_testkit::stack::Stack;
use rounds_tests::rounds;

#[tokio::test(flavor = "multi_thread")]
async fn the_local_stack_collects_of_an_account_that_is_slow_one_that_is_empty_and_one_that_is_refused() {
    let stack = Stack::own("billing");
    let (told, code) = rounds(&stack, &["collect", "run", "ar_aging"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("1 of 3 not collected: ar_aging of 10000003 (Defect.VendorRefused)"), "{told}");
    let (told, _) = rounds(&stack, &["collect", "status"]);
    let word =
        |account: &str, word: &str| told.lines().any(|line| line.contains(account) && line.contains(word));
    assert!(word("10000002", "empty") && word("10000003", "failed"), "{told}");

    // `up` changes nothing that stands, and starts what was stopped where it was.
    let port = stack.vendor_port();
    let (told, code) = rounds(&stack, &["local", "up"]);
    assert!(code == Some(0) && told.contains("unchanged"), "{told}");
    assert!(rounds(&stack, &["local", "status"]).0.contains(&format!("127.0.0.1:{port}")));
    assert_eq!(rounds(&stack, &["local", "down"]).1, Some(0));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "it is stopped with the others");
    let elsewhere = stack.rounds().env("COLLECT_URL", "http://127.0.0.1:9").args(["local", "up"]).status();
    assert!(elsewhere.unwrap().success());
    let (told, code) = rounds(&stack, &["collect", "run", "charges_on_hold", "--account", "10000001"]);
    assert!(code == Some(1) && told.contains("Retryable.VendorUnavailable"), "{told}");
}
