//! Bytes to a pack that can be looked up.

use alloc::{borrow::Cow, string::String, sync::Arc, vec::Vec};
use core::ops::Range;

use super::{
    Pack, Primitive,
    absent::names,
    demands::Demands,
    format::{Binding, Kind, MAGIC, NONE, Severity, Strength, VERSION, table},
    lookup::range,
    names::{Slots, Span},
    profile::{Canonicals, Profile, ProfileRow},
    rows::{Bound, ConstraintRow, ElementRow, MemberRow, Role, Said, Shape, StructureRow, Text, ValueSetRow},
};
use crate::{
    fhirpath::{Builder, Code, Node},
    json::{Document, FromJson, Kind as Json, Limits},
    order::sort,
};

/// Most elements of one structure, so that a word can remember which were seen. R4 has 54.
const MOST_ELEMENTS: usize = 64;

/// Most levels of JSON that a profile has; two for each level of elements.
const MOST_PROFILE_LEVELS: usize = 128;

/// Why bytes are not a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The bytes do not begin as a pack does.
    #[error("not a pack: the first bytes are wrong; was it transferred as text?")]
    Magic,
    /// The pack is of a format this version of the library does not read.
    #[error("the pack has format {found}, this library reads format {VERSION}; take the pack of its release")]
    Version {
        /// The format of the pack.
        found: u32,
    },
    /// The pack is shorter or longer than it says.
    #[error("the pack is cut off or has something after its end")]
    Length,
    /// The pack contradicts itself.
    #[error("the pack is damaged: {0}")]
    Damaged(&'static str),
}

const NO_TEXT: PackError = PackError::Damaged("text is not UTF-8");

