//! One pass over a statement: its text without literals, a hash of it, and what it is about.
//!
//! Invariants, by which nothing is shown that should not be:
//!
//! * Only words, signs and names in quotes are copied. Everything else becomes `?`, or the rest does.
//! * What was written is never looked at again as SQL; a second pass over it changes nothing.
//! * Every byte is looked at a bounded number of times, and nothing recurses.

mod piece;

use super::facts::Facts;
use super::hash::Hash;
use super::lexer::{self, Class, Escapes, class};
use super::lists::Lists;
use super::word::{Word, word};
use crate::Dialect;

/// How much of a statement is read, and how much of it is written; in bytes.
const LONGEST: usize = 64 * 1024;
const LONGEST_TEXT: usize = 8 * 1024;

/// No database has longer names; so it is none.
const LONGEST_NAME: usize = 128;

/// What stands before a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Previous {
    Start,
    Word(Word),
    /// A name in quotes.
    Name,
    Value,
    Sign,
    Comma,
    Open,
    Close,
    Dot,
}

/// Whether the rest may be read.
type Progress = Option<()>;

pub(super) struct Normalizer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    pub(super) out: String,
    pub(super) hash: Hash,
    pub(super) facts: Facts,
    previous: Previous,
    /// Blanks or a comment stand before the next piece.
    blank: bool,
    semicolon: bool,
    depth: u32,
    /// The parentheses in which double quotes hold values, by depth.
    values: u64,
    /// A `BETWEEN` has not met its `AND`.
    between: bool,
    /// The last `AND` was that of a `BETWEEN`.
    and_value: bool,
    lists: Lists,
}

impl<'a> Normalizer<'a> {
    pub(super) fn run(dialect: Dialect, text: &'a str) -> Self {
        let whole = text.len() <= LONGEST;
        let mut this = Self {
            text: match whole {
                true => text,
                false => text
                    .get(..text.floor_char_boundary(LONGEST))
                    .unwrap_or_default(),
            },
            at: 0,
            dialect,
            out: String::with_capacity(text.len().min(LONGEST_TEXT)),
            hash: Hash::new(0),
            facts: Facts::default(),
            previous: Previous::Start,
            blank: false,
            semicolon: false,
            depth: 0,
            values: 0,
            between: false,
            and_value: false,
            lists: Lists::default(),
        };
        let read = this.read().is_some() && whole;
        if !read && (whole || !this.lists.cut(&mut this.out, &mut this.hash)) {
            this.hide_rest();
        }
        this.lists.close_all(&mut this.out, &mut this.hash);
        this.facts.finish();
        this
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn read(&mut self) -> Progress {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match class(byte) {
                Class::Blank => {
                    self.blank = true;
                    self.at += 1;
                }
                Class::Word => self.word()?,
                Class::Digit => self.number()?,
                Class::Sign => self.sign()?,
                Class::Comma => self.comma(),
                Class::Open => self.open(),
                Class::Close => self.close(),
                Class::Dot => self.dot()?,
                Class::Question => self.question(),
                Class::Single => self.string(Escapes::of(self.dialect))?,
                Class::Double => self.double()?,
                Class::Backtick => self.quoted_name(b'`')?,
                Class::Bracket => self.bracket()?,
                Class::Dollar => self.dollar()?,
                Class::Minus => self.minus()?,
                Class::Slash => self.slash()?,
                Class::Hash => self.number_sign()?,
                Class::Colon => self.colon(),
                Class::At => self.at_sign(),
                Class::Semicolon => self.semicolon()?,
                Class::Stray => return None,
            }
            if self.out.len() > LONGEST_TEXT {
                return None;
            }
        }
        Some(())
    }

    /// Writes a piece that has no literal in it.
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

    /// Writes `?` in the place of what is that long.
    fn value(&mut self, length: usize) {
        self.at += length;
        self.space();
        self.out.push('?');
        self.hash = self.hash.add_caseless(b"?");
        self.previous = Previous::Value;
        self.facts.not_a_name();
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

    fn word(&mut self) -> Progress {
        let bytes = self.rest();
        let length = lexer::word_length(bytes);
        let (name, after) = bytes.split_at_checked(length)?;
        if let Some(b'\'') = after.first() {
            match name {
                [b'e' | b'E'] if self.dialect == Dialect::PostgreSql => {
                    self.at += 1;
                    return self.string(Escapes::Backslash);
                }
                // Oracle's strings, whose quotes are chosen by who writes them.
                [b'q' | b'Q'] | [b'n' | b'N', b'q' | b'Q'] if self.dialect == Dialect::Unknown => {
                    return None;
                }
                [b'b' | b'B' | b'n' | b'N' | b'x' | b'X' | b'e' | b'E'] | [b'_', ..] => {
                    self.at += length;
                    return self.string(Escapes::of(self.dialect));
                }
                _ => {}
            }
        }
        if length > LONGEST_NAME {
            self.value(length);
            return Some(());
        }
        let meaning = match self.previous {
            Previous::Dot => Word::Other,
            _ => word(name),
        };
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
        (!secret).then_some(())
    }
}
