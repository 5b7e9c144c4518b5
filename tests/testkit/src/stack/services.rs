//! The processes of a stack: where they answer, proxies before them, and how they end.

use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};

use super::{Service, Stack, until};
use crate::faults::http::Proxy;

impl Service {
    fn proxy(&self) -> Proxy {
        Proxy::before((Ipv4Addr::LOCALHOST, self.port).into()).expect("there is a port")
    }

    /// Ends the process by a signal, and waits until nobody answers at its port.
    fn end(&self, signal: &str) {
        let signalled = Command::new("kill").args([signal, &self.pid.to_string()]).status();
        assert!(signalled.is_ok_and(|status| status.success()), "the process was there to be ended");
        until("a service ends", || TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).err());
    }
}

impl Stack {
    /// Where the stand-in for the billing vendor answers.
    #[must_use]
    pub fn vendor_port(&self) -> u16 {
        self.record.vendor.port
    }

    /// Stops PostgreSQL at once, as a machine that loses power would.
    pub fn stop_postgres(&self) {
        self.record.postgres.end("-QUIT");
    }

    /// Stops the mail service at once, and with it the memory of its mails.
    pub fn stop_moto(&self) {
        self.record.moto.end("-KILL");
    }

    /// A proxy before the services of AWS, but for mail.
    #[must_use]
    pub fn aws_proxy(&self) -> Proxy {
        self.record.ministack.proxy()
    }

    /// A proxy before the mail service.
    #[must_use]
    pub fn mail_proxy(&self) -> Proxy {
        self.record.moto.proxy()
    }

    /// Ends the processes of a function at once, as Lambda does where memory runs out. On Linux alone: elsewhere nobody
    /// tells which process is which function.
    #[cfg(target_os = "linux")]
    pub fn kill_function(&self, name: &str) {
        assert!(self.kill_if_running(name), "{name} was there to be killed");
    }

    /// The same of a function that may not run; whether it did.
    #[cfg(target_os = "linux")]
    pub fn kill_if_running(&self, name: &str) -> bool {
        let wanted = [
            format!("AWS_LAMBDA_FUNCTION_NAME={name}"),
            format!("AWS_ENDPOINT_URL=http://127.0.0.1:{}", self.record.ministack.port),
        ];
        let is_wanted = |pid: &str| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
            wanted.iter().all(|variable| variables.contains(&variable.as_bytes()))
        };
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = processes.filter_map(|entry| entry.file_name().into_string().ok());
        let pids: Vec<String> = pids.filter(|pid| pid.parse::<u32>().is_ok() && is_wanted(pid)).collect();
        let killed = Command::new("kill").arg("-KILL").args(&pids).stderr(Stdio::null()).status();
        killed.is_ok_and(|status| status.success())
    }
}
