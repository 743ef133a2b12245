//! Handling of one token, by its kind.

use gomon_redact::sql::Dialect;

use super::{Normalizer, Previous, Progress};
use crate::statement::word::Word;

impl Normalizer<'_> {
    pub(super) fn comment(&mut self, length: usize) -> Progress {
        // An operator in some dialects.
        if self.dialect == Dialect::Unknown && self.rest().first() == Some(&b'#') {
            return None;
        }
        self.skip(length);
        Some(())
    }

    pub(super) fn number(&mut self, length: usize) {
        let is_after_name = matches!(
            self.previous,
            Previous::Word(_) | Previous::Name | Previous::Close
        );
        match self.rest().first() {
            Some(b'.') if is_after_name => self.dot(),
            _ => self.value(length),
        }
    }

    pub(super) fn sign(&mut self, length: usize) -> Progress {
        let bytes = self.rest();
        if let [b'+' | b'-', rest @ ..] = bytes
            && self.is_sign_of(rest)
        {
            self.at += 1;
            return Some(());
        }
        self.facts.not_a_name();
        self.write(length, Previous::Sign);
        // Keeps the output from being read as a comment.
        self.blank = bytes.starts_with(b"--");
        let sets = bytes.first() == Some(&b'=') && self.facts.is_setting();
        (!sets).then_some(())
    }

    /// Returns whether a sign belongs to the number after it.
    fn is_sign_of(&self, rest: &[u8]) -> bool {
        matches!(self.previous, Previous::Open | Previous::Comma)
            && matches!(rest, [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..])
    }

    pub(super) fn comma(&mut self) {
        self.lists
            .separate(self.depth, &mut self.out, &mut self.hash);
        self.facts.comma(self.depth);
        self.blank = false;
        self.write(1, Previous::Comma);
        self.lists.begin_element(self.depth, self.out.len());
        self.blank = true;
    }

    pub(super) fn open(&mut self) {
        let values = match self.previous {
            Previous::Comma | Previous::Open => self.lists.has_values() || self.in_values(),
            Previous::Word(Word::In | Word::Values | Word::BeforeValue) | Previous::Sign => true,
            // The list is not the columns of a table.
            Previous::Word(Word::Other) | Previous::Name => {
                !self.facts.is_after_table() || self.facts.is_function()
            }
            // Not a function whose arguments are names.
            Previous::Value => true,
            _ => false,
        };
        self.facts.open();
        self.write(1, Previous::Open);
        self.depth = self.depth.saturating_add(1);
        let bit = 1_u64.checked_shl(self.depth).unwrap_or(0);
        self.values = if values {
            self.values | bit
        } else {
            self.values & !bit
        };
        self.lists.open(self.depth, self.out.len());
    }

    pub(super) fn close(&mut self) {
        self.lists.close(self.depth, &mut self.out, &mut self.hash);
        self.facts.close(self.depth);
        self.depth = self.depth.saturating_sub(1);
        self.blank = false;
        self.write(1, Previous::Close);
    }

    fn in_values(&self) -> bool {
        // Beyond the width of the mask, everything is treated as a value.
        match 1_u64.checked_shl(self.depth) {
            Some(bit) => self.values & bit != 0,
            None => true,
        }
    }

    pub(super) fn dot(&mut self) {
        self.facts.dot();
        self.write(1, Previous::Dot);
    }

    pub(super) fn bracket(&mut self) {
        self.write(1, Previous::Open);
        self.lists.forget();
    }

    pub(super) fn name(&mut self, length: usize) {
        if self.may_be_string(length) {
            return self.value(length);
        }
        self.lists
            .end_values(self.depth, &mut self.out, &mut self.hash);
        let name = self.text.get(self.at + 1..self.at + length - 1);
        self.facts.name(name.unwrap_or_default());
        self.write(length, Previous::Name);
    }

    /// Returns whether a quoted name is a string in SQLite if no object has that name.
    fn may_be_string(&self, length: usize) -> bool {
        let bytes = self.rest();
        self.dialect == Dialect::Sqlite
            && bytes.first() == Some(&b'"')
            && bytes.get(length) != Some(&b'.')
            && !self.may_be_name()
    }

    fn may_be_name(&self) -> bool {
        match self.previous {
            Previous::Word(Word::And) => !self.and_value,
            Previous::Word(Word::In | Word::Values | Word::BeforeValue | Word::Between) => false,
            Previous::Comma | Previous::Open => !self.in_values(),
            Previous::Sign => false,
            _ => true,
        }
    }

    pub(super) fn semicolon(&mut self) -> Progress {
        self.lists.close_all(&mut self.out, &mut self.hash);
        self.at += 1;
        self.semicolon |= !self.out.is_empty();
        self.blank = true;
        self.depth = 0;
        self.values = 0;
        self.between = false;
        self.lists.forget();
        self.previous = Previous::Start;
        // Data follows.
        let data = self.facts.is_copy_from_stdin();
        self.facts.end_statement();
        let more = self.rest().iter().any(|byte| !byte.is_ascii_whitespace());
        (!(data && more)).then_some(())
    }
}
