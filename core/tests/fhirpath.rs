//! FHIRPath as N1 and R4 define it, in tables; and any text over any document.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    fhirpath::{Context, Element, Evaluator, Model, Program, Type},
    json::Document,
    pack::Pack,
};
use proptest::prelude::*;

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Organization","id":"o",
"name":"Acme"}],"active":true,"name":[{"use":"official","family":"Day","given":["Ann","B."],"_given":[null,
{"extension":[{"url":"http://x","valueCode":"c"}]}]},{"use":"usual","given":["Annie"]}],"_gender":{"extension":
[{"url":"http://absent","valueCode":"unknown"}]},"birthDate":"1974-12-25","deceasedDateTime":"2015-02-14T13:42:00+10:00",
"multipleBirthInteger":3,"managingOrganization":{"reference":"#o"},"extension":[{"url":"http://w","valueQuantity":
{"value":72.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}},{"url":"http://d","valueDecimal":0.10}]}"##;

fn texts(document: &Document, expression: &str, steps: u64) -> Result<Vec<String>, String> {
    let program = Program::compile(expression).map_err(|error| format!("! {error}"))?;
    let pack = Pack::exchange();
    let name = document.root().string("resourceType").unwrap_or_default();
    let element = Element::new(document.root(), Model::resource(pack, &name).unwrap_or(Type::UNKNOWN));
    let context = Context { element, resource: element, root: element, now: Some("2024-02-29T10:30:00Z") };
    let mut evaluator = Evaluator::new(pack, steps);
    evaluator.texts(program.code(), context).map_err(|undecided| format!("? {}", undecided.0))
}

/// Holds each expression to the texts of what it gives, between commas; `? name` is undecided.
#[track_caller]
fn expect(table: &[(&str, &str)]) {
    let document = Document::parse(PATIENT).unwrap();
    for (expression, expected) in table {
        let found = texts(&document, expression, 100_000).map_or_else(|error| error, |texts| texts.join(","));
        assert_eq!(&found, expected, "{expression}");
    }
}

#[test]
fn paths() {
    expect(&[
        ("active", "true"),
        ("Patient.name.given", "Ann,B.,Annie"),
        ("Observation.name", ""),
        ("name.family", "Day"),
        ("`name`.first().`use`", "official"),
        ("name[0].given[1]", "B."),
        ("name[5]", ""),
        ("nothing.at.all", ""),
        ("deceased", "2015-02-14T13:42:00+10:00"),
        ("deceasedDateTime", "2015-02-14T13:42:00+10:00"),
        ("multipleBirth + 1", "4"),
        ("extension.value.ofType(decimal)", "0.10"),
        ("extension('http://w').value.code", "kg"),
        ("name.given.extension('http://x').value", "c"),
        ("gender.exists()", "true"),
        ("gender.hasValue()", "false"),
        ("gender.extension.url", "http://absent"),
        ("gender.getValue()", ""),
        ("birthDate.hasValue()", "true"),
        ("name.children().count()", "6"),
        ("contained.descendants().count()", "2"),
        ("managingOrganization.resolve().name", "Acme"),
        ("managingOrganization.resolve() is Organization", "true"),
        ("('Practitioner/1').resolve()", "? resolve"),
        ("%resource.id & %rootResource.id & %context.id", "ppp"),
        ("%ucum | %sct | %loinc", "http://unitsofmeasure.org,http://snomed.info/sct,http://loinc.org"),
        ("%\"vs-a\" | %`ext-b`", "http://hl7.org/fhir/ValueSet/a,http://hl7.org/fhir/StructureDefinition/b"),
        ("%unheard", "? unheard"),
        ("htmlChecks()", "? htmlChecks"),
        ("memberOf('http://x')", "? memberOf"),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Task')", "false"),
        ("conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')", "? conformsTo"),
        ("checkModifiers('x')", "? checkModifiers"),
        ("now()", "2024-02-29T10:30:00Z"),
        ("today()", "2024-02-29"),
        ("timeOfDay()", "10:30:00"),
    ]);
}

#[test]
fn types() {
    expect(&[
        ("$this is Patient", "true"),
        ("is(FHIR.Patient) and is(DomainResource) and is(Resource)", "true"),
        ("is(Task)", "false"),
        ("active is Boolean", "true"),
        ("active is boolean", "true"),
        ("id is string", "true"),
        ("birthDate is date", "true"),
        ("birthDate as dateTime", ""),
        ("deceased is dateTime", "true"),
        ("deceased as boolean", ""),
        ("1 is Integer and 1.0 is Decimal and 'a' is System.String", "true"),
        ("1 is Decimal", "false"),
        ("@2024-01-01 is Date and @T10:00 is Time and @2024T is DateTime", "true"),
        ("extension.value.as(Quantity).unit", "kg"),
        ("{} is String", ""),
    ]);
}

