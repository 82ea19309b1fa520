//! Evaluating a program.
//!
//! All collections are stretches of one stack of items: what a node gives is pushed after what it
//! was made from, which is taken out then. So an evaluation allocates no collections.

use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};
use core::ops::Range;

use regex_lite::Regex;

use super::{
    Undecided,
    equal::Likeness,
    item::Item,
    model::{Element, Model, Type},
    program::{Code, Node, Op},
};

/// What an expression is evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The element that `%context` is, where paths begin.
    pub element: Element<'a>,
    /// The resource it is in, `%resource`.
    pub resource: Element<'a>,
    /// The resource that one is contained in, or that one itself: `%rootResource`.
    pub root: Element<'a>,
    /// What `now()` gives, a dateTime. Without it `now()`, `today()` and `timeOfDay()` are
    /// undecided.
    pub now: Option<&'a str>,
}

/// What a program is evaluated with: a stack, and the steps that are left.
///
/// One evaluator serves all programs of one document, so that together they take a number of
/// steps that grows with the document and no faster.
pub struct Evaluator<'a> {
    pub(super) model: &'a dyn Model,
    pub(super) items: Vec<Item<'a>>,
    pub(super) context: Context<'a>,
    /// Whether a comparison had an unknown result because of what its operands leave open.
    pub(super) is_uncertain: bool,
    pub(super) patterns: BTreeMap<String, Option<Regex>>,
    code: Code<'a>,
    /// What parts of a criterion that are the same for every item have given, by their node.
    constants: Vec<(usize, bool)>,
    steps: u64,
    most_items: usize,
}

/// What `$this`, `$index` and `$total` are.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) this: Range<usize>,
    pub(super) index: Option<i64>,
    pub(super) total: Range<usize>,
}

/// What evaluating gives: its items are pushed.
pub(super) type Pushed<'a> = Result<(), Undecided<'a>>;

impl<'a> Evaluator<'a> {
    /// An evaluator that takes at most `steps`, of which a navigation or an operation is one.
    pub fn new(model: &'a dyn Model, steps: u64) -> Self {
        let nowhere = Element { value: None, sibling: None, of: Type::UNKNOWN };
        Self {
            model,
            items: Vec::with_capacity(32),
            context: Context { element: nowhere, resource: nowhere, root: nowhere, now: None },
            is_uncertain: false,
            patterns: BTreeMap::new(),
            code: Code { nodes: &[], text: "" },
            constants: Vec::new(),
            steps,
            most_items: usize::try_from(steps / 16).unwrap_or(usize::MAX).saturating_add(1000),
        }
    }

