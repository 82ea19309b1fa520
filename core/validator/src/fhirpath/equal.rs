//! Equality, order, and sets of items.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{cmp::Ordering, ops::Range};

use super::{
    Undecided, case,
    decimal::Decimal,
    eval::Evaluator,
    item::{Item, Plain, ucum},
    moment::Moment,
    unit::normal,
};
use crate::{
    json::{Kind, Value},
    order::sort,
};

/// Whether two values are alike, asked with `=` or with `~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Equal,
    Equivalent,
}

impl<'a> Evaluator<'a> {
    /// `left = right` or `left ~ right`, of collections.
    pub(super) fn are_alike(
        &mut self,
        left: Range<usize>,
        right: Range<usize>,
        likeness: Likeness,
    ) -> Result<Option<bool>, Undecided<'a>> {
        let is_equal = likeness == Likeness::Equal;
        if is_equal && (left.is_empty() || right.is_empty()) {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        if !is_equal && left.len() > 1 {
            let mut taken = alloc::vec![false; right.len()];
            for one in left {
                let mut found = false;
                for (other, taken) in right.clone().zip(&mut taken).filter(|(_, taken)| !**taken) {
                    if self.is_alike(one, other, likeness)? == Some(true) {
                        (*taken, found) = (true, true);
                        break;
                    }
                }
                if !found {
                    return Ok(Some(false));
                }
            }
            return Ok(Some(true));
        }
        let mut all = Some(true);
        for (one, other) in left.zip(right) {
            match self.is_alike(one, other, likeness)? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => all = None,
            }
        }
        Ok(all)
    }

    /// Whether the items at two places are alike.
    pub(super) fn is_alike(
        &mut self,
        left: usize,
        right: usize,
        likeness: Likeness,
    ) -> Result<Option<bool>, Undecided<'a>> {
        self.spend(1)?;
        let (left, right) = (&self.items[left], &self.items[right]);
        if let (Some(left), Some(right)) = (simple_text(left), simple_text(right))
            && likeness == Likeness::Equal
        {
            let length = left.len().min(right.len()) as u64;
            // Dates are texts too, and equal where they look different.
            if left == right || !left.starts_with(|one: char| one.is_ascii_digit()) {
                self.spend(length / 32)?;
                return Ok(Some(left == right));
            }
        }
        if let (Item::Integer(left), Item::Integer(right)) = (left, right) {
            return Ok(Some(left == right));
        }
        let (plain_left, plain_right) = (left.plain(self.model), right.plain(self.model));
        match (plain_left, plain_right) {
            (Some(left), Some(right)) => {
                alike(&left, &right, likeness).map_err(|()| Undecided("unit conversion"))
            }
            (None, None) => match (left, right) {
                (Item::Element(left), Item::Element(right)) => {
                    let (left, right) = (left.value, right.value);
                    match left.zip(right) {
                        Some((left, right)) => self.is_same_json(left, right).map(Some),
                        // What is there without a value cannot be compared.
                        None => Ok(None),
                    }
                }
                _ => Ok(Some(false)),
            },
            _ => Ok(Some(false)),
        }
    }

    /// Whether two values of JSON say the same: members in any order, numbers however written.
    fn is_same_json(&mut self, left: Value<'a>, right: Value<'a>) -> Result<bool, Undecided<'a>> {
        let mut open = alloc::vec![(left, right)];
        while let Some((left, right)) = open.pop() {
            self.spend(1 + (left.raw().len() as u64) / 64)?;
            if left.raw() == right.raw() {
                continue;
            }
            if left.kind() != right.kind() {
                return Ok(false);
            }
            match left.kind() {
                Kind::Object => {
                    let count = left.members().count();
                    if right.members().count() != count {
                        return Ok(false);
                    }
                    self.spend((count * count) as u64)?;
                    for (key, value) in left.members() {
                        let Some(other) = right.get(&key.as_str()) else { return Ok(false) };
                        open.push((value, other));
                    }
                }
                Kind::Array => {
                    let (ours, theirs) = (left.items(), right.items());
                    if ours.clone().count() != theirs.clone().count() {
                        return Ok(false);
                    }
                    open.extend(ours.zip(theirs));
                }
                Kind::Number => {
                    let [left, right] = [left, right].map(|value| Decimal::parse(value.raw()));
                    if left.is_none() || left != right {
                        return Ok(false);
                    }
                }
                _ if left.as_str() == right.as_str() && left.as_str().is_some() => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Which of two items comes first; `None` where that is not known.
    pub(super) fn order(&mut self, left: usize, right: usize) -> Result<Option<Ordering>, Undecided<'a>> {
        let [left, right] = [left, right].map(|at| self.items[at].plain(self.model));
        let Some((left, right)) = left.zip(right) else { return Ok(None) };
        let order = match (&left, &right) {
            (Plain::Number(left), Plain::Number(right)) => Some(left.cmp(right)),
            (Plain::Text(left), Plain::Text(right)) => Some(left.cmp(right)),
            (Plain::Moment(left), Plain::Moment(right)) => left.compare(*right),
            (Plain::Moment(left), Plain::Text(text)) => {
                Moment::parse(text).and_then(|right| left.compare(right))
            }
            (Plain::Text(text), Plain::Moment(right)) => {
                Moment::parse(text).and_then(|left| left.compare(*right))
            }
            (Plain::Quantity(left, unit), Plain::Quantity(right, other)) => {
                if ucum(unit) != ucum(other) {
                    return Err(Undecided("unit conversion"));
                }
                Some(left.cmp(right))
            }
            _ => return Err(Undecided("comparison of different types")),
        };
        if order.is_none() {
            self.is_uncertain = true;
        }
        Ok(order)
    }

    /// The places in `range` of items that no item before is equal to.
    pub(super) fn distinct(&mut self, range: Range<usize>) -> Result<Vec<usize>, Undecided<'a>> {
        let mut hashes: Vec<(u64, usize)> = range.map(|at| (self.hash(at), at)).collect();
        self.spend(hashes.len() as u64)?;
        sort(&mut hashes, Ord::cmp);
        let mut kept = Vec::with_capacity(hashes.len());
        for bucket in hashes.chunk_by(|left, right| left.0 == right.0) {
            let first = kept.len();
            'item: for &(_, at) in bucket {
                for &other in &kept[first..] {
                    if self.is_alike(other, at, Likeness::Equal)? == Some(true) {
                        continue 'item;
                    }
                }
                kept.push(at);
            }
        }
        sort(&mut kept, Ord::cmp);
        Ok(kept)
    }

    /// Of each of `wanted` whether `among` has an equal.
    pub(super) fn membership(
        &mut self,
        wanted: Range<usize>,
        among: Range<usize>,
    ) -> Result<Vec<bool>, Undecided<'a>> {
        self.spend((wanted.len() + among.len()) as u64)?;
        let mut hashes: Vec<(u64, usize)> = Vec::new();
        // For a few the direct way is the shorter one.
        let is_small = wanted.len() < 3 || among.len() < 3;
        if !is_small {
            hashes = among.clone().map(|at| (self.hash(at), at)).collect();
            sort(&mut hashes, Ord::cmp);
        }
        let mut found = Vec::with_capacity(wanted.len());
        for one in wanted {
            let mut is_in = false;
            if is_small {
                is_in = self.is_member(one, among.clone())?;
            } else {
                let hash = self.hash(one);
                let first = hashes.partition_point(|(other, _)| *other < hash);
                for &(_, other) in hashes[first..].iter().take_while(|(other, _)| *other == hash) {
                    if self.is_alike(one, other, Likeness::Equal)? == Some(true) {
                        is_in = true;
                        break;
                    }
                }
            }
            found.push(is_in);
        }
        Ok(found)
    }

    /// Whether `among` has an equal of the item at `one`.
    pub(super) fn is_member(&mut self, one: usize, among: Range<usize>) -> Result<bool, Undecided<'a>> {
        for other in among {
            if self.is_alike(one, other, Likeness::Equal)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A number that equal items share.
    fn hash(&self, at: usize) -> u64 {
        let item = &self.items[at];
        match item.plain(self.model) {
            Some(Plain::Text(text)) if !text.starts_with(|one: char| one.is_ascii_digit()) => {
                mix(text.as_bytes())
            }
            // Equal numbers and moments have many forms; those with one whole part share a bucket.
            Some(Plain::Number(number)) => {
                mix(number.round(0, super::decimal::Rounding::Down).to_string().as_bytes())
            }
            Some(Plain::Boolean(value)) => u64::from(value),
            Some(Plain::Text(text)) => match Moment::parse(&text) {
                Some(_) => 2,
                None => mix(text.as_bytes()),
            },
            Some(Plain::Moment(_)) => 2,
            Some(Plain::Quantity(..)) => 3,
            None => match item {
                Item::Element(element) => element.value.map_or(4, |value| 5 + value.members().count() as u64),
                _ => 4,
            },
        }
    }
}

