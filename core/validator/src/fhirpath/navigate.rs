//! From elements to elements.

use alloc::{borrow::Cow, borrow::ToOwned, string::String};
use core::ops::Range;

use super::{
    Undecided,
    eval::{Evaluator, Pushed},
    item::Item,
    model::{Class, Element, Type},
    moment::Kind as MomentKind,
    program::{Node, Op},
};
use crate::json::{Key, Kind, Value};

impl<'a> Evaluator<'a> {
    /// A name that begins a path: that of the type of `$this`, or of a child of it.
    pub(super) fn begin_path(&mut self, node: Node, this: Range<usize>) -> Pushed<'a> {
        let name = self.node_text(node);
        if name.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
            && let [Item::Element(element)] = self.items[this.clone()]
            && self.model.is(element.of, name)
        {
            return self.push_copies(this);
        }
        self.push_members(this, name)
    }

    /// Puts in the place of the items from `start` on their children called `name`.
    pub(super) fn replace_by_members(&mut self, start: usize, name: &'a str) -> Pushed<'a> {
        let made = self.items.len();
        // Where there is one, as mostly, nothing has to be moved.
        if let [Item::Element(element)] = self.items[start..] {
            self.items.truncate(start);
            return self.push_named(element, name);
        }
        self.push_members(start..made, name)?;
        self.keep(start, made);
        Ok(())
    }

    /// Pushes the children called `name` of the items in `range`.
    fn push_members(&mut self, range: Range<usize>, name: &'a str) -> Pushed<'a> {
        for at in range {
            match &self.items[at] {
                &Item::Element(element) => self.push_named(element, name)?,
                Item::Quantity(quantity) => {
                    let found = match name {
                        "value" => Some(Item::number(quantity.0)),
                        "unit" | "code" => Some(Item::Text(quantity.1.clone())),
                        _ => None,
                    };
                    self.items.extend(found);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Pushes the children of `element` called `name`, which may be one type of a choice.
    pub(super) fn push_named(&mut self, element: Element<'a>, name: &'a str) -> Pushed<'a> {
        let Some(object) = object_of(element) else { return Ok(()) };
        let (mut value_found, mut sibling_found) = (None, None);
        let mut found: Option<(Cow<'a, str>, Type)> = None;
        let (mut members, mut passed) = (object.members(), 0);
        while let Some((key, value)) = members.next_like(name.as_bytes(), &mut passed) {
            let (own, is_sibling) = match key.is_beside(name) {
                Some(is_sibling) => (Cow::Borrowed(name), is_sibling),
                None => own_name(key),
            };
            match &found {
                Some((name, _)) if *name == own => {}
                Some(_) => continue,
                None => match self.child_called(element.of, &own, name)? {
                    Some(of) => found = Some((own, of)),
                    None => continue,
                },
            }
            let slot = if is_sibling { &mut sibling_found } else { &mut value_found };
            slot.get_or_insert(value);
        }
        self.spend(1 + passed / 4)?;
        match found {
            Some((_, of)) => self.push_pairs(value_found, sibling_found, of),
            None => Ok(()),
        }
    }

    /// The type of the child that is `key` in JSON, where its element is called `name`.
    fn child_called(&self, of: Type, key: &str, name: &str) -> Result<Option<Type>, Undecided<'a>> {
        if key == name {
            let child = self.model.child(of, name).map(|child| child.of);
            let is_element = child.is_some() || name != "resourceType";
            return Ok(is_element.then_some(child.unwrap_or(Type::UNKNOWN)));
        }
        let Some(rest) = key.strip_prefix(name) else { return Ok(None) };
        match self.model.child(of, key) {
            Some(child) => Ok((child.stem == name.len()).then_some(child.of)),
            // Whether `valueSet` is one of `value[x]` takes knowing the type.
            None if of == Type::UNKNOWN && rest.starts_with(|next: char| next.is_ascii_uppercase()) => {
                Err(Undecided("an element of a type that is not known"))
            }
            None => Ok(None),
        }
    }

    /// Pushes all children of `element`.
    fn push_children(&mut self, element: Element<'a>) -> Pushed<'a> {
        let Some(object) = object_of(element) else { return Ok(()) };
        for (key, value) in object.members() {
            self.spend(1)?;
            let (own, is_sibling) = own_name(key);
            let child = self.model.child(element.of, &own);
            if child.is_none() && own == "resourceType" {
                continue;
            }
            let of = child.map_or(Type::UNKNOWN, |child| child.of);
            if !is_sibling {
                let sibling = self.beside(object, &own, of, true)?;
                self.push_pairs(Some(value), sibling, of)?;
            } else if self.beside(object, &own, of, false)?.is_none() {
                // Otherwise the value has brought it along.
                self.push_pairs(None, Some(value), of)?;
            }
        }
        Ok(())
    }

    /// Of a primitive called `name` the `_name` member, or the value.
    fn beside(
        &mut self,
        object: Value<'a>,
        name: &str,
        of: Type,
        is_sibling: bool,
    ) -> Result<Option<Value<'a>>, Undecided<'a>> {
        if of != Type::UNKNOWN && self.model.class(of).is_none() {
            return Ok(None);
        }
        let mut passed = 0;
        let mut members = object.members().inspect(|_| passed += 1);
        let found = members.find(|(key, _)| {
            let key = key.as_str();
            if is_sibling { key.strip_prefix('_') == Some(name) } else { key == name }
        });
        self.spend(passed / 4)?;
        Ok(found.map(|(_, value)| value))
    }

    /// Pushes a value and its sibling as elements, item by item where they are arrays.
    fn push_pairs(&mut self, value: Option<Value<'a>>, sibling: Option<Value<'a>>, of: Type) -> Pushed<'a> {
        // A resource says itself what it is.
        let is_named = of == Type::UNKNOWN || self.model.is_abstract(of);
        let is_list = |value: Option<Value<'a>>| value.is_some_and(|value| value.kind() == Kind::Array);
        if !is_list(value) && !is_list(sibling) {
            self.push_element(value, sibling, of, is_named);
            return Ok(());
        }
        let mut values = value.into_iter().flat_map(Value::items);
        let mut siblings = sibling.into_iter().flat_map(Value::items);
        loop {
            let pair = (values.next(), siblings.next());
            if pair.0.is_none() && pair.1.is_none() {
                return Ok(());
            }
            self.spend(1)?;
            self.push_element(pair.0, pair.1, of, is_named);
        }
    }

    #[inline]
    fn push_element(
        &mut self,
        value: Option<Value<'a>>,
        sibling: Option<Value<'a>>,
        of: Type,
        is_named: bool,
    ) {
        let is_there = |value: &Value<'a>| value.kind() != Kind::Null;
        let (value, sibling) = (value.filter(is_there), sibling.filter(is_there));
        if value.is_none() && sibling.is_none() {
            return;
        }
        let named = value.filter(|_| is_named).and_then(|value| value.string("resourceType"));
        let of = named.and_then(|name| self.model.resource(&name)).unwrap_or(of);
        self.items.push(Item::Element(Element { value, sibling, of }));
    }

    /// What leads from elements to elements, or asks what they are.
    pub(super) fn apply_navigation(&mut self, node: Node, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let (input, name) = (ranges[0].clone(), self.node_text(node));
        match node.op {
            Op::Is => {
                let found = self.single(input)?.map(|item| self.is_a(item, name));
                self.push_boolean(found);
            }
            Op::As => {
                for at in input {
                    if self.is_a(&self.items[at], name) {
                        self.push_copies(at..at + 1)?;
                    }
                }
            }
            Op::Children => {
                for at in input {
                    if let Item::Element(element) = self.items[at] {
                        self.push_children(element)?;
                    }
                }
            }
            Op::Descendants => {
                let mut at = self.items.len();
                self.apply_navigation(Node { op: Op::Children, ..node }, ranges)?;
                // Each child in turn; what it has comes after all others.
                while let Some(item) = self.items.get(at) {
                    if let &Item::Element(element) = item {
                        self.push_children(element)?;
                    }
                    at += 1;
                }
            }
            Op::Extension => {
                let Some(url) = self.single(ranges[1].clone())?.and_then(Item::text) else { return Ok(()) };
                let start = self.items.len();
                self.push_members(input, "extension")?;
                let mut kept = start;
                for at in start..self.items.len() {
                    if let Item::Element(element) = self.items[at]
                        && element.value.and_then(|value| value.string("url")).as_deref() == Some(&*url)
                    {
                        self.items.swap(kept, at);
                        kept += 1;
                    }
                }
                self.items.truncate(kept);
            }
            Op::GetValue => {
                let item = self.single(input)?.filter(|item| item.plain(self.model).is_some()).cloned();
                self.items.extend(item);
            }
            Op::Resolve => {
                for at in input {
                    self.resolve(at)?;
                }
            }
            _ => {
                let argument = self.single(ranges[1].clone())?.and_then(Item::text);
                let found = match self.single(input)? {
                    None => return Ok(()),
                    Some(&Item::Element(element)) if node.operands <= 2 => {
                        self.model.decide(name, element, argument.as_deref())
                    }
                    Some(_) => None,
                };
                self.push_boolean(Some(found.ok_or(Undecided(name))?));
            }
        }
        Ok(())
    }

    /// Whether `item` is a `name`, which may have its namespace before it.
    fn is_a(&self, item: &Item<'a>, name: &str) -> bool {
        let (of_system, of_fhir) = match name.split_once('.') {
            Some(("System", name)) => (Some(name), None),
            Some((_, name)) => (None, Some(name)),
            None => (Some(name), Some(name)),
        };
        if let Item::Element(element) = item
            && of_fhir.is_some_and(|name| self.model.is(element.of, name))
        {
            return true;
        }
        // R4's own constraints ask whether a `boolean` is a `Boolean`.
        let class = |name: &str| match item {
            Item::Element(element) => match (self.model.class(element.of), element.primitive()) {
                (Some(Class::Boolean), Some(_)) => name == "Boolean",
                (Some(Class::Text), Some(_)) => name == "String",
                (Some(Class::Number), Some(value)) => {
                    name == if value.raw().contains(['.', 'e', 'E']) { "Decimal" } else { "Integer" }
                }
                _ => false,
            },
            Item::Boolean(_) => name == "Boolean",
            Item::Integer(_) => name == "Integer",
            Item::Number(_) => name == "Decimal",
            Item::Text(_) => name == "String",
            Item::Quantity(_) => name == "Quantity",
            Item::Moment(moment) => {
                name == match moment.kind {
                    MomentKind::Date => "Date",
                    MomentKind::DateTime => "DateTime",
                    MomentKind::Time => "Time",
                }
            }
        };
        of_system
            .is_some_and(|name| class(name) || (!matches!(item, Item::Element(_)) && class(&capital(name))))
    }

    /// Pushes the resource that the item at `at` refers to: a contained one, or one of the Bundle
    /// that the document is.
    fn resolve(&mut self, at: usize) -> Pushed<'a> {
        let text = match &self.items[at] {
            Item::Element(element) => match element.value {
                Some(value) if value.kind() == Kind::Object => value.string("reference"),
                Some(value) => value.as_str(),
                None => None,
            },
            item => item.text(),
        };
        let Some(text) = text else { return Ok(()) };
        let Some(root) = self.context.root.value else { return Err(Undecided("resolve")) };
        let mut looked_at = 0;
        let found = if let Some(id) = text.strip_prefix('#') {
            if id.is_empty() {
                Some(root)
            } else {
                root.list("contained")
                    .inspect(|_| looked_at += 1)
                    .find(|one| one.string("id").as_deref() == Some(id))
            }
        } else {
            let mut entries = root.document().root().list("entry").inspect(|_| looked_at += 1);
            let is_it = |url: Cow<'_, str>| {
                url == text || url.strip_suffix(&*text).is_some_and(|base| base.ends_with('/'))
            };
            let entry = entries.find(|entry| entry.string("fullUrl").is_some_and(is_it));
            entry.and_then(|entry| entry.get("resource"))
        };
        self.spend(looked_at * 4)?;
        let found = found.ok_or(Undecided("resolve"))?;
        self.push_element(Some(found), None, Type::UNKNOWN, true);
        Ok(())
    }
}

/// The object that holds the children of `element`: of a primitive the one beside it.
fn object_of(element: Element<'_>) -> Option<Value<'_>> {
    element.value.filter(|value| value.kind() == Kind::Object).or(element.sibling)
}

/// The name of the element that a member belongs to, and whether that is the `_name` member.
fn own_name(key: Key<'_>) -> (Cow<'_, str>, bool) {
    match key.as_str() {
        Cow::Borrowed(key) => key.strip_prefix('_').map_or((key.into(), false), |own| (own.into(), true)),
        Cow::Owned(key) => match key.strip_prefix('_') {
            Some(own) => (own.to_owned().into(), true),
            None => (key.into(), false),
        },
    }
}

fn capital(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(Default::default, |first| {
        [first.to_ascii_uppercase()].into_iter().chain(characters).collect()
    })
}
