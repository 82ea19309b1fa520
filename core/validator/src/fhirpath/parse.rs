//! Tokens to a program, by precedence climbing.

use alloc::{borrow::Cow, collections::BTreeMap, string::String};

use super::{
    known::Known,
    lex::{Lexer, Token},
    program::{Builder, Misshapen, Op, Program},
};

/// Most bytes of an expression. The longest in use has 2,000.
const LONGEST: usize = 32 * 1024;

/// Most brackets open at once: what reading an expression costs of the native stack.
const MOST_OPEN: u32 = 256;

/// Where something is wrong, and what was expected there.
pub(super) type Fault = (usize, &'static str);

/// Why a text is no expression, and where. Source of the rules: the grammar of FHIRPath N1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset} of the expression: expected {expected}")]
pub struct ParseError {
    /// Byte offset into the expression.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

pub(super) fn parse(expression: &str) -> Result<Program, ParseError> {
    let known = Known::ALL.iter().find(|known| known.expressions().contains(&expression));
    let parsed = match known {
        Some(known) => Ok(known.program()),
        None => parse_plainly(expression),
    };
    parsed.map_err(|(offset, expected)| ParseError { offset, expected })
}

/// As [`parse`], without looking for expressions that are known as a whole.
pub(super) fn parse_plainly(expression: &str) -> Result<Program, Fault> {
    if expression.len() > LONGEST {
        return Err((LONGEST, "an expression of at most 32 KiB"));
    }
    let mut parser = Parser {
        lexer: Lexer::new(expression),
        token: Token::End,
        at: 0,
        open: 0,
        builder: Builder::default(),
        text: String::new(),
        texts: BTreeMap::new(),
    };
    parser.advance()?;
    parser.expression(0)?;
    if parser.token != Token::End {
        return Err((parser.at, "an operator or the end of the expression"));
    }
    let nodes = parser.builder.finish().map_err(|_| (0, "an expression"))?;
    Ok(Program { nodes, text: parser.text })
}

/// An operator between two operands and how strongly it binds.
const OPERATORS: &[(&str, u8, Op)] = &[
    ("implies", 1, Op::Implies),
    ("or", 2, Op::Or),
    ("xor", 2, Op::Xor),
    ("and", 3, Op::And),
    ("in", 4, Op::In),
    ("contains", 4, Op::Holds),
    ("=", 5, Op::Equal),
    ("!=", 5, Op::NotEqual),
    ("~", 5, Op::Equivalent),
    ("!~", 5, Op::NotEquivalent),
    ("<", 6, Op::Less),
    (">", 6, Op::Greater),
    ("<=", 6, Op::LessOrEqual),
    (">=", 6, Op::GreaterOrEqual),
    ("|", 7, Op::Union),
    ("is", 8, Op::Is),
    ("as", 8, Op::As),
    ("+", 9, Op::Add),
    ("-", 9, Op::Subtract),
    ("&", 9, Op::Concatenate),
    ("*", 10, Op::Multiply),
    ("/", 10, Op::Divide),
    ("div", 10, Op::IntegerDivide),
    ("mod", 10, Op::Modulo),
];

/// Units of time that may follow a number without quotes.
const CALENDAR: &[&str] = &["year", "month", "week", "day", "hour", "minute", "second", "millisecond"];

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token<'t>,
    at: usize,
    open: u32,
    builder: Builder,
    text: String,
    texts: BTreeMap<String, (u32, u32)>,
}

impl<'t> Parser<'t> {
    /// Takes the current token and reads the next.
    fn advance(&mut self) -> Result<Token<'t>, Fault> {
        let (token, at) = self.lexer.next()?;
        self.at = at;
        Ok(core::mem::replace(&mut self.token, token))
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(found) if found == symbol)
    }

    fn accept(&mut self, symbol: &str) -> Result<bool, Fault> {
        let is_it = self.is(symbol);
        if is_it {
            self.advance()?;
        }
        Ok(is_it)
    }

    fn expect(&mut self, symbol: &str, expected: &'static str) -> Result<(), Fault> {
        if self.accept(symbol)? { Ok(()) } else { Err((self.at, expected)) }
    }

    fn push(&mut self, op: Op, operands: u8, text: &str) -> Result<(), Fault> {
        let end = self.text.len() as u32;
        let place = self.texts.get(text).copied().unwrap_or_else(|| {
            self.text.push_str(text);
            (end, end + text.len() as u32)
        });
        self.texts.entry(text.into()).or_insert(place);
        self.builder.push(op, operands, place).map_err(|fault| match fault {
            Misshapen::Operands => (self.at, "another number of arguments"),
            Misshapen::Levels => (self.at, "an expression of at most 128 levels"),
        })
    }

    fn operator(&self) -> Option<(u8, Op)> {
        let name = match &self.token {
            Token::Symbol(symbol) => symbol,
            Token::Name(name, false) => name.as_ref(),
            _ => return None,
        };
        OPERATORS.iter().find(|(operator, ..)| *operator == name).map(|&(_, strength, op)| (strength, op))
    }

    /// An expression whose operators all bind more strongly than `weakest`.
    fn expression(&mut self, weakest: u8) -> Result<(), Fault> {
        self.open += 1;
        if self.open > MOST_OPEN {
            return Err((self.at, "fewer brackets open at once"));
        }
        self.signed()?;
        while let Some((strength, op)) = self.operator().filter(|(strength, _)| *strength > weakest) {
            self.advance()?;
            if matches!(op, Op::Is | Op::As) {
                let name = self.type_name()?;
                self.push(op, 1, &name)?;
            } else {
                self.expression(strength)?;
                self.push(op, 2, "")?;
            }
        }
        self.open -= 1;
        Ok(())
    }

    fn signed(&mut self) -> Result<(), Fault> {
        let mut is_negative = false;
        while self.is("-") || self.is("+") {
            is_negative ^= self.is("-");
            self.advance()?;
        }
        self.path()?;
        if is_negative { self.push(Op::Negate, 1, "") } else { Ok(()) }
    }

    fn path(&mut self) -> Result<(), Fault> {
        self.term()?;
        loop {
            if self.accept(".")? {
                match self.advance()? {
                    Token::Name(name, _) if self.is("(") => self.call(&name)?,
                    Token::Name(name, _) => self.push(Op::Member, 1, &name)?,
                    Token::Symbol("$this") => {}
                    _ => return Err((self.at, "a name after the point")),
                }
            } else if self.accept("[")? {
                self.expression(0)?;
                self.expect("]", "] after the index")?;
                self.push(Op::Item, 2, "")?;
            } else {
                return Ok(());
            }
        }
    }

    fn term(&mut self) -> Result<(), Fault> {
        let at = self.at;
        match self.advance()? {
            Token::Name(name, false) if name == "true" => self.push(Op::True, 0, ""),
            Token::Name(name, false) if name == "false" => self.push(Op::False, 0, ""),
            Token::Name(name, _) if self.is("(") => {
                self.push(Op::This, 0, "")?;
                self.call(&name)
            }
            Token::Name(name, _) => self.push(Op::Name, 0, &name),
            Token::Variable(name) => self.push(Op::Variable, 0, &name),
            Token::Text(text) => self.push(Op::Text, 0, &text),
            Token::Moment(text) => self.push(Op::Moment, 0, text),
            Token::Number(text) => {
                self.push(Op::Number, 0, text)?;
                self.unit()
            }
            Token::Symbol("$this") => self.push(Op::This, 0, ""),
            Token::Symbol("$index") => self.push(Op::Index, 0, ""),
            Token::Symbol("$total") => self.push(Op::Total, 0, ""),
            Token::Symbol("(") => {
                self.expression(0)?;
                self.expect(")", ") after the expression")
            }
            Token::Symbol("{") => {
                self.expect("}", "} after {")?;
                self.push(Op::Empty, 0, "")
            }
            _ => Err((at, "a name or a value")),
        }
    }

    /// The unit after a number, if there is one.
    fn unit(&mut self) -> Result<(), Fault> {
        let unit = match &self.token {
            Token::Text(unit) => unit.clone(),
            Token::Name(name, false) => {
                let singular = name.strip_suffix('s').unwrap_or(name);
                match CALENDAR.iter().find(|unit| **unit == singular) {
                    Some(unit) => Cow::Borrowed(*unit),
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        self.advance()?;
        self.push(Op::Unit, 1, &unit)
    }

    /// A call of the function `name` on the expression before it.
    fn call(&mut self, name: &str) -> Result<(), Fault> {
        self.expect("(", "( after the name of a function")?;
        if let "is" | "as" | "ofType" = name {
            let of = self.type_name()?;
            self.expect(")", ") after the name of the type")?;
            return self.push(if name == "is" { Op::Is } else { Op::As }, 1, &of);
        }
        let mut operands = 1;
        if !self.accept(")")? {
            loop {
                self.expression(0)?;
                operands = u8::saturating_add(operands, 1);
                if !self.accept(",")? {
                    break;
                }
            }
            self.expect(")", ", or ) after the argument")?;
        }
        let op = Op::named(name).filter(|op| name.starts_with(char::is_alphabetic) && !op.is_operator(name));
        match op {
            Some(op) => self.push(op, operands, ""),
            None => self.push(Op::Other, operands, name),
        }
    }

    /// `Type` or `Namespace.Type`.
    fn type_name(&mut self) -> Result<String, Fault> {
        let mut name = String::new();
        loop {
            match self.advance()? {
                Token::Name(part, _) => name.push_str(&part),
                _ => return Err((self.at, "the name of a type")),
            }
            let is_namespace = matches!(name.as_str(), "FHIR" | "System");
            if !is_namespace || !self.accept(".")? {
                return Ok(name);
            }
            name.push('.');
        }
    }
}

impl Op {
    /// Whether `name` is that of an operator, which cannot be called.
    fn is_operator(self, name: &str) -> bool {
        OPERATORS.iter().any(|&(operator, _, op)| op == self && operator == name)
    }
}
