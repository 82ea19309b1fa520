//! Constraints that are published with an expression that does not say what their words say.
//!
//! A constraint is met where its expression gives true, and nowhere else. Some of R4's give nothing where what they
//! speak of is not there, though it need not be; one counts wrongly. Guides repeat them in their snapshots, so an
//! expression is mended wherever it is met.
//!
//! Source: the words of each constraint (`ElementDefinition.constraint.human`), and R5, which mends most of them.

/// Expressions as published, and as they are meant.
const CORRECTIONS: &[(&str, &str)] = &[
    // bdl-8: an entry need not have a fullUrl. As in R5.
    ("fullUrl.contains('/_history/').not()", "fullUrl.exists() implies fullUrl.contains('/_history/').not()"),
    // que-12: "more than one". As in R5.
    (
        "enableWhen.count() > 2 implies enableBehavior.exists()",
        "enableWhen.count() > 1 implies enableBehavior.exists()",
    ),
    // que-0 and its like: most resources need not have a name. As cnl-0 of R5.
    (
        "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')",
        "name.exists() implies name.matches('[A-Z]([A-Za-z0-9_]){0,254}')",
    ),
    // ras-2: a prediction need not have a probability.
    (
        "probability is decimal implies (probability as decimal) <= 100",
        "probability.exists() and probability is decimal implies (probability as decimal) <= 100",
    ),
    // vs-1: "is dateTime and has a value"; a Period is as good.
    (
        "($this as dateTime).toString().length() >= 8",
        "$this is dateTime and hasValue() implies $this.toString().length() >= 8",
    ),
];

/// The expression that is meant by the one that is published.
pub(crate) fn corrected(published: &str) -> &str {
    CORRECTIONS.iter().find(|(one, _)| *one == published).map_or(published, |(_, meant)| meant)
}
