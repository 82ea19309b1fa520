//! What FHIR says in FHIRPath is true, wherever the elements that it speaks of occur.
//!
//! Only true meets a constraint: false breaks it, and so does nothing, as HL7's validator has it.
//!
//! A constraint comes with its type or element, so it is evaluated there and nowhere else, when
//! all of the element was seen. Some constraints are known as a whole and have a shorter way; what
//! cannot be decided is listed as unchecked, by the key of the constraint and the construct.

use alloc::vec::Vec;

use super::{Rule, contained};
use crate::{
    fhirpath::{Beginnings, Child, Class, Code, Context, Element, Evaluator, Known, Model, Type, Undecided},
    json::{Document, Value},
    order::Map,
    pack::{ConstraintRow, Kind, MemberRow, Pack, Primitive, Role},
    validate::{
        path::{Place, stem},
        walk::Walk,
    },
};

pub(super) const RULE: Rule = Rule::error("invariant", "invariant", "R4 conformance, constraints");

/// What is said of a constraint that is not met.
const BROKEN: &str = "does not hold here";
const UNCERTAIN: &str =
    "does not hold here, as it compares values of different precision, which are to be given alike";

/// Steps that every document has, and those that each of its nodes adds.
const STEPS: (u64, u64) = (100_000, 256);

/// The key of a constraint, and what in it could not be decided.
pub(in crate::validate) type Undecidable<'a> = (&'a str, &'a str);

/// What the constraints of one document need.
pub(in crate::validate) struct Invariants<'a> {
    evaluator: Evaluator<'a>,
    pub(in crate::validate) local: Local<'a>,
    pub(in crate::validate) undecided: Map<Undecidable<'a>, u32>,
}

/// Where the local references of a resource begin.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Mark {
    references: usize,
    passed_over: usize,
    not_plain: usize,
}

/// References into the resource around them, in the order they were met.
#[derive(Debug, Default)]
pub(in crate::validate) struct Local<'a> {
    /// `#…`, and whether it is a `uri` or `url`, which cannot refer to the container.
    references: Vec<(Value<'a>, bool)>,
    /// How many resources there were that the pack does not know the elements of.
    passed_over: usize,
    /// How many resources there were, those among them, that may have what no contained one has: `meta`, `contained`.
    not_plain: usize,
}

impl Local<'_> {
    pub(in crate::validate) fn mark(&self) -> Mark {
        Mark { references: self.references.len(), passed_over: self.passed_over, not_plain: self.not_plain }
    }

    pub(in crate::validate) fn pass_over(&mut self) {
        self.passed_over += 1;
        self.not_plain += 1;
    }
}

impl<'a> Invariants<'a> {
    pub(in crate::validate) fn new(document: &Document, pack: &'a Pack) -> Self {
        let steps = STEPS.0 + STEPS.1 * document.node_count() as u64;
        Self { evaluator: Evaluator::new(pack, steps), local: Local::default(), undecided: Map::default() }
    }

    /// What is to be said of the constraint with this `code` where it is not met; only true meets it.
    pub(in crate::validate) fn breach(
        &mut self,
        code: Code<'a>,
        context: Context<'a>,
    ) -> Result<Option<&'static str>, Undecided<'a>> {
        Ok(match self.evaluator.test(code, context)? {
            Some(true) => None,
            None if self.evaluator.is_uncertain() => Some(UNCERTAIN),
            _ => Some(BROKEN),
        })
    }
}

/// Checks the innermost open object, all of whose members were seen.
#[inline]
pub(in crate::validate) fn check_object(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    let (structure, there) = (frame.structure, frame.seen | frame.siblings);
    let is_constrained = frame.member.is_some_and(|member| member.shape.is_constrained);
    let beyond = structure.meta_bit | structure.contained_bit;
    let may_be_beyond = beyond != 0 && (frame.has_faults || there & beyond != 0);
    if is_constrained || frame.has_faults || structure.asks(there) {
        check_constraints(walk);
    }
    walk.invariants.local.not_plain += usize::from(may_be_beyond);
}

