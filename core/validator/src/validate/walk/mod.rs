//! One pass over a document beside its definitions.
//!
//! The walk knows the shape of FHIR JSON: objects of elements, arrays of items, `_name` members
//! beside primitives. What is right or wrong about it is for the files in `rules/`.

mod issues;

use alloc::vec::Vec;

use super::{
    Options,
    findings::Findings,
    formats,
    path::{Place, Step},
    profile,
    rules::{
        array, attachment, binding, bundle, cardinality, choice, coding, contained, duplicate_key, empty,
        extension, format as primitive_format, invariant, json_type, narrative, narrative_target,
        primitive_sibling, questionnaire, reference_target, resource_type, search_parameter, unknown_element,
    },
    tally::Tally,
};
use crate::{
    fhirpath::{Element, Type},
    json::{Document, Items, Key, Kind as Json, Members, Value},
    order::Map,
    pack::{Bound, ElementRow, Kind, MemberRow, Pack, Primitive, Role, StructureRow},
};

/// About as deep as resources are.
const USUAL_DEPTH: usize = 8;

/// An object that is being walked.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// What the definitions know of how it hangs in the object around it; `None` for the root.
    pub(super) member: Option<&'a MemberRow>,
    /// Where the walk is in it: at a member, or at an item of one.
    pub(super) at: Option<Step<'a>>,
    pub(super) structure: &'a StructureRow,
    pub(super) value: Value<'a>,
    /// The resource that `#id` means something in, the nearest one that is not contained itself, and the nearest
    /// resource: how deep they are.
    container: usize,
    resource: usize,
    /// How many local references there were before it.
    pub(super) local: invariant::Mark,
    /// The elements seen, and those of which a `_name` member was seen.
    pub(super) seen: u64,
    pub(super) siblings: u64,
    /// The elements that were reported as doubled; once is enough.
    pub(super) doubled: u64,
    /// Whether the `resourceType` was passed.
    pub(super) is_named: bool,
    /// Whether there was a member that is no element, or something wrong with one that is.
    pub(super) has_faults: bool,
    /// Whether this is a `_name` member beside a primitive that has a value.
    pub(super) has_value: bool,
    members: Members<'a>,
    array: Option<Array<'a>>,
}

/// An array of objects that is being walked.
#[derive(Debug)]
struct Array<'a> {
    items: Items<'a>,
    /// Of a `_name` member the values beside it, item by item.
    values: Option<Items<'a>>,
}

