//! `_sort`.

use std::{cmp::Ordering, sync::Arc};

use fhir_solicit::json::{Document, Value};

use super::{
    date, filter,
    parameters::{self, Kind, Parameter},
};
use crate::{refusal::Refusal, store::Row};

/// Parameters to sort by, the first first; whether each descends.
#[derive(Default)]
pub(super) struct Sort(Vec<(&'static Parameter, bool)>);

impl Sort {
    /// Reads `-_lastUpdated,_id`.
    pub(super) fn read(resource_type: &str, value: &str) -> Result<Self, Refusal> {
        let keys = value.split(',').map(|key| {
            let (name, descends) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
            let parameter = parameters::find(resource_type, name)
                .ok_or_else(|| Refusal::invalid("_sort takes names of search parameters of the type"))?;
            Ok((parameter, descends))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// Sorts; what has no value comes last, and what is equal stays in the order of its changes.
    pub(super) fn apply(&self, rows: &mut [(Row<'_>, &Arc<Document>)]) {
        let Some((_, newest_first)) = self.0.first() else { return };
        rows.sort_by(|(row, document), (other_row, other)| {
            let sequence = row.version.sequence.cmp(&other_row.version.sequence);
            let keys = self.0.iter().map(|&(parameter, descends)| {
                let keys = [document, other].map(|document| key(document.root(), parameter));
                match &keys {
                    [Some(left), Some(right)] if descends => right.cmp(left),
                    [Some(left), Some(right)] => left.cmp(right),
                    [left, right] => left.is_none().cmp(&right.is_none()),
                }
            });
            let sequence = if *newest_first { sequence.reverse() } else { sequence };
            keys.fold(Ordering::Equal, Ordering::then).then(sequence)
        });
    }
}

/// A text that sorts as the first value of `parameter` does.
fn key(resource: Value<'_>, parameter: &Parameter) -> Option<String> {
    let element = *filter::elements(resource, parameter).first()?;
    if parameter.kind == Kind::Date {
        return Some(date::span(element)?.start.to_string());
    }
    let inner = ["reference", "code", "value", "family", "text"].iter().find_map(|name| element.string(name));
    let coding = || element.list("coding").next()?.string("code");
    Some(element.as_str().or(inner).or_else(coding)?.into_owned())
}