    /// Whether what `code` says holds; `None` where it gives nothing.
    ///
    /// # Errors
    /// [`Undecided`] by the name of the first construct that could not be decided and on which
    /// the result depends.
    pub fn test(&mut self, code: Code<'a>, context: Context<'a>) -> Result<Option<bool>, Undecided<'a>> {
        self.run(code, context)?;
        let found = self.boolean(0..self.items.len())?;
        if found.is_none() && self.is_uncertain {
            Err(Undecided("comparison of different precision"))
        } else {
            Ok(found)
        }
    }

    /// The texts of what `code` gives; of elements with other elements inside, their JSON.
    ///
    /// # Errors
    /// As for [`Evaluator::test`].
    pub fn texts(&mut self, code: Code<'a>, context: Context<'a>) -> Result<Vec<String>, Undecided<'a>> {
        self.run(code, context)?;
        let text = |item: &Item<'a>| match (item.plain(self.model), item) {
            (Some(plain), _) => plain.to_text(),
            (None, Item::Element(element)) => element.value.map_or(String::new(), |value| value.raw().into()),
            (None, _) => String::new(),
        };
        Ok(self.items.iter().map(text).collect())
    }

    fn run(&mut self, code: Code<'a>, context: Context<'a>) -> Pushed<'a> {
        self.items.clear();
        self.constants.clear();
        self.items.push(Item::Element(context.element));
        (self.code, self.context, self.is_uncertain) = (code, context, false);
        let Some(last) = code.nodes.len().checked_sub(1) else { return Ok(()) };
        self.eval(last, &Scope { this: 0..1, index: None, total: 0..0 })?;
        self.items.remove(0);
        Ok(())
    }

    /// Takes `steps` from those that are left.
    pub(super) fn spend(&mut self, steps: u64) -> Pushed<'a> {
        match self.steps.checked_sub(steps) {
            Some(left) if self.items.len() <= self.most_items => {
                self.steps = left;
                Ok(())
            }
            _ => Err(Undecided("more steps than a document of this size may take")),
        }
    }

    /// The place of the operand number `which`, counted from the last, of the node at `at`.
    fn operand(&self, at: usize, which: usize) -> usize {
        (0..which).fold(at - 1, |at, _| at - self.code.nodes[at].size as usize)
    }

    /// The places of the operands of the node at `at`, first to last; `None` for those not given.
    pub(super) fn operands(&self, at: usize) -> [Option<usize>; 4] {
        let count = self.code.nodes[at].operands as usize;
        core::array::from_fn(|which| (which < count).then(|| self.operand(at, count - 1 - which)))
    }

    pub(super) fn node_text(&self, node: Node) -> &'a str {
        self.code.text(node)
    }

    /// Evaluates the node at `at` and gives where its items are.
    pub(super) fn items_of(&mut self, at: usize, scope: &Scope) -> Result<Range<usize>, Undecided<'a>> {
        let start = self.items.len();
        self.eval(at, scope)?;
        Ok(start..self.items.len())
    }

    /// Pushes what the node at `at` gives.
    pub(super) fn eval(&mut self, at: usize, scope: &Scope) -> Pushed<'a> {
        let node = self.code.nodes[at];
        let is_again = node.is_constant && node.operands > 0 && scope.index.is_some();
        if !is_again {
            return self.eval_anew(node, at, scope);
        }
        if let Some(&(_, value)) = self.constants.iter().find(|(node, _)| *node == at) {
            self.items.push(Item::Boolean(value));
            return Ok(());
        }
        let start = self.items.len();
        self.eval_anew(node, at, scope)?;
        if let [Item::Boolean(value)] = self.items[start..] {
            self.constants.push((at, value));
        }
        Ok(())
    }

    fn eval_anew(&mut self, node: Node, at: usize, scope: &Scope) -> Pushed<'a> {
        self.spend(1)?;
        match node.op {
            Op::This => self.push_copies(scope.this.clone())?,
            Op::Index => self.items.extend(scope.index.map(Item::Integer)),
            Op::Total => self.push_copies(scope.total.clone())?,
            Op::Empty => {}
            Op::True => self.items.push(Item::Boolean(true)),
            Op::False => self.items.push(Item::Boolean(false)),
            Op::Number | Op::Text | Op::Moment => self.literal(node)?,
            Op::Variable => self.variable(node)?,
            Op::Name => self.begin_path(node, scope)?,
            Op::And | Op::Or | Op::Xor | Op::Implies => self.logic(node.op, at, scope)?,
            Op::Where | Op::Select | Op::Repeat | Op::All | Op::Aggregate | Op::Iif | Op::Trace => {
                self.criteria(node.op, at, scope)?;
            }
            Op::Exists if node.operands == 2 => self.criteria(node.op, at, scope)?,
            Op::Known => {
                return Err(Undecided(self.node_text(node)));
            }
            Op::Malformed => return Err(Undecided("an expression that is not FHIRPath")),
            _ => {
                let start = self.items.len();
                let mut ranges = [const { 0..0 }; 4];
                for (range, operand) in ranges.iter_mut().zip(self.operands(at)) {
                    if let Some(operand) = operand {
                        *range = self.items_of(operand, scope)?;
                    }
                }
                let made = self.items.len();
                self.apply(node, &ranges)?;
                self.keep(start, made);
            }
        }
        Ok(())
    }

    /// Takes out what was pushed from `start` to `made`: what is after it was made from that.
    pub(super) fn keep(&mut self, start: usize, made: usize) {
        self.items.drain(start..made);
    }

    pub(super) fn push_copies(&mut self, range: Range<usize>) -> Pushed<'a> {
        self.spend(range.len() as u64)?;
        self.items.extend_from_within(range);
        Ok(())
    }

    pub(super) fn push_boolean(&mut self, value: Option<bool>) {
        self.items.extend(value.map(Item::Boolean));
    }

    /// A collection as a condition: its only item, which counts as true where it is no boolean
    /// (N1, singleton evaluation of collections).
    pub(super) fn boolean(&self, range: Range<usize>) -> Result<Option<bool>, Undecided<'a>> {
        match &self.items[range] {
            [] => Ok(None),
            [Item::Boolean(value)] => Ok(Some(*value)),
            [Item::Element(element)] => {
                Ok(Some(element.value.and_then(crate::json::Value::as_bool).unwrap_or(true)))
            }
            [_] => Ok(Some(true)),
            _ => Err(Undecided("several items where one is expected")),
        }
    }

    /// Evaluates the node at `at` as a condition, leaving nothing behind.
    pub(super) fn condition(&mut self, at: usize, scope: &Scope) -> Result<Option<bool>, Undecided<'a>> {
        let start = self.items.len();
        let range = self.items_of(at, scope);
        let value = range.and_then(|range| self.boolean(range));
        self.items.truncate(start);
        value
    }

    fn literal(&mut self, node: Node) -> Pushed<'a> {
        let text = self.node_text(node);
        self.items.push(match node.op {
            Op::Text => Item::Text(Cow::Borrowed(text)),
            Op::Number => {
                if let Ok(integer) = text.parse() {
                    Item::Integer(integer)
                } else {
                    let number = super::decimal::Decimal::parse(text);
                    Item::number(number.ok_or(Undecided("a number of more than 28 digits"))?)
                }
            }
            _ => {
                let moment = super::moment::Moment::parse(text);
                Item::Moment(moment.ok_or(Undecided("a literal that is no date"))?)
            }
        });
        Ok(())
    }

    fn variable(&mut self, node: Node) -> Pushed<'a> {
        let name = self.node_text(node);
        let url = |url: &'a str| Item::Text(Cow::Borrowed(url));
        self.items.push(match name {
            "context" => Item::Element(self.context.element),
            "resource" => Item::Element(self.context.resource),
            "rootResource" => Item::Element(self.context.root),
            "ucum" => url("http://unitsofmeasure.org"),
            "sct" => url("http://snomed.info/sct"),
            "loinc" => url("http://loinc.org"),
            _ => {
                let value_set = name.strip_prefix("vs-").map(|id| ["http://hl7.org/fhir/ValueSet/", id]);
                let extension =
                    name.strip_prefix("ext-").map(|id| ["http://hl7.org/fhir/StructureDefinition/", id]);
                let parts = value_set.or(extension).ok_or(Undecided(name))?;
                Item::Text(parts.concat().into())
            }
        });
        Ok(())
    }

    /// `and`, `or`, `xor`, `implies`: what one side decides alone does not wait for the other.
    fn logic(&mut self, op: Op, at: usize, scope: &Scope) -> Pushed<'a> {
        let [Some(left), Some(right), ..] = self.operands(at) else { return Ok(()) };
        let left = self.condition(left, scope);
        // The value of either side that decides the whole, and what it is then.
        let (by_left, by_right, then) = match op {
            Op::And => (Some(false), Some(false), false),
            Op::Or => (Some(true), Some(true), true),
            Op::Implies => (Some(false), Some(true), true),
            _ => (None, None, false),
        };
        if by_left.is_some() && left == Ok(by_left) {
            self.items.push(Item::Boolean(then));
            return Ok(());
        }
        let right = self.condition(right, scope);
        if by_right.is_some() && right == Ok(by_right) {
            self.items.push(Item::Boolean(then));
            return Ok(());
        }
        let value = left?.zip(right?).map(|(left, right)| match op {
            Op::And => left && right,
            Op::Or => left || right,
            Op::Implies => !left || right,
            _ => left != right,
        });
        self.push_boolean(value);
        Ok(())
    }

    /// Whether two collections are alike, as a boolean that is pushed.
    pub(super) fn push_likeness(
        &mut self,
        left: Range<usize>,
        right: Range<usize>,
        likeness: Likeness,
        is_negated: bool,
    ) -> Pushed<'a> {
        let alike = self.are_alike(left, right, likeness)?;
        self.push_boolean(alike.map(|alike| alike != is_negated));
        Ok(())
    }

    /// The only item of a collection; `None` where there is none.
    pub(super) fn single(&self, range: Range<usize>) -> Result<Option<&Item<'a>>, Undecided<'a>> {
        match &self.items[range] {
            [] => Ok(None),
            [item] => Ok(Some(item)),
            _ => Err(Undecided("several items where one is expected")),
        }
    }
}

impl core::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Evaluator").field("steps", &self.steps).finish_non_exhaustive()
    }
}
