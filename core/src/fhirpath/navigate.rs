//! From elements to elements.

use alloc::borrow::Cow;
use core::ops::Range;

use super::{
    Undecided,
    eval::{Evaluator, Pushed, Scope},
    item::Item,
    model::{Class, Element, Type},
    moment::Kind as MomentKind,
    program::{Node, Op},
};
use crate::json::{Kind, Value};

impl<'a> Evaluator<'a> {
    /// A name that begins a path: that of the type of `$this`, or of a child of it.
    pub(super) fn begin_path(&mut self, node: Node, scope: &Scope) -> Pushed<'a> {
        let name = self.node_text(node);
        if name.starts_with(|first: char| first.is_ascii_uppercase())
            && let [Item::Element(element)] = self.items[scope.this.clone()]
            && self.model.is(element.of, name)
        {
            return self.push_copies(scope.this.clone());
        }
        self.push_members(scope.this.clone(), name)
    }

    /// Pushes the children called `name` of the items in `range`.
    pub(super) fn push_members(&mut self, range: Range<usize>, name: &'a str) -> Pushed<'a> {
        for at in range {
            match &self.items[at] {
                &Item::Element(element) => self.push_children(element, Some(name))?,
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

    /// Pushes the children of `element`: all, or those called `name`.
    pub(super) fn push_children(&mut self, element: Element<'a>, name: Option<&str>) -> Pushed<'a> {
        // Of a primitive the children are in its sibling.
        let object = element.value.filter(|value| value.kind() == Kind::Object).or(element.sibling);
        let Some(object) = object else { return Ok(()) };
        let mut count = 0;
        let mut found = 0;
        for (key, value) in object.members() {
            count += 1;
            let key = key.as_str();
            let (own, is_sibling) = match key.strip_prefix('_') {
                Some(own) => (own, true),
                None => (key.as_ref(), false),
            };
            if let Some(name) = name {
                if !own.starts_with(name) {
                    continue;
                }
                let rest = &own[name.len()..];
                if !rest.is_empty() && !rest.starts_with(|next: char| next.is_ascii_uppercase()) {
                    continue;
                }
            }
            if own == "resourceType" && self.model.child(element.of, own).is_none() {
                continue;
            }
            let child = self.model.child(element.of, own);
            if let Some(name) = name
                && own.len() != name.len()
            {
                match child {
                    Some(child) if child.stem == name.len() => {}
                    // Whether `valueSet` is one of `value[x]` takes knowing the type.
                    None if element.of == Type::UNKNOWN => {
                        return Err(Undecided("an element of a type that is not known"));
                    }
                    _ => continue,
                }
            }
            let of = child.map_or(Type::UNKNOWN, |child| child.of);
            // The value beside a sibling has brought it along.
            let beside = if is_sibling { object.get(own) } else { self.sibling_of(object, own, of)? };
            match (is_sibling, beside) {
                (true, Some(_)) => continue,
                (true, None) => self.push_pairs(None, Some(value), of)?,
                (false, sibling) => self.push_pairs(Some(value), sibling, of)?,
            }
            found += 1;
            // Names are given once; a choice has one type.
            if name.is_some() && found == 1 && !is_sibling {
                break;
            }
        }
        self.spend(count)
    }

    /// The `_name` member beside a primitive.
    fn sibling_of(
        &mut self,
        object: Value<'a>,
        name: &str,
        of: Type,
    ) -> Result<Option<Value<'a>>, Undecided<'a>> {
        if of != Type::UNKNOWN && self.model.class(of).is_none() {
            return Ok(None);
        }
        let mut passed = 0;
        let mut members = object.members().inspect(|_| passed += 1);
        let found = members.find(|(key, _)| key.as_str().strip_prefix('_') == Some(name));
        self.spend(passed / 4)?;
        Ok(found.map(|(_, value)| value))
    }

    /// Pushes a value and its sibling as elements, item by item where they are arrays.
    fn push_pairs(&mut self, value: Option<Value<'a>>, sibling: Option<Value<'a>>, of: Type) -> Pushed<'a> {
        let is_list = |value: Option<Value<'a>>| value.is_some_and(|value| value.kind() == Kind::Array);
        if !is_list(value) && !is_list(sibling) {
            self.push_element(value, sibling, of);
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
            self.push_element(pair.0, pair.1, of);
        }
    }

    fn push_element(&mut self, value: Option<Value<'a>>, sibling: Option<Value<'a>>, of: Type) {
        let is_there = |value: &Value<'a>| value.kind() != Kind::Null;
        let (value, sibling) = (value.filter(is_there), sibling.filter(is_there));
        if value.is_none() && sibling.is_none() {
            return;
        }
        let named = value.filter(|_| of == Type::UNKNOWN || self.model.is_abstract(of));
        let named = named.and_then(|value| value.string("resourceType"));
        let of = named.and_then(|name| self.model.resource(&name)).unwrap_or(of);
        self.items.push(Item::Element(Element { value, sibling, of }));
    }

    /// What leads from elements to elements, or asks what they are.
    pub(super) fn apply_navigation(&mut self, node: Node, ranges: &[Range<usize>; 4]) -> Pushed<'a> {
        let (input, name) = (ranges[0].clone(), self.node_text(node));
        match node.op {
            Op::Member => self.push_members(input, name)?,
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
                        self.push_children(element, None)?;
                    }
                }
            }
            Op::Descendants => {
                let mut at = self.items.len();
                self.apply_navigation(Node { op: Op::Children, ..node }, ranges)?;
                // Each child in turn; what it has comes after all others.
                while let Some(item) = self.items.get(at) {
                    if let &Item::Element(element) = item {
                        self.push_children(element, None)?;
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
            Op::HasValue => {
                let found = match &self.items[input] {
                    [Item::Element(element)] => element.primitive().is_some(),
                    [_] => true,
                    _ => false,
                };
                self.push_boolean(Some(found));
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
        self.push_element(Some(found), None, Type::UNKNOWN);
        Ok(())
    }
}

fn capital(name: &str) -> alloc::string::String {
    let mut characters = name.chars();
    characters.next().map_or_else(Default::default, |first| first.to_uppercase().chain(characters).collect())
}
