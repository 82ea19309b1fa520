//! Definitions in FHIR's XML form, as the same resource in JSON.
//!
//! What is an array, a number or a boolean in JSON cannot be seen in XML; the definitions of the types say it.
//!
//! Source: R4 XML and JSON representation of resources.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write};

use fhir_solicit_validator::pack::{Draft, Element, Kind, Type};
use roxmltree::{Document, Node, ParsingOptions};

const FHIR: &str = "http://hl7.org/fhir";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Most nodes of a file, and most levels: what is converted level by level takes that much of the stack.
const MOST_NODES: u32 = 2_000_000;
const MOST_LEVELS: usize = 200;

/// Why XML is not a resource.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// It is not well-formed, or larger than is read.
    #[error("not well-formed XML: {0}")]
    Malformed(String),
    /// The root is no resource that the base knows.
    #[error("{0} is no resource type of FHIR R4 in its namespace, {FHIR}")]
    NoResource(String),
    /// An element that its type does not have.
    #[error("line {line}: {parent} has no element {name}")]
    Unknown {
        /// Where it is, from 1.
        line: u32,
        /// The type.
        parent: String,
        /// The element.
        name: String,
    },
    /// More levels than are read.
    #[error("more than {MOST_LEVELS} levels inside one another")]
    Deep,
}