fn check_constraints(walk: &mut Walk<'_>) {
    let (pack, Some(frame)) = (walk.pack, walk.frame()) else { return };
    let (structure, member, mark) = (frame.structure, frame.member, frame.local);
    let place = Place { step: None, missing: None, offset: frame.value.offset() };
    let is_container = walk.is_container();
    let (of, is_primitive) = (Type(structure.id), structure.primitive.is_some());
    let element = if is_primitive {
        Element { value: None, sibling: Some(frame.value), of }
    } else {
        Element::new(frame.value, of)
    };
    // A primitive that has a value is checked with it.
    let is_checked = is_primitive && frame.has_value;
    if !is_primitive {
        // A member that is no element may be called as one that is asked about, and one that is empty is not
        // there to FHIRPath.
        let (there, has_faults) = (frame.seen | frame.siblings, frame.has_faults);
        let is_plain = walk.invariants.local.not_plain == mark.not_plain;
        let mut beginnings = Beginnings::of(frame.value);
        for (constraint, asked) in pack.constraints_asking(structure) {
            if constraint.is_told_otherwise() {
                continue;
            }
            let by_paths = || pack.by_paths(constraint, asked, there, &mut beginnings);
            let told = if has_faults {
                None
            } else {
                constraint.by_presence(asked, there, is_plain).or_else(by_paths)
            };
            match told {
                Some(true) => {}
                Some(false) => report(walk, constraint, place, BROKEN),
                None => check(walk, constraint, element, place),
            }
        }
    }
    if let Some(member) = member.filter(|member| member.shape.is_constrained && !is_checked) {
        for constraint in pack.element_constraints(pack.element(member)) {
            check(walk, constraint, element, place);
        }
    }
    if is_container {
        walk.invariants.local.references.truncate(mark.references);
    }
}

/// Checks the value of a primitive.
pub(in crate::validate) fn check_primitive<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    primitive: Primitive,
    member: &MemberRow,
) {
    let pack = walk.pack;
    if matches!(value.raw_bytes(), [b'"', b'#', ..]) {
        let is_uri = matches!(primitive, Primitive::Uri | Primitive::Url);
        let is_reference = walk.frame().is_some_and(|frame| frame.structure.role == Role::Reference)
            && pack.text(member.name) == "reference";
        if is_uri || is_reference || primitive == Primitive::Canonical {
            walk.invariants.local.references.push((value, is_uri));
        }
    }
    if member.shape.is_constrained {
        for constraint in pack.element_constraints(pack.element(member)) {
            check(walk, constraint, Element::new(value, Type(member.structure)), walk.here(value));
        }
    }
}

fn check<'a>(walk: &mut Walk<'a>, constraint: &'a ConstraintRow, element: Element<'a>, place: Place<'a>) {
    let decided = match constraint.known {
        Some(Known::HasContent | Known::HasAllowedMarkup) => return,
        Some(Known::ContainedIsReferenced) => is_all_referenced(walk, element).map(broken_unless),
        Some(Known::ReferenceIsContained) => Ok(broken_unless(is_reference_contained(walk, element))),
        None => {
            let (Some(resource), Some(root)) = (walk.resource(), walk.container()) else { return };
            let pack = walk.pack;
            let context = Context { element, resource, root, now: None };
            walk.invariants.breach(pack.code(constraint), context)
        }
    };
    match decided {
        Ok(None) => {}
        Ok(Some(breach)) => report(walk, constraint, place, breach),
        Err(Undecided(construct)) => {
            let key = walk.pack.text(constraint.key);
            *walk.invariants.undecided.entry((key, construct), u32::default) += 1;
        }
    }
}

fn broken_unless(is_met: bool) -> Option<&'static str> {
    (!is_met).then_some(BROKEN)
}

fn report<'a>(walk: &mut Walk<'a>, constraint: &'a ConstraintRow, place: Place<'a>, breach: &str) {
    let [key, expression] = [constraint.key, constraint.expression].map(|text| walk.pack.text(text));
    let message = ["constraint ", key, " ", breach, ": expected ", expression];
    walk.report_parts(&RULE, constraint.severity.into(), place, &message);
}

