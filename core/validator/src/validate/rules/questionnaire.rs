//! Answers are what their Questionnaire asks for, where it is at hand: contained, in the same Bundle, or in a pack.
//!
//! Source: R4 QuestionnaireResponse and Questionnaire; the extensions of Questionnaire that R4 defines.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::cmp::Ordering;

use super::{Rule, alternatives, bundle, contained};
use crate::{
    fhir::{outcome::Severity, split_canonical},
    fhirpath,
    json::{Kind as Json, Value},
    order::sort,
    pack::{Binding, Role},
    validate::{formats, path::Trail, report::UncheckedKind, walk::Walk},
};

pub(super) const RULE: Rule =
    Rule::error("questionnaire", "business-rule", "R4 QuestionnaireResponse, notes; R4 Questionnaire.item");

/// The types that an answer to an item of each type has (R4 QuestionnaireResponse, table of item types).
const ANSWERS: &[(&str, &[&str])] = &[
    ("boolean", &["Boolean"]),
    ("decimal", &["Decimal"]),
    ("integer", &["Integer"]),
    ("date", &["Date"]),
    ("dateTime", &["DateTime"]),
    ("time", &["Time"]),
    ("string", &["String"]),
    ("text", &["String"]),
    ("url", &["Uri"]),
    ("choice", &["Coding"]),
    ("open-choice", &["Coding", "String"]),
    ("attachment", &["Attachment"]),
    ("reference", &["Reference"]),
    ("quantity", &["Quantity"]),
];

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";
const SDC: &str = "http://hl7.org/fhir/uv/sdc/StructureDefinition/";

/// Most items of a questionnaire that stand inside one another.
const MOST_LEVELS: u32 = 200;

/// Items that are answered beside one another, and the items that ask for them.
struct Level<'a> {
    /// The questionnaire, or the item whose items these are.
    asked: Value<'a>,
    /// What has the `item`s: the response, an item or an answer.
    answered: Value<'a>,
    trail: Option<u32>,
    depth: u32,
}

/// What has a `linkId`, or belongs to what has it.
struct Linked<'a> {
    id: Cow<'a, str>,
    value: Value<'a>,
    trail: Option<u32>,
}

/// The same, sorted by `linkId`: those that have one in common stay in their order.
struct ByLink<'a>(Vec<Linked<'a>>);

impl<'a> ByLink<'a> {
    fn new(mut all: Vec<Linked<'a>>) -> Self {
        sort(&mut all, |left, right| left.id.cmp(&right.id));
        Self(all)
    }

    /// Those with the `linkId` `id`.
    fn all(&self, id: &str) -> &[Linked<'a>] {
        let from = self.0.partition_point(|one| &*one.id < id);
        let rest = &self.0[from..];
        &rest[..rest.partition_point(|one| one.id == id)]
    }
}

/// The check of one response.
struct Check<'w, 'a> {
    walk: &'w mut Walk<'a>,
    trails: Vec<Trail<'a>>,
    /// Every item of the questionnaire by its `linkId`.
    items: ByLink<'a>,
    /// Every answer by the `linkId` of its item.
    answers: ByLink<'a>,
    /// Whether what is required has to be there: a response in progress may lack it.
    is_complete: bool,
}

/// Checks the innermost object, all of whose members were seen, where it is a QuestionnaireResponse.
#[inline]
pub(in crate::validate) fn check(walk: &mut Walk<'_>) {
    if let Some(frame) = walk.frame()
        && frame.structure.role == Role::QuestionnaireResponse
    {
        check_response(walk, frame.value);
    }
}

fn check_response<'a>(walk: &mut Walk<'a>, response: Value<'a>) {
    let Some(canonical) = response.string("questionnaire") else { return };
    let Some(questionnaire) = find(walk, &canonical) else {
        return walk.tally.name(UncheckedKind::Questionnaire, canonical.into_owned());
    };
    let status = response.string("status");
    let mut check = Check {
        walk,
        trails: Vec::new(),
        items: ByLink::new(every_item(questionnaire)),
        answers: ByLink::new(every_answer(response)),
        is_complete: matches!(status.as_deref(), Some("completed" | "amended")),
    };
    let mut open = alloc::vec![Level { asked: questionnaire, answered: response, trail: None, depth: 0 }];
    while let Some(level) = open.pop() {
        if level.depth < MOST_LEVELS {
            check.level(&level, &mut open);
        }
    }
}

