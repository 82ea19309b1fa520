use super::*;

use fhir_solicit_validator::pack::Pack;
use serde_json::json;

fn read(text: &str) -> Result<Vec<Value>, FshError> {
    let guide = Guide {
        canonical: "http://g".into(),
        version: "1".into(),
        files: vec![("a.fsh".into(), text.into())],
    };
    let r4 = Pack::read(&include_bytes!("../../../validator/packs/r4.pack")[..]).unwrap();
    definitions(&[guide], &r4.to_draft()).map(|all| all.into_iter().flatten().collect())
}

/// The elements of the only profile in `text`, without ids and paths.
fn elements(rules: &str) -> Vec<(String, Value)> {
    let head = "Alias: $cs = http://cs\nProfile: P\nParent: Task\n";
    let all = read(&format!("{head}{rules}")).unwrap();
    let profile = all.iter().find(|one| one["name"] == "P").unwrap();
    let elements = profile["differential"]["element"].as_array().unwrap();
    let element = |one: &Value| {
        let mut one = one.as_object().unwrap().clone();
        one.remove("path").unwrap();
        (one.remove("id").unwrap().as_str().unwrap().to_owned(), Value::Object(one))
    };
    elements.iter().map(element).collect()
}

#[track_caller]
fn gives(rules: &str, expected: &[(&str, Value)]) {
    let expected: Vec<_> = expected.iter().map(|(id, element)| ((*id).to_owned(), element.clone())).collect();
    assert_eq!(elements(rules), expected);
}

#[test]
fn a_profile_says_what_it_is() {
    let text = "Profile: Narrow\nParent: Wide\nId: narrow\n* ^experimental = true\nProfile: Wide\nParent: Task\nId: wide";
    let all = read(text).unwrap();
    let expected = json!({ "resourceType": "StructureDefinition", "url": "http://g/StructureDefinition/narrow",
        "version": "1", "name": "Narrow", "status": "active", "kind": "resource", "abstract": false,
        "type": "Task", "baseDefinition": "http://g/StructureDefinition/wide", "derivation": "constraint",
        "experimental": true, "differential": { "element": [] } });
    assert_eq!(all[0], expected);
}

#[test]
fn rules_become_what_they_mean() {
    gives(
        "* for 1..1 MS\n* code 1..",
        &[
            ("Task.for", json!({ "min": 1, "max": "1", "mustSupport": true })),
            ("Task.code", json!({ "min": 1 })),
        ],
    );
    gives(
        "* code = $cs#a \"An A\"\n* intent = #order (exactly)\n* code.text = \"t\"",
        &[
            (
                "Task.code",
                json!({ "patternCodeableConcept": { "coding": [{ "system": "http://cs", "code": "a", "display": "An A" }] } }),
            ),
            ("Task.code.text", json!({ "patternString": "t" })),
            ("Task.intent", json!({ "fixedCode": "order" })),
        ],
    );
    gives(
        "* code from http://vs|2 (required)",
        &[("Task.code", json!({ "binding": { "strength": "required", "valueSet": "http://vs|2" } }))],
    );
    gives(
        "* for only Reference(Task or http://p|1)",
        &[(
            "Task.for",
            json!({ "type": [{ "code": "Reference",
            "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Task", "http://p|1"] }] }),
        )],
    );
    gives(
        "* obeys k\nInvariant: k\nDescription: \"why\"\nSeverity: #error\nExpression: \"a = \\\"b\\\"\"",
        &[(
            "Task",
            json!({ "constraint": [{ "key": "k", "severity": "error", "human": "why", "expression": "a = \"b\"" }] }),
        )],
    );
}

#[test]
fn slices_come_behind_what_all_of_them_share() {
    let rules = "\
* input ^slicing.discriminator.type = #value
* input ^slicing.discriminator.path = \"type\"
* input ^slicing.rules = #open
* input contains
    query 0..1 MS and // whatever comes
    other 1..*
* input[query]
  * type = $cs#query
  * value[x] only string
* input.type 1..1
* input[other].valueCodeableConcept.text 1..";
    let slicing = json!({ "discriminator": [{ "type": "value", "path": "type" }], "rules": "open" });
    let by_type = json!({ "discriminator": [{ "type": "type", "path": "$this" }], "rules": "open" });
    gives(
        rules,
        &[
            ("Task.input", json!({ "slicing": slicing })),
            ("Task.input.type", json!({ "min": 1, "max": "1" })),
            ("Task.input:query", json!({ "sliceName": "query", "min": 0, "max": "1", "mustSupport": true })),
            (
                "Task.input:query.type",
                json!({ "patternCodeableConcept": { "coding": [{ "system": "http://cs", "code": "query" }] } }),
            ),
            ("Task.input:query.value[x]", json!({ "type": [{ "code": "string" }] })),
            ("Task.input:other", json!({ "sliceName": "other", "min": 1, "max": "*" })),
            ("Task.input:other.value[x]", json!({ "slicing": by_type })),
            (
                "Task.input:other.value[x]:valueCodeableConcept",
                json!({ "sliceName": "valueCodeableConcept", "type": [{ "code": "CodeableConcept" }] }),
            ),
            ("Task.input:other.value[x]:valueCodeableConcept.text", json!({ "min": 1 })),
        ],
    );
}

