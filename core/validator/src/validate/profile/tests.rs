use alloc::{format, string::String, vec::Vec};

use crate::{
    json::{Document, FromJson},
    pack::{Constraint, Draft, Pack, Profile, Severity, ValueSet},
    validate::{Options, Report, UncheckedKind, validate_bytes},
};

const URL: &str = "http://example.org/profile";

/// The exchange's types with profiles of these roots, the first under [`URL`], the others under that and a number.
fn pack(roots: &[(&str, &str)]) -> Pack {
    let mut draft = Draft { id: "test".into(), source: "test 1".into(), ..Draft::default() };
    for (at, (of, rest)) in roots.iter().enumerate() {
        let url = if at == 0 { URL.into() } else { format!("{URL}{at}") };
        let json = format!(r#"{{"url":"{url}","type":"{of}","root":{{"name":"{of}",{rest}}}}}"#);
        let document = Document::parse(json).unwrap();
        draft.profiles.insert(url, Profile::from_json(document.root()).unwrap());
    }
    draft.profile_constraints.push(Constraint {
        key: "ex-1".into(),
        severity: Severity::Error,
        expression: "owner.exists() or requester.exists()".into(),
    });
    let codes = ["a", "b"].map(|code| (code.into(), "http://cs".into()));
    draft.value_sets.insert("http://vs".into(), ValueSet::Codes(codes.into()));
    Pack::exchange().join(&Pack::read(draft.to_bytes().unwrap()).unwrap())
}

fn check(pack: &Pack, resource: &str) -> Report {
    let options = Options { profiles: [URL.into()].into(), ..Options::default() };
    validate_bytes(resource, pack, &options)
}

/// The rules and places of what breaks a profile.
fn broken(report: &Report) -> String {
    let issues = report.issues.iter().filter(|issue| issue.rule.starts_with("profile"));
    issues
        .map(|issue| format!("{} {}", &issue.rule["profile-".len()..], issue.expression))
        .collect::<Vec<_>>()
        .join("; ")
}

/// What a Task with `members` breaks of the first of these profiles.
fn task(roots: &[(&str, &str)], members: &str) -> String {
    let text = format!(r#"{{"resourceType":"Task","status":"requested","intent":"order"{members}}}"#);
    broken(&check(&pack(roots), &text))
}

fn on_task(rest: &str, members: &str) -> String {
    task(&[("Task", rest)], members)
}

#[test]
fn cardinalities() {
    let rule = r#""elements":[{"name":"owner","min":1},{"name":"note","max":1},{"name":"focus","max":0}]"#;
    assert_eq!(on_task(rule, r#","owner":{"display":"x"},"note":[{"text":"x"}]"#), "");
    assert_eq!(
        on_task(rule, r#","note":[{"text":"x"},{"text":"y"}],"focus":{"display":"x"}"#),
        "cardinality Task.owner; cardinality Task.note[1]; cardinality Task.focus"
    );
}

#[test]
fn what_is_there_is_counted_by_its_value_or_what_stands_beside_it() {
    let rule = r#""elements":[{"name":"authoredOn","min":1},{"name":"code","min":1}]"#;
    let code = r#","code":{"text":"x"}"#;
    assert_eq!(on_task(rule, &format!(r#"{code},"authoredOn":"2024""#)), "");
    assert_eq!(on_task(rule, &format!(r#"{code},"_authoredOn":{{"id":"x"}}"#)), "");
    assert_eq!(
        on_task(rule, r#","_code":{"id":"x"}"#),
        "cardinality Task.authoredOn; cardinality Task.code",
        "only primitives have something beside them"
    );
    // A second one changes nothing, nor does one that is written otherwise.
    assert_eq!(on_task(rule, &format!(r#"{code},"code":{{}},"authored\u004fn":"2024""#)), "");
}

#[test]
fn elements_of_a_choice_are_those_of_the_type_that_is_there() {
    let rule = r#""elements":[{"name":"input","elements":[{"name":"value[x]",
        "elements":[{"name":"extension","max":0},{"name":"display","min":1}]}]}]"#;
    let input = |value: &str| on_task(rule, &format!(r#","input":[{{"type":{{"text":"x"}},{value}}}]"#));
    let extension = r#""extension":[{"url":"http://x","valueCode":"y"}]"#;
    assert_eq!(input(r#""valueReference":{"display":"x"}"#), "");
    assert_eq!(
        input(r#""valueReference":{"reference":"Task/1"}"#),
        "cardinality Task.input[0].value.display"
    );
    assert_eq!(
        input(&format!(r#""valueReference":{{"display":"x",{extension}}}"#)),
        "cardinality Task.input[0].value.extension[0]"
    );
    assert_eq!(
        input(&format!(r#""valueCode":"x","_valueCode":{{{extension}}}"#)),
        "cardinality Task.input[0].value.display; cardinality Task.input[0].value.extension[0]"
    );
}

#[test]
fn fixed_values_and_patterns() {
    let rule = r#""elements":[{"name":"intent","fixed":"\"order\""},
        {"name":"code","pattern":"{\"coding\":[{\"system\":\"http://cs\",\"code\":\"a\"}]}"}]"#;
    let code = |code: &str| {
        let more = r#"{"system":"http://other","code":"z"}"#;
        format!(
            r#","code":{{"text":"t","coding":[{more},{{"code":"{code}","system":"http://cs","display":"d"}}]}}"#
        )
    };
    assert_eq!(on_task(rule, &code("a")), "");
    assert_eq!(on_task(rule, &code("b")), "pattern Task.code");
    assert_eq!(on_task(r#""elements":[{"name":"intent","fixed":"\"plan\""}]"#, ""), "fixed Task.intent");
}

#[test]
fn lengths_ranges_and_bindings() {
    let rule = r#""elements":[{"name":"description","maxLength":3},
        {"name":"authoredOn","minValue":"\"2024-01-01\"","maxValue":"\"2024-12-31T00:00:00Z\""},
        {"name":"businessStatus","binding":{"strength":"required","valueSet":"http://vs"}},
        {"name":"statusReason","binding":{"strength":"extensible","valueSet":"http://vs"}},
        {"name":"performerType","binding":{"strength":"required","valueSet":"http://unknown"}}]"#;
    let coded = |code: &str| format!(r#"{{"coding":[{{"system":"http://cs","code":"{code}"}}]}}"#);
    let members = |text: &str, date: &str, code: &str| {
        let coded = coded(code);
        format!(
            r#","description":"{text}","authoredOn":"{date}","businessStatus":{coded},"statusReason":{coded}"#
        )
    };
    assert_eq!(on_task(rule, &members("äöü", "2024-02", "a")), "");
    assert_eq!(
        on_task(rule, &members("äöüß", "2023-12-31", "c")),
        "length Task.description; range Task.authoredOn; required-binding Task.businessStatus; \
         extensible-binding Task.statusReason"
    );
    let open = format!(
        r#"{{"resourceType":"Task","status":"requested","intent":"order","performerType":[{}]}}"#,
        coded("a")
    );
    let report = check(&pack(&[("Task", rule)]), &open);
    let unchecked =
        |kind, name: &str| report.unchecked.iter().any(|one| one.kind == kind && one.name == name);
    assert!(unchecked(UncheckedKind::Binding, "http://unknown"), "{:?}", report.unchecked);
}

#[test]
fn quantities_are_compared_in_one_unit() {
    let limit = r#"{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"kg\"}"#;
    let rule =
        format!(r#""elements":[{{"name":"input","elements":[{{"name":"value[x]","minValue":"{limit}"}}]}}]"#);
    let input = |value: &str, code: &str| {
        let unit = format!(r#""system":"http://unitsofmeasure.org","code":"{code}""#);
        format!(r#","input":[{{"type":{{"text":"x"}},"valueQuantity":{{"value":{value},{unit}}}}}]"#)
    };
    assert_eq!(on_task(&rule, &input("1000", "g")), "");
    assert_eq!(on_task(&rule, &input("999.9", "g")), "range Task.input[0].value");
    assert_eq!(on_task(&rule, &input("5", "[lb_av]")), "", "not known, so not decided");
}

#[test]
fn types_of_choices_and_constraints() {
    let rule = r#""constraints":[0],"elements":[{"name":"input","elements":[
        {"name":"value[x]","types":[{"code":"string"},{"code":"Reference"}]}]}]"#;
    let input =
        |value: &str| format!(r#","owner":{{"display":"x"}},"input":[{{"type":{{"text":"x"}},{value}}}]"#);
    assert_eq!(on_task(rule, &input(r#""valueString":"x""#)), "");
    assert_eq!(on_task(rule, &input(r#""valueCode":"x""#)), "type Task.input[0].value");
    assert_eq!(on_task(rule, ""), "invariant Task");
}

/// Slices of `Task.input` by the code of their type.
fn sliced(rest: &str) -> String {
    let slice = |name: &str, code: &str, bounds: &str| {
        format!(
            r#"{{"name":"input","slice":"{name}",{bounds}"elements":[{{"name":"type",
            "pattern":"{{\"coding\":[{{\"code\":\"{code}\"}}]}}"}}]}}"#
        )
    };
    format!(
        r#""elements":[{{"name":"input","slicing":{{"discriminators":[{{"type":"pattern","path":"type"}}]{rest}}},
        "slices":[{},{}]}}]"#,
        slice("first", "a", r#""min":1,"#),
        slice("second", "b", r#""max":1,"#)
    )
}

fn inputs(codes: &str) -> String {
    let input = |code: char| format!(r#"{{"type":{{"coding":[{{"code":"{code}"}}]}},"valueString":"x"}}"#);
    format!(r#","input":[{}]"#, codes.chars().map(input).collect::<Vec<_>>().join(","))
}

#[test]
fn slices_by_pattern() {
    let open = sliced(r#","rules":"open""#);
    assert_eq!(on_task(&open, &inputs("xab")), "");
    assert_eq!(on_task(&open, &inputs("x")), "cardinality Task.input");
    assert_eq!(on_task(&open, &inputs("abb")), "cardinality Task.input[2]");
    let closed = sliced(r#","rules":"closed""#);
    assert_eq!(on_task(&closed, &inputs("ba")), "");
    assert_eq!(on_task(&closed, &inputs("bax")), "slice Task.input[2]");
    let at_end = sliced(r#","rules":"openAtEnd""#);
    assert_eq!(on_task(&at_end, &inputs("abx")), "");
    assert_eq!(on_task(&at_end, &inputs("axb")), "slice Task.input[2]");
    let ordered = sliced(r#","rules":"open","ordered":true"#);
    assert_eq!(on_task(&ordered, &inputs("axb")), "");
    assert_eq!(on_task(&ordered, &inputs("ba")), "slice Task.input[1]");
}

#[test]
fn slices_by_type_and_presence() {
    let by_type = r#""elements":[{"name":"input","elements":[{"name":"value[x]",
        "slicing":{"discriminators":[{"type":"type","path":"$this"}],"rules":"open"},
        "slices":[{"name":"value[x]","slice":"valueString","types":[{"code":"string"}],"maxLength":2}]}]}]"#;
    let input = |value: &str| format!(r#","input":[{{"type":{{"text":"x"}},{value}}}]"#);
    assert_eq!(on_task(by_type, &input(r#""valueString":"xx""#)), "");
    assert_eq!(on_task(by_type, &input(r#""valueCode":"xxx""#)), "");
    assert_eq!(on_task(by_type, &input(r#""valueString":"xxx""#)), "length Task.input[0].value");
    let by_presence = r#""elements":[{"name":"note",
        "slicing":{"discriminators":[{"type":"exists","path":"time"}],"rules":"open"},
        "slices":[{"name":"note","slice":"timed","max":1,"elements":[{"name":"time","min":1}]},
            {"name":"note","slice":"other","max":1,"elements":[{"name":"time","max":0}]}]}]"#;
    let (timed, other) = (r#"{"text":"x","time":"2024"}"#, r#"{"text":"x"}"#);
    assert_eq!(on_task(by_presence, &format!(r#","note":[{timed},{other}]"#)), "");
    assert_eq!(on_task(by_presence, &format!(r#","note":[{other},{other}]"#)), "cardinality Task.note[1]");
}

#[test]
fn slices_of_slices() {
    let rule = r#""elements":[{"name":"note",
        "slicing":{"discriminators":[{"type":"exists","path":"time"}],"rules":"open"},
        "slices":[{"name":"note","slice":"timed","elements":[{"name":"time","min":1}],
            "slicing":{"discriminators":[{"type":"value","path":"text"}],"rules":"closed"},
            "slices":[{"name":"note","slice":"timed/x","max":1,"elements":[{"name":"text","fixed":"\"x\""}]}]}]}]"#;
    let note = |text: &str| format!(r#"{{"text":"{text}","time":"2024"}}"#);
    assert_eq!(on_task(rule, &format!(r#","note":[{},{{"text":"y"}}]"#, note("x"))), "");
    assert_eq!(
        on_task(rule, &format!(r#","note":[{},{},{}]"#, note("x"), note("x"), note("y"))),
        "cardinality Task.note[1]; slice Task.note[2]"
    );
}

#[test]
fn extensions_go_by_their_url() {
    let rule = r#""elements":[{"name":"extension","slices":[{"name":"extension","slice":"it","min":1,"max":1,
        "types":[{"code":"Extension","profiles":["http://example.org/profile1"]}]}]},
        {"name":"description","elements":[{"name":"extension","min":1}]}]"#;
    let extension = (
        "Extension",
        r#""elements":[{"name":"url","fixed":"\"http://example.org/profile1\""},{"name":"value[x]","min":1,
        "types":[{"code":"code"}],"binding":{"strength":"required","valueSet":"http://vs"}}]"#,
    );
    let roots = [("Task", rule), extension];
    let it = |value: &str| format!(r#"{{"url":"http://example.org/profile1",{value}}}"#);
    let one = format!(r#","extension":[{},{{"url":"http://x","valueCode":"a"}}]"#, it(r#""valueCode":"a""#));
    assert_eq!(task(&roots, &one), "");
    assert_eq!(task(&roots, ""), "cardinality Task.extension");
    let wrong = format!(r#","extension":[{}]"#, it(r#""valueCode":"c""#));
    assert_eq!(task(&roots, &wrong), "required-binding Task.extension[0].value");
    let sibling = format!(r#"{one},"description":"x","_description":{{"id":"y"}}"#);
    assert_eq!(task(&roots, &sibling), "cardinality Task.description.extension");
}

#[test]
fn targets_and_profiles_of_what_is_at_hand() {
    let rule = r#""elements":[{"name":"owner","types":[{"code":"Reference","targets":[
        "http://example.org/profile1","http://hl7.org/fhir/StructureDefinition/Practitioner"]}]}]"#;
    let organization = ("Organization", r#""elements":[{"name":"name","min":1}]"#);
    let owner = |reference: &str| {
        format!(
            r##","contained":[{{"resourceType":"Organization","id":"n","name":"x"}},
            {{"resourceType":"Organization","id":"i","identifier":[{{"value":"x"}}]}}],
            "focus":{{"reference":"#n"}},"for":{{"reference":"#i"}},"owner":{{"reference":"{reference}"}}"##
        )
    };
    let roots = [("Task", rule), organization];
    for good in ["#n", "Practitioner/1", "Organization/1", "http://h/x"] {
        assert_eq!(task(&roots, &owner(good)), "", "{good}");
    }
    for bad in ["#i", "Patient/1"] {
        assert_eq!(task(&roots, &owner(bad)), "target Task.owner", "{bad}");
    }
}

#[test]
fn claims_and_entries() {
    let bundle = r#""elements":[{"name":"entry","slicing":{"discriminators":[{"type":"profile","path":"resource"}],
        "rules":"closed"},"slices":[{"name":"entry","slice":"org","min":1,"elements":[{"name":"resource",
        "types":[{"code":"Organization","profiles":["http://example.org/profile1"]}]}]}]}]"#;
    let organization = ("Organization", r#""elements":[{"name":"name","min":1}]"#);
    let pack = pack(&[("Bundle", bundle), organization]);
    let entry = |rest: &str| format!(r#"{{"resource":{{"resourceType":"Organization",{rest}}}}}"#);
    let of = |entries: &str| {
        let text = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entries}]}}"#);
        broken(&check(&pack, &text))
    };
    assert_eq!(of(&entry(r#""name":"x""#)), "");
    let unnamed = entry(r#""identifier":[{"value":"x"}]"#);
    assert_eq!(of(&unnamed), "cardinality Bundle.entry; slice Bundle.entry[0]");
    // What a resource claims it is held to, wherever it stands, and once.
    let claiming = r#""meta":{"profile":["http://example.org/profile1|1"]},"identifier":[{"value":"x"}]"#;
    let report = check(&pack, &format!(r#"{{"resourceType":"Organization",{claiming}}}"#));
    assert!(report.unchecked.iter().any(|one| one.kind == UncheckedKind::Profile), "no such version");
    assert_eq!(broken(&report), "type Organization", "it is no Bundle");
    let claiming = claiming.replace("|1", "");
    assert_eq!(
        of(&format!("{},{}", entry(r#""name":"x""#), entry(&claiming))),
        "slice Bundle.entry[1]; cardinality Bundle.entry[1].resource.name"
    );
}

#[test]
fn profiles_that_lead_back_to_themselves_end() {
    let rule = r#""elements":[{"name":"partOf","types":[{"code":"Reference","targets":["http://example.org/profile"]}]}]"#;
    assert_eq!(on_task(rule, r##","partOf":[{"reference":"#"}]"##), "");
}

#[test]
fn support_is_told_on_request() {
    let pack = pack(&[("Task", r#""elements":[{"name":"owner","mustSupport":true}]"#)]);
    let text = r#"{"resourceType":"Task","status":"requested","intent":"order"}"#;
    assert_eq!(broken(&check(&pack, text)), "");
    let options = Options { profiles: [URL.into()].into(), must_support: true, ..Options::default() };
    let report = validate_bytes(text, &pack, &options);
    assert_eq!(broken(&report), "support Task.owner");
    assert!(report.is_valid());
    let inside =
        r#""elements":[{"name":"owner","min":1,"elements":[{"name":"display","mustSupport":true}]}]"#;
    let text = r#"{"resourceType":"Task","status":"requested","intent":"order","owner":{"reference":"A/1"}}"#;
    let report = validate_bytes(text, &self::pack(&[("Task", inside)]), &options);
    assert_eq!(broken(&report), "support Task.owner.display");
}

#[test]
fn a_pattern_tells_what_is_in_a_slice_and_the_rest_is_checked_of_it() {
    let rule = r#""elements":[{"name":"identifier","slicing":{"discriminators":[{"type":"value","path":"$this"}],
        "rules":"open"},"slices":[{"name":"identifier","slice":"a","max":1,"pattern":"{\"system\":\"http://a\"}",
        "elements":[{"name":"value","min":1}]}]}]"#;
    assert_eq!(
        on_task(rule, r#","identifier":[{"system":"http://a","value":"1"},{"system":"http://b"}]"#),
        ""
    );
    assert_eq!(
        on_task(rule, r#","identifier":[{"system":"http://a"}]"#),
        "cardinality Task.identifier[0].value"
    );
}

#[test]
fn where_references_lead() {
    let rule = |modes: &str| {
        let modes = modes.split(' ').map(|mode| format!("\"{mode}\"")).collect::<Vec<_>>().join(",");
        format!(r#""elements":[{{"name":"focus","types":[{{"code":"Reference","aggregation":[{modes}]}}]}}]"#)
    };
    let wrong = "aggregation Task.focus";
    let patient = r#","contained":[{"resourceType":"Patient","id":"p"}]"#;
    for (modes, reference, expected) in [
        ("contained", "#p", ""),
        ("contained", "Patient/p", wrong),
        ("referenced", "Patient/p", ""),
        ("referenced", "https://other.example/fhir/Patient/p", ""),
        ("referenced", "#p", wrong),
        ("bundled", "#p", wrong),
        ("contained referenced", "#p", ""),
        ("contained referenced", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", ""),
    ] {
        let members = format!(r#"{patient},"focus":{{"reference":"{reference}"}}"#);
        assert_eq!(on_task(&rule(modes), &members), expected, "{modes} {reference}");
    }
    let named = r#","focus":{"identifier":{"value":"1"}}"#;
    assert_eq!(on_task(&rule("contained"), named), "", "a logical reference leads nowhere yet");
    let text =
        r#"{"resourceType":"Task","status":"requested","intent":"order","focus":{"reference":"Patient/p"}}"#;
    let report = check(&pack(&[("Task", &rule("contained"))]), text);
    let message = &report.issues.iter().find(|one| one.rule == "profile-aggregation").unwrap().message;
    assert!(message.starts_with("expected a contained reference, found a referenced one"), "{message}");
    // Whether it is in its Bundle can only be seen in that.
    let report = check(&pack(&[("Task", &rule("bundled"))]), text);
    assert_eq!(broken(&report), "");
    assert!(report.unchecked.iter().any(|one| one.name.contains("was not given")), "{:?}", report.unchecked);
}

#[test]
fn where_references_lead_in_a_bundle() {
    let bundle = |reference: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[
            {{"fullUrl":"https://a.example/Task/t","resource":{{"resourceType":"Task","id":"t","meta":{{"profile":["{URL}"]}},
            "status":"requested","intent":"order","focus":{{"reference":"{reference}"}}}}}},
            {{"fullUrl":"https://a.example/Patient/p","resource":{{"resourceType":"Patient","id":"p"}}}}]}}"#
        )
    };
    let found = |mode: &str, reference: &str| {
        let rule = format!(
            r#""elements":[{{"name":"focus","types":[{{"code":"Reference","aggregation":["{mode}"]}}]}}]"#
        );
        broken(&validate_bytes(bundle(reference), &pack(&[("Task", &rule)]), &Options::default()))
    };
    let wrong = "aggregation Bundle.entry[0].resource.focus";
    assert_eq!(found("bundled", "Patient/p"), "");
    assert_eq!(found("bundled", "https://a.example/Patient/p"), "");
    assert_eq!(found("bundled", "Patient/q"), wrong);
    assert_eq!(found("bundled", "https://b.example/Patient/p"), wrong);
    assert_eq!(found("referenced", "Patient/p"), "", "that it comes along does not matter");
    assert_eq!(found("contained", "Patient/p"), wrong);
}

#[test]
fn whether_references_name_a_version() {
    let found = |versioning: &str, reference: &str| {
        let of = format!(r#"{{"code":"Reference","versioning":"{versioning}"}}"#);
        let rule = format!(r#""elements":[{{"name":"focus","types":[{of}]}}]"#);
        let patient = r#","contained":[{"resourceType":"Patient","id":"p"}]"#;
        on_task(&rule, &format!(r#"{patient},"focus":{{"reference":"{reference}"}}"#))
    };
    let wrong = "versioning Task.focus";
    assert_eq!(found("specific", "Patient/p/_history/2"), "");
    assert_eq!(found("specific", "Patient/p"), wrong);
    assert_eq!(found("independent", "Patient/p"), "");
    assert_eq!(found("independent", "Patient/p/_history/2"), wrong);
    assert_eq!(found("specific", "#p"), "", "it comes along, and there is no other");
    let canonical = |reference: &str| {
        let rule = r#""elements":[{"name":"instantiatesCanonical","types":[{"code":"canonical","versioning":"specific"}]}]"#;
        on_task(rule, &format!(r#","instantiatesCanonical":"{reference}""#))
    };
    assert_eq!(canonical("http://example.org/ActivityDefinition/a|1"), "");
    assert_eq!(canonical("http://example.org/ActivityDefinition/a"), "versioning Task.instantiatesCanonical");
}
