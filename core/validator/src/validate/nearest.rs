//! The name that was probably meant.

use alloc::vec::Vec;

/// Longer names are not compared: the names of FHIR are shorter, and time is not endless.
const LONGEST: usize = 64;

/// The candidate most like `name`, where one differs in few enough characters to be meant.
///
/// Of equally near ones the first is taken. Case costs less than another letter.
pub(super) fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > LONGEST {
        return None;
    }
    let best = candidates
        .filter(|candidate| candidate.len() <= LONGEST)
        // Each character more or less is an edit, so most are ruled out by their length.
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= candidate.len().min(name.len()) / 3)
        .map(|candidate| (distance(name.as_bytes(), candidate.as_bytes()), candidate))
        .min_by_key(|&(distance, _)| distance)?;
    let (distance, candidate) = best;
    // A third of the letters may be wrong: `statsu`, `requestd`, `subjekt`, `Status`.
    (distance <= candidate.len().min(name.len()) * 2 / 3).then_some(candidate)
}

/// The edit distance with swapped neighbours (optimal string alignment), in halves of an edit:
/// another case of the same letter is half an edit.
fn distance(left: &[u8], right: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).map(|count| count * 2).collect();
    for (row, &a) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push((row + 1) * 2);
        for (column, &b) in right.iter().enumerate() {
            let replaced = match () {
                () if a == b => 0,
                () if a.eq_ignore_ascii_case(&b) => 1,
                () => 2,
            };
            let mut best = (above[column] + replaced).min(above[column + 1] + 2).min(current[column] + 2);
            if row > 0 && column > 0 && a == right[column - 1] && left[row - 1] == b {
                best = best.min(before[column - 1] + 2);
            }
            current.push(best);
        }
        before = above;
        above = current;
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far_from_it() {
        let names = ["status", "statusReason", "subject", "requested", "completed"];
        let nearest = |name: &str| nearest(name, names.into_iter());
        assert_eq!(nearest("statsu"), Some("status"));
        assert_eq!(nearest("Status"), Some("status"));
        assert_eq!(nearest("subjekt"), Some("subject"));
        assert_eq!(nearest("requestd"), Some("requested"));
        assert_eq!(nearest("colour"), None);
        assert_eq!(nearest(&"status".repeat(20)), None);
        assert_eq!(nearest(""), None);
    }
}
