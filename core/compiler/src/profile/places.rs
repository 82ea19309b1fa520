//! Where an element of a definition stands: names and slices on the way to it.

use std::collections::BTreeMap;

use super::Step;
use crate::definitions::ElementDefinition;

/// Names and slices on the way to the elements of a definition.
#[derive(Default)]
pub(super) struct Places {
    /// The slice last spoken of, by path: what follows below it is inside it, where ids do not say otherwise.
    slices: BTreeMap<String, String>,
}

impl Places {
    /// The way to `element`, by its id where that is in the form that R4 gives ids; else by its path, and by the
    /// slices that were named before it.
    pub(super) fn steps(&mut self, element: &ElementDefinition) -> Vec<Step> {
        let fields = &element.fields;
        let path: Vec<&str> = fields.path.split('.').collect();
        let part =
            |part: &'_ str| part.split_once(':').map(|(name, slice)| (name.to_owned(), slice.to_owned()));
        let id: Vec<(String, Option<String>)> = fields
            .id
            .split('.')
            .map(|text| part(text).map_or((text.to_owned(), None), |(name, slice)| (name, Some(slice))))
            .collect();
        let is_true = id.len() == path.len() && id.iter().zip(&path).all(|((name, _), of)| name == of);
        let mut steps = Vec::new();
        for at in 1..path.len() {
            let (here, is_last) = (path[..=at].join("."), at + 1 == path.len());
            let of_id = id.get(at).and_then(|(_, slice)| slice.clone()).filter(|_| is_true);
            let slice = match (is_last, is_true) {
                (true, _) => of_id.or_else(|| fields.slice_name.clone()),
                (false, true) => of_id,
                (false, false) => self.slices.get(&here).cloned(),
            };
            if is_last {
                // What was inside the element before is no longer spoken of.
                let below = format!("{here}.");
                self.slices.retain(|path, _| !path.starts_with(&below));
                match &slice {
                    Some(slice) => self.slices.insert(here, slice.clone()),
                    None => self.slices.remove(&here),
                };
            }
            steps.push((path[at].to_owned(), slice));
        }
        steps
    }
}
