//! Operation and tables of a statement, collected while it is parsed.

use super::word::{Word, operation};

/// Maximum number of tables.
const MAX_TABLES: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The operation of the first statement, once it is over, and of the current one.
    first_operation: Option<&'static str>,
    operation: Option<&'static str>,
    tables: Vec<String>,
    /// Number of tables of earlier statements.
    earlier: usize,
    /// Names of common table expressions, which are not tables.
    common: Vec<String>,
    naming: Naming,
    /// The previous word.
    before: Option<Word>,
    first_words: [Option<Word>; 2],
    with: With,
    /// Bit masks of the depths at which a `SELECT` or `DELETE` waits for its `FROM`, and at which commas separate
    /// tables.
    selecting: u64,
    listing: u64,
    stdin: bool,
    special: Special,
}

/// State of the search for the name of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Naming {
    #[default]
    No,
    /// The next name is a table.
    Expected,
    /// The last name was a table.
    Named,
    /// The last name was a schema.
    Qualified,
}

/// State of a `WITH` clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum With {
    #[default]
    No,
    NameExpected,
    Defining,
}

/// Statements that contain secrets without quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Special {
    #[default]
    No,
    /// `CREATE USER`, `ALTER ROLE` and the like.
    User,
    /// `SET`, whose values may be anything.
    Set,
    /// `PRAGMA`, which has keys.
    Pragma,
    /// `ATTACH`, which has one.
    Attach,
}

