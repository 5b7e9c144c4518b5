//! Files are short enough to be read in one go.

use std::path::{Path, PathBuf};

use rounds_testkit::stack::checkout;

/// What people write. Locks, certificates and test data are not.
const WRITTEN: [&str; 12] = ["c", "css", "html", "js", "json", "md", "py", "rs", "sh", "sql", "toml", "yaml"];

const MOST: usize = 400;

/// The first lines of a file, where the reason stands.
const TOP: usize = 12;

#[test]
fn a_file_of_more_than_400_lines_says_why_at_its_top() {
    let mut silent = Vec::new();
    for path in written(&checkout()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let top = text.lines().take(TOP).flat_map(|line| [line, " "]).collect::<String>();
        if text.lines().count() > MOST && !top.to_lowercase().contains("longer than 400 lines") {
            silent.push(path);
        }
    }
    assert!(
        silent.is_empty(),
        "divide them, or say at their top why they are longer than 400 lines: {silent:?}"
    );
}

/// The files that people write, below a folder.
fn written(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // What git does not keep: what is built, and what fuzzing finds.
        let is_made = ["target", "__pycache__", "artifacts", "corpus", "coverage"].contains(&name);
        if path.is_dir() && !is_made && !name.starts_with('.') {
            all.extend(written(&path));
        } else if path.extension().is_some_and(|it| WRITTEN.iter().any(|known| it == *known)) {
            all.push(path);
        }
    }
    all
}
