//! The compiled form of an expression.

use alloc::{string::String, vec::Vec};

use super::{
    known::Known,
    parse::{ParseError, parse},
    plain::Shape,
};

/// Most levels of an expression: what evaluating it costs of the native stack.
pub(super) const MOST_LEVELS: u16 = 128;

/// What a node does: a value, an operator or a function.
macro_rules! ops {
    ($($(#[$doc:meta])* $variant:ident $least:literal..=$most:literal $($name:literal)?,)*) => {
        /// What a node does. The order is part of the format of packs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Op {
            $($(#[$doc])* $variant,)*
        }

        impl Op {
            const ALL: &[Self] = &[$(Self::$variant),*];

            /// Fewest and most operands; the first of a function is what it is called on.
            pub(super) const fn arity(self) -> (u8, u8) {
                match self {
                    $(Self::$variant => ($least, $most),)*
                }
            }

            /// The function or operator called `name`.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($($name => Some(Self::$variant),)?)*
                    _ => None,
                }
            }

            /// The name of a function or operator.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)?)*
                    _ => "",
                }
            }
        }
    };
}

ops! {
    /// `$this`
    This 0..=0,
    /// `$index`
    Index 0..=0,
    /// `$total`
    Total 0..=0,
    /// `{}`
    Empty 0..=0,
    /// `true`
    True 0..=0,
    /// `false`
    False 0..=0,
    /// A number, with or without a fraction; the text is the number.
    Number 0..=0,
    /// A text.
    Text 0..=0,
    /// A date, dateTime or time.
    Moment 0..=0,
    /// A number with the unit in the text.
    Unit 1..=1,
    /// `%name`
    Variable 0..=0,
    /// A name that begins a path: of a type or of a child of `$this`.
    Name 0..=0,
    /// `.name`
    Member 1..=1,
    /// `[…]`
    Item 2..=2,
    /// `-…`
    Negate 1..=1,
    Multiply 2..=2 "*",
    Divide 2..=2 "/",
    IntegerDivide 2..=2 "div",
    Modulo 2..=2 "mod",
    Add 2..=2 "+",
    Subtract 2..=2 "-",
    Concatenate 2..=2 "&",
    Less 2..=2 "<",
    Greater 2..=2 ">",
    LessOrEqual 2..=2 "<=",
    GreaterOrEqual 2..=2 ">=",
    Equal 2..=2 "=",
    NotEqual 2..=2 "!=",
    Equivalent 2..=2 "~",
    NotEquivalent 2..=2 "!~",
    In 2..=2 "in",
    /// `… contains …`, of collections.
    Holds 2..=2,
    And 2..=2 "and",
    Or 2..=2 "or",
    Xor 2..=2 "xor",
    Implies 2..=2 "implies",
    /// `is`; the type is in the text.
    Is 1..=1 "is",
    /// `as` and `ofType`, which filter alike.
    As 1..=1 "as",
    Union 2..=2 "union",
    Combine 2..=2 "combine",
    Exists 1..=2 "exists",
    IsEmpty 1..=1 "empty",
    Not 1..=1 "not",
    All 2..=2 "all",
    AllTrue 1..=1 "allTrue",
    AnyTrue 1..=1 "anyTrue",
    AllFalse 1..=1 "allFalse",
    AnyFalse 1..=1 "anyFalse",
    SubsetOf 2..=2 "subsetOf",
    SupersetOf 2..=2 "supersetOf",
    Count 1..=1 "count",
    Distinct 1..=1 "distinct",
    IsDistinct 1..=1 "isDistinct",
    Where 2..=2 "where",
    Select 2..=2 "select",
    Repeat 2..=2 "repeat",
    Aggregate 2..=3 "aggregate",
    Single 1..=1 "single",
    First 1..=1 "first",
    Last 1..=1 "last",
    Tail 1..=1 "tail",
    Skip 2..=2 "skip",
    Take 2..=2 "take",
    Intersect 2..=2 "intersect",
    Exclude 2..=2 "exclude",
    Iif 3..=4 "iif",
    Trace 2..=3 "trace",
    Children 1..=1 "children",
    Descendants 1..=1 "descendants",
    Extension 2..=2 "extension",
    HasValue 1..=1 "hasValue",
    GetValue 1..=1 "getValue",
    Resolve 1..=1 "resolve",
    ToBoolean 1..=1 "toBoolean",
    ToInteger 1..=1 "toInteger",
    ToDecimal 1..=1 "toDecimal",
    ToText 1..=1 "toString",
    ToDate 1..=1 "toDate",
    ToDateTime 1..=1 "toDateTime",
    ToTime 1..=1 "toTime",
    ToQuantity 1..=2 "toQuantity",
    ConvertsToBoolean 1..=1 "convertsToBoolean",
    ConvertsToInteger 1..=1 "convertsToInteger",
    ConvertsToDecimal 1..=1 "convertsToDecimal",
    ConvertsToText 1..=1 "convertsToString",
    ConvertsToDate 1..=1 "convertsToDate",
    ConvertsToDateTime 1..=1 "convertsToDateTime",
    ConvertsToTime 1..=1 "convertsToTime",
    ConvertsToQuantity 1..=2 "convertsToQuantity",
    IndexOf 2..=2 "indexOf",
    LastIndexOf 2..=2 "lastIndexOf",
    Substring 2..=3 "substring",
    StartsWith 2..=2 "startsWith",
    EndsWith 2..=2 "endsWith",
    Contains 2..=2 "contains",
    Upper 1..=1 "upper",
    Lower 1..=1 "lower",
    Trim 1..=1 "trim",
    Replace 3..=3 "replace",
    Matches 2..=2 "matches",
    MatchesFull 2..=2 "matchesFull",
    ReplaceMatches 3..=3 "replaceMatches",
    Length 1..=1 "length",
    ToChars 1..=1 "toChars",
    Split 2..=2 "split",
    Join 1..=2 "join",
    Abs 1..=1 "abs",
    Ceiling 1..=1 "ceiling",
    Floor 1..=1 "floor",
    Round 1..=2 "round",
    Truncate 1..=1 "truncate",
    Power 2..=2 "power",
    Now 1..=1 "now",
    Today 1..=1 "today",
    TimeOfDay 1..=1 "timeOfDay",
    /// A function that only its surroundings can decide, or that nobody knows; its name is the text.
    Other 1..=8,
    /// A whole expression that is known by the name in the text; see [`super::Known`].
    Known 0..=0,
    /// What should be an expression and is none.
    Malformed 0..=0,
}