/// The Questionnaire called `canonical`.
fn find<'a>(walk: &mut Walk<'a>, canonical: &str) -> Option<Value<'a>> {
    if let Some(id) = canonical.strip_prefix('#') {
        return contained::find(walk, id);
    }
    let (url, _) = split_canonical(canonical);
    bundle::find_canonical(walk, "Questionnaire", url).or_else(|| walk.pack.questionnaire(url))
}

fn every_item(questionnaire: Value<'_>) -> Vec<Linked<'_>> {
    let mut items = Vec::new();
    let mut open = alloc::vec![questionnaire];
    while let Some(one) = open.pop() {
        items.extend(items_of(one));
        open.extend(one.list("item"));
    }
    items
}

fn every_answer(response: Value<'_>) -> Vec<Linked<'_>> {
    let mut answers = Vec::new();
    let mut open = alloc::vec![response];
    while let Some(one) = open.pop() {
        for item in one.list("item") {
            let id = item.string("linkId").unwrap_or_default();
            for answer in item.list("answer") {
                answers.push(Linked { id: id.clone(), value: answer, trail: None });
                open.push(answer);
            }
            open.push(item);
        }
    }
    answers
}

/// The items right inside `around` that have a `linkId`.
fn items_of(around: Value<'_>) -> Vec<Linked<'_>> {
    let items = around.list("item");
    items.filter_map(|value| Some(Linked { id: value.string("linkId")?, value, trail: None })).collect()
}

impl<'a> Check<'_, 'a> {
    fn level(&mut self, level: &Level<'a>, open: &mut Vec<Level<'a>>) {
        let asked = ByLink::new(items_of(level.asked));
        let mut found = Vec::new();
        let mut last = 0;
        for (value, index) in level.answered.list("item").zip(0..) {
            let trail = self.step(level.answered, level.trail, "item", Some(index));
            let id = value.string("linkId").unwrap_or_default();
            let Some(asked) = asked.all(&id).last() else {
                let is_elsewhere = !self.items.all(&id).is_empty();
                let what = if is_elsewhere { "it stands elsewhere in" } else { "there is none in" };
                self.report(value, trail, None, || {
                    format!("expected an item with a linkId that is asked for here; {what} the questionnaire")
                });
                continue;
            };
            // Values are numbered in the order of their document.
            if asked.value.id() < last {
                self.report(value, trail, None, || {
                    "expected the items in the order of the questionnaire".into()
                });
            }
            last = last.max(asked.value.id());
            found.push(Linked { id, value, trail });
        }
        let found = ByLink::new(found);
        for asked in asked.0.chunk_by(|one, next| one.id == next.id).filter_map(<[_]>::last) {
            self.item(level, asked.value, found.all(&asked.id), open);
        }
    }

    /// What is said of the item `asked`: whether it is there, how often, and with which answers.
    fn item(&mut self, level: &Level<'a>, asked: Value<'a>, found: &[Linked<'a>], open: &mut Vec<Level<'a>>) {
        let kind = asked.string("type").unwrap_or_default();
        let is = |name| asked.get(name).and_then(Value::as_bool).unwrap_or(false);
        let is_group = kind == "group";
        let is_enabled = self.is_enabled(asked);
        let has_content = |item: &Value<'a>| item.get("answer").is_some() || item.get("item").is_some();
        if !found.iter().any(|item| has_content(&item.value)) {
            if is("required") && is_enabled && self.is_complete && kind != "display" {
                self.report(level.answered, level.trail, Some("item"), || {
                    let id = asked.string("linkId").unwrap_or_default();
                    format!("expected an answer to the required item {id}")
                });
            }
        } else if let Some(item) = found.first().filter(|_| !is_enabled) {
            self.report(item.value, item.trail, None, || {
                "expected no answer: the item is not enabled by the others".into()
            });
        }
        if let Some(item) = found.get(1).filter(|_| !(is_group && is("repeats"))) {
            self.report(item.value, item.trail, None, || {
                "expected one item with this linkId, found another".into()
            });
        }
        for &Linked { value: item, trail, .. } in found {
            let answers: Vec<Value<'a>> = item.list("answer").collect();
            if !answers.is_empty() && matches!(&*kind, "group" | "display" | "question") {
                self.report(item, trail, None, || format!("expected no answer to an item of type {kind}"));
            } else if answers.len() > 1 && !is("repeats") {
                self.report(item, trail, None, || "expected one answer, found more".into());
            }
            let bounds = [("minOccurs", Ordering::Less), ("maxOccurs", Ordering::Greater)];
            for (name, beyond) in bounds {
                let limit = extension(asked, &format!("{BASE}questionnaire-{name}")).and_then(whole);
                if let Some(limit) =
                    limit.filter(|limit| !answers.is_empty() && answers.len().cmp(limit) == beyond)
                {
                    self.report(item, trail, None, || {
                        format!("expected {limit} answers by {name}, found {}", answers.len())
                    });
                }
            }
            for (index, &answer) in answers.iter().enumerate() {
                let trail = self.step(item, trail, "answer", Some(index as u32));
                self.answer(asked, &kind, answer, trail);
                open.push(Level { asked, answered: answer, trail, depth: level.depth + 1 });
            }
            open.push(Level { asked, answered: item, trail, depth: level.depth + 1 });
        }
    }

    fn answer(&mut self, asked: Value<'a>, kind: &str, answer: Value<'a>, trail: Option<u32>) {
        let Some((key, value)) = answer.members().find(|(key, _)| key.as_str().starts_with("value")) else {
            return;
        };
        let name = key.as_str();
        let found = &name["value".len()..];
        let trail = Some(self.push(Trail { parent: trail, key, name: "value", index: None }));
        // A choice is among its options, of whatever type they are.
        let is_option = asked.list("answerOption").any(|option| option.get(&name).is_some());
        if let Some((_, allowed)) = ANSWERS.iter().find(|(of, _)| *of == kind)
            && !allowed.contains(&found)
            && !is_option
        {
            return self.report(value, trail, None, || {
                format!("expected {}, found {found}", alternatives(allowed.iter().copied()))
            });
        }
        let options: Vec<Value<'a>> = asked.list("answerOption").filter_map(value_of).collect();
        let is_free = kind == "open-choice" && found == "String";
        if !options.is_empty() && !is_free && !options.iter().any(|option| is_same_answer(*option, value)) {
            self.report(value, trail, None, || "expected one of the options of the questionnaire".into());
        }
        if let Some(url) = asked.string("answerValueSet").filter(|_| found == "Coding") {
            self.in_value_set(&url, value, trail);
        }
        if let Some(text) = value.as_str() {
            let length = text.chars().count();
            let most = asked.get("maxLength").and_then(whole);
            if let Some(most) = most.filter(|most| length > *most) {
                self.report(value, trail, None, || {
                    format!("expected at most {most} characters, found {length}")
                });
            }
            let least = extension(asked, &format!("{BASE}minLength")).and_then(whole);
            if let Some(least) = least.filter(|least| length < *least) {
                self.report(value, trail, None, || {
                    format!("expected at least {least} characters, found {length}")
                });
            }
        }
        self.limits(asked, value, trail);
        match found {
            "Quantity" => self.units(asked, value, trail),
            "Reference" => {
                let text = value.string("reference");
                if text.is_some_and(|text| !formats::is_uri(&text)) {
                    self.report(value, trail, Some("reference"), || {
                        "expected a reference without white space, found one with".into()
                    });
                }
            }
            _ => {}
        }
    }

    fn limits(&mut self, asked: Value<'a>, value: Value<'a>, trail: Option<u32>) {
        for (names, beyond, word) in [
            (
                [format!("{BASE}minValue"), format!("{SDC}sdc-questionnaire-minQuantity")],
                Ordering::Less,
                "least",
            ),
            (
                [format!("{BASE}maxValue"), format!("{SDC}sdc-questionnaire-maxQuantity")],
                Ordering::Greater,
                "most",
            ),
        ] {
            let Some(limit) = names.iter().find_map(|url| extension(asked, url)) else { continue };
            match order(value, limit) {
                Some(order) if order == beyond => self.report(value, trail, None, || {
                    format!("expected at {word} the limit that the questionnaire sets")
                }),
                Some(_) => {}
                None => self.walk.tally.name(UncheckedKind::Questionnaire, "a limit in other units"),
            }
        }
        let most = extension(asked, &format!("{BASE}maxDecimalPlaces")).and_then(whole);
        if let (Some(most), Some((_, places))) =
            (most, value.as_number().and_then(|text| text.split_once('.')))
            && places.len() > most
        {
            self.report(value, trail, None, || {
                format!("expected at most {most} decimal places, found {}", places.len())
            });
        }
    }

    fn units(&mut self, asked: Value<'a>, value: Value<'a>, trail: Option<u32>) {
        let url = format!("{BASE}questionnaire-unitOption");
        let options: Vec<Value<'a>> = extensions(asked, &url).collect();
        let is_it = |option: &Value<'a>| {
            ["system", "code"].into_iter().all(|name| option.string(name) == value.string(name))
        };
        if !options.is_empty() && !options.iter().any(is_it) {
            self.report(value, trail, None, || "expected one of the units of the questionnaire".into());
        }
        if let Some(url) =
            extension(asked, &format!("{BASE}questionnaire-unitValueSet")).and_then(Value::as_str)
        {
            self.in_value_set(&url, value, trail);
        }
    }

    /// The code of a Coding or Quantity is in the value set.
    fn in_value_set(&mut self, url: &str, value: Value<'a>, trail: Option<u32>) {
        let (url, _) = split_canonical(url);
        let codes = self.walk.pack.codes(url).filter(|codes| codes.kind() == Binding::Codes);
        let Some(codes) = codes else {
            return self.walk.tally.name(UncheckedKind::Binding, String::from(url));
        };
        let (code, system) = (value.string("code"), value.string("system"));
        if !code.is_some_and(|code| codes.contains(&code, system.as_deref())) {
            self.report(value, trail, None, || format!("expected a code of the value set {url}"));
        }
    }

    /// Whether the item is enabled by the answers to others (R4 Questionnaire.item.enableWhen).
    fn is_enabled(&self, asked: Value<'a>) -> bool {
        let mut conditions = asked.list("enableWhen").peekable();
        if conditions.peek().is_none() {
            return true;
        }
        let holds = |condition: Value<'a>| {
            let question = condition.string("question").unwrap_or_default();
            let answers = self.answers.all(&question);
            let expected =
                condition.members().find(|(key, _)| key.as_str().starts_with("answer")).map(|one| one.1);
            let operator = condition.string("operator").unwrap_or_default();
            let Some(expected) = expected else { return true };
            if operator == "exists" {
                return expected.as_bool() == Some(!answers.is_empty());
            }
            answers.iter().filter_map(|answer| value_of(answer.value)).any(|answer| match &*operator {
                "=" => is_same_answer(expected, answer),
                "!=" => !is_same_answer(expected, answer),
                ">" => order(answer, expected) == Some(Ordering::Greater),
                "<" => order(answer, expected) == Some(Ordering::Less),
                ">=" => matches!(order(answer, expected), Some(Ordering::Greater | Ordering::Equal)),
                "<=" => matches!(order(answer, expected), Some(Ordering::Less | Ordering::Equal)),
                _ => true,
            })
        };
        if asked.string("enableBehavior").as_deref() == Some("all") {
            conditions.all(holds)
        } else {
            conditions.any(holds)
        }
    }

    fn step(
        &mut self,
        around: Value<'a>,
        parent: Option<u32>,
        name: &'static str,
        index: Option<u32>,
    ) -> Option<u32> {
        let (key, _) = around.members().find(|(key, _)| key.is(name))?;
        Some(self.push(Trail { parent, key, name, index }))
    }

    fn push(&mut self, trail: Trail<'a>) -> u32 {
        self.trails.push(trail);
        self.trails.len() as u32 - 1
    }

    fn report(
        &mut self,
        value: Value<'a>,
        trail: Option<u32>,
        missing: Option<&'static str>,
        message: impl FnOnce() -> String,
    ) {
        let way = (&*self.trails, trail, missing);
        self.walk.report_inside(&RULE, Severity::Error, way, value.offset(), |_| message());
    }
}

/// The values of the extensions called `url`.
fn extensions<'a>(item: Value<'a>, url: &str) -> impl Iterator<Item = Value<'a>> {
    let is_it = move |one: &Value<'a>| one.string("url").as_deref() == Some(url);
    item.list("extension").filter(is_it).filter_map(value_of)
}

