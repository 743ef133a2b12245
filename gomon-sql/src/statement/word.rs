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
    From,
    Join,
    Into,
    /// `TABLE`, `TRUNCATE`: a table's name follows.
    Table,
    /// May stand between `Table` and the name.
    BeforeName,
    In,
    Values,
    Array,
    Row,
    Identified,
    Password,
    Set,
    Copy,
    Stdin,
    To,
    Distinct,
    Between,
    And,
    /// `FOR UPDATE`, `ON UPDATE`, `DO UPDATE`, `KEY UPDATE`.
    BeforeUpdate,
    On,
    /// Ends the list of tables of a `FROM`.
    EndsFrom,
    /// A value follows, never a name.
    BeforeValue,
    /// Names follow, in parentheses or without.
    BeforeNames,
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
    Table: "table" "truncate";
    BeforeName: "only" "if" "not" "exists" "lateral" "ignore";
    In: "in";
    Values: "values";
    Array: "array";
    Row: "row";
    Password: "password";
    Set: "set";
    Copy: "copy";
    Stdin: "stdin";
    To: "to";
    Distinct: "distinct";
    Between: "between";
    And: "and";
    BeforeUpdate: "for" "do" "key";
    On: "on";
    EndsFrom: "where" "group" "order" "having" "limit" "union" "window" "except" "fetch" "offset";
    BeforeValue: "like" "ilike" "glob" "is" "match" "regexp" "rlike" "then" "else" "when" "case" "escape" "default" "similar";
    BeforeNames: "or" "by" "using" "conflict" "count" "sum" "min" "max" "avg" "total" "column" "index" "as";
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
        10 if is("identified") => Word::Identified,
        10 if is("references") => Word::Table,
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
];

/// Returns the operation of a statement that begins with this word.
pub(super) fn operation(bytes: &[u8]) -> &'static str {
    OPERATIONS
        .iter()
        .find(|operation| bytes.eq_ignore_ascii_case(operation.as_bytes()))
        .copied()
        .unwrap_or("OTHER")
}