impl Op {
    /// Whether a node of it has a text.
    const fn has_text(self) -> bool {
        matches!(
            self,
            Self::Number
                | Self::Text
                | Self::Moment
                | Self::Unit
                | Self::Variable
                | Self::Name
                | Self::Member
                | Self::Is
                | Self::As
                | Self::Other
                | Self::Known
        )
    }
}

/// One value, operator or call. The nodes of its operands stand before it, the last one closest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(super) op: Op,
    pub(super) operands: u8,
    /// The number of nodes of which this is the last, all below it included.
    pub(super) size: u32,
    /// Whether it gives the same for every item that it may be evaluated on.
    pub(super) is_constant: bool,
    /// Whether it is a path of names alone, such as `Task.code`.
    pub(super) is_path: bool,
    /// Whether it asks no more than whether `$this` is one of some texts, such as `$this = 'a' or $this = 'b'`.
    pub(super) is_choice: bool,
    pub(super) shape: Shape,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Node {
    /// The only node of a program whose text has `length` bytes.
    pub(super) fn single(op: Op, is_constant: bool, length: u32) -> Self {
        Self {
            op,
            operands: 0,
            size: 1,
            is_constant,
            is_path: false,
            is_choice: false,
            shape: Shape::Other,
            start: 0,
            end: length,
        }
    }

    /// What the node does and its number of operands, as one word.
    pub(crate) fn to_word(self) -> u32 {
        self.op as u32 | u32::from(self.operands) << 8
    }

    /// The same where its text has moved `by` bytes.
    pub(crate) fn moved(self, by: u32) -> Self {
        match self.text() {
            Some((start, end)) => Self { start: start + by, end: end + by, ..self },
            None => self,
        }
    }

    /// Where its text is, if it has one.
    pub(crate) fn text(self) -> Option<(u32, u32)> {
        self.op.has_text().then_some((self.start, self.end))
    }
}

