//! Packages of Office Open XML (ECMA-376, part 2): which part of them is what.

use indexmap::IndexMap;
use quick_xml::events::Event;

use crate::tabular::container::Container;
use crate::tabular::limits::size;
use crate::tabular::workbook::xml::{Xml, attribute};
use crate::tabular::{Limits, Unreadable};

/// Relations of one part; a workbook has one per sheet and a few more.
const RELATIONS: usize = 20_000;

/// How one part refers to another.
pub(crate) struct Relation {
    /// The last word of its type, such as `worksheet`: the words before differ between editions of the standard.
    pub(crate) kind: String,
    /// The path of the other part.
    pub(crate) target: String,
}

/// What a part refers to, by the identifiers that stand in it.
#[derive(Default)]
pub(crate) struct Relations(IndexMap<String, Relation>);

impl Relations {
    pub(crate) fn get(&self, id: &str) -> Option<&Relation> {
        self.0.get(id)
    }

    /// The path of the first part of this kind.
    pub(crate) fn target(&self, kind: &str) -> Option<&str> {
        self.0.values().find(|relation| relation.kind == kind).map(|relation| relation.target.as_str())
    }
}

/// The path of the package's main part, such as a workbook's or a document's.
pub(crate) fn main_part(container: &mut Container, limits: &Limits) -> Result<Option<String>, Unreadable> {
    let relations = relations(container, "", limits)?;
    let usual = ["xl/workbook.xml", "xl/workbook.bin"];
    let paths = relations.target("officeDocument").into_iter().chain(usual);
    Ok(paths.into_iter().find(|path| container.has(path)).map(str::to_owned))
}

/// What a part refers to within its package, or the package itself where the path is empty.
pub(crate) fn relations(
    container: &mut Container,
    part: &str,
    limits: &Limits,
) -> Result<Relations, Unreadable> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let mut relations = Relations::default();
    let Some(content) = container.member(&format!("{folder}/_rels/{name}.rels"))? else {
        return Ok(relations);
    };
    let mut xml = Xml::new(content, limits.text_bytes);
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let text = |name: &str| attribute(&element, name).unwrap_or_default();
                let kind = text("Type").rsplit('/').next().unwrap_or_default().to_owned();
                let relation = Relation { kind, target: resolved(folder, &text("Target")) };
                relations.0.entry(text("Id")).or_insert(relation);
                if relations.0.len() > RELATIONS {
                    return Err(Unreadable::TooLarge { what: "parts", limit: size(RELATIONS) });
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// A target that is relative to a folder, or absolute, as a path in the package.
fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let base = if target.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(target.split('/')) {
        match segment {
            "" | "." => {}
            ".." => _ = path.pop(),
            _ => path.push(segment),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_may_be_relative_or_absolute() {
        assert_eq!(resolved("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("xl/a", "..\\worksheets/./sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("", "../../x.xml"), "x.xml");
    }
}
