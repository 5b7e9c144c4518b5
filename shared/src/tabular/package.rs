//! Packages of Office Open XML (ECMA-376, part 2): which part of them is what.

use quick_xml::events::Event;

use super::cell::size;
use super::container::Container;
use super::xml::{Xml, attribute};
use super::{Limits, Unreadable};

/// Relations of one part; a workbook has one per sheet and a few more.
const RELATIONS: usize = 20_000;

/// How one part refers to another.
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type, such as `worksheet`: the words before differ between editions of the standard.
    pub(super) kind: String,
    /// The path of the other part.
    pub(super) target: String,
}

/// The path of the package's main part, such as a workbook's or a document's.
pub(super) fn main_part(container: &mut Container, limits: &Limits) -> Result<Option<String>, Unreadable> {
    let relations = relations(container, "", limits)?;
    let main = relations.into_iter().find(|relation| relation.kind == "officeDocument");
    let usual = || {
        ["xl/workbook.xml", "xl/workbook.bin"].map(str::to_owned).into_iter().find(|path| container.has(path))
    };
    Ok(main.map(|relation| relation.target).filter(|path| container.has(path)).or_else(usual))
}

/// What a part refers to within its package, or the package itself where the path is empty.
pub(super) fn relations(
    container: &mut Container,
    part: &str,
    limits: &Limits,
) -> Result<Vec<Relation>, Unreadable> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let mut relations = Vec::new();
    let Some(content) = container.member(&format!("{folder}/_rels/{name}.rels"))? else {
        return Ok(relations);
    };
    let mut xml = Xml::new(content, limits.text_bytes);
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let kind = attribute(&element, "Type").unwrap_or_default();
                relations.push(Relation {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                    target: resolved(folder, &attribute(&element, "Target").unwrap_or_default()),
                });
                if relations.len() > RELATIONS {
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
