//! As much of HTTP/1.1 as a server that stands in for a service needs: a connection brings one request.

use std::io::{self, Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{Credentials, Region, SharedCredentialsProvider};

/// Longest request that is read, in bytes.
const LONGEST: usize = 16 << 20;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `POST`, …
    pub method: String,
    /// From the first `/` on.
    pub path: String,
    /// First line and headers.
    pub head: String,
    /// As text; bytes that are none are replaced.
    pub body: String,
}

impl Request {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Reads one request: its head, and as much of a body as the head says.
///
/// # Errors
/// The connection's; it ends before the request does; the request is none, or longer than 16 MiB.
pub fn read(connection: &mut impl Read) -> io::Result<Request> {
    parse(&read_bytes(connection)?).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// A request as it came.
pub(crate) fn read_bytes(connection: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65_536];
    let mut wanted = None;
    while wanted.is_none_or(|wanted| bytes.len() < wanted) {
        let length = connection.read(&mut buffer)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
        if bytes.len() > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        wanted = wanted.or_else(|| whole(&bytes));
    }
    Ok(bytes)
}

/// The head of a message with the empty line that ends it, and what follows.
pub(crate) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    bytes.split_at_checked(end)
}

/// How long the request is, once its head is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let (head, _) = split(bytes)?;
    let request = parse(bytes)?;
    let length = request.header("content-length").and_then(|length| length.parse::<usize>().ok());
    Some(head.len().saturating_add(length.unwrap_or_default()))
}

pub(crate) fn parse(bytes: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut line = head.lines().next()?.split(' ');
    let (method, path) = (line.next()?.to_owned(), line.next()?.to_owned());
    Some(Request { method, path, head: head.to_owned(), body: body.to_owned() })
}

/// An answer after which the connection ends.
#[must_use]
pub fn answer(status: u16, kind: &str, body: &str) -> String {
    answer_with(status, &[("content-type", kind)], body)
}

/// An answer with headers, after which the connection ends.
#[must_use]
pub fn answer_with(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status} \r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// Answers requests at a port of its own, each connection in a thread, for as long as the test lasts; where there is no
/// answer, it hangs up.
///
/// # Errors
/// There is no port.
pub fn serve(answer: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let answer = read(&mut connection).ok().and_then(|request| answer(&request));
                // A client that goes away is the client's affair.
                let _ = connection.write_all(answer.unwrap_or_default().as_bytes());
            });
        }
    });
    Ok(address)
}

/// An address where nobody listens.
///
/// # Errors
/// There is no port.
pub fn nobody() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The SDK, with this address for all services.
pub async fn sdk(address: SocketAddr) -> SdkConfig {
    let credentials = Credentials::builder().access_key_id("a").secret_access_key("b").provider_name("test");
    let sdk = rounds_shared::aws::sdk_config().await.into_builder();
    sdk.endpoint_url(format!("http://{address}"))
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials.build()))
        .build()
}