impl Pack {
    /// Reads a pack. Bytes that are static are used where they are.
    ///
    /// Everything is checked here once, so that no lookup can fail later.
    ///
    /// # Errors
    /// [`PackError`], for any bytes that [`Draft::to_bytes`](super::Draft::to_bytes) did not make.
    pub fn read(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, PackError> {
        let bytes = bytes.into();
        let (tables, texts, [id, source], lifecycle) = open(&bytes)?;
        let [
            _,
            structures,
            elements,
            members,
            targets,
            constraints,
            of_structures,
            of_elements,
            sets,
            codes,
            nodes,
            profiles,
            of_profiles,
            questionnaires,
            search_parameters,
        ] = tables;
        let structure_count = structures.rows_of(table::STRUCTURES);
        let constraint_count = constraints.rows_of(table::CONSTRAINTS);
        let mut node_words = nodes;
        let mut nodes = Vec::with_capacity(nodes.rows_of(table::NODES));
        let constraints = constraints.rows(|row| constraint(row, &texts, &mut node_words, &mut nodes))?;
        node_words.end()?;
        let codes = codes.rows(|row| Ok((texts.get(row.next()?)?, texts.get(row.next()?)?)))?;
        let mut all_codes = Runs::over(codes.len());
        let value_sets = sets.rows(|row| {
            Ok(ValueSetRow {
                url: texts.get(row.next()?)?,
                binding: known(Binding::from_word(row.next()?))?,
                codes: all_codes.next(row.next()?)?,
            })
        })?;
        let targets = targets.rows(|row| below(row.next()?, structure_count))?;
        let structure_constraints = of_structures.rows(|row| below(row.next()?, constraint_count))?;
        let element_constraints = of_elements.rows(|row| below(row.next()?, constraint_count))?;
        let mut all_targets = Runs::over(targets.len());
        let members = members.rows(|row| member(row, &texts, structure_count, &mut all_targets))?;
        let mut all_members = Runs::over(members.len());
        let mut all_constraints = Runs::over(element_constraints.len());
        let elements = elements
            .rows(|row| element(row, &texts, value_sets.len(), &mut all_members, &mut all_constraints))?;
        let mut all_elements = Runs::over(elements.len());
        let mut of_structures = Runs::over(structure_constraints.len());
        let structures = structures.rows(|row| {
            let (name, kind) = (texts.get(row.next()?)?, known(Kind::from_word(row.next()?))?);
            structure(
                name,
                kind,
                texts.of(name),
                all_elements.next(row.next()?)?,
                of_structures.next(row.next()?)?,
            )
        })?;
        let profile_constraints = of_profiles.rows(|row| below(row.next()?, constraint_count))?;
        let profiles =
            profiles.rows(|row| profile(texts.of(texts.get(row.next()?)?), profile_constraints.len()))?;
        let questionnaires = questionnaires.rows(|row| {
            let text = texts.get(row.next()?)?;
            let document = Document::parse(texts.of(text));
            document.map(Arc::new).map_err(|_| PackError::Damaged("a questionnaire is no JSON"))
        })?;
        let search_parameters =
            search_parameters.rows(|row| Ok((texts.get(row.next()?)?, texts.get(row.next()?)?)))?;
        for runs in [all_codes, all_targets, all_members, all_constraints, all_elements, of_structures] {
            runs.end()?;
        }

        let length = texts.all.len();
        let mut pack = Self {
            texts: last(length, bytes)?,
            id,
            source,
            structures,
            elements,
            members,
            targets,
            constraints,
            structure_constraints,
            asked: Vec::new(),
            element_constraints,
            value_sets,
            codes,
            nodes,
            lifecycle,
            profiles,
            profile_constraints,
            questionnaires,
            search_parameters,
            by_url: Vec::new(),
            slots: Slots::default(),
            names: Span::default(),
            searches: Span::default(),
            canonicals: Canonicals::default(),
            demands: Demands::default(),
        };
        pack.index();
        Ok(pack)
    }

    /// Works out what follows from the rows: their own numbers, bits, slots for their names, and
    /// what is asked of members.
    pub(super) fn index(&mut self) {
        let Self {
            texts,
            structures,
            elements,
            members,
            value_sets,
            constraints,
            structure_constraints,
            search_parameters,
            ..
        } = self;
        let name_of = |text: Text| &texts.as_bytes()[text.start as usize..text.end as usize];
        let primitives: Vec<_> = structures.iter().map(|row| row.primitive).collect();
        let mut slots = Slots::default();
        for (structure, id) in structures.iter_mut().zip(0..) {
            structure.id = id;
            let ids = structure.elements.clone();
            let own = &mut elements[range(&ids)];
            for (element, (id, ordinal)) in own.iter_mut().zip(ids.zip(0..)) {
                element.id = id;
                element.bit = 1_u64.checked_shl(ordinal).unwrap_or_default();
                structure.required |= if element.min > 0 { element.bit } else { 0 };
                match name_of(element.name) {
                    b"id" => structure.id_bit = element.bit,
                    b"meta" => structure.meta_bit = element.bit,
                    b"contained" => structure.contained_bit = element.bit,
                    _ => {}
                }
                let bound = match element.strength.map(|_| value_sets[element.value_set as usize].binding) {
                    None => Bound::Free,
                    Some(Binding::Open) => Bound::Open,
                    Some(_) if element.strength == Some(Strength::Example) => Bound::Free,
                    Some(_) => Bound::Known,
                };
                for (member, row) in members[range(&element.members)].iter_mut().zip(element.members.clone())
                {
                    (member.id, member.element) = (row, id);
                    let primitive = primitives[member.structure as usize];
                    let is_constrained = !element.constraints.is_empty();
                    let is_free = !element.is_list() && bound == Bound::Free && !is_constrained;
                    let text = primitive
                        .filter(|of| is_free && of.json_kind() == Json::String && *of != Primitive::Xhtml);
                    member.shape = Shape {
                        bit: element.bit,
                        primitive,
                        is_list: element.is_list(),
                        bound,
                        text,
                        is_constrained,
                    };
                }
            }
            // The members of one structure stand together, as its elements do.
            let first = own.first().map_or(0, |element| element.members.start);
            let last = own.last().map_or(0, |element| element.members.end);
            let rows = (first..last).map(|row| (name_of(members[row as usize].name), row));
            structure.span = slots.add((last - first) as usize, rows);
            let mut own = structure_constraints[range(&structure.constraints)].iter();
            structure.is_asked = !matches!(structure.kind, Kind::DataType | Kind::Backbone | Kind::Primitive)
                || structure.role == Role::Extension
                || own.any(|&row| !constraints[row as usize].is_told_otherwise());
        }
        let rows = structures.iter().map(|row| (name_of(row.name), row.id));
        self.names = slots.add(structures.len(), rows);
        let rows = search_parameters.iter().zip(0..).map(|(row, at)| (name_of(row.0), at));
        self.searches = slots.add(search_parameters.len(), rows);
        self.slots = slots;
        // Of two packs with one value set the codes are taken, where one of them has them.
        let Self { value_sets, by_url, .. } = self;
        *by_url = (0..value_sets.len() as u32).collect();
        let of = |row: &u32| &value_sets[*row as usize];
        let key = |row: &u32| (name_of(of(row).url), of(row).binding == Binding::Open);
        sort(by_url, |left, right| key(left).cmp(&key(right)));
        by_url.dedup_by_key(|row| name_of(of(row).url));
        sort(&mut self.profiles, |left, right| left.profile.url.cmp(&right.profile.url));
        self.index_canonicals();
        self.index_demands();
        self.index_asked();
    }
}

/// The texts, which stand at the end of a pack, for keeps.
fn last(length: usize, bytes: Cow<'static, [u8]>) -> Result<Cow<'static, str>, PackError> {
    let start = bytes.len() - length;
    let text = match bytes {
        Cow::Borrowed(bytes) => core::str::from_utf8(&bytes[start..]).ok().map(Cow::Borrowed),
        Cow::Owned(mut bytes) => String::from_utf8(bytes.split_off(start)).ok().map(Cow::Owned),
    };
    text.ok_or(NO_TEXT)
}

/// The tables of a pack, its texts, and the texts for its id, its source and its life cycle.
type Opened<'b> = ([Words<'b>; table::WIDTHS.len()], Texts<'b>, [Text; 2], Option<Text>);

fn open(bytes: &[u8]) -> Result<Opened<'_>, PackError> {
    let mut words = Words { bytes: bytes.strip_prefix(&MAGIC).ok_or(PackError::Magic)? };
    let found = words.next()?;
    if found != VERSION {
        return Err(PackError::Version { found });
    }
    let (names, lifecycle) = ([words.next()?, words.next()?], words.next()?);
    let mut counts = [0; table::WIDTHS.len()];
    for count in &mut counts {
        *count = words.next()? as usize;
    }
    let mut tables = [Words { bytes: &[] }; table::WIDTHS.len()];
    for ((table, count), width) in tables.iter_mut().zip(counts).zip(table::WIDTHS) {
        *table = words.take(count.checked_mul(width).ok_or(PackError::Length)?)?;
    }
    let length = words.next()? as usize;
    if words.bytes.len() != length {
        return Err(PackError::Length);
    }
    let text = core::str::from_utf8(words.bytes).map_err(|_| NO_TEXT)?;
    let texts = Texts::read(&tables[table::TEXTS], text)?;
    let names = [texts.get(names[0])?, texts.get(names[1])?];
    let lifecycle = if lifecycle == NONE { None } else { Some(texts.get(lifecycle)?) };
    Ok((tables, texts, names, lifecycle))
}