/// `dom-3`: each contained resource with an id is referenced from somewhere in the resource, or
/// refers to it itself.
fn is_all_referenced<'a>(walk: &mut Walk<'a>, element: Element<'a>) -> Result<bool, Undecided<'a>> {
    let (Some(value), Some(frame)) = (element.value, walk.frame()) else { return Ok(true) };
    if frame.seen & frame.structure.contained_bit == 0 {
        return Ok(true);
    }
    let mark = frame.local;
    let contained = contained::of(&mut walk.contained, value);
    let local = &walk.invariants.local;
    let references = &local.references[mark.references..];
    for (reference, _) in references {
        if let Some(text) = reference.as_str() {
            contained.refer(text.get(1..).unwrap_or_default());
        }
    }
    // What refers to the container is in the order of the document.
    let refers = |one: Value<'a>| {
        let end = one.offset() + one.raw().len();
        let mut inside = references[references.partition_point(|(reference, _)| reference.id() < one.id())..]
            .iter()
            .take_while(|(reference, _)| reference.offset() < end);
        inside.any(|(reference, is_uri)| !is_uri && reference.raw() == "\"#\"")
    };
    if contained.unreferenced().all(refers) {
        return Ok(true);
    }
    // What was not looked into may have the reference.
    let is_complete = local.passed_over == mark.passed_over;
    if is_complete { Ok(false) } else { Err(Undecided("a resource type of another pack")) }
}

/// `ref-1`: a reference that begins with `#` has the id of a contained resource behind it, or
/// nothing, which means the container.
fn is_reference_contained(walk: &mut Walk<'_>, element: Element<'_>) -> bool {
    let text = element.value.and_then(|value| value.string("reference"));
    let id = text.as_deref().and_then(|text| text.strip_prefix('#'));
    id.is_none_or(|id| id.is_empty() || contained::find(walk, id).is_some())
}

impl Model for Pack {
    fn resource(&self, name: &str) -> Option<Type> {
        let found = self.structure(name);
        found.filter(|row| matches!(row.kind, Kind::Resource | Kind::NamedResource)).map(|row| Type(row.id))
    }

    fn child(&self, of: Type, key: &str) -> Option<Child> {
        let row = self.structures().get(of.0 as usize)?;
        let member = self.member(row, key)?;
        let stem = stem(self.text(self.element(member).name)).len();
        Some(Child { of: Type(member.structure), stem })
    }

    fn is_abstract(&self, of: Type) -> bool {
        self.structures().get(of.0 as usize).is_some_and(|row| row.kind == Kind::AbstractResource)
    }

    fn class(&self, of: Type) -> Option<Class> {
        Some(match self.structures().get(of.0 as usize)?.primitive? {
            Primitive::Boolean => Class::Boolean,
            Primitive::Decimal | Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => {
                Class::Number
            }
            Primitive::Date | Primitive::DateTime | Primitive::Instant | Primitive::Time => Class::Moment,
            _ => Class::Text,
        })
    }

    fn is(&self, of: Type, name: &str) -> bool {
        let Some(row) = self.structures().get(of.0 as usize) else { return false };
        let own = self.text(row.name);
        own == name
            || match name {
                "Resource" => {
                    matches!(row.kind, Kind::Resource | Kind::NamedResource | Kind::AbstractResource)
                }
                "DomainResource" => {
                    matches!(row.kind, Kind::Resource | Kind::NamedResource)
                        && !matches!(own, "Binary" | "Bundle" | "Parameters")
                }
                "Element" => matches!(row.kind, Kind::DataType | Kind::Primitive | Kind::Backbone),
                "BackboneElement" => {
                    row.kind == Kind::Backbone || matches!(own, "Timing" | "Dosage" | "ElementDefinition")
                }
                _ => DERIVED.iter().any(|(base, derived)| *base == name && derived.contains(&own)),
            }
    }

    fn decide(&self, function: &str, element: Element<'_>, argument: Option<&str>) -> Option<bool> {
        let base = "http://hl7.org/fhir/StructureDefinition/";
        let name = argument.filter(|_| function == "conformsTo")?.strip_prefix(base)?;
        // What is of another type does not conform; what is of this type may.
        (self.has_type(name) && !self.is(element.of, name)).then_some(false)
    }
}