#[test]
fn logic_has_three_values_and_does_not_wait() {
    let values = ["true", "false", "{}"];
    let tables = [
        ("and", ["true", "false", "", "false", "false", "false", "", "false", ""]),
        ("or", ["true", "true", "true", "true", "false", "", "true", "", ""]),
        ("xor", ["false", "true", "", "true", "false", "", "", "", ""]),
        ("implies", ["true", "false", "", "true", "true", "true", "true", "", ""]),
    ];
    for (operator, expected) in tables {
        let pairs = values.iter().flat_map(|left| values.iter().map(move |right| (left, right)));
        for ((left, right), expected) in pairs.zip(expected) {
            expect(&[(&format!("{left} {operator} {right}"), expected)]);
        }
    }
    expect(&[
        ("false and unheard()", "false"),
        ("unheard() or true", "true"),
        ("unheard() implies true", "true"),
        ("unheard() or false", "? unheard"),
        ("true xor unheard()", "? unheard"),
        ("not()", "false"),
        ("{}.not()", ""),
        ("name and true", "? several items where one is expected"),
        ("iif(active, 'yes', unheard())", "yes"),
        ("iif(false, 'yes')", ""),
    ]);
}

#[test]
fn precedence() {
    expect(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-1 + 2", "1"),
        ("2 - -1", "3"),
        ("10 - 2 - 3", "5"),
        ("1 | 2 = 2", "false"),
        ("true or false and false", "true"),
        ("false implies true and false", "true"),
        ("1 < 2 = true", "true"),
        ("'a' in 'a' | 'b'", "true"),
        ("1 + 2 & 'x'", "3x"),
        ("1 is Integer = true", "true"),
        ("'a'&'b' = 'ab' // all of it\n and /* not */ true", "true"),
    ]);
}

#[test]
fn collections() {
    expect(&[
        ("name.given.count()", "3"),
        ("name.exists(use = 'usual') and name.all(given.exists())", "true"),
        ("name.where(use = 'official').given", "Ann,B."),
        ("name.select(given.first())", "Ann,Annie"),
        ("name.given.select($index)", "0,1,2"),
        ("(1|2|3|2).count()", "3"),
        ("(1).combine(1).distinct()", "1"),
        ("(1).combine(1).isDistinct()", "false"),
        ("{}.isDistinct() and {}.allTrue() and {}.all(false)", "true"),
        ("(true).combine(false).anyTrue() and (true).combine(false).anyFalse()", "true"),
        ("(true).combine(false).allTrue() or (true).combine(false).allFalse()", "false"),
        ("(1|2|3).first() | (1|2|3).last()", "1,3"),
        ("(1|2|3).tail()", "2,3"),
        ("(1|2|3).skip(1).take(1)", "2"),
        ("(1|2|3).skip(-1)", "1,2,3"),
        ("(1|2|3).take(9).single()", "? several items where one is expected"),
        ("(1|2|3).intersect(3|2|4)", "2,3"),
        ("(1|2|3).exclude(2)", "1,3"),
        ("(1|2).subsetOf(1|2|3) and (1|2|3).supersetOf(2)", "true"),
        ("(1|2|3).aggregate($total + $this, 0)", "6"),
        ("(1|2|3) contains 2 and (4 in (1|2)) = false", "true"),
        ("{} in (1|2)", ""),
        ("descendants().ofType(Extension).url.count()", "4"),
        ("extension.repeat(children()).count() > 4", "true"),
        ("name.given.trace('x', $this)", "Ann,B.,Annie"),
        ("name.first() = name.first() and name.first() != name.last()", "true"),
        ("(1|2) = (2|1)", "false"),
        ("(1|2) ~ (2|1)", "true"),
        ("{} = {}", ""),
        ("{} ~ {}", "true"),
    ]);
}

