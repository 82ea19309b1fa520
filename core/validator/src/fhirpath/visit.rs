//! Paths through plain JSON: each item is shown as it is met, and who has seen enough ends the search.

use core::ops::Range;

use super::{eval::Evaluator, program::Op};
use crate::json::{Kind, Unclear, Value};

/// Takes an item of a collection and says whether it wants the next.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(&mut Evaluator<'a>, Value<'a>) -> Result<bool, Unclear>;

impl<'a> Evaluator<'a> {
    /// Calls `visit` for each item that the node at `at` gives, until it wants no more; says whether it wants more.
    pub(super) fn visit(
        &mut self,
        at: usize,
        this: Value<'a>,
        visit: Visit<'_, 'a>,
    ) -> Result<bool, Unclear> {
        let Some(found) = self.followed(at, this)? else { return self.visit_anew(at, this, visit) };
        for at in found {
            let item = self.paths.found()[at];
            if !self.spend_some(1) {
                return Err(Unclear);
            }
            if !visit(self, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where all that is among what paths led to which the one at `at` leads to; `None` where it is no path from the
    /// outermost element, or one too many.
    pub(super) fn followed(&mut self, at: usize, this: Value<'a>) -> Result<Option<Range<usize>>, Unclear> {
        if !self.code.nodes[at].is_path || !self.is_outermost(this) || self.paths.is_full() {
            return Ok(None);
        }
        self.follow(at, this).map(Some)
    }

    /// Follows a path from the outermost element, unless that was done before.
    fn follow(&mut self, at: usize, this: Value<'a>) -> Result<Range<usize>, Unclear> {
        let steps = self.steps(at);
        if let Some(found) = self.paths.find(steps) {
            return Ok(found);
        }
        let first = self.paths.begin();
        let mut found = first..first;
        for &step in steps {
            let (name, next) = (self.node_text(step), self.paths.found().len());
            let led = if step.op == Op::Name {
                self.lead_on(this, name)
            } else {
                found.into_iter().try_for_each(|at| self.lead_to_children(self.paths.found()[at], name))
            };
            if led.is_err() {
                self.paths.take_back(first);
                return Err(Unclear);
            }
            found = next..self.paths.found().len();
        }
        self.paths.keep(steps, found.clone());
        Ok(found)
    }

    /// Takes the first step of a path, which may be the type of the element itself.
    fn lead_on(&mut self, this: Value<'a>, name: &str) -> Result<(), Unclear> {
        if !is_type(name) {
            return self.lead_to_children(this, name);
        }
        let is_it = self.model.is(self.context.element.of, name);
        is_it.then(|| self.paths.lead_to(this)).ok_or(Unclear)
    }

    fn lead_to_children(&mut self, of: Value<'a>, name: &str) -> Result<(), Unclear> {
        match self.children(of, name)? {
            Some(found) if found.kind() == Kind::Array => {
                for item in found.items() {
                    match item.kind() {
                        Kind::Null => {}
                        Kind::Array => return Err(Unclear),
                        _ if !self.spend_some(1) => return Err(Unclear),
                        _ => self.paths.lead_to(item),
                    }
                }
            }
            Some(found) if found.kind() != Kind::Null => self.paths.lead_to(found),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn is_outermost(&self, this: Value<'a>) -> bool {
        self.context.element.value.is_some_and(|value| value.id() == this.id())
    }

    /// The same for what is no path from the outermost element, or one that was not followed before.
    fn visit_anew(&mut self, at: usize, this: Value<'a>, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        let node = self.code.nodes[at];
        let name = self.node_text(node);
        let last = at.wrapping_sub(1);
        match node.op {
            Op::This => visit(self, this),
            Op::Variable => {
                let element = match name {
                    "context" => self.context.element,
                    "resource" => self.context.resource,
                    "rootResource" => self.context.root,
                    _ => return Err(Unclear),
                };
                let value = element.value.filter(|value| value.kind() == Kind::Object).ok_or(Unclear)?;
                visit(self, value)
            }
            Op::Name if is_type(name) => {
                let is_it = self.is_outermost(this) && self.model.is(self.context.element.of, name);
                if is_it { visit(self, this) } else { Err(Unclear) }
            }
            Op::Name => self.visit_children(this, name, visit),
            Op::Member => self
                .visit_anew(last, this, &mut |evaluator, item| evaluator.visit_children(item, name, visit)),
            Op::Where => self.visit(self.before(last), this, &mut |evaluator, item| match evaluator
                .plainly(last, item)?
            {
                Some(true) => visit(evaluator, item),
                _ => Ok(true),
            }),
            Op::Select => self.visit(self.before(last), this, &mut |evaluator, item| {
                evaluator.visit(last, item, &mut *visit)
            }),
            Op::Union => {
                Ok(self.visit(self.before(last), this, &mut *visit)? && self.visit(last, this, visit)?)
            }
            Op::Trace => self.visit(self.before(last), this, visit),
            Op::First => {
                let mut wants_next = true;
                self.visit(last, this, &mut |evaluator, item| {
                    wants_next = visit(evaluator, item)?;
                    Ok(false)
                })?;
                Ok(wants_next)
            }
            Op::Tail => {
                let mut is_first = true;
                self.visit(last, this, &mut |evaluator, item| {
                    if core::mem::take(&mut is_first) { Ok(true) } else { visit(evaluator, item) }
                })
            }
            Op::Children => {
                self.visit(last, this, &mut |evaluator, item| evaluator.visit_all_children(item, &mut *visit))
            }
            _ => Err(Unclear),
        }
    }

    fn visit_children(&mut self, of: Value<'a>, name: &str, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        self.children(of, name)?.map_or(Ok(true), |found| self.visit_each(found, visit))
    }

    /// What a member has: one child, or an array of them.
    pub(super) fn children(&mut self, of: Value<'a>, name: &str) -> Result<Option<Value<'a>>, Unclear> {
        let mut passed = 0;
        let found = of.plain_member(name.as_bytes(), &mut passed);
        if !self.spend_some(1 + passed / 4) || name == "resourceType" {
            return Err(Unclear);
        }
        found
    }

    /// The same for all of its children. What is beside a primitive takes a closer look.
    fn visit_all_children(&mut self, of: Value<'a>, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        for (key, value) in of.members() {
            let name = key.plain_bytes().filter(|name| !name.starts_with(b"_")).ok_or(Unclear)?;
            if !self.spend_some(1) {
                return Err(Unclear);
            }
            if name == b"resourceType" {
                // Of some types an element is called so.
                let is_element = !self.is_outermost(of)
                    || self.model.child(self.context.element.of, "resourceType").is_some();
                if is_element {
                    return Err(Unclear);
                }
            } else if !self.visit_each(value, &mut *visit)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Shows what a member has: one item, or those of an array.
    fn visit_each(&mut self, found: Value<'a>, visit: Visit<'_, 'a>) -> Result<bool, Unclear> {
        match found.kind() {
            Kind::Null => return Ok(true),
            Kind::Array => {}
            _ => return visit(self, found),
        }
        for item in found.items() {
            match item.kind() {
                Kind::Null => {}
                Kind::Array => return Err(Unclear),
                _ if !self.spend_some(1) => return Err(Unclear),
                _ if visit(self, item)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// Whether a path begins with the name of a type.
fn is_type(name: &str) -> bool {
    name.as_bytes().first().is_some_and(u8::is_ascii_uppercase)
}
