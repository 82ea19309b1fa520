//! Paths through plain JSON: each item is shown as it is met, and who has seen enough ends the search.

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
        if !self.code.nodes[at].is_path || !self.is_outermost(this) || self.paths.is_full() {
            return self.visit_anew(at, this, visit);
        }
        let steps = self.steps(at);
        let found = if let Some(found) = self.paths.find(steps) {
            found
        } else {
            let first = self.paths.begin();
            let all = self.visit_anew(at, this, &mut |evaluator, item| {
                evaluator.paths.lead_to(item);
                Ok(true)
            });
            if all.is_err() {
                self.paths.take_back(first);
            }
            all?;
            self.paths.end(steps, first)
        };
        for at in found {
            let item = self.paths.found()[at];
            if !self.spend_some(1) || !visit(self, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_outermost(&self, this: Value<'a>) -> bool {
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
            Op::Name if name.as_bytes().first().is_some_and(u8::is_ascii_uppercase) => {
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
        let mut passed = 0;
        let found = of.plain_member(name.as_bytes(), &mut passed);
        if !self.spend_some(1 + passed / 4) || name == "resourceType" {
            return Err(Unclear);
        }
        found?.map_or(Ok(true), |found| self.visit_each(found, visit))
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
