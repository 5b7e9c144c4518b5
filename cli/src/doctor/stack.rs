//! What there is of the local stack.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use aws_config::SdkConfig;
use rounds_shared::catalog::Catalog;
use rounds_shared::database::{Database, DatabaseError, Tls};

use super::Check;
use crate::checkout::Checkout;
use crate::error::Error;
use crate::local::code::Release;
use crate::local::state::{Stack, StateFolder};
use crate::local::template::lost_functions;
use crate::local::vendor;
use crate::target::local_config;

const PATIENCE: Duration = Duration::from_secs(1);

pub(super) async fn checks(checkout: Result<&Checkout, &Error>, state: Option<&StateFolder>) -> Vec<Check> {
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
        Ok(Some(stack)) => {
            checks.extend(parts(&stack));
            checks.extend(deployed(&stack).await);
        }
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
    stack
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
        .collect()
}

/// What the functions need beside the parts: that they are there themselves, and that the database lets them in.
async fn deployed(stack: &Stack) -> Vec<Check> {
    if matches!(stack.check(), Err(Error::StackDown)) {
        return Vec::new();
    }
    let deployment = match stack.current() {
        Ok(deployment) => deployment,
        Err(error) => return vec![Check::of("deployment", Err(error))],
    };
    if !stack.ministack.is_running() {
        return vec![Check::good("deployment", "current")];
    }
    let config = local_config(&stack.endpoint());
    let mut checks = vec![match lost_functions(&config).await {
        Ok(lost) if lost.is_empty() => Check::good("deployment", "current"),
        Ok(lost) => Check::bad(
            "deployment",
            format!("{} not there any more", lost.join(", ")),
            "rounds local up deploys anew",
        ),
        Err(error) => Check::of("deployment", Err(error.locally())),
    }];
    if stack.postgres.is_running() {
        checks.push(sign_in(&config, &deployment.database_secret_arn).await);
    }
    checks
}

/// Signs in to the database as the functions do.
async fn sign_in(config: &SdkConfig, secret: &str) -> Check {
    const NAME: &str = "sign-in";
    const ANEW: &str = "rounds local up writes it anew";
    let secrets = aws_sdk_secretsmanager::Client::new(config);
    let database = Database::new(secrets, secret.to_owned(), None, Tls::Disable, "doctor");
    match database.connect().await {
        Ok(_) => Check::good(NAME, "PostgreSQL takes the user and password of its secret"),
        Err(DatabaseError::SignIn) => {
            Check::bad(NAME, "PostgreSQL refuses the user and password of its secret", ANEW)
        }
        Err(error @ DatabaseError::Secret(_)) => Check::bad(NAME, error.to_string(), ANEW),
        Err(error) => Check::bad(NAME, error.to_string(), "rounds local down, then rounds local up"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use rounds_testkit::http::{answer, sdk, serve};
    use rounds_testkit::postgres::Postgres;
    use serde_json::json;

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
        ];
        assert_eq!(told, expected, "it runs in part");
    }

    #[tokio::test]
    async fn a_secret_that_the_database_refuses_is_told_with_what_writes_it_anew() {
        let postgres = Postgres::with_port();
        let told = async |user: &str| {
            let secret = json!({"host": "127.0.0.1", "port": postgres.port(), "username": user, "password": "a", "dbname": "postgres"});
            let secret = json!({"SecretString": secret.to_string()}).to_string();
            let address = serve(move |_| Some(answer(200, "application/x-amz-json-1.1", &secret))).unwrap();
            sign_in(&sdk(address).await, "rounds/database").await
        };
        assert!(!told("rounds").await.is_bad());
        let refused = "PostgreSQL refuses the user and password of its secret";
        assert_eq!(told("nobody").await, Check::bad("sign-in", refused, "rounds local up writes it anew"));
    }
}