fn extension<'a>(item: Value<'a>, url: &str) -> Option<Value<'a>> {
    extensions(item, url).next()
}

/// The `value[x]` of an answer, an option or an extension.
fn value_of(value: Value<'_>) -> Option<Value<'_>> {
    value.members().find(|(key, _)| key.as_str().starts_with("value")).map(|(_, value)| value)
}

fn whole(value: Value<'_>) -> Option<usize> {
    value.as_number()?.parse().ok()
}

/// Whether two answers are the same: codings by system and code, references by what they refer to.
fn is_same_answer(one: Value<'_>, other: Value<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Json::Object, Json::Object) if one.get("reference").is_some() => {
            one.string("reference") == other.string("reference")
        }
        (Json::Object, Json::Object) if one.get("value").is_some() => {
            order(one, other) == Some(Ordering::Equal)
        }
        (Json::Object, Json::Object) => {
            one.string("code") == other.string("code")
                && (one.get("system").is_none() || one.string("system") == other.string("system"))
        }
        (Json::String, Json::String) => one.as_str() == other.as_str(),
        _ => order(one, other).map_or(one.raw() == other.raw(), |order| order == Ordering::Equal),
    }
}

/// How two answers stand to one another. Of moments of different precision the shorter one counts as all of its time.
fn order(one: Value<'_>, other: Value<'_>) -> Option<Ordering> {
    fhirpath::order(one, other).or_else(|| {
        let (one, other) = (one.as_str()?, other.as_str()?);
        let length = one.len().min(other.len());
        Some(one.get(..length)?.cmp(other.get(..length)?)).filter(|_| length >= 4)
    })
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use crate::{
        pack::{Draft, Pack},
        validate::{Options, UncheckedKind, validate_bytes},
    };

    fn pack() -> Pack {
        Pack::read(&include_bytes!("../../../packs/r4.pack")[..]).unwrap()
    }

    fn response(status: &str, items: &str, questionnaire: &str) -> String {
        format!(
            r##"{{"resourceType":"QuestionnaireResponse","status":"{status}","questionnaire":"#q",
            "contained":[{{"resourceType":"Questionnaire","id":"q","status":"active","item":[{questionnaire}]}}],
            "item":[{items}]}}"##
        )
    }

    /// Where the answers in `items` are not what the items in `questionnaire` ask for.
    fn broken(status: &str, items: &str, questionnaire: &str) -> String {
        let report = validate_bytes(response(status, items, questionnaire), &pack(), &Options::default());
        let issues = report.issues.iter().filter(|issue| issue.rule == super::RULE.name);
        let places: Vec<&str> =
            issues.map(|issue| issue.expression.strip_prefix("QuestionnaireResponse.").unwrap()).collect();
        places.join(" ")
    }

    fn item(id: &str, rest: &str) -> String {
        format!(r#"{{"linkId":"{id}"{rest}}}"#)
    }

    fn answers(values: &str) -> String {
        item("a", &format!(r#","answer":[{values}]"#))
    }

    #[test]
    fn items_are_those_of_the_questionnaire() {
        let asked = [
            item("a", r#","type":"string","required":true"#),
            item("b", r#","type":"group","item":[{"linkId":"c","type":"date"}]"#),
        ];
        let asked = asked.join(",");
        let a = answers(r#"{"valueString":"x"}"#);
        let b = item("b", r#","item":[{"linkId":"c","answer":[{"valueDate":"2024"}]}]"#);
        assert_eq!(broken("completed", &format!("{a},{b}"), &asked), "");
        assert_eq!(broken("completed", &b, &asked), "item");
        assert_eq!(broken("in-progress", &b, &asked), "");
        assert_eq!(broken("completed", &format!("{b},{a}"), &asked), "item[1]");
        assert_eq!(broken("completed", &format!("{a},{a}"), &asked), "item[1]");
        assert_eq!(broken("completed", &format!("{a},{}", item("c", "")), &asked), "item[1]");
        assert_eq!(broken("completed", &format!("{a},{}", item("z", "")), &asked), "item[1]");
    }

    #[test]
    fn answers_are_of_the_type_and_within_the_limits() {
        let limit = |name: &str, value: &str| {
            format!(r#"{{"url":"http://hl7.org/fhir/StructureDefinition/{name}",{value}}}"#)
        };
        let limits =
            [limit("minValue", r#""valueInteger":2"#), limit("maxValue", r#""valueInteger":4"#)].join(",");
        let integer = item("a", &format!(r#","type":"integer","repeats":true,"extension":[{limits}]"#));
        let given =
            answers(r#"{"valueInteger":3},{"valueInteger":1},{"valueInteger":5},{"valueString":"x"}"#);
        let value = |index: usize| format!("item[0].answer[{index}].value");
        assert_eq!(broken("completed", &given, &integer), [value(1), value(2), value(3)].join(" "));
        let decimal = limit("maxDecimalPlaces", r#""valueInteger":2"#);
        let decimal = item("a", &format!(r#","type":"decimal","extension":[{decimal}]"#));
        assert_eq!(broken("completed", &answers(r#"{"valueDecimal":1.25}"#), &decimal), "");
        assert_eq!(broken("completed", &answers(r#"{"valueDecimal":1.250}"#), &decimal), value(0));
        let most = limit("questionnaire-maxOccurs", r#""valueInteger":1"#);
        let text = item("a", &format!(r#","type":"text","repeats":true,"maxLength":2,"extension":[{most}]"#));
        let two = answers(r#"{"valueString":"xx"},{"valueString":"xxx"}"#);
        assert_eq!(broken("completed", &two, &text), format!("item[0] {}", value(1)));
    }

    #[test]
    fn answers_are_options() {
        let options = r#","answerOption":[{"valueCoding":{"system":"http://cs","code":"x"}}]"#;
        let choice = |kind: &str| item("a", &format!(r#","type":"{kind}"{options}"#));
        let coding =
            |code: &str| answers(&format!(r#"{{"valueCoding":{{"system":"http://cs","code":"{code}"}}}}"#));
        let at = "item[0].answer[0].value";
        assert_eq!(broken("completed", &coding("x"), &choice("choice")), "");
        assert_eq!(broken("completed", &coding("y"), &choice("choice")), at);
        let text = answers(r#"{"valueString":"x"}"#);
        assert_eq!(broken("completed", &text, &choice("choice")), at);
        assert_eq!(broken("completed", &text, &choice("open-choice")), "");
    }

    #[test]
    fn what_is_not_enabled_has_no_answer() {
        let asked = |operator: &str, answer: &str| {
            let when = format!(r#","enableWhen":[{{"question":"a","operator":"{operator}",{answer}}}]"#);
            let b = item("b", &format!(r#","type":"string","required":true{when}"#));
            format!("{},{b}", item("a", r#","type":"integer""#))
        };
        let a = answers(r#"{"valueInteger":3}"#);
        let b = item("b", r#","answer":[{"valueString":"x"}]"#);
        for (operator, answer, is_enabled) in [
            ("exists", r#""answerBoolean":true"#, true),
            ("=", r#""answerInteger":3"#, true),
            ("!=", r#""answerInteger":3"#, false),
            (">", r#""answerInteger":2"#, true),
            ("<=", r#""answerInteger":2"#, false),
        ] {
            let asked = asked(operator, answer);
            let (both, one) = (format!("{a},{b}"), a.clone());
            let expected = if is_enabled { ["", "item"] } else { ["item[1]", ""] };
            assert_eq!(
                [&*broken("completed", &both, &asked), &*broken("completed", &one, &asked)],
                expected,
                "{operator}"
            );
        }
    }

    #[test]
    fn a_questionnaire_of_a_pack_is_at_hand_and_another_is_named() {
        let url = "http://example.org/q";
        let asked = item("a", r#","type":"boolean""#);
        let questionnaire =
            format!(r#"{{"resourceType":"Questionnaire","url":"{url}","status":"active","item":[{asked}]}}"#);
        let draft = Draft { questionnaires: [(url.into(), questionnaire)].into(), ..Draft::default() };
        let pack = pack().join(&Pack::read(draft.to_bytes().unwrap()).unwrap());
        let of = |url: &str| {
            let text = response(
                "completed",
                &answers(r#"{"valueString":"x"}"#),
                "{\"linkId\":\"z\",\"type\":\"group\"}",
            );
            validate_bytes(text.replace("\"#q\"", &format!("\"{url}\"")), &pack, &Options::default())
        };
        assert!(of(&format!("{url}|2")).issues.iter().any(|issue| issue.rule == super::RULE.name));
        let other = of("http://example.org/other");
        assert!(other.unchecked.iter().any(|one| one.kind == UncheckedKind::Questionnaire));
    }
}