#[test]
fn texts_and_patterns() {
    expect(&[
        ("'a\\'b\\u0041\\n'.length()", "5"),
        ("'abc'.substring(1) & 'abc'.substring(0, 1) & 'abc'.substring(9)", "bca"),
        ("'abc'.indexOf('c') - 'abc'.indexOf('x')", "3"),
        ("'abcb'.lastIndexOf('b')", "3"),
        ("'abc'.startsWith('ab') and 'abc'.endsWith('bc') and 'abc'.contains('b')", "true"),
        ("{}.startsWith('a')", ""),
        ("'Ab'.upper() & 'Ab'.lower()", "ABab"),
        ("'aba'.replace('a', 'x')", "xbx"),
        ("'ab'.replace('', '-')", "-a-b-"),
        ("'ab12'.matches('[0-9]{2}$')", "true"),
        ("'ab12'.matchesFull('[0-9]{2}')", "false"),
        ("'ab12'.replaceMatches('[0-9]', 'x')", "abxx"),
        ("'é'.matches('\\\\p{L}')", "? a regular expression of this form"),
        ("'abc'.toChars()", "a,b,c"),
        ("'a,b'.split(',').join('-')", "a-b"),
        ("'A b' ~ 'a  B'", "true"),
        ("'a' < 'b'", "true"),
        ("{} & 'a'", "a"),
        ("'a' + {}", ""),
    ]);
}

#[test]
fn numbers_and_quantities() {
    expect(&[
        ("0.1 + 0.2 = 0.3", "true"),
        ("1.00 = 1", "true"),
        ("1.05 ~ 1.1", "true"),
        ("7 div 2 & 7 mod 2 & -7 div 2", "31-3"),
        ("7 / 2", "3.5"),
        ("1 / 0 | 1 div 0 | 1 mod 0", ""),
        ("extension.value.ofType(decimal) + 0.2", "0.30"),
        ("(-2.5).abs() | 2.1.ceiling() | 2.9.floor() | 2.5.round() | 2.9.truncate()", "2.5,3,2"),
        ("3.14159.round(2)", "3.14"),
        ("2.power(10)", "1024"),
        ("2.sqrt()", "? sqrt"),
        ("99999999999999999999999999999 > 1", "? a number of more than 28 digits"),
        ("extension.value.ofType(Quantity) > 70 'kg'", "true"),
        ("extension.value.ofType(Quantity) = 72.5 'kg'", "true"),
        ("extension.value.ofType(Quantity) > 70 'g'", "? unit conversion"),
        ("1 'mg' + 2 'mg'", "3 'mg'"),
        ("'4 days'.toQuantity() = 4 days", "true"),
        ("1 > 'a'", "? comparison of different types"),
    ]);
}

#[test]
fn dates() {
    expect(&[
        ("birthDate < @1975", "true"),
        ("birthDate = @1974-12-25", "true"),
        ("birthDate > @1974", ""),
        ("birthDate + 1 year", "1975-12-25"),
        ("@2024-01-31 + 1 month", "2024-02-29"),
        ("@2024-01-01 - 1 day", "2023-12-31"),
        ("@2024 + 1 day", "? calendar arithmetic with this unit"),
        ("deceased = @2015-02-14T03:42:00Z", "true"),
        ("deceased ~ @2015-02-14", "false"),
        ("deceased = @2015-02-14", ""),
        ("(deceased as dateTime).toString().length() >= 8", "true"),
        ("@T10:30 < @T10:31", "true"),
        ("birthDate <= today()", "true"),
    ]);
}

#[test]
fn conversions() {
    expect(&[
        ("'12'.toInteger() + '1.5'.toDecimal()", "13.5"),
        ("'x'.toInteger()", ""),
        ("'x'.convertsToInteger() | 'y'.convertsToBoolean()", "false,true"),
        ("1.toBoolean() and 'f'.toBoolean() = false", "true"),
        ("1.50.toString() & true.toString()", "1.50true"),
        ("'2024-02-30'.convertsToDate() or '2024-02-30'.convertsToDateTime()", "false"),
        ("'2024-02-29T10:00:00Z'.toDate() | '10:00'.toTime()", "2024-02-29,10:00"),
        ("'5 \\'mg\\''.toQuantity() = 5 'mg'", "true"),
        ("1.convertsToQuantity() and 1.convertsToString() and 1.convertsToDecimal()", "true"),
    ]);
}

#[test]
fn what_is_no_expression_is_refused_where_it_goes_wrong() {
    for (text, at) in [
        ("", 0),
        ("a.", 2),
        ("a b", 2),
        ("(a", 2),
        ("a[1", 3),
        ("'a", 0),
        ("'\\q'", 0),
        ("a = ", 4),
        ("where()", 7),
        ("a.is(1)", 6),
        ("#", 0),
        ("%", 0),
        ("/* a", 0),
        ("a.exists(b, c)", 14),
    ] {
        let error = Program::compile(text).map(|_| ()).unwrap_err();
        assert_eq!(error.offset, at, "{text}: {error}");
    }
    for text in ["(".repeat(10_000), "a.".repeat(10_000) + "a", "-".repeat(100_000), "not(".repeat(1_000)] {
        assert!(Program::compile(&text).is_err());
    }
}

