use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A service that answers what it got, and counts what it was asked.
fn service() -> (Proxy, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let address = http::serve(move |request| {
        counted.fetch_add(1, Ordering::SeqCst);
        Some(http::answer(200, "text/plain", &request.body))
    });
    (Proxy::before(address.unwrap()).unwrap(), asked)
}

/// The answer to a request, as far as one comes.
fn ask(proxy: &Proxy, what: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(proxy.address).unwrap();
    let length = body.len();
    let request =
        format!("{what} HTTP/1.1\r\ncontent-length: {length}\r\nconnection: keep-alive\r\n\r\n{body}");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = connection.read_to_string(&mut answer);
    answer
}

#[test]
fn what_nothing_is_said_about_passes_as_it_is() {
    let (proxy, asked) = service();
    let answer = ask(&proxy, "PUT /lake/a%20b?x-id=PutObject", "one two");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\none two"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(proxy.seen(), ["PUT /lake/a%20b?x-id=PutObject"]);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn the_nth_of_its_kind_fails_and_so_many_after_it() {
    let (proxy, asked) = service();
    proxy.fail(When::next("PUT", "/batches/").nth(2).times(2), Fault::Error(503, "SlowDown"));
    let failed = ["PUT /lake/curated/1", "PUT /lake/batches/1", "GET /lake/batches/1"]
        .into_iter()
        .chain(["PUT /lake/batches/2", "PUT /lake/batches/3", "PUT /lake/batches/4"])
        .map(|what| ask(&proxy, what, "").contains("<Code>SlowDown</Code>"));
    assert_eq!(failed.collect::<Vec<_>>(), [false, false, false, true, true, false]);
    assert_eq!(asked.load(Ordering::SeqCst), 4, "what failed was not passed on");
    proxy.fail(When::next("PUT", "").always(), Fault::CutBefore);
    assert_eq!(ask(&proxy, "PUT /a", ""), "");
    proxy.heal();
    assert!(ask(&proxy, "PUT /a", "").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_connection_is_cut_before_within_and_after() {
    let (proxy, asked) = service();
    let cut = |fault, body: &str| {
        proxy.fail(When::next("POST", "/mail"), fault);
        ask(&proxy, "POST /mail", body)
    };
    assert_eq!(cut(Fault::CutBefore, "abcd"), "");
    assert_eq!(cut(Fault::CutRequest, "abcd"), "");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "the service got no whole request");
    assert_eq!(cut(Fault::CutAfter, "abcd"), "");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let half = cut(Fault::CutAnswer, "abcd");
    assert!(half.contains("content-length: 4") && half.ends_with("\r\n\r\nab"), "{half}");
}

#[test]
#[should_panic(expected = "faults that did not come about: [When { method: \"PUT\"")]
fn a_fault_that_never_comes_about_fails_the_test() {
    let (proxy, _) = service();
    proxy.fail(When::next("PUT", "/a").nth(2), Fault::CutBefore);
    ask(&proxy, "PUT /a", "");
}

#[test]
fn a_request_waits_where_it_is_held() {
    let (proxy, asked) = service();
    std::thread::scope(|scope| {
        for (is_after, is_released) in [(false, true), (true, true), (false, false), (true, false)] {
            let when = When::next("PUT", "/a");
            let held = if is_after { proxy.hold_after(when) } else { proxy.hold_before(when) };
            let before = asked.load(Ordering::SeqCst);
            let client = scope.spawn(|| ask(&proxy, "PUT /a", "abcd"));
            held.reached();
            assert_eq!(asked.load(Ordering::SeqCst), before + usize::from(is_after));
            if is_released {
                held.release()
            } else {
                drop(held)
            }
            let answer = client.join().unwrap();
            assert_eq!(answer.ends_with("abcd"), is_released, "{answer}");
            assert_eq!(asked.load(Ordering::SeqCst), before + usize::from(is_after || is_released));
            proxy.heal();
        }
    });
}
