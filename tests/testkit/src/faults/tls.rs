//! PostgreSQL with TLS: a front that takes it off, under certificates of a test's own.
#![expect(clippy::expect_used, reason = "a broken test bed ends the test")]

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};

/// The years in which a certificate is valid.
type Years = std::ops::Range<i32>;

/// An authority that signs certificates of servers.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one, which nobody trusts yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate can be made"))
    }

    /// Its own certificate, for those who trust it.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// What a server of this name needs, with a certificate that is valid in these years.
    #[must_use]
    pub fn server(&self, host: &str, years: Years) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host name");
        (params.not_before, params.not_after) =
            (date_time_ymd(years.start, 1, 1), date_time_ymd(years.end, 1, 1));
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate can be made");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_no_client_auth())
            .and_then(|builder| builder.with_single_cert(vec![certificate.der().clone()], key.into()));
        Arc::new(config.expect("the certificate belongs to the key"))
    }
}

/// A server that speaks TLS before the PostgreSQL at this port, which does not: its port.
///
/// # Errors
/// There is no port.
pub fn front(server: u16, tls: Arc<ServerConfig>) -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let tls = Arc::clone(&tls);
            // A session that breaks, or is refused by the client, is the client's affair.
            std::thread::spawn(move || {
                TcpStream::connect((Ipv4Addr::LOCALHOST, server)).map(|server| {
                    let _ = talk(&client, &server, tls);
                    let _ = client.shutdown(Shutdown::Both);
                    let _ = server.shutdown(Shutdown::Both);
                })
            });
        }
    });
    Ok(port)
}

/// Takes TLS off what the client says, and puts it on what the server answers, until one of them ends.
fn talk(mut client: &TcpStream, mut server: &TcpStream, tls: Arc<ServerConfig>) -> io::Result<()> {
    // The client's wish for TLS.
    client.read_exact(&mut [0; 8])?;
    client.write_all(b"S")?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let session = Arc::new(Mutex::new(ServerConnection::new(tls).map_err(io::Error::other)?));
    answer(server.try_clone()?, client.try_clone()?, Arc::clone(&session));
    let mut buffer = [0; 16_384];
    loop {
        let length = client.read(&mut buffer)?;
        let mut encrypted = buffer.get(..length).unwrap_or_default();
        if encrypted.is_empty() {
            return Ok(());
        }
        while !encrypted.is_empty() {
            let mut plain = Vec::new();
            {
                let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
                session.read_tls(&mut encrypted)?;
                let state = session.process_new_packets().map_err(io::Error::other)?;
                plain.resize(state.plaintext_bytes_to_read(), 0);
                session.reader().read_exact(&mut plain)?;
                send(&mut session, client)?;
            }
            server.write_all(&plain)?;
        }
    }
}

/// The other direction, in a thread of its own.
fn answer(mut server: TcpStream, client: TcpStream, session: Arc<Mutex<ServerConnection>>) {
    std::thread::spawn(move || -> io::Result<()> {
        let mut buffer = [0; 16_384];
        loop {
            let length = server.read(&mut buffer)?;
            if length == 0 {
                return client.shutdown(Shutdown::Both);
            }
            let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
            session.writer().write_all(buffer.get(..length).unwrap_or_default())?;
            send(&mut session, &client)?;
        }
    });
}

/// Sends what the session has to say.
fn send(session: &mut ServerConnection, mut client: &TcpStream) -> io::Result<()> {
    while session.wants_write() {
        session.write_tls(&mut client)?;
    }
    Ok(())
}
