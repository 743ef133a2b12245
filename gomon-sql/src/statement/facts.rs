//! Operation and tables of a statement, collected while it is parsed.

use gomon_redact::sql::BareSecrets;

use super::effect::{Effect, Effects};
use super::tables::{Place, Tables};
use super::word::{Word, operation};
use crate::Dialect;

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The operation of the first statement, once it is over, and of the current one.
    first_operation: Option<&'static str>,
    operation: Option<&'static str>,
    tables: Tables,
    /// The previous word.
    before: Option<Word>,
    with: With,
    explain: Explain,
    secrets: BareSecrets,
    effects: Effects,
    writes: bool,
}

/// State of a `WITH` clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum With {
    #[default]
    No,
    NameExpected,
    Defining,
}

/// State of an `EXPLAIN`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Explain {
    #[default]
    No,
    /// The statement is not run.
    Plan,
    /// After `ANALYZE`: the statement is run, and its operation is expected.
    Run,
}

impl Facts {
    pub(super) fn operation(&self) -> &'static str {
        self.first_operation.or(self.operation).unwrap_or("OTHER")
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Returns whether a statement may write.
    pub(super) fn writes(&self) -> bool {
        self.writes
    }

    /// Returns what the statements do to the open transaction.
    pub(super) fn effects(&self) -> &[Effect] {
        self.effects.all()
    }

    /// Ends a statement, and resets what depends on it. Returns whether the data of a `COPY` may follow.
    pub(super) fn end_statement(&mut self, dialect: Dialect) -> bool {
        self.tables.end_statement();
        self.effects.end_statement(self.operation, dialect);
        if let Some(operation) = self.operation.take() {
            self.writes |= !is_read(operation);
            self.first_operation.get_or_insert(operation);
        }
        self.before = None;
        self.with = With::No;
        self.explain = Explain::No;
        self.secrets.end_statement()
    }

    /// Records the end of a line.
    pub(super) fn end_line(&mut self) {
        self.secrets.end_line();
    }

    /// Returns whether the token at the start of `rest`, which is not a comment, may be the data of a `COPY`.
    #[inline]
    pub(super) fn is_data(&mut self, rest: &[u8]) -> bool {
        self.secrets.is_data(rest)
    }

    /// Records that a part of the text is not read, which may write.
    pub(super) fn cut(&mut self) {
        self.writes = true;
    }

    /// Records a word, and returns whether a secret may follow.
    pub(super) fn word(&mut self, name: &[u8], meaning: Word, depth: u32) -> bool {
        let is_first = self.effects.is_at_start();
        if is_first {
            self.begin(name, meaning);
        } else if self.explain != Explain::No {
            self.explain(name, depth);
        }
        let is_verb = self.is_verb(name, meaning, depth) || is_first;
        self.writes |= self.is_write(meaning) && self.explain != Explain::Plan;
        self.effects.word(name, meaning, self.before);
        let secret = self.secrets.follow(name);
        let operation = self.operation.unwrap_or("OTHER");
        let place = Place {
            operation,
            before: self.before,
            depth,
            is_verb,
        };
        self.tables.word(name, meaning, place);
        self.before = Some(meaning);
        secret
    }

    /// Returns whether the word makes a statement write, such as one in a `WITH` clause.
    fn is_write(&self, meaning: Word) -> bool {
        let is_clause = matches!(self.before, Some(Word::BeforeUpdate | Word::For | Word::On));
        match meaning {
            Word::Insert | Word::Update | Word::Delete | Word::Merge => !is_clause,
            Word::Into => true,
            _ => false,
        }
    }

    fn begin(&mut self, name: &[u8], meaning: Word) {
        let operation = operation(name);
        self.operation = Some(operation);
        if meaning == Word::With {
            self.with = With::NameExpected;
        }
        if matches!(operation, "EXPLAIN" | "DESCRIBE" | "DESC") {
            self.explain = Explain::Plan;
        }
    }

    /// Reads a word of an `EXPLAIN`.
    fn explain(&mut self, name: &[u8], depth: u32) {
        let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
        match self.explain {
            Explain::Plan if is("analyze") || is("analyse") => self.explain = Explain::Run,
            Explain::Run if depth == 0 => {
                let operation = operation(name);
                if operation != "OTHER" {
                    self.writes |= !is_read(operation);
                    self.explain = Explain::No;
                }
            }
            _ => {}
        }
    }

    /// Returns whether the word is the operation of a statement that begins with `WITH`.
    #[inline]
    fn is_verb(&mut self, name: &[u8], meaning: Word, depth: u32) -> bool {
        if self.with == With::No || depth > 0 {
            return false;
        }
        match (self.with, meaning) {
            (
                _,
                Word::Select
                | Word::Insert
                | Word::Update
                | Word::Delete
                | Word::Merge
                | Word::Replace
                | Word::Values,
            ) => {
                self.operation = Some(operation(name));
                self.with = With::No;
                return true;
            }
            (With::NameExpected, Word::With) => {}
            (With::NameExpected, _) if name.eq_ignore_ascii_case(b"recursive") => {}
            (With::NameExpected, _) => self.define(name),
            _ => {}
        }
        false
    }

    fn define(&mut self, name: &[u8]) {
        self.tables.add_common(name);
        self.with = With::Defining;
    }

    /// Returns whether a secret may follow an equals sign.
    pub(super) fn is_setting(&self) -> bool {
        self.secrets.is_setting()
    }

    /// Records a quoted name.
    pub(super) fn name(&mut self, name: &str) {
        if self.with == With::NameExpected {
            self.define(name.as_bytes());
        }
        self.tables.name(name.as_bytes());
        self.before = Some(Word::Other);
    }

    /// Records a value or an operator.
    pub(super) fn not_a_name(&mut self) {
        self.before = None;
        self.tables.settle();
    }

    pub(super) fn dot(&mut self) {
        self.tables.dot();
    }

    pub(super) fn open(&mut self, depth: u32) {
        self.before = None;
        self.tables.open(depth);
    }

    pub(super) fn close(&mut self, depth: u32) {
        self.before = None;
        self.tables.close(depth);
    }

    pub(super) fn comma(&mut self, depth: u32) {
        self.before = None;
        self.tables.comma(depth);
        if depth == 0 && self.with == With::Defining {
            self.with = With::NameExpected;
        }
    }
}

/// Returns whether the operation changes no data and no structure.
fn is_read(operation: &str) -> bool {
    matches!(
        operation,
        "SELECT"
            | "WITH"
            | "VALUES"
            | "TABLE"
            | "SHOW"
            | "EXPLAIN"
            | "DESCRIBE"
            | "DESC"
            | "SET"
            | "RESET"
            | "USE"
            | "DECLARE"
            | "FETCH"
            | "MOVE"
            | "CLOSE"
            | "SAVEPOINT"
            | "RELEASE"
            | "ROLLBACK"
            | "BEGIN"
            | "START"
    )
}
