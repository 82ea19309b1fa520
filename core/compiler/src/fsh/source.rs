//! The lines of a file, as entities and their rules.

use std::{collections::BTreeMap, sync::Arc};

use super::{FshError, KINDS, Place, Sources};

/// What an entity may say of itself.
const FIELDS: &[&str] = &["Parent", "Id", "Title", "Description", "Expression", "Severity", "Context"];

/// How deep rule sets may insert one another.
const DEPTH: usize = 16;

/// Something that is declared.
pub(super) struct Entity {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) place: Place,
    /// The guide that declares it, by its place in the list.
    pub(super) guide: usize,
    fields: BTreeMap<&'static str, String>,
    /// The names of the parameters of a rule set.
    parameters: Vec<String>,
    rules: Vec<Rule>,
}

/// A rule as it is written, without its star.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) place: Place,
    /// How far it stands to the right, which puts it below the path of a rule before it.
    indent: usize,
    text: String,
}

/// A word of a rule, or a text between quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Bare(String),
    Text(String),
}

impl Word {
    /// The word; of a text nothing.
    pub(super) fn bare(&self) -> &str {
        match self {
            Self::Bare(word) => word,
            Self::Text(_) => "",
        }
    }
}

impl Entity {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The text of a field between its quotes.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, FshError> {
        let Some(field) = self.field(name) else { return Ok(None) };
        match &words(field, &self.place)?[..] {
            [Word::Text(text)] => Ok(Some(text.clone())),
            _ => Err(self.place.error(format!("{name} is to be one text between quotes"))),
        }
    }
}

/// The entities of the file called `name`.
pub(super) fn read(name: &str, text: &str, guide: usize) -> Result<Vec<Entity>, FshError> {
    let file: Arc<str> = name.into();
    let mut entities: Vec<Entity> = Vec::new();
    let mut field: Option<&'static str> = None;
    for (number, line) in text.lines().enumerate() {
        let place = Place { file: file.clone(), line: number + 1 };
        let line = without_comment(line);
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some((keyword, value)) = keyword(line) {
            let value = value.trim();
            if let Some(kind) = KINDS.iter().find(|kind| **kind == keyword) {
                let (name, parameters) = call(value);
                let is_set = *kind == "RuleSet";
                let name = if is_set { name } else { value };
                let parameters = if is_set { parameters } else { vec![] };
                let fields = BTreeMap::new();
                let rules = Vec::new();
                let name = name.to_owned();
                entities.push(Entity { kind, name, place, guide, fields, parameters, rules });
                field = None;
            } else if let Some(known) = FIELDS.iter().find(|known| **known == keyword) {
                let entity =
                    entities.last_mut().ok_or_else(|| place.error("stands before any definition"))?;
                entity.fields.insert(known, value.into());
                field = Some(known);
            } else {
                return Err(place.error(format!("{keyword} is not known here")));
            }
            continue;
        }
        let entity = entities.last_mut().ok_or_else(|| place.error("stands before any definition"))?;
        if let Some(text) = trimmed.strip_prefix("* ") {
            let indent = line.len() - line.trim_start().len();
            entity.rules.push(Rule { place, indent, text: text.trim().into() });
            field = None;
            continue;
        }
        // What goes on in the next line.
        let before = match field {
            Some(field) => entity.fields.get_mut(field),
            None => entity.rules.last_mut().map(|rule| &mut rule.text),
        };
        let before = before.ok_or_else(|| place.error("expected a rule, which starts with a star"))?;
        before.push(' ');
        before.push_str(trimmed);
    }
    Ok(entities)
}

/// `Keyword: value` at the start of a line.
fn keyword(line: &str) -> Option<(&str, &str)> {
    let (keyword, value) = line.split_once(':')?;
    let is_one = keyword.starts_with(|first: char| first.is_ascii_uppercase())
        && keyword.chars().all(|letter| letter.is_ascii_alphabetic());
    is_one.then_some((keyword, value))
}

/// The line up to its comment: two slashes that nothing but space stands before, and that are in no text.
fn without_comment(line: &str) -> &str {
    let mut is_text = false;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match letter {
            '"' if before != '\\' => is_text = !is_text,
            '/' if !is_text && before.is_whitespace() && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
        before = letter;
    }
    line
}

