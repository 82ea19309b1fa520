//! Values, and the places they go to.

use fhir_solicit_validator::pack::{Element, Type};
use serde_json::{Map, Value, json};

use super::{FshError, Place, Sources, source::Word};

/// An element of a core type, as far as it matters for what is written of it.
pub(super) struct Child {
    /// What it is called there; a choice ends with `[x]`.
    pub(super) name: String,
    /// Its types, or the structure that its own elements are in.
    pub(super) types: Vec<String>,
    pub(super) is_list: bool,
}

/// A step of a path: `input`, `value[x]`, `input[query]`, `context[0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step<'p> {
    /// The name of the element; a choice ends with `[x]`.
    pub(super) name: &'p str,
    /// What stands between the brackets, outermost first.
    pub(super) brackets: Vec<&'p str>,
}

/// The steps of a path; a dot between brackets belongs to what is between them.
pub(super) fn steps<'p>(path: &'p str, place: &Place) -> Result<Vec<Step<'p>>, FshError> {
    let mut depth = 0_u32;
    let parts = path.split(|letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == '.' && depth == 0
    });
    let step = |part: &'p str| {
        let choice = part.find("[x]").map(|at| at + 3);
        let end = choice.or_else(|| part.find('[')).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let brackets =
            rest.split_terminator(']').map(|one| one.strip_prefix('[')).collect::<Option<Vec<_>>>();
        let brackets = brackets.filter(|all| !name.is_empty() && (all.is_empty() || rest.ends_with(']')));
        brackets
            .map(|brackets| Step { name, brackets })
            .ok_or_else(|| place.error(format!("{path} is no path")))
    };
    parts.map(step).collect()
}

impl Sources<'_> {
    /// The element `name` of the structure or type `of`. A choice may be called with the type it is to have:
    /// `valueString`.
    pub(super) fn child(&self, of: &str, name: &str) -> Option<Child> {
        let elements = &self.base.structures.get(of)?.elements;
        let found = |element: &Element, types: &[Type]| Child {
            name: element.name.clone(),
            types: types.iter().map(|one| one.name.clone()).collect(),
            is_list: element.max != Some(1),
        };
        if let Some(element) = elements.iter().find(|element| element.name == name) {
            return Some(found(element, &element.types));
        }
        elements.iter().find_map(|element| {
            let of_type = name.strip_prefix(element.name.strip_suffix("[x]")?)?;
            let one = element.types.iter().find(|one| one.name.eq_ignore_ascii_case(of_type))?;
            Some(found(element, std::slice::from_ref(one)))
        })
    }

    /// Sets what the caret path `path` of `object`, of the type `of`, leads to.
    pub(super) fn set(
        &self,
        object: &mut Map<String, Value>,
        of: &str,
        path: &str,
        words: &[Word],
        place: &Place,
    ) -> Result<(), FshError> {
        let mut steps = steps(path, place)?.into_iter().peekable();
        let (mut object, mut of) = (object, of.to_owned());
        while let Some(step) = steps.next() {
            let child = self.child(&of, step.name);
            let child = child.ok_or_else(|| place.error(format!("{of} has no {}", step.name)))?;
            let mut slot = object.entry(step.name).or_insert(Value::Null);
            if child.is_list {
                slot = item(slot, step.brackets.first().copied().unwrap_or("0"))
                    .ok_or_else(|| place.error(format!("{path} does not count on from what there is")))?;
            }
            if steps.peek().is_none() {
                *slot = self.value(words, &child.types, place)?;
                return Ok(());
            }
            if slot.is_null() {
                *slot = json!({});
            }
            object =
                slot.as_object_mut().ok_or_else(|| place.error(format!("{} has no elements", step.name)))?;
            of = child.types.into_iter().next().unwrap_or_default();
        }
        Ok(())
    }

    /// The value that `words` write, of the one type there is.
    pub(super) fn value(&self, words: &[Word], types: &[String], place: &Place) -> Result<Value, FshError> {
        let [name] = types else {
            return Err(place.error("it may have several types: say which with `only` first"));
        };
        let value = match (name.as_str(), words) {
            ("Coding", [Word::Bare(code), display @ ..]) if display.len() < 2 => {
                self.coding(code, display.first(), place)?
            }
            ("CodeableConcept", [Word::Bare(code), display @ ..]) if display.len() < 2 => {
                Some(json!({ "coding": [self.coding(code, display.first(), place)?] }))
            }
            ("boolean", [Word::Bare(word)]) => word.parse::<bool>().ok().map(Value::from),
            ("integer" | "unsignedInt" | "positiveInt", [Word::Bare(word)]) => {
                word.parse::<i64>().ok().map(Value::from)
            }
            ("code", [Word::Bare(word)]) => word.strip_prefix('#').map(Value::from),
            ("uri" | "url" | "canonical", [Word::Bare(word)]) => Some(self.url(word, place)?.into()),
            (primitive, [Word::Text(text)])
                if primitive.starts_with(|first: char| first.is_ascii_lowercase()) =>
            {
                Some(text.as_str().into())
            }
            _ => None,
        };
        value.ok_or_else(|| place.error(format!("this is no {name} that can be written so")))
    }

    /// `system#code`, with the display of the code where there is one.
    pub(super) fn coding(
        &self,
        word: &str,
        display: Option<&Word>,
        place: &Place,
    ) -> Result<Option<Value>, FshError> {
        let Some((system, code)) = word.split_once('#') else { return Ok(None) };
        let mut coding = json!({ "code": code });
        if !system.is_empty() {
            coding["system"] = self.url(system, place)?.into();
        }
        match display {
            Some(Word::Text(text)) => coding["display"] = text.as_str().into(),
            Some(Word::Bare(_)) => return Ok(None),
            None => {}
        }
        Ok(Some(coding))
    }
}

/// An item of the list in `slot`: by number, `=` for the last, `+` for a new one.
fn item<'v>(slot: &'v mut Value, index: &str) -> Option<&'v mut Value> {
    if slot.is_null() {
        *slot = json!([]);
    }
    let list = slot.as_array_mut()?;
    let index = match index {
        "=" => list.len().checked_sub(1)?,
        "+" => list.len(),
        digits => digits.parse().ok()?,
    };
    if index == list.len() {
        list.push(Value::Null);
    }
    list.get_mut(index)
}
