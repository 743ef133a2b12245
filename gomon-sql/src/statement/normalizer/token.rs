//! Handling of one token, by its kind.

use std::borrow::Cow;

use gomon_redact::sql::{Dialect, Token, TokenKind};

use super::{MAX_NAME_BYTES, Normalizer, Previous, Progress};
use crate::statement::word::Word;

impl Normalizer<'_> {
    #[inline]
    pub(super) fn blank(&mut self) {
        if let Some(b'\n' | b'\r') = self.rest().first() {
            self.facts.end_line();
        }
        self.skip(1);
    }

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

    pub(super) fn sign(&mut self, length: usize) {
        let bytes = self.rest();
        if let [b'+' | b'-', rest @ ..] = bytes
            && self.is_sign_of(rest)
        {
            self.at += 1;
            return;
        }
        self.facts.not_a_name();
        self.write(length, Previous::Sign);
        // Keeps the output from being read as a comment.
        self.blank = bytes.starts_with(b"--");
        let sets = bytes.first() == Some(&b'=') && self.facts.is_setting();
        if sets {
            self.hide_statement();
        }
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
        let tables = self.facts.tables();
        let are_columns = tables.is_named() && !tables.is_function();
        let values = match self.previous {
            Previous::Comma | Previous::Open => self.lists.has_values() || self.in_values(),
            Previous::Word(word) if word.is_before_value() => true,
            Previous::Word(word) if word.may_be_name() => !are_columns,
            Previous::Name => !are_columns,
            // Not a function whose arguments are names.
            Previous::Value | Previous::Sign => true,
            _ => false,
        };
        self.facts.open(self.depth);
        self.write(1, Previous::Open);
        self.depth = self.depth.saturating_add(1);
        let bit = 1_u64.checked_shl(self.depth).unwrap_or(0);
        let set = |mask: u64, is_set: bool| if is_set { mask | bit } else { mask & !bit };
        self.values = set(self.values, values);
        self.columns = set(self.columns, are_columns);
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

    pub(super) fn bracket(&mut self) -> Progress {
        if self.dialect == Dialect::Unknown && self.facts.tables().is_expected() {
            let length = self.bracketed_name()?;
            self.name(length);
        } else {
            self.write(1, Previous::Open);
            self.lists.forget();
        }
        Some(())
    }

    /// Returns the length of a table's name in the brackets of SQL Server; `None` if it may not be shown.
    fn bracketed_name(&self) -> Option<usize> {
        let rest = self.rest();
        let end = rest
            .iter()
            .take(MAX_NAME_BYTES)
            .position(|&byte| byte == b']')?;
        let name = rest.get(1..end)?;
        let is_plain = |byte: &u8| !byte.is_ascii_control() && *byte != b'[';
        (!name.is_empty() && name.iter().all(is_plain)).then_some(end + 1)
    }

    pub(super) fn name(&mut self, length: usize) {
        if self.may_be_string(length) {
            return self.value(length);
        }
        self.lists
            .end_values(self.depth, &mut self.out, &mut self.hash);
        let name = self.text.get(self.at + 1..self.at + length - 1);
        let name = name.unwrap_or_default();
        let name = match self.rest().first() {
            Some(b'"') if name.contains('"') => Cow::Owned(name.replace("\"\"", "\"")),
            Some(b'`') if name.contains('`') => Cow::Owned(name.replace("``", "`")),
            _ => Cow::Borrowed(name),
        };
        self.facts.name(&name);
        self.write(length, Previous::Name);
    }

    /// Handles a string, which may be a quoted name.
    pub(super) fn string(&mut self, length: usize) {
        match self.only_a_name_can_stand(length) {
            true => self.name(length),
            false => self.value(length),
        }
    }

    /// Returns whether the string is a name in double quotes, because a string cannot stand there. In MySQL, that is
    /// the case in the mode `ANSI_QUOTES`.
    fn only_a_name_can_stand(&self, length: usize) -> bool {
        let bytes = self.rest();
        let Some([b'"', name @ .., b'"']) = bytes.get(..length) else {
            return false;
        };
        if name.is_empty()
            || name.len() > MAX_NAME_BYTES
            || name
                .iter()
                .any(|&byte| byte.is_ascii_control() || byte == b'\\')
        {
            return false;
        }
        let is_in_path = || self.previous == Previous::Dot || bytes.get(length) == Some(&b'.');
        let is_table = || self.facts.tables().is_expected() || is_in_path();
        match self.dialect {
            Dialect::MySql => is_table(),
            Dialect::Sqlite => is_table() || self.is_column(),
            _ => false,
        }
    }

    /// Returns whether the next piece names a column or a result.
    fn is_column(&self) -> bool {
        match self.previous {
            Previous::Word(Word::As | Word::Set) => true,
            Previous::Comma | Previous::Open => {
                self.columns & 1_u64.checked_shl(self.depth).unwrap_or(0) != 0
            }
            _ => false,
        }
    }

    /// Returns the token of `'\'` after `ESCAPE` in PostgreSQL. Only one character can stand there, so the backslash does
    /// not escape the quote in any mode of the server.
    pub(super) fn escape_character(&self) -> Option<Token> {
        let is_escape = self.dialect == Dialect::PostgreSql
            && self.previous == Previous::Word(Word::Escape)
            && self.rest().starts_with(br"'\'")
            && self.rest().get(3) != Some(&b'\'');
        is_escape.then_some(Token {
            kind: TokenKind::String,
            length: 3,
        })
    }

    /// Returns whether `TRUE`, `FALSE` or `NULL` is a value here, and not part of a condition (`IS NULL`), of an
    /// action (`SET NULL`) or of the definition of a column.
    pub(super) fn is_constant(&self, name: &[u8]) -> bool {
        let is_null = name.eq_ignore_ascii_case(b"null");
        match self.previous {
            Previous::Word(Word::On | Word::Set) => !is_null,
            Previous::Word(Word::Is | Word::Not) => false,
            Previous::Word(word) => !word.may_be_name(),
            Previous::Sign | Previous::Comma | Previous::Open => true,
            _ => false,
        }
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
            Previous::Word(Word::Between) => false,
            Previous::Word(word) if word.is_before_value() => false,
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
        (self.values, self.columns) = (0, 0);
        self.between = false;
        self.lists.forget();
        self.previous = Previous::Start;
        // Data follows.
        let data = self.facts.end_statement(self.dialect);
        let more = self.rest().iter().any(|byte| !byte.is_ascii_whitespace());
        (!(data && more)).then_some(())
    }
}
