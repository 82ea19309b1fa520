//! Sorting, and maps that are sorted.
//!
//! Those of the standard library are several kilobytes of code for each type they are used with.
//! What is sorted here is short or seldom, and what a page has to load is not.

use alloc::vec::{self, Vec};
use core::{borrow::Borrow, cmp::Ordering, slice};

/// Values by their keys, of which there are few, or that come in their order: one that comes late moves all behind it.
#[derive(Clone, Debug)]
pub(crate) struct Map<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Map<K, V> {
    /// The value of `key`, which is made where there is none.
    pub(crate) fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = self.find(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, make()));
            at
        });
        &mut self.0[at].1
    }

    /// Whether `key` has a value.
    pub(crate) fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The keys with their values, sorted.
    pub(crate) fn iter(&self) -> slice::Iter<'_, (K, V)> {
        self.0.iter()
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(other, _)| other.borrow().cmp(key))
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Sorts `items`; what is equal stays in its order. Takes n log n steps, whatever the items are.
pub(crate) fn sort<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut from = order(items.len(), &|left, right| compare(&items[left], &items[right]));
    for first in 0..items.len() {
        let mut at = first;
        while from[at] != first {
            let next = core::mem::replace(&mut from[at], at);
            items.swap(at, next);
            at = next;
        }
        from[at] = at;
    }
}

/// The numbers below `count` in the order that `compare` has for them, by a heap.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let is_before = |left: usize, right: usize| compare(left, right).then(left.cmp(&right)).is_lt();
    let sink = |heap: &mut [usize], mut at: usize| {
        while let Some(&left) = heap.get(2 * at + 1) {
            let mut child = 2 * at + 1;
            if heap.get(child + 1).is_some_and(|&right| is_before(left, right)) {
                child += 1;
            }
            if !is_before(heap[at], heap[child]) {
                break;
            }
            heap.swap(at, child);
            at = child;
        }
    };
    let mut heap: Vec<usize> = (0..count).collect();
    for at in (0..count / 2).rev() {
        sink(&mut heap, at);
    }
    for end in (1..count).rev() {
        heap.swap(0, end);
        sink(&mut heap[..end], 0);
    }
    heap
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(keys in prop::collection::vec(0_u8..20, 0..200)) {
            let mut items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort(&mut items, |left, right| left.0.cmp(&right.0));
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn a_map_is_as_that_of_the_standard_library(keys in prop::collection::vec(0_u8..20, 0..100)) {
            let (mut ours, mut theirs) = (Map::default(), BTreeMap::new());
            for key in keys {
                prop_assert_eq!(ours.contains(&key), theirs.contains_key(&key));
                *ours.entry(key, u32::default) += 1;
                *theirs.entry(key).or_default() += 1;
            }
            prop_assert_eq!(ours.len(), theirs.len());
            prop_assert!(ours.into_iter().eq(theirs));
        }
    }
}