impl Facts {
    pub(super) fn operation(&self) -> &'static str {
        self.first_operation.or(self.operation).unwrap_or("OTHER")
    }

    pub(super) fn tables(&self) -> String {
        match self.tables.as_slice() {
            [table] => table.clone(),
            tables => tables.join(", "),
        }
    }

    pub(super) fn is_copy_from_stdin(&self) -> bool {
        self.stdin
    }

    /// Ends a statement, and resets what depends on it.
    pub(super) fn end_statement(&mut self) {
        self.settle();
        self.first_operation = self.first_operation.or(self.operation.take());
        self.earlier = self.tables.len();
        self.common.clear();
        self.naming = Naming::No;
        self.before = None;
        self.first_words = [None; 2];
        self.with = With::No;
        (self.selecting, self.listing) = (0, 0);
        self.stdin = false;
        self.special = Special::No;
    }

    /// Records a word, and returns whether a secret may follow.
    pub(super) fn word(&mut self, name: &[u8], meaning: Word, depth: u32) -> bool {
        let bit = bit(depth);
        let is_first = self.first_words == [None; 2];
        if is_first {
            self.begin(name, meaning);
        }
        self.verb(name, meaning, depth);
        let secret = self.is_secret(name, meaning);
        match meaning {
            Word::Select | Word::Delete => self.selecting |= bit,
            Word::From if self.selecting & bit != 0 && self.before != Some(Word::Distinct) => {
                self.selecting &= !bit;
                self.listing |= bit;
                self.expect();
            }
            Word::From | Word::To => self.settle(),
            Word::Join | Word::Table | Word::Into => self.expect(),
            // `CREATE INDEX … ON`
            Word::On if self.operation == Some("CREATE") && self.tables.len() == self.earlier => {
                self.expect();
            }
            Word::Copy if is_first => self.expect(),
            Word::Update if !matches!(self.before, Some(Word::BeforeUpdate | Word::On)) => {
                self.expect();
            }
            Word::EndsFrom | Word::Set | Word::Values => {
                self.listing &= !bit;
                self.settle();
            }
            Word::BeforeName | Word::BeforeNames if self.naming == Naming::Expected => {}
            Word::Stdin => self.stdin |= self.operation == Some("COPY"),
            Word::Row => {}
            _ => self.plain(name),
        }
        self.before = Some(meaning);
        match &mut self.first_words {
            [first @ None, _] => *first = Some(meaning),
            [_, second @ None] => *second = Some(meaning),
            _ => {}
        }
        secret
    }

    fn begin(&mut self, name: &[u8], meaning: Word) {
        self.operation = Some(operation(name));
        if meaning == Word::With {
            self.with = With::NameExpected;
        }
        let is = |text: &str| name.eq_ignore_ascii_case(text.as_bytes());
        self.special = if is("SET") {
            Special::Set
        } else if is("CREATE") || is("ALTER") {
            Special::User
        } else if is("PRAGMA") {
            Special::Pragma
        } else if is("ATTACH") {
            Special::Attach
        } else {
            Special::No
        };
    }

    /// Finds the operation of a statement that begins with `WITH`.
    #[inline]
    fn verb(&mut self, name: &[u8], meaning: Word, depth: u32) {
        if self.with == With::No || depth > 0 {
            return;
        }
        match (self.with, meaning) {
            (
                _,
                Word::Select
                | Word::Insert
                | Word::Update
                | Word::Delete
                | Word::Merge
                | Word::Values,
            ) => {
                self.operation = Some(operation(name));
                self.with = With::No;
            }
            (With::NameExpected, Word::With) => {}
            (With::NameExpected, _) if name.eq_ignore_ascii_case(b"recursive") => {}
            (With::NameExpected, _) => {
                self.common
                    .extend(shown(name).filter(|_| self.common.len() < MAX_TABLES));
                self.with = With::Defining;
            }
            _ => {}
        }
    }

    fn is_secret(&mut self, name: &[u8], meaning: Word) -> bool {
        let is_second = matches!(self.first_words, [Some(_), None]);
        match (self.special, meaning) {
            (_, Word::Identified) => true,
            (Special::User, _) if is_second => {
                let accounts: [&[u8]; 6] =
                    [b"user", b"role", b"login", b"group", b"database", b"system"];
                if !accounts.iter().any(|word| name.eq_ignore_ascii_case(word)) {
                    self.special = Special::No;
                }
                false
            }
            (Special::User | Special::Set, Word::Password | Word::To) => true,
            (Special::Attach, Word::BeforeUpdate) => name.eq_ignore_ascii_case(b"key"),
            (Special::Pragma, _) => {
                let keys: [&[u8]; 5] = [b"key", b"rekey", b"hexkey", b"hexrekey", b"textkey"];
                keys.iter().any(|key| name.eq_ignore_ascii_case(key))
            }
            _ => false,
        }
    }

    /// Returns whether a secret may follow an equals sign.
    pub(super) fn is_setting(&self) -> bool {
        matches!(self.special, Special::Set | Special::User)
    }

    /// Records a quoted name.
    pub(super) fn name(&mut self, name: &str) {
        if self.with == With::NameExpected {
            self.common
                .extend(Some(name.to_owned()).filter(|_| self.common.len() < MAX_TABLES));
            self.with = With::Defining;
        }
        self.plain(name.as_bytes());
        self.before = Some(Word::Other);
    }

    fn plain(&mut self, name: &[u8]) {
        match self.naming {
            Naming::Expected => {
                self.naming = Naming::No;
                let Some(name) = shown(name) else { return };
                self.naming = Naming::Named;
                if self.tables.len() < MAX_TABLES {
                    self.tables.push(name);
                }
            }
            Naming::Qualified => {
                self.naming = Naming::Named;
                if let (Some(table), Some(name)) = (self.tables.last_mut(), shown(name)) {
                    table.push('.');
                    table.push_str(&name);
                }
            }
            Naming::Named | Naming::No => self.settle(),
        }
    }

    fn expect(&mut self) {
        self.settle();
        self.naming = Naming::Expected;
    }

    /// Ends the name of the last table.
    #[inline]
    fn settle(&mut self) {
        if std::mem::take(&mut self.naming) == Naming::Named {
            self.settle_name();
        }
    }

    fn settle_name(&mut self) {
        if let Some((last, others)) = self.tables.split_last()
            && (others.contains(last) || self.common.contains(last))
        {
            self.tables.pop();
        }
    }

    pub(super) fn finish(&mut self) {
        self.settle();
    }

    pub(super) fn dot(&mut self) {
        self.naming = match self.naming {
            Naming::Named => Naming::Qualified,
            _ => Naming::No,
        };
    }

    pub(super) fn not_a_name(&mut self) {
        self.settle();
    }

    pub(super) fn is_after_table(&self) -> bool {
        self.naming == Naming::Named
    }

    /// Returns whether the next parenthesis holds arguments: `FROM generate_series(…)`.
    pub(super) fn is_function(&self) -> bool {
        self.naming == Naming::Named && self.listing != 0
    }

    pub(super) fn comma(&mut self, depth: u32) {
        self.settle();
        if self.listing & bit(depth) != 0 {
            self.naming = Naming::Expected;
        }
        if depth == 0 && self.with == With::Defining {
            self.with = With::NameExpected;
        }
    }

    pub(super) fn open(&mut self) {
        if self.is_function() {
            self.tables.pop();
        } else {
            self.settle();
        }
        self.naming = Naming::No;
    }

    pub(super) fn close(&mut self, depth: u32) {
        self.settle();
        self.selecting &= !bit(depth);
        self.listing &= !bit(depth);
    }
}

/// Returns the bit of a depth; zero if the depth exceeds the mask.
fn bit(depth: u32) -> u64 {
    1_u64.checked_shl(depth).unwrap_or(0)
}

fn shown(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    (name.len() <= 128).then(|| name.to_owned())
}
