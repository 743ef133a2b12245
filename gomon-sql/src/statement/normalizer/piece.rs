//! One piece of a statement at a time, by the byte that it begins with.

use super::{Normalizer, Previous, Progress};
use crate::Dialect;
use crate::statement::lexer::{self, Escapes};
use crate::statement::word::Word;

impl Normalizer<'_> {
    pub(super) fn number(&mut self) -> Progress {
        let length = lexer::number_length(self.rest(), self.dialect)?;
        self.value(length);
        Some(())
    }

    pub(super) fn sign(&mut self) -> Progress {
        let bytes = self.rest();
        if let [b'+', rest @ ..] = bytes
            && self.is_sign_of(rest)
        {
            self.at += 1;
            return self.number();
        }
        self.facts.not_a_name();
        self.write(1, Previous::Sign);
        let sets = bytes.first() == Some(&b'=') && self.facts.is_setting();
        (!sets).then_some(())
    }

    /// Whether a plus or minus belongs to the number that follows.
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
            // Not the columns of a table.
            Previous::Word(Word::Other) | Previous::Name => {
                !self.facts.is_after_table() || self.facts.is_function()
            }
            // Of nothing that SQLite knows.
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
        // Deeper than the mask is wide, everything is taken for a value.
        match 1_u64.checked_shl(self.depth) {
            Some(bit) => self.values & bit != 0,
            None => true,
        }
    }

    pub(super) fn dot(&mut self) -> Progress {
        match (self.rest(), self.previous) {
            ([_, b'0'..=b'9', ..], Previous::Word(_) | Previous::Name | Previous::Close) => {}
            ([_, b'0'..=b'9', ..], _) => return self.number(),
            _ => {}
        }
        self.facts.dot();
        self.write(1, Previous::Dot);
        Some(())
    }

    pub(super) fn question(&mut self) {
        let digits = match self.dialect {
            Dialect::PostgreSql => 0,
            _ => self
                .rest()
                .iter()
                .skip(1)
                .take_while(|byte| byte.is_ascii_digit())
                .count(),
        };
        self.value(1 + digits);
    }

    pub(super) fn string(&mut self, escapes: Escapes) -> Progress {
        let length = lexer::string_length(self.rest(), escapes)?;
        self.value(length);
        Some(())
    }

    /// A name, to most; a string to MySQL, and to SQLite where it is not the name of anything.
    pub(super) fn double(&mut self) -> Progress {
        match self.dialect {
            Dialect::PostgreSql => self.quoted_name(b'"'),
            Dialect::Sqlite => {
                let (length, _) = lexer::quoted_name(self.rest(), b'"')?;
                let next = self.rest().get(length);
                if next == Some(&b'.') || self.may_be_name() {
                    return self.quoted_name(b'"');
                }
                self.value(length);
                Some(())
            }
            _ => self.string(Escapes::of(self.dialect)),
        }
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

    pub(super) fn quoted_name(&mut self, close: u8) -> Progress {
        let bytes = self.rest();
        let (length, plain) = lexer::quoted_name(bytes, close)?;
        if !plain {
            self.value(length);
            return Some(());
        }
        self.lists
            .end_values(self.depth, &mut self.out, &mut self.hash);
        let name = self
            .text
            .get(self.at + 1..self.at + length - 1)
            .unwrap_or_default();
        self.facts.name(name);
        self.write(length, Previous::Name);
        Some(())
    }

    pub(super) fn bracket(&mut self) -> Progress {
        match self.dialect {
            Dialect::Sqlite => return self.quoted_name(b']'),
            Dialect::Unknown => {
                // To some, it quotes a name, which a quote may be part of.
                let end = self
                    .rest()
                    .iter()
                    .skip(1)
                    .find(|byte| matches!(byte, b']' | b'[' | b'\'' | b'"' | b'`'));
                if matches!(end, Some(b'\'' | b'"' | b'`')) {
                    return None;
                }
            }
            Dialect::PostgreSql | Dialect::MySql => {}
        }
        self.write(1, Previous::Open);
        self.lists.forget();
        Some(())
    }

    pub(super) fn dollar(&mut self) -> Progress {
        let bytes = self.rest();
        let digits = bytes
            .iter()
            .skip(1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits > 0 && self.dialect != Dialect::MySql {
            self.value(1 + digits);
            return Some(());
        }
        match self.dialect {
            Dialect::MySql => return self.word(),
            Dialect::Sqlite => {
                self.value(1 + lexer::word_length(bytes.get(1..)?));
                return Some(());
            }
            Dialect::PostgreSql | Dialect::Unknown => {}
        }
        match lexer::dollar_length(bytes)? {
            0 => return None,
            length => self.value(length),
        }
        Some(())
    }

    pub(super) fn minus(&mut self) -> Progress {
        let bytes = self.rest();
        match (bytes, self.dialect) {
            // To MySQL, a comment needs a blank.
            ([_, b'-', after, ..], Dialect::MySql) if !after.is_ascii_whitespace() => {
                self.facts.not_a_name();
                self.write(1, Previous::Sign);
                // Lest what is written reads as a comment.
                self.blank = true;
                return Some(());
            }
            ([_, b'-', after, ..], Dialect::Unknown) if !after.is_ascii_whitespace() => {
                return None;
            }
            ([_, b'-', ..], _) => {
                self.skip(lexer::line_comment_length(bytes, self.dialect)?);
                return Some(());
            }
            ([_, rest @ ..], _) if self.is_sign_of(rest) => {
                self.at += 1;
                return self.number();
            }
            _ => {}
        }
        self.facts.not_a_name();
        self.write(1, Previous::Sign);
        Some(())
    }

    pub(super) fn slash(&mut self) -> Progress {
        let bytes = self.rest();
        if bytes.starts_with(b"/*") {
            self.skip(lexer::block_comment_length(bytes, self.dialect)?);
        } else {
            self.write(1, Previous::Sign);
        }
        Some(())
    }

    /// A comment to MySQL; an operator to PostgreSQL.
    pub(super) fn number_sign(&mut self) -> Progress {
        match self.dialect {
            Dialect::MySql => self.skip(lexer::line_comment_length(self.rest(), self.dialect)?),
            Dialect::PostgreSql => self.write(1, Previous::Sign),
            Dialect::Sqlite | Dialect::Unknown => return None,
        }
        Some(())
    }

    /// A placeholder's name, or a sign.
    pub(super) fn colon(&mut self) {
        let name = self.rest().get(1..).unwrap_or_default();
        let length = lexer::word_length(name);
        let is_placeholder = matches!(self.dialect, Dialect::Sqlite | Dialect::Unknown);
        if length > 0 && is_placeholder {
            self.value(1 + length);
        } else if name.first() == Some(&b':') {
            self.write(2, Previous::Sign);
        } else {
            self.write(1, Previous::Sign);
        }
    }

    pub(super) fn at_sign(&mut self) {
        let name = self.rest().get(1..).unwrap_or_default();
        let length = lexer::word_length(name);
        if length > 0 && matches!(self.dialect, Dialect::Sqlite | Dialect::Unknown) {
            self.value(1 + length);
        } else {
            self.write(1, Previous::Sign);
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
        // What follows is data.
        let data = self.facts.is_copy_from_stdin();
        self.facts.end_statement();
        let more = self.rest().iter().any(|byte| !byte.is_ascii_whitespace());
        (!(data && more)).then_some(())
    }
}
