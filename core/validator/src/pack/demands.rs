//! What elements of profiles need of the definitions, looked up once.
//!
//! A profile speaks in names: of elements, types, profiles and value sets. Resources are held to it much
//! more often than a pack is read, so that each name is looked up then. What a profile says nothing about
//! is passed over.

use alloc::vec::Vec;
use core::ops::Range;

use super::{
    Codes, MemberRow, Pack, ProfileElement, ProfileRow, ProfileType, Strength, StructureRow,
    format::NONE,
    lookup::range,
    profile::{Call, Called},
};

/// An element of a profile, with what was looked up for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'p> {
    pub(crate) said: &'p ProfileElement,
    row: &'p DemandRow,
}

/// A type that a profile allows, with what was looked up for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DemandType<'p> {
    pub(crate) said: &'p ProfileType,
    row: &'p TypeRow,
}

/// Which members of an object are an element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// Their rows: of a choice one for each type. None where the structure has no such element.
    pub(crate) members: Range<u32>,
    /// The bit of the element.
    pub(crate) bit: u64,
}

#[derive(Debug, Default)]
struct DemandRow {
    /// The structure that its elements were looked up in. A choice may be of another.
    structure: u32,
    place: Place,
    elements: Range<u32>,
    slices: Range<u32>,
    types: Range<u32>,
    value_set: u32,
    says: Says,
    /// Whether it says no more than that there is one, of what there cannot be several.
    is_presence: bool,
}

/// What a demand speaks of.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers a question of its own, and any of them may be so"
)]
struct Says {
    /// Of a value by itself: what it is, how long, how great.
    of_value: bool,
    /// Of the elements in it.
    of_elements: bool,
    /// Of it where it is not there.
    of_nothing: bool,
    /// Of each value, beside how many there are.
    of_each: bool,
    /// Anything.
    something: bool,
}

#[derive(Debug)]
struct TypeRow {
    structure: u32,
    /// What its profiles and its targets call.
    profiles: Range<u32>,
    targets: Range<u32>,
}

/// The rows of all profiles in a pack.
#[derive(Debug, Default)]
pub(super) struct Demands {
    rows: Vec<DemandRow>,
    types: Vec<TypeRow>,
    calls: Vec<Call>,
}

impl<'p> Demand<'p> {
    /// Whether its elements were looked up in `structure`.
    pub(crate) fn is_in(self, structure: &StructureRow) -> bool {
        self.row.structure == structure.id
    }

    /// Where it stands in the structure that the demand around it is in.
    pub(crate) fn place(self) -> &'p Place {
        &self.row.place
    }

    /// Whether it says something of a value by itself.
    pub(crate) fn says_of_value(self) -> bool {
        self.row.says.of_value
    }

    /// Whether it says something of the elements in a value.
    pub(crate) fn says_of_elements(self) -> bool {
        self.row.says.of_elements
    }

    /// Whether it says something where there is none.
    pub(crate) fn says_of_nothing(self) -> bool {
        self.row.says.of_nothing
    }

    /// Whether it says no more than that there is one, of what there cannot be several.
    pub(crate) fn says_presence_only(self) -> bool {
        self.row.is_presence
    }

    /// Whether it says something of each value, beside how many there are.
    pub(crate) fn says_of_each(self) -> bool {
        self.row.says.of_each
    }

    /// Whether it says anything.
    pub(crate) fn says_something(self) -> bool {
        self.row.says.something
    }
}

impl DemandType<'_> {
    /// Whether it is the structure with the number `id`.
    pub(crate) fn is_structure(self, id: u32) -> bool {
        self.row.structure == id && id != NONE
    }
}

impl Pack {
    /// Looks up what the profiles name.
    pub(super) fn index_demands(&mut self) {
        let mut demands = Demands::default();
        for at in 0..self.profiles.len() {
            let root = demands.add(1).start;
            let profile = self.profiles[at].profile.clone();
            let structure = self.structure(&profile.of).map_or(NONE, |row| row.id);
            demands.fill(self, root, &profile.root, Place::default(), structure);
            self.profiles[at].demand = root;
        }
        self.demands = demands;
    }

    /// What a profile says of the whole resource or data type.
    pub(crate) fn demand<'p>(&'p self, of: &'p ProfileRow) -> Demand<'p> {
        Demand { said: &of.profile.root, row: &self.demands.rows[of.demand as usize] }
    }

