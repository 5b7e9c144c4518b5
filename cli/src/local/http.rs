//! One request to a service on this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// The body of `path`.
///
/// # Errors
/// Where nobody answers, and for any status that says no.
pub(crate) fn get(port: u16, path: &str) -> io::Result<Vec<u8>> {
    ask(port, "GET", path, "")
}

/// Puts JSON at `path`.
///
/// # Errors
/// Where nobody answers, and for any status that says no.
pub(crate) fn put(port: u16, path: &str, json: &str) -> io::Result<()> {
    ask(port, "PUT", path, json).map(drop)
}

/// Asks in HTTP/1.0, so that the answer ends with the connection and is never chunked.
fn ask(port: u16, method: &str, path: &str, json: &str) -> io::Result<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = json.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    body(&answer).map(<[u8]>::to_vec).ok_or_else(|| io::Error::other("no good answer"))
}

fn body(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = answer.get(..end)?;
    let status = head.split(|byte| *byte == b' ').nth(1)?;
    status.starts_with(b"2").then(|| answer.get(end + 4..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn only_a_good_answer_has_a_body() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello"), Some(b"hello".as_slice()));
        assert_eq!(body(b"HTTP/1.1 204 \r\n\r\n"), Some(b"".as_slice()));
        assert_eq!(body(b"HTTP/1.1 500 No\r\n\r\nhello"), None);
        assert_eq!(body(b"HTTP/1.1 200"), None);
    }
}