/// Types that are derived from others, of those that have instances (R4 datatypes).
const DERIVED: &[(&str, &[&str])] = &[
    ("Quantity", &["Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"]),
    ("integer", &["positiveInt", "unsignedInt"]),
    ("string", &["code", "id", "markdown"]),
    ("uri", &["canonical", "oid", "url", "uuid"]),
];

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        fhirpath::Program,
        validate::{Options, Report, validate},
    };

    fn report(text: &str) -> Report {
        validate(&Document::parse(text).unwrap(), Pack::exchange(), &Options::default())
    }

    /// What the expression that a known constraint stands for gives for the element at `pointer`.
    fn plainly(known: Known, text: &str, pointer: &str) -> Option<bool> {
        let (pack, document) = (Pack::exchange(), Document::parse(text).unwrap());
        let of = |name: &str| Type(pack.structure(name).unwrap().id);
        let root = Element::new(document.root(), of("Task"));
        let value = document.root().pointer(pointer).unwrap();
        let element = match pointer {
            "" => root,
            "/_description" => Element { value: None, sibling: Some(value), of: of("string") },
            _ => Element::new(value, of("Reference")),
        };
        let program = Program::compile_plainly(known.expressions()[0]).unwrap();
        let context = Context { element, resource: root, root, now: None };
        let mut evaluator = Evaluator::new(pack, 1_000_000);
        evaluator.test(program.code(), context).unwrap()
    }

    /// A Task with Tasks inside that have these ids and references, and these references itself.
    fn task(contained: &[(Option<&str>, Option<&str>)], focus: Option<&str>, uri: Option<&str>) -> String {
        let reference = |name: &str, to: Option<&str>| {
            to.map_or_else(String::new, |to| format!(r#","{name}":{{"reference":"{to}"}}"#))
        };
        let contained: Vec<String> = contained
            .iter()
            .map(|(id, to)| {
                let id = id.map_or_else(String::new, |id| format!(r#","id":"{id}""#));
                format!(
                    r#"{{"resourceType":"Task","status":"draft","intent":"order"{id}{}}}"#,
                    reference("focus", *to)
                )
            })
            .collect();
        let contained = if contained.is_empty() {
            String::new()
        } else {
            format!(r#","contained":[{}]"#, contained.join(","))
        };
        let uri = uri.map_or_else(String::new, |uri| {
            format!(r#","instantiatesUri":"{uri}","instantiatesCanonical":"{uri}x""#)
        });
        format!(
            r#"{{"resourceType":"Task","status":"draft","intent":"order"{contained}{}{uri}}}"#,
            reference("focus", focus)
        )
    }

    fn optional(of: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
        prop::option::of(prop::sample::select(of))
    }

    const REFERENCES: &[&str] = &["#", "#a", "#b", "#c", "a", "Task/1"];

    proptest! {
        #[test]
        fn the_short_ways_say_what_the_expressions_say(
            contained in prop::collection::vec((optional(&["a", "b", "bx"]), optional(REFERENCES)), 0..3),
            focus in optional(REFERENCES),
            uri in optional(REFERENCES),
        ) {
            let text = task(&contained, focus, uri);
            let report = report(&text);
            let breaks = |key: &str, expression: &str| {
                let start = format!("constraint {key} ");
                report.issues.iter().any(|one| one.expression == expression && one.message.starts_with(&start))
            };
            let known = plainly(Known::ContainedIsReferenced, &text, "");
            prop_assert_eq!(breaks("dom-3", "Task"), known == Some(false), "{}", text);
            if focus.is_some() {
                let known = plainly(Known::ReferenceIsContained, &text, "/focus");
                prop_assert_eq!(breaks("ref-1", "Task.focus"), known == Some(false), "{}", text);
            }
        }

        #[test]
        fn emptiness_is_what_ele_1_says(
            members in prop::collection::btree_set(
                prop::sample::select(vec![
                    r#""id":"x""#, r#""extension":[{"url":"http://x","valueCode":"y"}]"#, r#""display":"x""#,
                ]),
                0..3,
            ),
            name in prop::sample::select(vec!["focus", "_description"]),
        ) {
            let members: Vec<&str> = members.into_iter().filter(|one| name == "focus" || !one.contains("display")).collect();
            let text = format!(
                r#"{{"resourceType":"Task","status":"draft","intent":"order","{name}":{{{}}}}}"#,
                members.join(",")
            );
            let found = report(&text).issues.iter().any(|issue| issue.rule == "empty");
            let known = plainly(Known::HasContent, &text, &format!("/{name}"));
            prop_assert_eq!(found, known == Some(false), "{}", text);
        }
    }

    #[test]
    fn contained_resources_have_what_they_may_have() {
        let pack = Pack::exchange();
        let structure = pack.structure("Task").unwrap();
        let (mut held, mut broken) = (0, 0);
        for members in [
            r#""id":"t""#,
            r#""meta":{"security":[{"code":"x"}]}"#,
            r#""meta":{"tag":[{"code":"x"}]},"meta":{"versionId":"1"}"#,
            r#""m\u0065ta":{"versionId":"1"}"#,
            r#""_meta":{"versionId":"1"}"#,
            r#""contained":[{"resourceType":"Binary","contentType":"a/b"}]"#,
            r#""contained":null"#,
            r#""contents":1"#,
        ] {
            for of in ["Task", "Binary", "Claim", "Bundle", "Tisk"] {
                let task = r#""resourceType":"Task","status":"draft","intent":"order""#;
                let rest = if of == "Task" { &task[r#""resourceType":"Task""#.len()..] } else { "" };
                let text = format!(
                    r#"{{{task},"contained":[{{{task}}},{{"resourceType":"{of}"{rest},{members}}}]}}"#
                );
                let (document, report) = (Document::parse(text.as_str()).unwrap(), report(&text));
                let element = Element::new(document.root(), Type(structure.id));
                let context = Context { element, resource: element, root: element, now: None };
                for key in ["dom-2", "dom-4", "dom-5"] {
                    let constraint =
                        pack.constraints(structure).find(|one| pack.text(one.key) == key).unwrap();
                    let program = Program::compile(pack.text(constraint.expression)).unwrap();
                    let expected = Evaluator::new(pack, 1_000_000).test(program.code(), context).unwrap();
                    let start = format!("constraint {key} ");
                    let found = report
                        .issues
                        .iter()
                        .any(|one| one.expression == "Task" && one.message.starts_with(&start));
                    assert_eq!(found, expected == Some(false), "{key} {text}");
                    *if found { &mut broken } else { &mut held } += 1;
                }
            }
        }
        assert!(held > 50 && broken > 10, "{held} and {broken}");
    }

    #[test]
    fn what_cannot_be_decided_is_named() {
        let text = r##"{"resourceType":"Task","status":"draft","intent":"order","contained":[{"resourceType":"Claim","id":"c"},{"resourceType":"Binary","id":"b",
            "contentType":"a/b"}],"focus":{"reference":"#c"}}"##;
        let report = report(text);
        assert!(report.is_valid(), "{:?}", report.issues);
        let names: Vec<&str> = report.unchecked.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Claim", "dom-3 (a resource type of another pack)"]);
    }

    #[test]
    fn only_true_meets_a_constraint() {
        let of = |start: &str, end: &str| {
            let period = format!(r#"{{"start":"{start}","end":"{end}"}}"#);
            report(&format!(
                r#"{{"resourceType":"Task","status":"draft","intent":"order","executionPeriod":{period}}}"#
            ))
        };
        assert!(of("2024-05", "2024-05").is_valid() && of("2023", "2024-05").is_valid());
        let report = of("2024", "2024-05");
        let broken = report.issues.iter().find(|issue| issue.expression == "Task.executionPeriod").unwrap();
        let said = "constraint per-1 does not hold here, as it compares values of different precision";
        assert!(broken.message.starts_with(said), "{}", broken.message);
    }

    #[test]
    fn a_broken_constraint_is_told_without_values() {
        let text = r#"{"resourceType":"Task","status":"draft","intent":"order",
            "executionPeriod":{"start":"2025-01-01","end":"2024-01-01"}}"#;
        let report = report(text);
        let issue = report
            .issues
            .iter()
            .find(|issue| issue.severity == crate::fhir::outcome::Severity::Error)
            .unwrap();
        assert_eq!((issue.rule.as_ref(), issue.expression.as_str()), ("invariant", "Task.executionPeriod"));
        assert!(issue.message.starts_with("constraint per-1 does not hold here: expected start.hasValue()"));
        assert!(!issue.message.contains("2025"));
    }
}
