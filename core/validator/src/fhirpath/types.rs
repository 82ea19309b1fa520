//! What types the children of elements have.

use alloc::vec::Vec;

use super::model::Type;

/// How many to remember.
const MOST: usize = 32;

/// The types of children that expressions have named lately. Those of one document name the same few of the same
/// few types again and again.
#[derive(Default)]
pub(super) struct Types<'a> {
    known: Vec<Option<(Type, &'a str, Option<Type>)>>,
}

impl<'a> Types<'a> {
    /// The type of the child `name` of elements that are `of`; `ask` says it if it is not known.
    pub(super) fn get(
        &mut self,
        of: Type,
        name: &'a str,
        ask: impl FnOnce() -> Option<Type>,
    ) -> Option<Type> {
        // A name stands where it stands in the text of the expressions, which is enough to tell it from others.
        let place = name.as_ptr() as usize;
        self.known.resize(MOST, None);
        let known = &mut self.known[(of.0 as usize ^ place) % MOST];
        match known {
            Some((other, same, child)) if *other == of && core::ptr::eq(*same, name) => *child,
            _ => {
                let child = ask();
                *known = Some((of, name, child));
                child
            }
        }
    }
}
