//! What the statements of a text do to the open transaction.

use super::word::Word;
use crate::Dialect;

/// Maximum number of effects of a text; later ones are ignored.
const MAX_EFFECTS: usize = 8;

/// What a statement does to the open transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// MySQL commits it before the statement, which may fail.
    ImplicitCommit,
    /// The statement begins another transaction.
    Begin,
    Commit,
    Rollback,
}

/// The effects of a text, in order, collected while it is parsed.
#[derive(Debug, Default)]
pub(super) struct Effects {
    all: Vec<Effect>,
    form: Form,
    /// Number of words of the current statement, up to four.
    words: u8,
    /// Whether a statement may have a body, which ends with `END`.
    has_body: bool,
}

/// What the first words of a statement say beside its operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Plain,
    /// `CREATE TEMPORARY`
    Temporary,
    /// `ANALYZE TABLE`
    OfTable,
    /// `SET PASSWORD`
    OfPassword,
    /// `ROLLBACK TO`, `COMMIT PREPARED`, `BEGIN NOT ATOMIC`: the statement neither ends nor begins a transaction.
    Other,
    /// `AND CHAIN`
    Chained,
}

impl Effects {
    /// Returns the effects.
    pub(super) fn all(&self) -> &[Effect] {
        &self.all
    }

    /// Returns whether the next word is the first one of a statement.
    pub(super) fn is_at_start(&self) -> bool {
        self.words == 0
    }

    /// Records a word.
    #[inline]
    pub(super) fn word(&mut self, name: &[u8], meaning: Word, before: Option<Word>) {
        if self.words < 4 {
            self.early_word(name, meaning, before);
            self.words += 1;
        }
    }

    fn early_word(&mut self, name: &[u8], meaning: Word, before: Option<Word>) {
        let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
        let form = match (self.words, meaning) {
            (1, Word::Temporary) => Form::Temporary,
            (3, Word::Temporary) if before == Some(Word::Replace) => Form::Temporary,
            (1 | 2, Word::Table) => Form::OfTable,
            (1 | 2, Word::To) | (1, Word::Not) => Form::Other,
            (1, _) if is("prepared") => Form::Other,
            (1, _) if is("password") => Form::OfPassword,
            (2 | 3, _) if before == Some(Word::And) && is("chain") => Form::Chained,
            _ => return,
        };
        if self.form == Form::Plain {
            self.form = form;
        }
    }

    /// Ends a statement with this operation.
    pub(super) fn end_statement(&mut self, operation: Option<&str>, dialect: Dialect) {
        self.words = 0;
        let form = std::mem::take(&mut self.form);
        let Some(operation) = operation else { return };
        match (operation, form) {
            ("COMMIT" | "ROLLBACK" | "BEGIN", Form::Other) => {}
            ("COMMIT", _) => self.push(Effect::Commit),
            ("END", _) if dialect != Dialect::MySql && !self.has_body => self.push(Effect::Commit),
            ("ROLLBACK", Form::Chained) => {
                self.push(Effect::Rollback);
                self.push(Effect::Begin);
            }
            ("ROLLBACK", _) => self.push(Effect::Rollback),
            ("ABORT", _) if dialect != Dialect::MySql => self.push(Effect::Rollback),
            ("BEGIN" | "START", _) => self.push(Effect::Begin),
            _ if dialect == Dialect::MySql && commits(operation, form) => {
                self.push(Effect::ImplicitCommit);
            }
            _ => {}
        }
        self.has_body |= operation == "CREATE";
    }

    fn push(&mut self, effect: Effect) {
        if self.all.last() != Some(&effect) && self.all.len() < MAX_EFFECTS {
            self.all.push(effect);
        }
    }
}

/// Returns whether MySQL commits the open transaction before the statement.
///
/// `SET autocommit = 1` is not among these: it commits only if the program set it off before.
fn commits(operation: &str, form: Form) -> bool {
    match (operation, form) {
        ("CREATE" | "DROP", Form::Temporary) => false,
        // MariaDB runs a query by `ANALYZE SELECT`.
        ("ANALYZE", form) => form == Form::OfTable,
        ("SET", form) => form == Form::OfPassword,
        (operation, _) => matches!(
            operation,
            "CREATE"
                | "ALTER"
                | "DROP"
                | "TRUNCATE"
                | "RENAME"
                | "GRANT"
                | "REVOKE"
                | "LOCK"
                | "OPTIMIZE"
                | "CHECK"
                | "REPAIR"
                | "FLUSH"
        ),
    }
}
