//! One GET from a service on this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// The body of `path`. Asks in HTTP/1.0, so that the answer ends with the connection and is never chunked.
///
/// # Errors
/// Where nobody answers, and for any status but 200.
pub(crate) fn get(port: u16, path: &str) -> io::Result<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    body(&answer).map(<[u8]>::to_vec).ok_or_else(|| io::Error::other("no good answer"))
}

fn body(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = answer.get(..end)?;
    let status = head.split(|byte| *byte == b' ').nth(1)?;
    (status == b"200").then(|| answer.get(end + 4..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn only_a_good_answer_has_a_body() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello"), Some(b"hello".as_slice()));
        assert_eq!(body(b"HTTP/1.1 500 No\r\n\r\nhello"), None);
        assert_eq!(body(b"HTTP/1.1 200"), None);
    }
}