/// The state of one validation.
pub(super) struct Walk<'a> {
    pub(super) pack: &'a Pack,
    document: &'a Document,
    options: &'a Options,
    stack: Vec<Frame<'a>>,
    /// The entries of Bundles that are open, each in the one before it.
    entries: Vec<bundle::Entry<'a>>,
    found: Findings<'a>,
    pub(super) tally: Tally<'a>,
    /// The contained resources of each container that `#id` was looked up in.
    pub(super) contained: Map<usize, contained::Contained<'a>>,
    /// The entries of each Bundle that a `fullUrl` was looked up in.
    pub(super) bundles: Map<usize, bundle::Entries<'a>>,
    /// Where the links of narratives may lead, once there was one.
    pub(super) anchors: Option<narrative_target::Anchors>,
    pub(super) invariants: invariant::Invariants<'a>,
    pub(super) profiles: profile::Profiles<'a>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(document: &'a Document, pack: &'a Pack, options: &'a Options) -> Self {
        let mut profiles = profile::Profiles::new(document.node_count());
        if !options.profiles.is_empty() {
            profiles.expect(pack, document.node_count());
        }
        Self {
            pack,
            document,
            options,
            stack: Vec::with_capacity(USUAL_DEPTH),
            entries: Vec::new(),
            found: Findings::default(),
            tally: Tally::default(),
            contained: Map::default(),
            anchors: None,
            invariants: invariant::Invariants::new(document, pack),
            bundles: Map::default(),
            profiles,
        }
    }

    pub(super) fn run(mut self) -> Findings<'a> {
        let root = self.document.root();
        self.enter(root, None, false);
        while let Some(frame) = self.stack.last() {
            if frame.array.is_some() {
                self.item();
            } else if let Some((key, value, member)) = self.next_member() {
                self.member(key, value, member);
            } else {
                self.close();
            }
        }
        self.finish()
    }

    /// The next member of the innermost object that is not a right text of which nothing more is asked, and what the
    /// definitions know of it.
    ///
    /// Most are such texts, and are passed here. Whether anything is wrong with others is for the rules.
    #[inline]
    fn next_member(&mut self) -> Option<(Key<'a>, Value<'a>, Option<&'a MemberRow>)> {
        let (pack, frame) = (self.pack, self.stack.last_mut()?);
        // What changes with each member is stored once.
        let (mut members, mut seen) = (frame.members.clone(), frame.seen);
        let (structure, siblings) = (frame.structure, frame.siblings);
        let next = loop {
            let Some((key, value)) = members.next() else { break None };
            let found = match key.plain_bytes() {
                Some(name) => pack.member_of_bytes(structure, name),
                None => pack.member(structure, &key.as_str()),
            };
            match found {
                Some(member)
                    if (seen | siblings) & member.shape.bit == 0
                        && member.shape.text.is_some_and(|text| is_right(value, text)) =>
                {
                    seen |= member.shape.bit;
                    self.profiles.note(key, member);
                }
                _ => break Some((key, value, found)),
            }
        };
        (frame.members, frame.seen) = (members, seen);
        next
    }

    /// The next item of the array that is being walked.
    fn item(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        let (Some(array), Some(at)) = (&mut frame.array, &mut frame.at) else { return };
        let (Some(item), Some(member)) = (array.items.next(), at.member) else {
            frame.array = None;
            return;
        };
        at.index = Some(at.index.map_or(0, |index| index + 1));
        let value = array.values.as_mut().map(Iterator::next);
        // Among siblings `null` keeps the place of an item that has a value.
        if value.is_none() || item.kind() != Json::Null {
            let has_value = value.flatten().is_some_and(|value| value.kind() != Json::Null);
            self.enter(item, Some(member), has_value);
        }
    }

    /// Closes the innermost object, all of whose members were seen.
    fn close(&mut self) {
        cardinality::check_missing(self);
        empty::check_id_only(self);
        let Some(frame) = self.stack.last() else { return };
        let structure = frame.structure;
        invariant::check_object(self);
        if structure.is_asked {
            extension::check_nested(self);
            profile::check(self);
            questionnaire::check(self);
        }
        if structure.role == Role::BundleEntry {
            self.entries.pop();
        }
        self.stack.pop();
    }

    /// The outermost value of the document.
    pub(super) fn root(&self) -> Value<'a> {
        self.document.root()
    }

    /// The innermost open object.
    pub(super) fn frame(&self) -> Option<&Frame<'a>> {
        self.stack.last()
    }

    /// The resource that `#id` means something in at the innermost object.
    pub(super) fn container(&self) -> Option<Element<'a>> {
        self.element_at(self.frame()?.container)
    }

    /// The nearest resource around the innermost object, or that object itself.
    pub(super) fn resource(&self) -> Option<Element<'a>> {
        self.element_at(self.frame()?.resource)
    }

    fn element_at(&self, depth: usize) -> Option<Element<'a>> {
        let frame = self.stack.get(depth)?;
        Some(Element::new(frame.value, Type(frame.structure.id)))
    }

    /// Whether `#id` means something in the innermost object.
    pub(super) fn is_container(&self) -> bool {
        self.frame().is_some_and(|frame| frame.container + 1 == self.stack.len())
    }

    /// The innermost entry of a Bundle that is open.
    pub(super) fn entry(&self) -> Option<bundle::Entry<'a>> {
        self.entries.last().copied()
    }

    /// The open objects, the innermost first.
    pub(super) fn frames(&self) -> impl Iterator<Item = &Frame<'a>> {
        self.stack.iter().rev()
    }

    /// Where the `value` that is looked at stands.
    pub(super) fn here(&self, value: Value<'a>) -> Place<'a> {
        Place { step: self.frame().and_then(|frame| frame.at), missing: None, offset: value.offset() }
    }

    /// The member `name` of the innermost object, or the object where it has none.
    pub(super) fn place(&self, name: &str) -> Place<'a> {
        let Some(frame) = self.frame() else { return Place { step: None, missing: None, offset: 0 } };
        let found = frame.value.members().find(|(key, _)| key.is(name));
        let offset = found.map_or(frame.value, |(_, value)| value).offset();
        let member = self.pack.member(frame.structure, name);
        Place { step: found.map(|(key, _)| Step { key, member, index: None }), missing: None, offset }
    }

    pub(super) fn frame_mut(&mut self) -> Option<&mut Frame<'a>> {
        self.stack.last_mut()
    }

    /// Opens `value`, an object that is what `member` tells; any resource where that does, and at the root.
    fn enter(&mut self, value: Value<'a>, member: Option<&'a MemberRow>, has_value: bool) {
        let structure = member.map(|member| self.pack.structure_at(member.structure));
        let structure = structure.filter(|structure| structure.kind != Kind::AbstractResource);
        if !json_type::check_object(self, value, structure) || !empty::check_object(self, value) {
            return;
        }
        let is_resource = structure.is_none();
        let Some(structure) = structure.or_else(|| resource_type::check(self, value)) else { return };
        if member.is_none() {
            self.found.resource_type = Some(self.pack.text(structure.name));
        }
        let structure = match structure.role {
            Role::Extension => extension::resolve(self, value, structure),
            _ => structure,
        };
        if structure.kind.is_name() {
            self.tally.resource(structure);
            self.invariants.local.pass_over();
            return;
        }
        let mut has_faults = false;
        if let Some(member) = member.filter(|_| structure.role != Role::Other) {
            has_faults = !reference_target::check(self, value, structure, member);
            binding::check_object(self, value, structure, member);
        }
        let (depth, around) = (self.stack.len(), self.frame());
        let is_contained = is_resource
            && around
                .zip(member)
                .is_some_and(|(around, member)| member.shape.bit & around.structure.contained_bit != 0);
        let (container, resource) = match around {
            Some(around) if !is_resource => (around.container, around.resource),
            Some(around) if is_contained => (around.container, depth),
            _ => (depth, depth),
        };
        if structure.role == Role::BundleEntry
            && let Some(bundle) = self.frame()
        {
            self.entries.push(bundle::entry(bundle.value, value));
        }
        self.stack.push(Frame {
            member,
            at: None,
            structure,
            value,
            container,
            resource,
            local: self.invariants.local.mark(),
            seen: 0,
            siblings: 0,
            doubled: 0,
            is_named: false,
            has_faults,
            has_value,
            members: value.members(),
            array: None,
        });
        match structure.role {
            Role::Attachment => attachment::check(self, value),
            Role::Bundle => bundle::check(self, value),
            Role::BundleEntry => bundle::check_entry(self, value),
            Role::Coding => coding::check(self, value),
            Role::SearchParameter => search_parameter::check(self, value),
            _ if is_contained => contained::check(self),
            _ => {}
        }
    }

    #[inline(never)]
    fn member(&mut self, key: Key<'a>, value: Value<'a>, found: Option<&'a MemberRow>) {
        let pack = self.pack;
        let Some(frame) = self.stack.last_mut() else { return };
        let Some(member) = found else {
            return self.other_member(key, &key.as_str(), value);
        };
        let shape = member.shape;
        let was_seen = (frame.seen | frame.siblings) & shape.bit != 0;
        let is_again = frame.seen & shape.bit != 0;
        frame.seen |= shape.bit;
        self.profiles.note(key, member);
        frame.at = Some(Step { key, member: Some(member), index: None });
        if shape.bound == Bound::Open {
            self.tally.open_element(pack.element(member));
        }
        if was_seen {
            choice::check_doubled(self, key, member, is_again);
        }
        // One is enough to check, and a thousand of the same name would cost more than they are worth.
        if is_again {
            return;
        }
        if !empty::check(self, value) || !array::check(self, value, member) {
            return;
        }
        match (shape.is_list, shape.primitive) {
            (false, Some(primitive)) => self.primitive(value, member, primitive),
            (false, None) => self.enter(value, Some(member), false),
            (true, primitive) => {
                cardinality::check_most(self, value, pack.element(member));
                match primitive {
                    Some(primitive) => self.primitives(value, key, member, primitive),
                    None => self.open_array(value, None),
                }
            }
        }
    }

    fn open_array(&mut self, value: Value<'a>, values: Option<Items<'a>>) {
        if let Some(frame) = self.stack.last_mut() {
            frame.array = Some(Array { items: value.items(), values });
        }
    }

    fn primitives(&mut self, array: Value<'a>, key: Key<'a>, member: &'a MemberRow, primitive: Primitive) {
        // A list of canonical URLs may be that of the profiles that a resource claims.
        if primitive == Primitive::Canonical {
            self.profiles.expect(self.pack, self.document.node_count());
        }
        let Some(frame) = self.stack.last() else { return };
        let mut gaps = primitive_sibling::Gaps::new(frame.value, key);
        for (item, index) in array.items().zip(0..) {
            if let Some(frame) = self.stack.last_mut() {
                frame.at = Some(Step { key, member: Some(member), index: Some(index) });
            }
            if item.kind() == Json::Null {
                if !gaps.is_filled(index) {
                    empty::report_null_item(self, self.here(item));
                }
            } else {
                self.primitive(item, member, primitive);
            }
        }
    }

    fn primitive(&mut self, value: Value<'a>, member: &MemberRow, primitive: Primitive) {
        if !json_type::check_primitive(self, value, primitive)
            || !empty::check_string(self, value)
            || !primitive_format::check(self, value, primitive)
        {
            return;
        }
        if member.shape.bound == Bound::Known {
            binding::check_primitive(self, value, self.pack.element(member));
        }
        invariant::check_primitive(self, value, primitive, member);
        if primitive == Primitive::Xhtml {
            narrative::check(self, value);
        }
    }

    /// A member that is no element: `resourceType`, a `_name`, or nothing FHIR knows.
    fn other_member(&mut self, key: Key<'a>, name: &str, value: Value<'a>) {
        let Some(frame) = self.stack.last_mut() else { return };
        if name == "resourceType" && frame.structure.kind == Kind::Resource {
            let is_again = frame.is_named;
            frame.is_named = true;
            if is_again {
                duplicate_key::report(self, Step { key, member: None, index: None });
            }
            return;
        }
        let of_primitive = name.strip_prefix('_').and_then(|name| {
            let member = self.pack.member(frame.structure, name)?;
            self.pack.structure_at(member.structure).primitive.is_some().then_some(member)
        });
        let Some(member) = of_primitive else {
            frame.has_faults = true;
            return unknown_element::report(self, key, name);
        };
        let shape = member.shape;
        frame.at = Some(Step { key, member: Some(member), index: None });
        let was_seen = (frame.seen | frame.siblings) & shape.bit != 0;
        let is_again = frame.siblings & shape.bit != 0;
        frame.siblings |= shape.bit;
        if was_seen {
            choice::check_doubled(self, key, member, is_again);
        }
        if is_again {
            return;
        }
        if !empty::check(self, value) || !primitive_sibling::check(self, value, key, member) {
            return;
        }
        let Some(frame) = self.stack.last() else { return };
        if shape.is_list {
            let values = frame.value.list(name.strip_prefix('_').unwrap_or(name));
            self.open_array(value, Some(values));
        } else {
            let value_beside = frame.value.get(name.strip_prefix('_').unwrap_or(name));
            let has_value = value_beside.is_some_and(|value| value.kind() != Json::Null);
            self.enter(value, Some(member), has_value);
        }
    }

    /// Notes that a constraint could not be decided because of `construct`.
    pub(super) fn undecided(&mut self, key: &'a str, construct: &'a str) {
        *self.invariants.undecided.entry((key, construct), u32::default) += 1;
    }

    pub(super) fn options(&self) -> &'a Options {
        self.options
    }

    /// What the type of an element is called.
    pub(super) fn type_name(&self, element: Element<'_>) -> &'a str {
        type_name(self.pack, element)
    }

    /// The elements that the innermost object may have.
    pub(super) fn elements_here(&self) -> &'a [ElementRow] {
        self.frame().map_or(&[], |frame| self.pack.elements(frame.structure))
    }
}

/// Whether `value` is a text as `primitive` has it, and no reference into the resource around it.
#[inline]
fn is_right(value: Value<'_>, primitive: Primitive) -> bool {
    let is_it =
        |text: &str| !matches!(text.as_bytes(), [] | [b'#', ..]) && formats::is_valid(primitive, text, false);
    value.as_plain_str().is_some_and(is_it)
}

/// What the type of an element is called.
pub(super) fn type_name<'a>(pack: &'a Pack, element: Element<'_>) -> &'a str {
    pack.structures().get(element.of.0 as usize).map_or("something else", |row| pack.text(row.name))
}