    /// What `demand` says of the elements in it.
    pub(crate) fn demands_inside<'p>(
        &'p self,
        demand: Demand<'p>,
    ) -> impl DoubleEndedIterator<Item = Demand<'p>> + ExactSizeIterator {
        let rows = &self.demands.rows[range(&demand.row.elements)];
        demand.said.elements.iter().zip(rows).map(|(said, row)| Demand { said, row })
    }

    /// What `demand` says of its slices.
    pub(crate) fn slices<'p>(&'p self, demand: Demand<'p>) -> impl ExactSizeIterator<Item = Demand<'p>> {
        let rows = &self.demands.rows[range(&demand.row.slices)];
        demand.said.slices.iter().zip(rows).map(|(said, row)| Demand { said, row })
    }

    /// The types that `demand` allows.
    pub(crate) fn types_of<'p>(&'p self, demand: Demand<'p>) -> impl Iterator<Item = DemandType<'p>> + Clone {
        let rows = &self.demands.types[range(&demand.row.types)];
        demand.said.types.iter().zip(rows).map(|(said, row)| DemandType { said, row })
    }

    /// The profiles on a type, with what their URLs call.
    pub(crate) fn profiles_of<'p>(
        &'p self,
        one: DemandType<'p>,
    ) -> impl Iterator<Item = (&'p str, Called<'p>)> + Clone {
        self.calls(&one.said.profiles, &one.row.profiles)
    }

    /// The targets of a reference, with what their URLs call.
    pub(crate) fn targets_of<'p>(
        &'p self,
        one: DemandType<'p>,
    ) -> impl Iterator<Item = (&'p str, Called<'p>)> + Clone {
        self.calls(&one.said.targets, &one.row.targets)
    }

    fn calls<'p>(
        &'p self,
        urls: &'p [alloc::string::String],
        rows: &Range<u32>,
    ) -> impl Iterator<Item = (&'p str, Called<'p>)> + Clone {
        let calls = &self.demands.calls[range(rows)];
        urls.iter().zip(calls).map(|(url, &call)| (&**url, self.called_by(call, url)))
    }

    /// The value set that `demand` binds to, where the pack has it.
    pub(crate) fn codes_of(&self, demand: Demand<'_>) -> Option<Codes<'_>> {
        (demand.row.value_set != NONE).then(|| self.codes_at(demand.row.value_set))
    }

    /// The members of a `structure` that are its element `name`, or the one member of that name.
    pub(crate) fn place(&self, structure: &StructureRow, name: &str) -> Place {
        if name.ends_with("[x]") {
            let mut elements = self.elements(structure).iter();
            let found = elements.find(|element| self.text(element.name) == name);
            found.map_or_else(Place::default, |one| Place { members: one.members.clone(), bit: one.bit })
        } else {
            let place = |row: &MemberRow| Place { members: row.id..row.id + 1, bit: self.element(row).bit };
            self.member(structure, name).map_or_else(Place::default, place)
        }
    }
}

impl Demands {
    /// Makes room for rows that stand together.
    fn add(&mut self, count: usize) -> Range<u32> {
        let first = self.rows.len();
        self.rows.resize_with(first + count, DemandRow::default);
        first as u32..self.rows.len() as u32
    }

    /// Fills the row `at` with what `said` names; gives it as a whole.
    fn fill(&mut self, pack: &Pack, at: u32, said: &ProfileElement, place: Place, structure: u32) {
        let types = self.types.len() as u32..(self.types.len() + said.types.len()) as u32;
        for one in &said.types {
            let [profiles, targets] = [&one.profiles, &one.targets].map(|urls| {
                let first = self.calls.len() as u32;
                self.calls.extend(urls.iter().map(|url| pack.call(url)));
                first..self.calls.len() as u32
            });
            let structure = pack.structure(&one.code).map_or(NONE, |row| row.id);
            self.types.push(TypeRow { structure, profiles, targets });
        }
        let [elements, slices] = [&said.elements, &said.slices].map(|all| self.add(all.len()));
        for (one, row) in said.slices.iter().zip(slices.clone()) {
            let structure = structure_of(pack, one, &place).unwrap_or(structure);
            self.fill(pack, row, one, place.clone(), structure);
        }
        for (one, row) in said.elements.iter().zip(elements.clone()) {
            let around = pack.structures.get(structure as usize);
            let place = around.map_or_else(Place::default, |around| pack.place(around, &one.name));
            let structure = structure_of(pack, one, &place).unwrap_or(NONE);
            self.fill(pack, row, one, place, structure);
        }
        let value_set = said.binding.as_ref().filter(|one| one.strength != Strength::Example);
        let value_set = value_set.and_then(|one| pack.codes_row(&one.value_set)).unwrap_or(NONE);
        let says = self.says(said, &elements, &slices);
        let is_single = |one| !pack.element(one).is_list();
        let is_presence = pack.members.get(place.members.start as usize).is_some_and(is_single)
            && !says.of_each
            && said.min <= 1
            && said.max.is_none()
            && !is_sliced(said);
        let row = DemandRow { structure, place, elements, slices, types, value_set, says, is_presence };
        self.rows[at as usize] = row;
    }

    fn says(&self, said: &ProfileElement, elements: &Range<u32>, slices: &Range<u32>) -> Says {
        let is_bound = said.binding.as_ref().is_some_and(|one| one.strength != Strength::Example);
        let of_value = said.fixed.is_some()
            || said.pattern.is_some()
            || is_bound
            || said.max_length.is_some()
            || said.min_value.is_some()
            || said.max_value.is_some();
        let of_elements = self.rows[range(elements)].iter().any(|one| one.says.something);
        let of_each = of_value || of_elements || !said.types.is_empty() || !said.constraints.is_empty();
        Says {
            of_value,
            of_elements,
            // That nothing tells slices apart is worth telling even where there is none.
            of_nothing: said.min > 0
                || (is_sliced(said) && said.slicing.as_ref().is_none_or(|one| one.discriminators.is_empty()))
                || self.rows[range(slices)].iter().any(|slice| slice.says.of_nothing),
            of_each,
            something: of_each || said.min > 0 || said.max.is_some() || is_sliced(said),
        }
    }
}

fn is_sliced(said: &ProfileElement) -> bool {
    said.slicing.is_some() || !said.slices.is_empty()
}

/// The structure of what stands at `place`, where it is clear.
fn structure_of(pack: &Pack, said: &ProfileElement, place: &Place) -> Option<u32> {
    let named = || match &said.types[..] {
        [only] => pack.structure(&only.code).map(|row| row.id),
        _ => None,
    };
    match pack.members.get(range(&place.members)) {
        Some([only]) if pack.structure_at(only.structure).kind != super::Kind::AbstractResource => {
            Some(only.structure)
        }
        _ => named(),
    }
}