#[test]
fn no_evaluation_takes_more_steps_than_it_may() {
    let document = Document::parse(PATIENT).unwrap();
    let patterns = "('a' & 'a').replaceMatches('(a*)*b', 'x')";
    let doubled = (0..40).fold("'abcdefgh'".to_owned(), |text, _| format!("{text}.select($this & $this)"));
    let crossed =
        (0..30).fold("descendants()".to_owned(), |text, _| format!("{text}.select(%resource.descendants())"));
    assert_eq!(texts(&document, patterns, 100_000).unwrap(), ["aa"]);
    for expression in [doubled, crossed] {
        let start = std::time::Instant::now();
        let error = texts(&document, &expression, 1_000_000).unwrap_err();
        assert_eq!(error, "? more steps than a document of this size may take");
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}

fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "name",
        "$this",
        "given",
        "active",
        "1",
        "2.50",
        "'a'",
        "{}",
        "%resource",
        "@2024-01",
        "@T10",
        "extension.value",
        "3 days",
        "birthDate",
        "contained",
        "deceased",
        "_x",
        "gender",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(6, 40, 3, |inner| {
        let functions = prop::sample::select(vec![
            "exists",
            "where",
            "select",
            "repeat",
            "all",
            "count",
            "descendants",
            "children",
            "distinct",
            "toString",
            "first",
            "tail",
            "skip",
            "matches",
            "replace",
            "substring",
            "combine",
            "resolve",
            "iif",
            "aggregate",
            "toQuantity",
            "hasValue",
            "round",
            "join",
            "split",
            "extension",
            "isDistinct",
            "not",
            "unheard",
        ]);
        let operators = prop::sample::select(vec![
            "+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "<", ">=", "and", "or", "xor",
            "implies", "in", "contains",
        ]);
        prop_oneof![
            (inner.clone(), functions, prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(on, name, arguments)| format!("({on}).{name}({})", arguments.join(","))),
            (inner.clone(), operators, inner.clone())
                .prop_map(|(left, of, right)| format!("({left} {of} {right})")),
            (inner.clone(), inner.clone()).prop_map(|(of, at)| format!("({of})[{at}]")),
            inner.prop_map(|of| format!("-({of} is string)")),
        ]
    })
}

fn documents() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1.50e2".to_owned()),
        "\"[a-z0-9:#-]{0,10}\"".prop_map(|text| text),
        Just(PATIENT.to_owned()),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        let name = prop::sample::select(vec![
            "name",
            "given",
            "_given",
            "extension",
            "value",
            "valueCode",
            "contained",
            "resourceType",
            "reference",
            "_gender",
            "url",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((name, inner), 0..5).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_refused_or_evaluated(text in ".{0,80}") {
        let _ = texts(&Document::parse(PATIENT).unwrap(), &text, 10_000);
    }

    #[test]
    fn any_tokens_are_refused_or_evaluated(
        tokens in prop::collection::vec(
            prop::sample::select(vec!["name", ".", "(", ")", "[", "]", "'a'", "1", "+", "-", "is", "as", "and", "where", "$this",
                "%resource", "@2024", "{", "}", "|", "contains", "in", ",", "given", "ofType", "Patient", "exists()", "`", "//"]),
            0..20,
        ),
    ) {
        let _ = texts(&Document::parse(PATIENT).unwrap(), &tokens.join(" "), 10_000);
    }

    #[test]
    fn any_expression_over_any_document(expression in expressions(), document in documents()) {
        let document = Document::parse(document).unwrap();
        let found = texts(&document, &expression, 20_000);
        prop_assert!(!matches!(&found, Err(error) if error.starts_with('!') && !error.contains("number of arguments")), "{expression}: {found:?}");
        prop_assert_eq!(found, texts(&document, &expression, 20_000));
    }
}

/// A long text many times over, and a pattern that is much larger than it looks, are refused before they are made.
#[test]
fn what_multiplies_costs_steps() {
    let text = "a long text ".repeat(100_000);
    let document =
        Document::parse(format!(r#"{{"resourceType":"Task","description":"{text}","id":"x"}}"#)).unwrap();
    for expression in [
        "descendants().select(%resource.description | %resource.id).join()",
        "description.matches('((x?){1,50}){1,50}!')",
        "description.replaceMatches('((x?){1,50}){1,50}!', '')",
    ] {
        let found = texts(&document, expression, 200_000);
        assert_eq!(found, Err("? more steps than a document of this size may take".into()), "{expression}");
    }
    assert_eq!(texts(&document, "description.length()", 200_000), Ok(vec!["1200000".into()]));
}
