//! Sorting.
//!
//! The sort of the standard library is several kilobytes of code for each type it is used with.
//! What is sorted here is short or seldom, and what a page has to load is not.

use alloc::vec::Vec;
use core::cmp::Ordering;

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
    }
}
