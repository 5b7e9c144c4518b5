//! No cell's value outside tables, files and mails.

use rounds_testkit::canary;
use rounds_testkit::stack::Stack;

/// No canary has got into any log: the daemons', the functions', the runs' payloads, histories and errors.
pub fn assert_nothing_leaked(stack: &Stack) {
    let logs = stack.logs();
    let told =
        |name: &str, word: &str| logs.iter().any(|(log, text)| log.contains(name) && text.contains(word));
    if logs.iter().any(|(log, _)| log.contains(":execution:")) {
        assert!(told("-ingest", "inspected"), "the functions' logs are read");
        assert!(told(":execution:", "TaskStateExited"), "the runs' histories are read");
    }
    for (name, text) in &logs {
        assert_no_canary(name, text);
    }
}

/// No canary is in a text, in whatever spelling.
pub fn assert_no_canary(place: &str, text: &str) {
    if let Some(canary) = canary::find(text) {
        panic!("{place} holds {canary}");
    }
}