/// A profile from its JSON.
fn profile(json: &str, constraint_count: usize) -> Result<ProfileRow, PackError> {
    const BROKEN: PackError = PackError::Damaged("a profile is not what it should be");
    // Reading a profile takes as much of the native stack as it is deep.
    let limits = Limits { depth: MOST_PROFILE_LEVELS, ..Limits::default() };
    let document = Document::parse_within(json, limits).map_err(|_| BROKEN)?;
    let profile = Profile::from_json(document.root()).map_err(|_| BROKEN)?;
    let mut is_sound = true;
    profile.root.for_each(&mut |element| {
        is_sound &= element.constraints.iter().all(|&row| (row as usize) < constraint_count);
    });
    if is_sound {
        Ok(ProfileRow { profile: Arc::new(profile), constraints: 0, demand: NONE })
    } else {
        Err(BROKEN)
    }
}

/// A constraint, and its program on the end of `nodes`.
fn constraint(
    row: &mut Words<'_>,
    texts: &Texts<'_>,
    words: &mut Words<'_>,
    nodes: &mut Vec<Node>,
) -> Result<ConstraintRow, PackError> {
    let (key, severity) = (texts.get(row.next()?)?, known(Severity::from_word(row.next()?))?);
    let (expression, count) = (texts.get(row.next()?)?, row.next()?);
    let of_nothing = match row.next()? {
        0 => None,
        word @ (1 | 2) => Some(word == 2),
        _ => return Err(PackError::Damaged("a kind is unknown")),
    };
    let [said, of_paths] = [row.next()?, row.next()?].map(Said::from_word);
    let mut builder = Builder::default();
    for _ in 0..count {
        let (word, text) = (words.next()?, words.next()?);
        let text = if text == NONE { None } else { Some(texts.get(text)?) };
        let built = builder.push_word(word, text.map(|text| (text.start, text.end)));
        built.map_err(|_| PackError::Damaged("an expression is no expression"))?;
    }
    let first = nodes.len() as u32;
    nodes.extend(builder.finish().map_err(|_| PackError::Damaged("an expression is no expression"))?);
    let program = first..nodes.len() as u32;
    let code = Code::new(&nodes[range(&program)], texts.all);
    let (known, names) = (code.known(), names(code).len() as u32);
    Ok(ConstraintRow { key, severity, expression, known, of_nothing, said, of_paths, names, nodes: program })
}

