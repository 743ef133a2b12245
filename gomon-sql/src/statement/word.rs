//! Words of SQL that decide what may be shown.

use super::hash::{SMALL, word_of};

/// Meaning of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A name, or a word without a meaning here.
    Other,
    Select,
    With,
    Insert,
    Update,
    Delete,
    Merge,
    Replace,
    From,
    Using,
    Join,
    StraightJoin,
    Into,
    /// `OUTFILE`, `DUMPFILE`: a file follows, not a table.
    File,
    Truncate,
    /// `TABLE`, `REFERENCES`: a table's name follows.
    Table,
    Tables,
    /// `VACUUM`, `VIEW`: a table's name follows in some statements.
    Vacuum,
    View,
    /// May stand before a table's name.
    BeforeName,
    /// Priority of a write in MySQL, before a table's name.
    Priority,
    /// `TEMPORARY`, `UNLOGGED`
    Temporary,
    /// `TRUE`, `FALSE`, `NULL`
    Constant,
    Is,
    Not,
    Or,
    Of,
    For,
    In,
    Values,
    Array,
    Row,
    Set,
    Copy,
    Stdin,
    To,
    Distinct,
    Between,
    And,
    /// `DO UPDATE`, `KEY UPDATE`.
    BeforeUpdate,
    On,
    As,
    /// Ends the list of tables of a `FROM`.
    EndsFrom,
    /// A value follows, never a name.
    BeforeValue,
    /// Followed by a string of one character.
    Escape,
    /// Names follow, in parentheses or without.
    BeforeNames,
}

impl Word {
    /// Returns whether a value follows, never a name.
    pub(super) const fn is_before_value(self) -> bool {
        matches!(
            self,
            Self::In | Self::Values | Self::BeforeValue | Self::Is | Self::Escape
        )
    }

    /// Returns whether it may be a name as well.
    pub(super) const fn may_be_name(self) -> bool {
        matches!(
            self,
            Self::Other
                | Self::Replace
                | Self::Tables
                | Self::Vacuum
                | Self::View
                | Self::File
                | Self::Priority
                | Self::Temporary
                | Self::Constant
                | Self::Of
        )
    }

    /// Returns whether a [`Priority`](Self::Priority) may follow.
    pub(super) const fn takes_priority(self) -> bool {
        matches!(
            self,
            Self::Insert | Self::Update | Self::Delete | Self::Replace | Self::Priority
        )
    }
}

const fn pack(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut word = SMALL;
    let mut shift = 0;
    while let [first, others @ ..] = rest {
        word |= (*first as u64) << shift;
        shift += 8;
        rest = others;
    }
    word
}

macro_rules! words {
    ($($kind:ident: $($text:literal)+;)*) => {
        /// Returns the meaning of a packed word of at most eight bytes.
        #[inline]
        fn short(packed: u64) -> Word {
            $($(if packed == const { pack($text) } { return Word::$kind; })+)*
            Word::Other
        }
    };
}

words! {
    Select: "select";
    With: "with";
    Insert: "insert";
    Update: "update";
    Delete: "delete";
    Merge: "merge";
    From: "from";
    Join: "join";
    Into: "into";
    Replace: "replace";
    Using: "using";
    Truncate: "truncate";
    Table: "table";
    Tables: "tables";
    Vacuum: "vacuum";
    View: "view";
    File: "outfile" "dumpfile";
    BeforeName: "only" "if" "exists" "lateral" "ignore";
    Priority: "delayed" "quick";
    Temporary: "temp" "unlogged";
    Constant: "true" "false" "null";
    Is: "is";
    Not: "not";
    Or: "or";
    Of: "of";
    For: "for";
    As: "as";
    Escape: "escape";
    In: "in";
    Values: "values";
    Array: "array";
    Row: "row";
    Set: "set";
    Copy: "copy";
    Stdin: "stdin";
    To: "to";
    Distinct: "distinct";
    Between: "between";
    And: "and";
    BeforeUpdate: "do" "key";
    On: "on";
    EndsFrom: "where" "group" "order" "having" "limit" "union" "window" "except" "fetch" "offset";
    BeforeValue: "like" "ilike" "glob" "match" "regexp" "rlike" "then" "else" "when" "case" "default" "similar";
    BeforeNames: "by" "conflict" "count" "sum" "min" "max" "avg" "total" "column" "index";
}

/// Returns the meaning of a word.
#[inline]
pub(super) fn word(bytes: &[u8]) -> Word {
    match bytes.len() {
        2..=8 if matches!(bytes, [b'a'..=b'z' | b'A'..=b'Z', ..]) => short(word_of(bytes) | SMALL),
        9.. => long(bytes),
        _ => Word::Other,
    }
}

fn long(bytes: &[u8]) -> Word {
    let is = |text: &str| bytes.eq_ignore_ascii_case(text.as_bytes());
    match bytes.len() {
        9 if is("returning") || is("intersect") => Word::EndsFrom,
        9 if is("temporary") => Word::Temporary,
        10 if is("references") => Word::Table,
        12 if is("low_priority") => Word::Priority,
        12 if is("concurrently") => Word::BeforeName,
        13 if is("straight_join") => Word::StraightJoin,
        13 if is("high_priority") => Word::Priority,
        _ => Word::Other,
    }
}

/// Operations of statements.
const OPERATIONS: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "MERGE",
    "WITH",
    "VALUES",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "RESET",
    "SHOW",
    "EXPLAIN",
    "DESCRIBE",
    "COPY",
    "CALL",
    "DO",
    "EXECUTE",
    "PREPARE",
    "DEALLOCATE",
    "DECLARE",
    "FETCH",
    "CLOSE",
    "MOVE",
    "PRAGMA",
    "ATTACH",
    "DETACH",
    "VACUUM",
    "ANALYZE",
    "OPTIMIZE",
    "REINDEX",
    "LOCK",
    "UNLOCK",
    "LISTEN",
    "NOTIFY",
    "UNLISTEN",
    "GRANT",
    "REVOKE",
    "TABLE",
    "USE",
    "LOAD",
    "COMMENT",
    "REFRESH",
    "CLUSTER",
    "DISCARD",
    "CHECKPOINT",
    "IMPORT",
    "RENAME",
    "FLUSH",
    "KILL",
    "EXEC",
    "ABORT",
    "BACKUP",
    "BULK",
    "CHECK",
    "CHECKSUM",
    "DENY",
    "DESC",
    "HANDLER",
    "REASSIGN",
    "REPAIR",
    "RESTORE",
    "UPSERT",
    "XA",
];

/// Returns the operation of a statement that begins with this word.
pub(super) fn operation(bytes: &[u8]) -> &'static str {
    OPERATIONS
        .iter()
        .find(|operation| bytes.eq_ignore_ascii_case(operation.as_bytes()))
        .copied()
        .unwrap_or("OTHER")
}
