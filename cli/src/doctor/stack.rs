//! What there is of the local stack.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use rounds_shared::catalog::Catalog;

use super::Check;
use crate::checkout::Checkout;
use crate::error::Error;
use crate::local::code::Release;
use crate::local::state::{Stack, StateFolder};
use crate::local::vendor;

const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn checks(checkout: Result<&Checkout, &Error>, state: Option<&StateFolder>) -> Vec<Check> {
    let checkout = match checkout {
        Ok(checkout) => checkout,
        Err(_) => {
            return vec![Check::note(
                "checkout",
                "none above this folder; change into one, or set ROUNDS_HOME, to look at it",
            )];
        }
    };
    let built = Release::beside_this_program(checkout).and_then(|_| vendor::program());
    let mut checks = vec![Check::of("functions", built.map(|_| "built".to_owned()))];
    let record = state.map_or(Ok(None), StateFolder::load);
    let catalog = checkout.catalog();
    match record {
        Err(error) => checks.push(Check::of("record", Err(error))),
        Ok(None) => checks.push(Check::note("stack", "never started; rounds local up does")),
        Ok(Some(stack)) => checks.extend(parts(&stack)),
    }
    let in_order =
        Catalog::open(Some(&catalog)).map(|catalog| format!("in order, {} datasets", catalog.datasets.len()));
    checks.push(match in_order {
        Ok(told) => Check::good("catalog", told),
        Err(_) => Check::bad(
            "catalog",
            format!("{} has mistakes", catalog.display()),
            "rounds catalog check shows each",
        ),
    });
    checks
}

fn parts(stack: &Stack) -> Vec<Check> {
    if matches!(stack.check(), Err(Error::StackDown)) {
        return vec![Check::note("stack", "stopped; rounds local up starts it")];
    }
    let mut checks: Vec<Check> = stack
        .services()
        .into_iter()
        .map(|(name, service)| {
            let next = "rounds local up starts it; its log is in the state folder";
            if !service.is_running() {
                return Check::bad(name, "does not run", next);
            }
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, service.port));
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(_) => Check::good(name, address.to_string()),
                Err(_) => Check::bad(
                    name,
                    format!("does not answer at {address}"),
                    "rounds local down, then rounds local up",
                ),
            }
        })
        .collect();
    checks.push(Check::of("deployment", stack.current().map(|_| "current".to_owned())));
    checks
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::local::process::Service;

    #[test]
    fn each_part_is_asked_whether_it_runs_and_answers() {
        let this = std::process::id();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut stack = Stack::default();
        assert!(
            matches!(parts(&stack).as_slice(), [check] if !check.is_bad()),
            "a stack that is stopped is in order"
        );
        stack.moto = Service::of(listener.local_addr().unwrap().port(), this);
        stack.vendor = Service::of(1, this);
        let told: Vec<(&str, bool)> =
            parts(&stack).iter().map(|check| (check.name, check.is_bad())).collect();
        let expected = [
            ("PostgreSQL", true),
            ("mail (moto)", false),
            ("billing vendor (stand-in)", true),
            ("AWS (MiniStack)", true),
            ("deployment", true),
        ];
        assert_eq!(told, expected, "it runs in part, before its first deployment was through");
    }
}
