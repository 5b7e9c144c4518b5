//! The papers that people read, and what stands in their fenced blocks.
#![expect(clippy::panic, reason = "a broken test bed ends the test")]

use std::collections::BTreeMap;
use std::fs;

use crate::stack::checkout;

/// A fenced block.
pub struct Block {
    /// What it says that it is, by `title=` behind its language.
    pub title: String,
    /// Its lines, without their common indentation.
    pub text: String,
}

/// A file of the catalog with mistakes.
pub struct Wrong {
    /// Path below the catalog's folder.
    pub path: String,
    /// The file.
    pub text: String,
    /// What is said of it, a mistake to a line.
    pub told: String,
}

/// The text of a page, by its path in the checkout.
#[must_use]
pub fn page(path: &str) -> String {
    fs::read_to_string(checkout().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of both pages about the catalog. A title says what a block is: a path under `catalog/` is a file there, or an
/// excerpt of a shipped one; another path is the key of a drop; `table` and `rejects` are what becomes of the drop above it,
/// `mistakes` what is said of the file above it, and `mail` the mail of the report above it.
#[must_use]
pub fn guide() -> Vec<Block> {
    ["docs/CATALOG.md", "docs/CATALOG-REFERENCE.md"].iter().flat_map(|path| blocks(&page(path))).collect()
}

/// Every fenced block of a page but those of commands.
#[must_use]
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for line in page.lines() {
        let indent = line.len() - line.trim_start().len();
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let title = info.split_once("title=").map_or(info, |(_, title)| title).to_owned();
                open = Some((indent, Block { title, text: String::new() }));
            }
            (Some(_), Some(_)) => blocks.extend(open.take().map(|(_, block)| block)),
            (None, Some((indent, block))) => {
                block.text.push_str(line.get(*indent..).unwrap_or_default());
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks.retain(|block| block.title != "console");
    blocks
}

/// The guide's files of the catalog by their paths below its folder, and those that have mistakes.
#[must_use]
pub fn catalog(blocks: &[Block]) -> (BTreeMap<String, String>, Vec<Wrong>) {
    let (mut files, mut wrong) = (BTreeMap::new(), Vec::new());
    for (number, block) in blocks.iter().enumerate() {
        let Some(path) = block.title.strip_prefix("catalog/") else { continue };
        let (path, text) = (path.to_owned(), block.text.clone());
        match blocks.get(number + 1).filter(|next| next.title == "mistakes") {
            Some(next) => wrong.push(Wrong { path, text, told: next.text.trim_end().to_owned() }),
            None => _ = files.insert(path, text),
        }
    }
    (files, wrong)
}

/// The commands of a page: what stands indented by four behind `rounds `, or behind `$ ` in a block.
#[must_use]
pub fn commands(page: &str) -> Vec<String> {
    let shown = page.lines().filter_map(|line| match line.trim_start().strip_prefix("$ ") {
        Some(typed) => Some(typed),
        None => line.strip_prefix("    "),
    });
    shown.filter(|line| line.starts_with("rounds ")).map(str::to_owned).collect()
}