fn member(
    row: &mut Words<'_>,
    texts: &Texts<'_>,
    structure_count: usize,
    targets: &mut Runs,
) -> Result<MemberRow, PackError> {
    Ok(MemberRow {
        id: NONE,
        name: texts.get(row.next()?)?,
        element: NONE,
        structure: below(row.next()?, structure_count)?,
        targets: targets.next(row.next()?)?,
        shape: Shape::default(),
    })
}

fn element(
    row: &mut Words<'_>,
    texts: &Texts<'_>,
    value_set_count: usize,
    members: &mut Runs,
    constraints: &mut Runs,
) -> Result<ElementRow, PackError> {
    let name = texts.get(row.next()?)?;
    let (min, max, is_modifier) = (row.next()?, row.next()?, row.next()? != 0);
    let (strength, value_set) = (row.next()?, row.next()?);
    let is_bound = strength != NONE;
    Ok(ElementRow {
        id: NONE,
        bit: 0,
        name,
        min,
        max,
        is_modifier,
        strength: if is_bound { Some(known(Strength::from_word(strength))?) } else { None },
        value_set: if is_bound { below(value_set, value_set_count)? } else { NONE },
        members: members.next(row.next()?)?,
        constraints: constraints.next(row.next()?)?,
    })
}

fn structure(
    name: Text,
    kind: Kind,
    text: &str,
    elements: Range<u32>,
    constraints: Range<u32>,
) -> Result<StructureRow, PackError> {
    // Of what is not walked nothing has to be remembered: an extension may have hundreds of contexts.
    let is_walked = !matches!(kind, Kind::Context | Kind::Nested);
    if is_walked && elements.len() > MOST_ELEMENTS {
        return Err(PackError::Damaged("a structure has more than 64 elements"));
    }
    let primitive = Primitive::named(text);
    Ok(StructureRow {
        id: NONE,
        name,
        kind,
        role: Role::of(text.as_bytes()),
        primitive: if kind == Kind::Primitive { Some(known(primitive)?) } else { None },
        elements,
        constraints,
        required: 0,
        id_bit: 0,
        meta_bit: 0,
        contained_bit: 0,
        is_asked: false,
        quiet: None,
        span: Span::default(),
    })
}

