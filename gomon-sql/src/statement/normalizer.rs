//! Single pass over a statement: its text without literals, a hash, and its facts.
//!
//! Invariants that keep secrets out of the output:
//!
//! * Only words, signs and quoted names are copied. Everything else becomes `?`, or the whole rest does.
//! * Output is never parsed again; a second pass over it changes nothing.
//! * Every byte is read a bounded number of times, and nothing recurses.

mod token;

use gomon_redact::floor_char;
use gomon_redact::sql::{Dialect, Token, TokenKind};

use super::facts::Facts;
use super::hash::Hash;
use super::lists::Lists;
use super::word::{Word, word};

/// Maximum number of bytes that are read of a statement, and that are written.
const MAX_INPUT_BYTES: usize = 64 * 1024;
const MAX_OUTPUT_BYTES: usize = 8 * 1024;

/// No database has longer names.
const MAX_NAME_BYTES: usize = 128;

/// The previous piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    Start,
    Word(Word),
    /// A quoted name.
    Name,
    Value,
    Sign,
    Comma,
    Open,
    Close,
    Dot,
}

/// `None` if the rest must not be read.
type Progress = Option<()>;

pub(super) struct Normalizer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    pub(super) out: String,
    pub(super) hash: Hash,
    pub(super) facts: Facts,
    previous: Previous,
    /// White space or a comment precedes the next piece.
    blank: bool,
    semicolon: bool,
    depth: u32,
    /// The parentheses in which double quotes hold values, and those that list the columns of a table, by depth.
    values: u64,
    columns: u64,
    /// A `BETWEEN` waits for its `AND`.
    between: bool,
    /// The last `AND` belonged to a `BETWEEN`.
    and_value: bool,
    lists: Lists,
}

impl<'a> Normalizer<'a> {
    pub(super) fn run(dialect: Dialect, text: &'a str) -> Self {
        let whole = text.len() <= MAX_INPUT_BYTES;
        let mut this = Self {
            text: match whole {
                true => text,
                false => floor_char(text, MAX_INPUT_BYTES),
            },
            at: 0,
            dialect,
            out: String::with_capacity(text.len().min(MAX_OUTPUT_BYTES)),
            hash: Hash::new(0),
            facts: Facts::default(),
            previous: Previous::Start,
            blank: false,
            semicolon: false,
            depth: 0,
            values: 0,
            columns: 0,
            between: false,
            and_value: false,
            lists: Lists::default(),
        };
        let read = this.read().is_some() && whole;
        if !read {
            this.facts.cut();
        }
        if !read && (whole || !this.lists.cut(&mut this.out, &mut this.hash)) {
            this.hide_rest();
        }
        this.lists.close_all(&mut this.out, &mut this.hash);
        this.facts.end_statement(dialect);
        this
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn read(&mut self) -> Progress {
        while self.at < self.text.len() {
            let token = Token::first(self.dialect, self.rest());
            let Token { kind, length } = token.or_else(|| self.escape_character())?;
            let is_blank = matches!(kind, TokenKind::Blank | TokenKind::Comment);
            if !is_blank && self.facts.is_data(self.rest()) {
                return None;
            }
            match kind {
                TokenKind::Blank => self.blank(),
                TokenKind::Comment => self.comment(length)?,
                TokenKind::Word => self.word(length),
                TokenKind::Name => self.name(length),
                TokenKind::Number => self.number(length),
                TokenKind::String => self.string(length),
                TokenKind::Placeholder => self.value(length),
                TokenKind::Sign => self.sign(length),
                TokenKind::Comma => self.comma(),
                TokenKind::Open => self.open(),
                TokenKind::Close => self.close(),
                TokenKind::Bracket => self.bracket()?,
                TokenKind::Dot => self.dot(),
                TokenKind::Semicolon => self.semicolon()?,
            }
            if self.out.len() > MAX_OUTPUT_BYTES {
                return None;
            }
        }
        Some(())
    }

    /// Writes a piece without literals.
    #[inline]
    fn write(&mut self, length: usize, previous: Previous) {
        let end = self.at + length;
        self.space();
        match self.text.as_bytes().get(self.at) {
            Some(byte) if length == 1 && byte.is_ascii() => self.out.push(char::from(*byte)),
            _ => self
                .out
                .push_str(self.text.get(self.at..end).unwrap_or_default()),
        }
        self.hash = self.hash.add_caseless_prefix(self.rest(), length);
        self.at = end;
        self.previous = previous;
    }

    #[inline]
    fn space(&mut self) {
        if self.semicolon {
            self.semicolon = false;
            self.out.push(';');
            self.hash = self.hash.add_caseless(b";");
        }
        if self.blank && !self.out.is_empty() && self.previous != Previous::Open {
            self.out.push(' ');
        }
        self.blank = false;
    }

    /// Writes `?` in place of a piece of this length.
    fn value(&mut self, length: usize) {
        self.at += length;
        self.space();
        self.out.push('?');
        self.hash = self.hash.add_caseless(b"?");
        self.previous = Previous::Value;
        self.facts.not_a_name();
    }

    /// Writes `?` in place of the rest of a statement, in which a secret may stand.
    fn hide_statement(&mut self) {
        self.blank = true;
        self.value(0);
        while let Some(Token { kind, length }) = Token::first(self.dialect, self.rest()) {
            if kind == TokenKind::Semicolon {
                return;
            }
            self.at += length;
        }
        self.at = self.text.len();
    }

    fn hide_rest(&mut self) {
        self.blank |= !matches!(self.previous, Previous::Start);
        self.value(0);
        self.at = self.text.len();
    }

    fn skip(&mut self, length: usize) {
        self.at += length;
        self.blank = true;
    }

    fn word(&mut self, length: usize) {
        let (name, after) = self.rest().split_at_checked(length).unwrap_or_default();
        if matches!((name, after), ([b'_', ..], [b'\'', ..])) {
            // The character set of the string.
            self.at += length;
            return;
        }
        if length > MAX_NAME_BYTES {
            return self.value(length);
        }
        let meaning = match self.previous {
            Previous::Dot => Word::Other,
            _ => word(name),
        };
        if meaning == Word::Constant && self.is_constant(name) {
            return self.value(length);
        }
        if self.lists.has_values() && meaning != Word::Row {
            self.lists
                .end_values(self.depth, &mut self.out, &mut self.hash);
        }
        let secret = self.facts.word(name, meaning, self.depth);
        match meaning {
            Word::In | Word::Array => self.lists.expect(),
            Word::Between => self.between = true,
            Word::And => self.and_value = std::mem::take(&mut self.between),
            _ => {}
        }
        self.write(length, Previous::Word(meaning));
        if meaning == Word::Values {
            self.lists.open_values(self.depth);
        }
        if secret {
            self.hide_statement();
        }
    }
}