/// Puts nodes together so that evaluating them can trust their shape.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    pub(super) nodes: Vec<Node>,
    /// First node of each expression that nothing uses yet, and its levels.
    open: Vec<(u32, u16)>,
}

/// What is wrong with the shape of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misshapen {
    /// The wrong number of operands.
    Operands,
    /// More than [`MOST_LEVELS`].
    Levels,
}

impl Builder {
    /// Adds what [`Node::to_word`] and [`Node::text`] gave.
    pub(crate) fn push_word(&mut self, word: u32, text: Option<(u32, u32)>) -> Result<(), Misshapen> {
        let op = Op::ALL.get(word as usize & 0xFF).filter(|_| word < 1 << 16);
        let op = op.copied().filter(|op| op.has_text() == text.is_some()).ok_or(Misshapen::Operands)?;
        self.push(op, (word >> 8) as u8, text.unwrap_or_default())
    }

    pub(super) fn push(&mut self, op: Op, operands: u8, text: (u32, u32)) -> Result<(), Misshapen> {
        let (least, most) = op.arity();
        let below =
            self.open.len().checked_sub(operands as usize).filter(|_| (least..=most).contains(&operands));
        let below = below.ok_or(Misshapen::Operands)?;
        let at = self.nodes.len() as u32;
        let first = self.open.get(below).map_or(at, |&(first, _)| first);
        // All operands end where their nodes do, so these are constant together.
        let is_constant = !matches!(op, Op::This | Op::Index | Op::Total | Op::Name)
            && self.nodes[first as usize..].iter().all(|node| node.is_constant);
        let is_path =
            op == Op::Name || (op == Op::Member && self.nodes.last().is_some_and(|node| node.is_path));
        let shape = {
            let ends = self.open[below..]
                .iter()
                .skip(1)
                .map(|&(first, _)| first)
                .chain((operands > 0).then_some(at));
            let mut shapes = [Shape::Other; 4];
            for (shape, end) in shapes.iter_mut().zip(ends) {
                *shape = self.nodes[end as usize - 1].shape;
            }
            shapes.get(..operands.into()).map_or(Shape::Other, |shapes| Shape::of(op, shapes))
        };
        let is_choice = match (op, &self.nodes[first as usize..]) {
            (Op::Equal, [this, text]) => this.op == Op::This && text.op == Op::Text,
            (Op::Or, [.., right]) => {
                // The operand before ends where this one begins.
                let before = self.nodes.len() - right.size as usize;
                right.is_choice && before.checked_sub(1).is_some_and(|at| self.nodes[at].is_choice)
            }
            _ => false,
        };
        let levels = 1 + self.open[below..].iter().map(|&(_, levels)| levels).max().unwrap_or(0);
        if levels > MOST_LEVELS {
            return Err(Misshapen::Levels);
        }
        self.open.truncate(below);
        self.open.push((first, levels));
        let (size, (start, end)) = (at - first + 1, text);
        self.nodes.push(Node { op, operands, size, is_constant, is_path, is_choice, shape, start, end });
        Ok(())
    }

    /// The nodes, where they are one expression.
    pub(crate) fn finish(self) -> Result<Vec<Node>, Misshapen> {
        if self.open.len() == 1 { Ok(self.nodes) } else { Err(Misshapen::Operands) }
    }
}

/// A compiled expression.
///
/// `Debug` shows its size only.
#[derive(Clone)]
pub struct Program {
    pub(super) nodes: Vec<Node>,
    /// Names and literals, one after another.
    pub(super) text: String,
}

impl Program {
    /// Compiles `expression`.
    ///
    /// A function that nobody knows is no error: evaluating it is [`Undecided`](super::Undecided)
    /// by its name.
    ///
    /// # Errors
    /// [`ParseError`] where the text is no FHIRPath, or is longer or deeper than the limits.
    pub fn compile(expression: &str) -> Result<Self, ParseError> {
        parse(expression)
    }

