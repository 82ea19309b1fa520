//! Text to tokens.

use alloc::{borrow::Cow, string::String};

use super::parse::Fault;

/// The smallest piece of an expression that means something.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// A name; `true` where it stood between backticks, so that it is no keyword.
    Name(Cow<'t, str>, bool),
    /// `%name`, without the sign.
    Variable(Cow<'t, str>),
    /// A text between quotes, unescaped.
    Text(Cow<'t, str>),
    /// A number as written.
    Number(&'t str),
    /// A date or time, without `@`.
    Moment(&'t str),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// Nothing is left.
    End,
}

/// Longer ones before those they begin with.
const SYMBOLS: &[&str] = &[
    "<=", ">=", "!=", "!~", "$this", "$index", "$total", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-",
    "*", "/", "|", "&", "<", ">", "=", "~",
];

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next token and the offset where it begins.
    pub(super) fn next(&mut self) -> Result<(Token<'t>, usize), Fault> {
        self.skip_space()?;
        let (start, rest) = (self.at, self.rest());
        let Some(first) = rest.bytes().next() else { return Ok((Token::End, start)) };
        let token = match first {
            b'\'' => Token::Text(self.quoted('\'')?),
            b'`' => Token::Name(self.quoted('`')?, true),
            b'%' => {
                self.at += 1;
                let quote = self.rest().chars().next().filter(|quote| matches!(quote, '\'' | '"' | '`'));
                Token::Variable(match quote {
                    Some(quote) => self.quoted(quote)?,
                    None => self.run(is_name).into(),
                })
            }
            b'@' => {
                self.at += 1;
                Token::Moment(self.moment())
            }
            b'0'..=b'9' => Token::Number(self.number()),
            _ if is_name(first) => Token::Name(self.run(is_name).into(), false),
            _ => {
                let symbol = SYMBOLS.iter().find(|&&symbol| rest.starts_with(symbol));
                let symbol = symbol.ok_or((start, "an operator, a name or a value"))?;
                self.at += symbol.len();
                Token::Symbol(symbol)
            }
        };
        match token {
            Token::Variable(name) if name.is_empty() => Err((start, "a name after %")),
            token => Ok((token, start)),
        }
    }

    fn skip_space(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").ok_or((self.at, "*/ at the end of the comment"))? + 2
            } else {
                return Ok(());
            };
            self.at += length;
        }
    }

    fn run(&mut self, is_part: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|&byte| is_part(byte)).count();
        self.at += length;
        &rest[..length]
    }

    fn number(&mut self) -> &'t str {
        let rest = self.rest();
        self.run(|byte| byte.is_ascii_digit());
        // A point that no digit follows is the one before a function.
        if self.rest().starts_with('.') && self.rest()[1..].starts_with(|one: char| one.is_ascii_digit()) {
            self.at += 1;
            self.run(|byte| byte.is_ascii_digit());
        }
        &rest[..rest.len() - self.rest().len()]
    }

    /// `2024-02-29T10:00:00.5+01:00` and what of it there is.
    fn moment(&mut self) -> &'t str {
        let rest = self.rest();
        self.run(|byte| byte.is_ascii_digit() || byte == b'-');
        if self.rest().starts_with('T') {
            self.at += 1;
            self.run(|byte| byte.is_ascii_digit() || byte == b':');
            if self.rest().starts_with('.') && self.rest()[1..].starts_with(|one: char| one.is_ascii_digit())
            {
                self.at += 1;
                self.run(|byte| byte.is_ascii_digit());
            }
            if self.rest().starts_with('Z') {
                self.at += 1;
            } else if self.rest().starts_with(['+', '-']) {
                self.at += 1;
                self.run(|byte| byte.is_ascii_digit() || byte == b':');
            }
        }
        &rest[..rest.len() - self.rest().len()]
    }

    /// What stands between this quote and the next, unescaped.
    fn quoted(&mut self, quote: char) -> Result<Cow<'t, str>, Fault> {
        let start = self.at;
        self.at += 1;
        let rest = self.rest();
        let mut unescaped: Option<String> = None;
        let mut characters = rest.char_indices();
        while let Some((at, one)) = characters.next() {
            if one == quote {
                self.at += at + 1;
                return Ok(unescaped.map_or(Cow::Borrowed(&rest[..at]), Cow::Owned));
            }
            if one != '\\' {
                if let Some(text) = &mut unescaped {
                    text.push(one);
                }
                continue;
            }
            let text = unescaped.get_or_insert_with(|| rest[..at].into());
            let escaped = match characters.next().map(|(_, one)| one) {
                Some('r') => '\r',
                Some('n') => '\n',
                Some('t') => '\t',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits = rest.get(at + 2..at + 6);
                    let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    for _ in 0..4 {
                        characters.next();
                    }
                    code.and_then(char::from_u32).ok_or((start, "four hexadecimal digits after \\u"))?
                }
                Some(one @ ('\'' | '"' | '`' | '\\' | '/')) => one,
                _ => return Err((start, "one of the escapes \\' \\\" \\` \\\\ \\/ \\r \\n \\t \\f \\u")),
            };
            text.push(escaped);
        }
        Err((start, "a quote at the end of the text"))
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
