//! No cell's value outside tables, files and mails.

use rounds_testkit::stack::Stack;
use rounds_testkit::{billing, healthtech, hospital, mis};

/// No canary has got into any log: the daemons', the functions', the runs' payloads, histories and errors.
pub fn assert_nothing_leaked(stack: &Stack) {
    let logs = stack.logs();
    let told =
        |name: &str, word: &str| logs.iter().any(|(log, text)| log.contains(name) && text.contains(word));
    assert!(told("-ingest", "inspected"), "the functions' logs are read");
    assert!(told("execution", "TaskStateExited"), "the runs' histories are read");
    for (name, text) in &logs {
        for (number, line) in text.lines().enumerate() {
            assert_no_canary(&format!("{name}, line {}", number + 1), line);
        }
    }
}

/// No canary is in a text.
pub fn assert_no_canary(place: &str, text: &str) {
    let text = text.to_lowercase();
    let clinics = healthtech::CANARIES.into_iter().chain(mis::CANARIES);
    for canary in clinics.chain(billing::CANARIES).chain(hospital::CANARIES) {
        if let Some(at) = find(&text, canary) {
            let near: String = text.chars().skip(at.saturating_sub(200)).take(400).collect();
            panic!("{place} holds {canary}: … {near} …");
        }
    }
}

/// Where a canary is. A year with its dash has to be the beginning of a day: it is also within many a run's name.
fn find(text: &str, canary: &str) -> Option<usize> {
    let is_day = |at: usize| match text.as_bytes().get(at + canary.len()..) {
        Some([a, b, b'-', c, d, ..]) => [a, b, c, d].into_iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let mut places = text.match_indices(canary).map(|(at, _)| at);
    places.find(|at| !canary.ends_with('-') || is_day(*at))
}

#[cfg(test)]
mod tests {
    use super::assert_no_canary;

    #[test]
    #[should_panic(expected = "a log holds 7770001234")]
    fn a_canary_is_found() {
        assert_no_canary("a log", "patient 77700012340007 was refused");
    }

    #[test]
    #[should_panic(expected = "a log holds 1911-")]
    fn a_date_of_birth_is_found() {
        assert_no_canary("a log", "born 1911-02-17T00:00:00");
    }

    #[test]
    fn a_runs_name_is_no_date_of_birth() {
        assert_no_canary("a log", "5d0c1911-4b1c-4911-9911-191119111911");
    }
}
