//! No cell's value outside tables, files and mails.

use rounds_testkit::healthtech::CANARIES;
use rounds_testkit::stack::Stack;

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
    for canary in CANARIES {
        if let Some(at) = text.find(canary) {
            let near: String = text.chars().skip(at.saturating_sub(200)).take(400).collect();
            panic!("{place} holds {canary}: … {near} …");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::assert_no_canary;

    #[test]
    #[should_panic(expected = "a log holds 7770001234")]
    fn a_canary_is_found() {
        assert_no_canary("a log", "patient 77700012340007 was refused");
    }
}