    /// As [`Program::compile`], without a shorter way for what is known as a whole.
    #[cfg(test)]
    pub(crate) fn compile_plainly(expression: &str) -> Result<Self, super::parse::Fault> {
        super::parse::parse_plainly(expression)
    }

    /// The same, evaluated all the way: without what the shapes of expressions allow.
    #[cfg(test)]
    pub(crate) fn without_short_ways(mut self) -> Self {
        for node in &mut self.nodes {
            *node =
                Node { is_constant: false, is_path: false, is_choice: false, shape: Shape::Other, ..*node };
        }
        self
    }

    /// The program in the form that packs keep.
    pub fn code(&self) -> Code<'_> {
        Code { nodes: &self.nodes, text: &self.text }
    }

    /// A program that is undecided, for what is no expression.
    pub(crate) fn malformed() -> Self {
        Self { nodes: alloc::vec![Node::single(Op::Malformed, true, 0)], text: String::new() }
    }

    /// Each node as a word with its text.
    pub(crate) fn words(&self) -> impl Iterator<Item = (u32, Option<&str>)> {
        self.nodes.iter().map(|node| {
            let text = node.text().map(|(start, end)| &self.text[start as usize..end as usize]);
            (node.to_word(), text)
        })
    }
}

impl core::fmt::Debug for Program {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Program").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

/// A compiled expression where it stands: in a [`Program`] or in a pack.
#[derive(Clone, Copy)]
pub struct Code<'p> {
    pub(super) nodes: &'p [Node],
    pub(super) text: &'p str,
}

impl<'p> Code<'p> {
    /// Nodes that a [`Builder`] made, and the text that theirs are parts of.
    pub(crate) fn new(nodes: &'p [Node], text: &'p str) -> Self {
        Self { nodes, text }
    }

    /// The known way to decide it, if there is one.
    pub(crate) fn known(self) -> Option<Known> {
        match self.nodes {
            [node] if node.op == Op::Known => Known::named(self.text(*node)),
            [_, node] if node.op == Op::Other && self.text(*node) == "htmlChecks" => {
                Some(Known::HasAllowedMarkup)
            }
            _ => None,
        }
    }

    pub(super) fn text(self, node: Node) -> &'p str {
        self.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    /// The names that paths in it begin with.
    pub(crate) fn names(self) -> impl Iterator<Item = &'p str> {
        self.nodes.iter().filter(|node| node.op == Op::Name).map(move |&node| self.text(node))
    }

    /// The paths of several names in it that no longer path goes on from: where each ends, and its names.
    pub(crate) fn long_paths(self) -> impl Iterator<Item = (usize, impl Iterator<Item = &'p str> + Clone)> {
        let goes_on =
            move |at: usize| self.nodes.get(at + 1).is_some_and(|next| next.is_path && next.op == Op::Member);
        let ends = move |(at, node): &(usize, &Node)| node.is_path && node.op == Op::Member && !goes_on(*at);
        self.nodes.iter().enumerate().filter(ends).map(move |(at, node)| {
            let steps = &self.nodes[at + 1 - node.size as usize..=at];
            (at, steps.iter().map(move |&step| self.text(step)))
        })
    }

    /// Whether it sees nothing of what it is evaluated on but the elements it names.
    pub(crate) fn asks_by_name(self) -> bool {
        use Op::{Index, Known, Malformed, Name, Now, This, TimeOfDay, Today, Total, Variable};
        self.nodes.iter().all(|node| match node.op {
            This | Index | Total | Variable | Known | Malformed | Now | Today | TimeOfDay => false,
            // It may be the name of a type, which is that of the element itself then.
            Name => !self.text(*node).starts_with(|first: char| first.is_ascii_uppercase()),
            _ => true,
        })
    }

    /// The names of the functions and operators in it, of its variables, and of what it is known by.
    pub fn constructs(self) -> impl Iterator<Item = &'p str> {
        self.nodes.iter().filter_map(move |&node| match node.op {
            Op::Variable | Op::Other | Op::Known => Some(self.text(node)),
            Op::Holds => Some("contains (operator)"),
            op => Some(op.name()).filter(|name| !name.is_empty()),
        })
    }
}

impl core::fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Code").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}