/// Whether `bytes` look like XML rather than JSON.
pub fn is_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// The resource in `xml` as JSON, by the types that `base` defines.
///
/// # Errors
/// [`XmlError`]; the narrative is left out, as definitions are compiled without it.
pub fn to_json(xml: &str, base: &Draft) -> Result<String, XmlError> {
    let options = ParsingOptions { nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(xml, options).map_err(|error| XmlError::Malformed(error.to_string()))?;
    let mut json = String::with_capacity(xml.len());
    resource(document.root_element(), base, &mut json, 0)?;
    Ok(json)
}

fn resource(node: Node<'_, '_>, base: &Draft, json: &mut String, level: usize) -> Result<(), XmlError> {
    let name = node.tag_name().name();
    let is_known = base.structures.get(name).is_some_and(|one| one.kind == Kind::Resource);
    if !is_known || node.tag_name().namespace() != Some(FHIR) {
        return Err(XmlError::NoResource(name.into()));
    }
    let _ = write!(json, "{{\"resourceType\":\"{name}\"");
    members(node, name, base, json, level, false)?;
    json.push('}');
    Ok(())
}

/// Writes the members of an object of the type `of`, each after a comma; none before the first if `is_first`.
fn members(
    node: Node<'_, '_>,
    of: &str,
    base: &Draft,
    json: &mut String,
    level: usize,
    mut is_first: bool,
) -> Result<(), XmlError> {
    if level > MOST_LEVELS {
        return Err(XmlError::Deep);
    }
    let mut comma = |json: &mut String| {
        if !std::mem::replace(&mut is_first, false) {
            json.push(',');
        }
    };
    for attribute in
        node.attributes().filter(|one| matches!(one.name(), "id" | "url") && one.namespace().is_none())
    {
        comma(json);
        let _ = write!(json, "\"{}\":{}", attribute.name(), text(attribute.value()));
    }
    // Items of one array stand together in JSON, wherever they stand in XML.
    let mut names: Vec<&str> = Vec::new();
    let mut found: BTreeMap<&str, Vec<Node<'_, '_>>> = BTreeMap::new();
    for child in node.children().filter(Node::is_element) {
        if child.tag_name().namespace() == Some(XHTML) {
            continue;
        }
        let name = child.tag_name().name();
        let all = found.entry(name).or_default();
        if all.is_empty() {
            names.push(name);
        }
        all.push(child);
    }
    for name in names {
        let nodes = &found[name];
        let (element, of) = member(base, of, name).ok_or_else(|| XmlError::Unknown {
            line: node.document().text_pos_at(nodes[0].range().start).row,
            parent: of.into(),
            name: name.into(),
        })?;
        let is_list = element.max.is_none_or(|max| max > 1);
        let is_primitive = base.structures.get(&of.name).is_some_and(|one| one.kind == Kind::Primitive);
        let has_more =
            |node: &Node<'_, '_>| node.attribute("id").is_some() || node.children().any(|it| it.is_element());
        let array =
            |json: &mut String, write: &mut dyn FnMut(&mut String, Node<'_, '_>) -> Result<(), XmlError>| {
                if is_list {
                    json.push('[');
                }
                for (index, &node) in nodes.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    write(json, node)?;
                }
                if is_list {
                    json.push(']');
                }
                Ok(())
            };
        if !is_primitive {
            comma(json);
            let _ = write!(json, "\"{name}\":");
            array(json, &mut |json, node| complex(node, &of.name, base, json, level + 1))?;
            continue;
        }
        if nodes.iter().any(|node| node.attribute("value").is_some()) {
            comma(json);
            let _ = write!(json, "\"{name}\":");
            array(json, &mut |json, node| {
                match node.attribute("value") {
                    Some(value) if is_bare(&of.name) => json.push_str(value),
                    Some(value) => json.push_str(&text(value)),
                    None => json.push_str("null"),
                }
                Ok(())
            })?;
        }
        if nodes.iter().any(has_more) {
            comma(json);
            let _ = write!(json, "\"_{name}\":");
            array(json, &mut |json, node| {
                if !has_more(&node) {
                    json.push_str("null");
                    return Ok(());
                }
                json.push('{');
                members(node, &of.name, base, json, level + 1, true)?;
                json.push('}');
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn complex(
    node: Node<'_, '_>,
    of: &str,
    base: &Draft,
    json: &mut String,
    level: usize,
) -> Result<(), XmlError> {
    let is_any = base.structures.get(of).is_some_and(|one| one.kind == Kind::AbstractResource);
    if is_any {
        let inner = node.children().find(Node::is_element);
        return inner
            .map_or(Err(XmlError::NoResource(String::new())), |inner| resource(inner, base, json, level));
    }
    json.push('{');
    members(node, of, base, json, level, true)?;
    json.push('}');
    Ok(())
}

/// The element that is called `name` in an instance of `of`, and its type.
fn member<'b>(base: &'b Draft, of: &str, name: &str) -> Option<(&'b Element, &'b Type)> {
    base.structures.get(of)?.elements.iter().find_map(|element| {
        let of = match element.name.strip_suffix("[x]") {
            None => (element.name == name).then(|| element.types.first())?,
            Some(stem) => {
                let rest = name.strip_prefix(stem)?;
                element.types.iter().find(|one| {
                    let mut letters = one.name.chars();
                    letters.next().is_some_and(|first| {
                        rest.starts_with(first.to_ascii_uppercase())
                            && rest.get(1..) == Some(letters.as_str())
                    })
                })
            }
        }?;
        Some((element, of))
    })
}

/// Whether values of the primitive type `of` stand in JSON without quotes.
fn is_bare(of: &str) -> bool {
    matches!(of, "boolean" | "decimal" | "integer" | "positiveInt" | "unsignedInt")
}

fn text(value: &str) -> Cow<'static, str> {
    let mut json = String::with_capacity(value.len() + 2);
    json.push('"');
    for char in value.chars() {
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            char if char < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
    json.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says so by panicking")]

    use fhir_solicit_validator::pack::Pack;

    use super::*;

    fn base() -> Draft {
        Pack::read(&include_bytes!("../../validator/packs/r4.pack")[..]).unwrap().to_draft()
    }

    #[test]
    fn xml_says_what_json_says() {
        let xml = r#"<?xml version="1.0"?>
            <Patient xmlns="http://hl7.org/fhir">
              <id value="p"/>
              <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></text>
              <contained><Organization><name value="a &quot;b&quot;"/></Organization></contained>
              <extension url="http://x"><valueDecimal value="1.00"/></extension>
              <active value="true"/>
              <name><given value="A"/><given id="g"><extension url="http://y"><valueCode value="c"/></extension></given></name>
              <birthDate value="2024"><extension url="http://z"><valueInteger value="3"/></extension></birthDate>
              <multipleBirthInteger value="2"/>
            </Patient>"#;
        let json = r#"{"resourceType":"Patient","id":"p","text":{"status":"generated"},"contained":[{"resourceType":"Organization","name":"a \"b\""}],"extension":[{"url":"http://x","valueDecimal":1.00}],"active":true,"name":[{"given":["A",null],"_given":[null,{"id":"g","extension":[{"url":"http://y","valueCode":"c"}]}]}],"birthDate":"2024","_birthDate":{"extension":[{"url":"http://z","valueInteger":3}]},"multipleBirthInteger":2}"#;
        assert_eq!(to_json(xml, &base()).unwrap(), json);
        assert!(is_xml(b"\xef\xbb\xbf\n<Patient/>") && !is_xml(b" {}"));
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        let fault = |xml: &str| to_json(xml, &base()).unwrap_err();
        assert!(matches!(fault("<Patient"), XmlError::Malformed(_)));
        assert_eq!(fault("<Patient/>"), XmlError::NoResource("Patient".into()));
        let unknown = "<Patient xmlns='http://hl7.org/fhir'>\n<name><first value='x'/></name></Patient>";
        let (parent, name) = ("HumanName".into(), "first".into());
        assert_eq!(fault(unknown), XmlError::Unknown { line: 2, parent, name });
        // Entities that multiply are not expanded without end.
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><Patient xmlns='http://hl7.org/fhir'>&b;</Patient>";
        assert!(matches!(fault(bomb), XmlError::Malformed(_)));
        let nested = |depth: usize| {
            let (open, close) = ("<extension url='u'>".repeat(depth), "</extension>".repeat(depth));
            format!("<Patient xmlns='http://hl7.org/fhir'>{open}{close}</Patient>")
        };
        assert!(to_json(&nested(100), &base()).is_ok());
        for depth in [300, 500_000] {
            assert_eq!(fault(&nested(depth)), XmlError::Deep);
        }
    }
}
