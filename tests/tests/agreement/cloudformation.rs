//! Templates of CloudFormation, read as JSON in which the short forms of functions stand as the long ones do.

use std::path::Path;

use rounds_testkit::stack::checkout;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

/// A template of `infra/`.
pub(crate) struct Template(Value);

impl Template {
    /// The application's.
    pub(crate) fn application() -> Self {
        Self::read("infra/template.yaml")
    }

    /// That of what the application stands on.
    pub(crate) fn foundation() -> Self {
        Self::read("infra/foundation.yaml")
    }

    /// A template by its path in the checkout.
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let text = std::fs::read_to_string(checkout().join(path)).unwrap();
        Self(next(&mut Parser::new_from_str(&text).map(|event| event.unwrap().0)).unwrap())
    }

    /// What stands at a path such as `Resources/LandingBucket/Properties`; null where nothing does.
    pub(crate) fn at(&self, path: &str) -> &Value {
        self.0.pointer(&format!("/{path}")).unwrap_or(&Value::Null)
    }

    /// The names in a section.
    pub(crate) fn names(&self, section: &str) -> Vec<&str> {
        self.at(section).as_object().unwrap().keys().map(String::as_str).collect()
    }

    /// The resources of a kind, each by its name with its properties.
    pub(crate) fn resources(&self, kind: &str) -> Vec<(&str, &Value)> {
        let all = self.at("Resources").as_object().unwrap();
        let wanted = all.iter().filter(|(_, resource)| resource["Type"] == kind);
        wanted.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
    }

    /// The properties of a function, those of all functions among them.
    pub(crate) fn function(&self, name: &str) -> Map<String, Value> {
        let mut properties = self.at("Globals/Function").as_object().unwrap().clone();
        properties.extend(self.at(&format!("Resources/{name}/Properties")).as_object().unwrap().clone());
        let variables = "Environment/Variables";
        let mut all = self.at(&format!("Globals/Function/{variables}")).as_object().unwrap().clone();
        let own = self.at(&format!("Resources/{name}/Properties/{variables}"));
        all.extend(own.as_object().unwrap().clone());
        properties.insert("Environment".to_owned(), Value::Object(all));
        properties
    }
}

/// What a value refers to: the name of a parameter or a resource, `Name.Attribute`, or a text with `${…}` in it.
pub(crate) fn referred(value: &Value) -> String {
    let of = |function: &str| value.get(function).and_then(Value::as_str);
    let text = value.as_str().or_else(|| of("Ref")).or_else(|| of("Fn::GetAtt")).or_else(|| of("Fn::Sub"));
    // A `Sub` with names of its own.
    let text = text.or_else(|| value.pointer("/Fn::Sub/0")?.as_str());
    text.unwrap_or_else(|| panic!("{value} refers to nothing")).to_owned()
}

/// A value that is one or several, without what is left out; of a condition both sides.
pub(crate) fn each(value: &Value) -> Vec<&Value> {
    if let Some(cases) = value.get("Fn::If") {
        return cases.as_array().unwrap().iter().skip(1).flat_map(each).collect();
    }
    match value {
        Value::Array(all) => all.iter().flat_map(each).collect(),
        Value::Object(it) if it.get("Ref").is_some_and(|name| name == "AWS::NoValue") => Vec::new(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The next node; none at the end of a list or a mapping.
fn next<'text>(events: &mut impl Iterator<Item = Event<'text>>) -> Option<Value> {
    let (value, tag) = match events.next().unwrap() {
        Event::Scalar(text, style, _, tag) => {
            let is_text = tag.is_some() || style != ScalarStyle::Plain;
            let read = if is_text { None } else { serde_json::from_str(&text).ok() };
            (read.unwrap_or_else(|| json!(text)), tag)
        }
        Event::SequenceStart(_, tag) => (std::iter::from_fn(|| next(events)).collect(), tag),
        Event::MappingStart(_, tag) => {
            let mut mapping = Map::new();
            while let Some(key) = next(events) {
                let key = key.as_str().unwrap().to_owned();
                let before = mapping.insert(key, next(events).unwrap());
                assert!(before.is_none(), "a name stands twice beside {:?}", mapping.keys());
            }
            (Value::Object(mapping), tag)
        }
        Event::SequenceEnd | Event::MappingEnd => return None,
        Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => return next(events),
        event => panic!("{event:?} in a template"),
    };
    Some(match tag.as_deref().map(|tag| tag.suffix.as_str()) {
        None => value,
        Some(name @ ("Ref" | "Condition")) => json!({ name: value }),
        Some(name) => json!({ format!("Fn::{name}"): value }),
    })
}

#[test]
fn short_forms_are_read_as_the_long_ones() {
    let text = "A: !If [Here, {B: !GetAtt C.Arn}, !Ref AWS::NoValue]\nD: !Sub |-\n  ${E}\n  1\nF: [1, \"1\", true]\n";
    let read = next(&mut Parser::new_from_str(text).map(|event| event.unwrap().0)).unwrap();
    let long = json!({
        "A": {"Fn::If": ["Here", {"B": {"Fn::GetAtt": "C.Arn"}}, {"Ref": "AWS::NoValue"}]},
        "D": {"Fn::Sub": "${E}\n1"},
        "F": [1, "1", true],
    });
    assert_eq!(read, long);
    assert_eq!(each(&read["A"]), [&json!({"B": {"Fn::GetAtt": "C.Arn"}})]);
}