/// `Name(a, b)` as the name and what is between the parentheses.
fn call(text: &str) -> (&str, Vec<String>) {
    match text.split_once('(') {
        Some((name, rest)) => {
            let all = rest.trim_end().strip_suffix(')').unwrap_or(rest);
            (name.trim(), all.split(',').map(|one| one.trim().into()).collect())
        }
        None => (text.trim(), vec![]),
    }
}

pub(super) fn words(text: &str, place: &Place) -> Result<Vec<Word>, FshError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end;
        if first == '"' {
            let (text, length) = quoted(&rest[1..]).ok_or_else(|| place.error("a text does not end"))?;
            end = length + 1;
            found.push(Word::Text(text));
        } else {
            end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            found.push(Word::Bare(rest[..end].into()));
        }
        rest = rest[end..].trim_start();
    }
    Ok(found)
}

/// What stands before the closing quote, and how long it is in the source with that quote.
fn quoted(source: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = source.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 1)),
            '\\' => text.push(letters.next()?.1),
            other => text.push(other),
        }
    }
    None
}

impl Sources<'_> {
    /// The rules of an entity as path and words, with those of the rule sets it inserts in their places. The path
    /// is whole: that of the rules it is indented below stands before it.
    pub(super) fn rules(&self, entity: &Entity) -> Result<Vec<(Place, Vec<Word>)>, FshError> {
        let mut found = Vec::new();
        self.add_rules(&entity.rules, "", DEPTH, &mut found)?;
        Ok(found)
    }

    fn add_rules(
        &self,
        rules: &[Rule],
        above: &str,
        depth: usize,
        found: &mut Vec<(Place, Vec<Word>)>,
    ) -> Result<(), FshError> {
        // The rules that the next one may be indented below.
        let mut open: Vec<(usize, String)> = Vec::new();
        for rule in rules {
            let place = &rule.place;
            while open.last().is_some_and(|(indent, _)| *indent >= rule.indent) {
                open.pop();
            }
            let around = open.last().map_or(above, |(_, path)| path).to_owned();
            let mut words = words(&rule.text, place)?;
            let first = words.first().map_or("", Word::bare);
            // Of a definition as a whole a caret rule says something; what others say is of its root.
            let is_whole = around.is_empty() && first.starts_with('^');
            let path = match words.first() {
                _ if first.starts_with('^') || matches!(first, "insert" | "obeys") => around,
                Some(Word::Bare(own)) => {
                    let path = joined(&around, own);
                    words.remove(0);
                    path
                }
                _ => return Err(place.error("expected a path")),
            };
            open.push((rule.indent, path.clone()));
            if words.first().map(Word::bare) == Some("insert") {
                let (_, text) = rule.text.split_once("insert").unwrap_or_default();
                let (name, values) = call(text);
                let set = self.find("RuleSet", name, place)?;
                let depth =
                    depth.checked_sub(1).ok_or_else(|| place.error("rule sets insert one another"))?;
                let rules = filled(set, &values, place)?;
                self.add_rules(&rules, &path, depth, found)?;
            } else {
                if !is_whole {
                    words.insert(0, Word::Bare(if path.is_empty() { ".".into() } else { path }));
                }
                found.push((place.clone(), words));
            }
        }
        Ok(())
    }
}

fn joined(above: &str, own: &str) -> String {
    match (above, own) {
        ("" | ".", own) => own.into(),
        (above, ".") => above.into(),
        (above, own) => format!("{above}.{own}"),
    }
}

/// The rules of a rule set with its parameters filled in.
fn filled(set: &Entity, values: &[String], place: &Place) -> Result<Vec<Rule>, FshError> {
    if set.parameters.len() != values.len() {
        let (expected, found) = (set.parameters.len(), values.len());
        return Err(place.error(format!("{} takes {expected} parameters, found {found}", set.name)));
    }
    let fill = |rule: &Rule| {
        let pairs = set.parameters.iter().zip(values);
        let text =
            pairs.fold(rule.text.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        Rule { text, ..rule.clone() }
    };
    Ok(set.rules.iter().map(fill).collect())
}