fn below(row: u32, count: usize) -> Result<u32, PackError> {
    if (row as usize) < count {
        Ok(row)
    } else {
        Err(PackError::Damaged("a row refers to one that is not there"))
    }
}

fn known<T>(value: Option<T>) -> Result<T, PackError> {
    value.ok_or(PackError::Damaged("a kind is unknown"))
}

/// Little-endian words, taken from the front.
#[derive(Clone, Copy)]
struct Words<'b> {
    bytes: &'b [u8],
}

impl<'b> Words<'b> {
    fn next(&mut self) -> Result<u32, PackError> {
        let (word, rest) = self.bytes.split_first_chunk::<4>().ok_or(PackError::Length)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*word))
    }

    fn take(&mut self, words: usize) -> Result<Words<'b>, PackError> {
        let length = words.checked_mul(4).ok_or(PackError::Length)?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(PackError::Length)?;
        self.bytes = rest;
        Ok(Words { bytes: taken })
    }

    fn end(self) -> Result<(), PackError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(PackError::Damaged("a row belongs to nothing")) }
    }

    /// How many rows of `table` these are.
    fn rows_of(self, table: usize) -> usize {
        self.bytes.len() / (4 * table::WIDTHS[table])
    }

    fn rows<T>(
        mut self,
        mut row: impl FnMut(&mut Self) -> Result<T, PackError>,
    ) -> Result<Vec<T>, PackError> {
        let mut rows = Vec::new();
        while !self.bytes.is_empty() {
            rows.push(row(&mut self)?);
        }
        Ok(rows)
    }
}

/// The texts by number.
struct Texts<'b> {
    all: &'b str,
    texts: Vec<Text>,
}

impl<'b> Texts<'b> {
    fn read(ends: &Words<'_>, all: &'b str) -> Result<Self, PackError> {
        let mut start = 0;
        let texts = ends.rows(|row| {
            let end = row.next()? as usize;
            if all.get(start..end).is_none() {
                return Err(PackError::Damaged("a text is not where it should be"));
            }
            let found = Text { start: start as u32, end: end as u32 };
            start = end;
            Ok(found)
        })?;
        if start == all.len() { Ok(Self { all, texts }) } else { Err(PackError::Length) }
    }

    fn of(&self, text: Text) -> &'b str {
        &self.all[text.start as usize..text.end as usize]
    }

    fn get(&self, row: u32) -> Result<Text, PackError> {
        let text = self.texts.get(row as usize).copied();
        text.ok_or(PackError::Damaged("a row refers to a text that is not there"))
    }
}

/// Deals the rows of a table out, each to one owner.
#[derive(Clone, Copy)]
struct Runs {
    at: u32,
    end: u32,
}

impl Runs {
    fn over(count: usize) -> Self {
        Self { at: 0, end: count as u32 }
    }

