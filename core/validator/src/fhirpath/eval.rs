//! Evaluating a program.
//!
//! All collections are stretches of one stack of items: what a node gives is pushed after what it
//! was made from, which is taken out then. So an evaluation allocates no collections.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::ops::Range;

use super::{
    Undecided,
    item::Item,
    model::{Element, Model, Type},
    paths::Paths,
    patterns::Pattern,
    program::{Code, Node, Op},
};
use crate::json::Kind;

/// As many items as there are at once in most evaluations.
const USUAL_ITEMS: usize = 32;

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
    pub(super) patterns: Vec<Pattern>,
    pub(super) code: Code<'a>,
    /// What parts of a criterion that are the same for every item have given, by their node.
    pub(super) constants: Vec<(usize, bool)>,
    /// The same for texts, where plain JSON gives them.
    pub(super) words: Vec<(usize, Option<Cow<'a, str>>)>,
    pub(super) paths: Paths<'a>,
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

impl Scope {
    /// That of a criterion for the item at `at`, whose number in its collection is `index`.
    pub(super) fn item(at: usize, index: i64) -> Self {
        Self { this: at..at + 1, index: Some(index), total: 0..0 }
    }
}

/// What evaluating gives: its items are pushed.
pub(super) type Pushed<'a> = Result<(), Undecided<'a>>;

impl<'a> Evaluator<'a> {
    /// An evaluator that takes at most `steps`, of which a navigation or an operation is one.
    pub fn new(model: &'a dyn Model, steps: u64) -> Self {
        let nowhere = Element { value: None, sibling: None, of: Type::UNKNOWN };
        Self {
            model,
            items: Vec::new(),
            context: Context { element: nowhere, resource: nowhere, root: nowhere, now: None },
            is_uncertain: false,
            patterns: Vec::new(),
            code: Code { nodes: &[], text: "" },
            constants: Vec::new(),
            words: Vec::new(),
            paths: Paths::default(),
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
        let Some(last) = self.begin(code, context) else { return Ok(None) };
        // What is beside a primitive takes a closer look.
        let this = context.element.value.filter(|value| match value.kind() {
            Kind::Object => true,
            Kind::Null | Kind::Array => false,
            _ => context.element.sibling.is_none(),
        });
        if let Some(Ok(found)) = this.map(|this| self.plainly(last, this)) {
            return Ok(found);
        }
        self.clear();
        self.condition(last, &Self::OUTERMOST)
    }

    /// Whether the last test compared values of different precision, which may be why it gave nothing.
    pub(crate) fn is_uncertain(&self) -> bool {
        self.is_uncertain
    }

    /// The texts of what `code` gives; of elements with other elements inside, their JSON.
    ///
    /// # Errors
    /// As for [`Evaluator::test`].
    pub fn texts(&mut self, code: Code<'a>, context: Context<'a>) -> Result<Vec<String>, Undecided<'a>> {
        let Some(last) = self.begin(code, context) else { return Ok(Vec::new()) };
        self.clear();
        self.eval(last, &Self::OUTERMOST)?;
        let text = |item: &Item<'a>| match (item.plain(self.model), item) {
            (Some(plain), _) => plain.to_text(),
            (None, Item::Element(element)) => element.value.map_or(String::new(), |value| value.raw().into()),
            (None, _) => String::new(),
        };
        Ok(self.items[1..].iter().map(text).collect())
    }

    /// The scope of a whole expression.
    const OUTERMOST: Scope = Scope { this: 0..1, index: None, total: 0..0 };

    /// Takes what is to be evaluated, and gives the last of its nodes.
    fn begin(&mut self, code: Code<'a>, context: Context<'a>) -> Option<usize> {
        // Several expressions about one element mostly look at the same of it.
        if !core::ptr::eq(self.code.text, code.text) || !self.context.element.is_same(context.element) {
            self.paths.clear();
        }
        self.constants.clear();
        self.is_uncertain = false;
        self.words.clear();
        self.code = code;
        // One by one: WebAssembly has to call somebody to copy more than 64 bytes.
        let Context { element, resource, root, now } = context;
        self.context.element = element;
        self.context.resource = resource;
        self.context.root = root;
        self.context.now = now;
        code.nodes.len().checked_sub(1)
    }

    /// Puts the element on the stack, and nothing else.
    fn clear(&mut self) {
        if self.items.capacity() == 0 {
            self.items.reserve(USUAL_ITEMS);
        }
        self.items.clear();
        self.items.push(Item::Element(self.context.element));
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

    /// Takes `steps` from those that are left, where they are enough.
    pub(super) fn spend_some(&mut self, steps: u64) -> bool {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(self.steps);
        left.is_some()
    }

    /// The place of the operand before the one at `at`.
    pub(super) fn before(&self, at: usize) -> usize {
        at - self.code.nodes[at].size as usize
    }

    /// The places of the operands of the node at `at`, first to last; `None` for those not given.
    pub(super) fn operands(&self, at: usize) -> [Option<usize>; 4] {
        let mut places = [None; 4];
        let mut last = at - 1;
        for which in (0..self.code.nodes[at].operands as usize).rev() {
            places.iter_mut().skip(which).take(1).for_each(|place| *place = Some(last));
            last = if which > 0 { self.before(last) } else { last };
        }
        places
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
        match node.op {
            Op::This => {
                self.spend(1)?;
                self.push_copies(scope.this.clone())
            }
            Op::Name => {
                self.spend(1)?;
                self.begin_path(node, scope.this.clone())
            }
            Op::Member => {
                self.spend(1)?;
                let start = self.items.len();
                self.eval(at - 1, scope)?;
                self.replace_by_members(start, self.node_text(node))
            }
            op if op.is_condition() => {
                let value = self.condition(at, scope)?;
                self.push_boolean(value);
                Ok(())
            }
            _ => self.eval_rarer(node, at, scope),
        }
    }

    /// The same for what is neither a step of a path nor a condition.
    fn eval_rarer(&mut self, node: Node, at: usize, scope: &Scope) -> Pushed<'a> {
        let is_again = node.is_constant && node.operands > 0 && scope.index.is_some();
        if is_again && let Some(value) = self.remembered(at) {
            self.items.push(Item::Boolean(value));
            return Ok(());
        }
        let start = self.items.len();
        self.eval_anew(node, at, scope)?;
        if is_again && let [Item::Boolean(value)] = self.items[start..] {
            self.constants.push((at, value));
        }
        Ok(())
    }

    /// What the node at `at`, which is constant, has given before.
    pub(super) fn remembered(&self, at: usize) -> Option<bool> {
        self.constants.iter().find(|(node, _)| *node == at).map(|(_, value)| *value)
    }

    fn eval_anew(&mut self, node: Node, at: usize, scope: &Scope) -> Pushed<'a> {
        self.spend(1)?;
        match node.op {
            Op::Index => self.items.extend(scope.index.map(Item::Integer)),
            Op::Total => self.push_copies(scope.total.clone())?,
            Op::Empty => {}
            Op::True => self.items.push(Item::Boolean(true)),
            Op::False => self.items.push(Item::Boolean(false)),
            Op::Number | Op::Text | Op::Moment => self.literal(node)?,
            Op::Variable => self.variable(node)?,
            Op::Where | Op::Select | Op::Repeat | Op::Aggregate | Op::Iif | Op::Trace => {
                self.criteria(node.op, at, scope)?;
            }
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
        if let [item] = &self.items[range.clone()] {
            let item = item.clone();
            self.items.push(item);
        } else {
            self.items.extend_from_within(range);
        }
        Ok(())
    }

    pub(super) fn push_boolean(&mut self, value: Option<bool>) {
        if let Some(value) = value {
            self.items.push(Item::Boolean(value));
        }
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
                Item::moment(moment.ok_or(Undecided("a literal that is no date"))?)
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
