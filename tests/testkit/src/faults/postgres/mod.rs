//! A proxy before PostgreSQL that knows what is said through it, and breaks off or waits at a moment of it.

mod frame;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::held::{Gate, Held, lock};
use frame::Frame;

/// Something that client or server say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The client sends a statement whose text begins so, blanks aside.
    Statement(&'static str),
    /// The client sends rows of a COPY: a piece of some kilobytes, not a row each.
    Rows,
    /// The server is done with a statement whose tag begins so, such as `COPY` or `COMMIT`.
    Done(&'static str),
}

impl Moment {
    fn is(self, frame: &Frame) -> bool {
        match self {
            Self::Statement(begin) => frame.statement().is_some_and(|text| text.starts_with(begin)),
            Self::Rows => frame.is_rows(),
            Self::Done(begin) => frame.tag().is_some_and(|tag| tag.starts_with(begin)),
        }
    }
}

/// A fault that waits for its moment.
struct Trap {
    moment: Moment,
    /// The moment is met so often before.
    left: usize,
    /// Where the test says how it goes on; a cut needs no word.
    gate: Option<Arc<Gate>>,
}

/// A proxy before a PostgreSQL without TLS. A test in which one of its faults never came about fails.
pub struct Proxy {
    port: u16,
    traps: Arc<Mutex<Vec<Trap>>>,
}

impl Proxy {
    /// Before the server at this port of this machine; it passes everything on until it is told otherwise.
    ///
    /// # Errors
    /// There is no port.
    pub fn before(server: u16) -> io::Result<Self> {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), server)
    }

    /// The same at an address, such as PostgreSQL's usual port.
    ///
    /// # Errors
    /// Somebody else is there.
    pub fn at(address: SocketAddr, server: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let port = listener.local_addr()?.port();
        let traps = Arc::default();
        let shared = Arc::clone(&traps);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is away hangs up, as it would without a proxy.
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) {
                    let _ = join(client, server, &shared);
                }
            }
        });
        Ok(Self { port, traps })
    }

    /// Where it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Breaks the connection off at the nth of these moments from now on, the next being the first: what is said then is
    /// not heard any more. A statement is not executed; the answer to one that is done is lost.
    pub fn cut(&self, nth: usize, moment: Moment) {
        self.set(nth, moment, None);
    }

    /// Lets the connection wait at the nth of these moments from now on. Whoever speaks there and dies meanwhile is not
    /// missed by the other before it goes on.
    pub fn hold(&self, nth: usize, moment: Moment) -> Held {
        let gate = Arc::<Gate>::default();
        let held = Held::at(&gate);
        self.set(nth, moment, Some(gate));
        held
    }

    fn set(&self, nth: usize, moment: Moment, gate: Option<Arc<Gate>>) {
        lock(&self.traps).push(Trap { moment, left: nth.saturating_sub(1), gate });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let left: Vec<Moment> = lock(&self.traps).iter().map(|trap| trap.moment).collect();
        assert!(left.is_empty() || std::thread::panicking(), "faults that did not come about: {left:?}");
    }
}

/// Has what client and server say go through a thread for each direction.
fn join(client: TcpStream, server: TcpStream, traps: &Arc<Mutex<Vec<Trap>>>) -> io::Result<()> {
    // Frames go on one by one, and none waits for the next.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    for (from, to, first) in [(client.try_clone()?, server.try_clone()?, true), (server, client, false)] {
        let traps = Arc::clone(traps);
        std::thread::spawn(move || {
            // Either side may go away at any time: then so does the other.
            let _ = pass(&from, &to, &traps, first);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}

/// Passes frames on until one side ends or a cut ends both. The client's first frame is without a kind.
fn pass(mut from: &TcpStream, mut to: &TcpStream, traps: &Mutex<Vec<Trap>>, first: bool) -> io::Result<()> {
    if first {
        to.write_all(&frame::start(&mut from)?)?;
    }
    loop {
        let frame = Frame::read(&mut from)?;
        if !passes(traps, &frame) {
            return Ok(());
        }
        to.write_all(frame.bytes())?;
    }
}

/// Whether a frame goes on, once the test has said so where it wants to.
fn passes(traps: &Mutex<Vec<Trap>>, frame: &Frame) -> bool {
    let sprung = sprung(&mut lock(traps), frame);
    sprung.is_none_or(|trap| trap.gate.is_some_and(|gate| gate.pass()))
}

/// The first trap whose time has come; the others count the moment.
fn sprung(traps: &mut Vec<Trap>, frame: &Frame) -> Option<Trap> {
    let mut sprung = None;
    for (at, trap) in traps.iter_mut().enumerate().filter(|(_, trap)| trap.moment.is(frame)) {
        match trap.left.checked_sub(1) {
            Some(left) => trap.left = left,
            None => sprung = sprung.or(Some(at)),
        }
    }
    sprung.map(|at| traps.remove(at))
}