/// A hash of a text that is the same on every run. Who makes many texts collide runs out of steps.
pub(super) fn mix(text: &[u8]) -> u64 {
    let mix = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let (parts, rest) = text.as_chunks::<8>();
    let hash = parts.iter().fold(text.len() as u64, |hash, part| mix(hash, u64::from_le_bytes(*part)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    hash ^ hash >> 32
}

/// How two numbers, moments or quantities stand to one another; `None` where they cannot be compared.
pub(crate) fn order(left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    match (left.kind(), right.kind()) {
        (Kind::Number, Kind::Number) => Some(Decimal::parse(left.raw())?.cmp(&Decimal::parse(right.raw())?)),
        (Kind::String, Kind::String) => {
            let [left, right] =
                [left, right].map(|value| value.as_str().and_then(|text| Moment::parse(&text)));
            left?.compare(right?)
        }
        (Kind::Object, Kind::Object) => {
            let number = |quantity: Value<'_>, power: i32| {
                Decimal::parse(&format!("{}e{power}", quantity.get("value")?.as_number()?))
            };
            let [left_system, right_system] = [left, right].map(|value| value.string("system"));
            let [left_unit, right_unit] =
                [left, right].map(|value| value.string("code").or(value.string("unit")));
            let (left_unit, left_power) = normal(left_system.as_deref(), left_unit.as_deref().unwrap_or(""));
            let (right_unit, right_power) =
                normal(right_system.as_deref(), right_unit.as_deref().unwrap_or(""));
            if left_system != right_system || left_unit != right_unit {
                return None;
            }
            Some(number(left, left_power)?.cmp(&number(right, right_power)?))
        }
        _ => None,
    }
}

fn simple_text<'a>(item: &Item<'a>) -> Option<Cow<'a, str>> {
    match item {
        Item::Text(Cow::Borrowed(text)) => Some(Cow::Borrowed(text)),
        Item::Element(element) => element.value?.as_str(),
        _ => None,
    }
}