    fn next(&mut self, count: u32) -> Result<Range<u32>, PackError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.end);
        let end = end.ok_or(PackError::Damaged("a row claims rows that are not there"))?;
        let run = self.at..end;
        self.at = end;
        Ok(run)
    }

    fn end(self) -> Result<(), PackError> {
        if self.at == self.end { Ok(()) } else { Err(PackError::Damaged("a row belongs to nothing")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{Constraint, Draft, DraftError, Element, Severity, Structure, Type, ValueSet};
    use alloc::{borrow::ToOwned, vec};

    fn draft() -> Draft {
        let of = |name: &str, targets: &[&str]| Type {
            name: name.into(),
            targets: targets.iter().map(|&target| target.into()).collect(),
        };
        let element = |name: &str, min, max, types| Element {
            name: name.into(),
            min,
            max,
            is_modifier: false,
            types,
            binding: None,
            constraints: vec![],
        };
        let structure = |kind, elements| Structure { kind, elements, constraints: vec![] };
        let mut status = element("status", 1, Some(1), vec![of("code", &[])]);
        status.binding = Some((Strength::Required, "http://vs".into()));
        status.is_modifier = true;
        status.constraints =
            vec![Constraint { key: "x-1".into(), severity: Severity::Error, expression: "true".into() }];
        let value = element("value[x]", 0, None, vec![of("code", &[]), of("Reference", &["Thing"])]);
        let mut draft = Draft { id: "test".into(), source: "nowhere 1".into(), ..Draft::default() };
        for (name, kind, elements) in [
            ("Thing", Kind::Resource, vec![status, value]),
            ("code", Kind::Primitive, vec![]),
            ("Reference", Kind::DataType, vec![]),
        ] {
            draft.structures.insert(name.into(), structure(kind, elements));
        }
        let codes = ["b", "a"].map(|code| (code.to_owned(), String::from("http://cs")));
        draft.value_sets.insert("http://vs".into(), ValueSet::Codes(codes.into()));
        draft
    }

    #[test]
    fn what_is_written_is_read() {
        let pack = Pack::read(draft().to_bytes().unwrap()).unwrap();
        assert_eq!(
            pack.lines(),
            [
                "test from nowhere 1",
                "Reference: DataType",
                "Thing: Resource",
                "Thing.status 1..1 code, modifier, required http://vs",
                "Thing.status x-1 Error: true",
                "Thing.value[x] 0..* code or Reference(Thing)",
                "code: Primitive",
                "http://vs: http://cs#a http://cs#b",
            ]
        );
        let thing = pack.structure("Thing").unwrap();
        let member = pack.member(thing, "valueReference").unwrap();
        assert_eq!(pack.text(pack.element(member).name), "value[x]");
        assert!(pack.member(thing, "value").is_none() && pack.member(thing, "value[x]").is_none());
        assert_eq!((thing.required, thing.id_bit), (1, 0));
        let status = pack.element(pack.member(thing, "status").unwrap());
        let (_, codes) = pack.binding(status).unwrap();
        assert!(codes.contains("a", None) && codes.contains("b", Some("http://cs")));
        assert!(!codes.contains("a", Some("http://other")) && !codes.contains("c", None));
    }

    #[test]
    fn a_name_that_leads_nowhere_is_refused() {
        let mut draft = draft();
        draft.structures.remove("Reference");
        let expected =
            DraftError::Unknown { element: "Thing.value[x]".into(), structure: "Reference".into() };
        assert_eq!(draft.to_bytes(), Err(expected));
    }

    #[test]
    fn damage_is_told_apart() {
        let bytes = draft().to_bytes().unwrap();
        let fault = |bytes: &[u8]| Pack::read(bytes.to_vec()).unwrap_err();
        assert_eq!(fault(b""), PackError::Magic);
        assert_eq!(fault(b"FSPACK\n\n"), PackError::Magic);
        assert_eq!(fault(&bytes[..bytes.len() - 1]), PackError::Length);
        assert_eq!(fault(&[&bytes[..], b"x"].concat()), PackError::Length);
        let mut other = bytes.clone();
        other[8] = 99;
        assert_eq!(fault(&other), PackError::Version { found: 99 });
        // The first row of the table of texts ends past the text.
        let mut other = bytes.clone();
        let first = MAGIC.len() + 4 * (4 + table::WIDTHS.len());
        other[first..first + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(fault(&other), PackError::Damaged(_)));
        for length in 0..bytes.len() {
            assert!(Pack::read(bytes[..length].to_vec()).is_err(), "{length}");
        }
    }

    #[test]
    fn the_embedded_pack_has_the_types_of_an_exchange() {
        let pack = Pack::exchange();
        assert_eq!(pack.id(), "exchange");
        assert_eq!(pack.source(), "hl7.fhir.r4.core 4.0.1");
        assert_eq!(pack.resource_types().count(), 15);
        assert!(pack.has_type("Timing") && !pack.has_type("Task.output") && !pack.has_type("nothing"));
        assert!(pack.knows_resource("Claim") && !pack.knows_resource("Resource"));
        let known = pack.structures().iter().filter(|row| pack.knows_resource(pack.text(row.name)));
        assert_eq!(known.count(), 146);
    }
}