#[test]
fn extensions_are_declared_and_used() {
    let rules = "* extension contains Hint named hint 0..1\nExtension: Hint\nId: hint\nContext: Task, Task.input\n* value[x] only string\n* valueString 1..";
    gives(
        rules,
        &[
            (
                "Task.extension",
                json!({ "slicing": { "discriminator": [{ "type": "value", "path": "url" }], "rules": "open" } }),
            ),
            (
                "Task.extension:hint",
                json!({ "sliceName": "hint", "min": 0, "max": "1",
            "type": [{ "code": "Extension", "profile": ["http://g/StructureDefinition/hint"] }] }),
            ),
        ],
    );
    let all = read("Extension: Hint\nId: hint\nContext: Task, Task.input\n* value[x] only string").unwrap();
    assert_eq!(all[0]["context"][1], json!({ "type": "element", "expression": "Task.input" }));
    assert_eq!(all[0]["differential"]["element"][0]["fixedUri"], "http://g/StructureDefinition/hint");
}

#[test]
fn what_is_inserted_stands_below_where_it_is_inserted() {
    let rules = "* input[a] insert Coded(a, $cs#a)\nRuleSet: Coded(name, code)\n* type = {code}\n* valueCodeableConcept.text = \"{name}\"";
    let found = elements(&format!("* input contains a 0..1\n{rules}"));
    assert_eq!(found[1].0, "Task.input:a.type");
    assert_eq!(found[4].1, json!({ "patternString": "a" }));
}

#[test]
fn a_caret_reaches_into_lists_and_choices() {
    gives(
        "* for ^patternIdentifier.type = $cs#MB\n* for ^slicing.discriminator[+].path = \"a\"\n* for ^slicing.discriminator[+].path = \"b\"\n* for ^slicing.discriminator[=].type = #value",
        &[(
            "Task.for",
            json!({ "patternIdentifier": { "type": { "coding": [{ "system": "http://cs", "code": "MB" }] } },
            "slicing": { "discriminator": [{ "path": "a" }, { "path": "b", "type": "value" }] } }),
        )],
    );
}

#[test]
fn an_element_that_is_another_over_again_is_followed() {
    let all = read("Profile: P\nParent: Questionnaire\n* item.item.item.linkId 1..").unwrap();
    assert_eq!(all[0]["differential"]["element"][0]["id"], "Questionnaire.item.item.item.linkId");
}

#[test]
fn value_sets_and_code_systems() {
    let text = "Alias: $a = http://a\nValueSet: V\nId: v\n* include codes from system C and valueset http://w\n* $a#1\n* $a#2 \"two\"\n* exclude $a#3\nCodeSystem: C\nId: c\n* #x \"x\"";
    let all = read(text).unwrap();
    let concept = |codes: &[&str]| codes.iter().map(|code| json!({ "code": code })).collect::<Value>();
    assert_eq!(all[0]["concept"], concept(&["x"]));
    assert_eq!(
        all[1]["compose"],
        json!({
            "include": [{ "system": "http://g/CodeSystem/c", "valueSet": ["http://w"] }, { "system": "http://a", "concept": concept(&["1", "2"]) }],
            "exclude": [{ "system": "http://a", "concept": concept(&["3"]) }],
        })
    );
}

#[test]
fn what_cannot_be_understood_is_said_with_its_place() {
    let head = "Profile: P\nParent: Task\n";
    for (text, expected) in [
        ("* code 1..1", "a.fsh:1: stands before any definition"),
        ("Profil: P", "a.fsh:1: Profil is not known here"),
        ("Profile: P", "a.fsh:1: has no Parent"),
        ("Profile: P\nParent: Tsk", "a.fsh:1: Tsk is not known"),
        ("Profile: P\nParent: P", "a.fsh:1: the parents of P lead back to it"),
        ("ValueSet: P\nValueSet: P", "a.fsh:2: P is declared at a.fsh:1 already"),
        (&format!("{head}* cod 1..1"), "a.fsh:3: Task has no cod (cod)"),
        (&format!("{head}* code 1...x"), "a.fsh:3: 1...x is no cardinality"),
        (&format!("{head}* code XX"), "a.fsh:3: XX is not known here"),
        (&format!("{head}* input[a.type 1..1"), "a.fsh:3: input[a.type is no path"),
        (&format!("{head}* code = $no#a"), "a.fsh:3: no alias is called $no"),
        (&format!("{head}* code = \"a\""), "a.fsh:3: this is no CodeableConcept that can be written so"),
        (&format!("{head}* code = \"a"), "a.fsh:3: a text does not end"),
        (
            &format!("{head}* input.value[x] = true"),
            "a.fsh:3: it may have several types: say which with `only` first",
        ),
        (&format!("{head}* obeys k"), "a.fsh:3: no Invariant is called k"),
        (&format!("{head}* for ^nothing = #a"), "a.fsh:3: ElementDefinition has no nothing"),
        (
            &format!("{head}* for ^slicing.discriminator[3].path = \"a\""),
            "a.fsh:3: slicing.discriminator[3].path does not count on from what there is",
        ),
        (
            &format!("{head}* insert S(a, b)\nRuleSet: S(a)\n* code 1..1"),
            "a.fsh:3: S takes 1 parameters, found 2",
        ),
        (&format!("{head}* insert S\nRuleSet: S\n* insert S"), "a.fsh:5: rule sets insert one another"),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), expected);
    }
}