fn alike(left: &Plain<'_>, right: &Plain<'_>, likeness: Likeness) -> Result<Option<bool>, ()> {
    let is_equal = likeness == Likeness::Equal;
    Ok(match (left, right) {
        (Plain::Boolean(left), Plain::Boolean(right)) => Some(left == right),
        (Plain::Number(left), Plain::Number(right)) if is_equal => Some(left == right),
        (Plain::Number(left), Plain::Number(right)) => {
            let places = left.places().min(right.places());
            let [left, right] = [left, right].map(|one| one.round(places, super::decimal::Rounding::Nearest));
            Some(left == right)
        }
        (Plain::Text(left), Plain::Text(right)) if is_equal => Some(left == right),
        (Plain::Text(left), Plain::Text(right)) => Some(folded(left) == folded(right)),
        (Plain::Moment(left), Plain::Moment(right)) => moments(*left, *right, is_equal),
        (Plain::Moment(moment), Plain::Text(text)) | (Plain::Text(text), Plain::Moment(moment)) => {
            match Moment::parse(text) {
                Some(other) => moments(*moment, other, is_equal),
                None => Some(false),
            }
        }
        (Plain::Quantity(left, unit), Plain::Quantity(right, other)) => {
            if ucum(unit) != ucum(other) {
                return Err(());
            }
            Some(left == right)
        }
        _ => Some(false),
    })
}

fn moments(left: Moment, right: Moment, is_equal: bool) -> Option<bool> {
    match left.compare(right) {
        Some(order) => Some(order == Ordering::Equal),
        None if is_equal => None,
        None => Some(false),
    }
}

/// A text as `~` sees it: without case, white space all alike.
fn folded(text: &str) -> String {
    text.split_whitespace().map(case::upper).collect::<Vec<_>>().join(" ")
}
