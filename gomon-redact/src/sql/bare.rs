//! Places in a statement behind which a secret may stand without quotes.

/// Search for the places of a statement behind which a secret may stand without quotes.
///
/// It reads the words of a statement in their order.
///
/// # Examples
///
/// ```
/// use gomon_redact::sql::BareSecrets;
///
/// let mut secrets = BareSecrets::default();
/// let found = ["alter", "role", "shop", "password"].map(|word| secrets.follow(word.as_bytes()));
/// assert_eq!(found, [false, false, false, true]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BareSecrets {
    statement: Statement,
    /// Number of words of the statement, up to two.
    words: u8,
    /// Whether the statement reads data from its connection.
    is_stdin: bool,
    /// Whether the last word was `STDIN`.
    is_after_stdin: bool,
    /// Whether a line ended since the last token of a statement that reads data.
    is_broken: bool,
}

/// Kinds of statements that may have such a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Statement {
    #[default]
    Other,
    /// `CREATE USER`, `ALTER ROLE` and the like.
    Account,
    /// `SET`, whose values may be anything.
    Set,
    /// `PRAGMA`, which has keys.
    Pragma,
    /// `ATTACH`, which has one.
    Attach,
    /// `COPY`, whose data may follow.
    Copy,
}

/// Words after `CREATE` or `ALTER` whose statements set a password.
const ACCOUNTS: &[&str] = &["user", "role", "login", "group", "database", "system"];

/// The keys of encrypted SQLite databases, as parameters of a `PRAGMA`.
const KEYS: &[&str] = &["key", "rekey", "hexkey", "hexrekey", "textkey"];

impl BareSecrets {
    /// Reads a word, and returns whether a secret may follow.
    pub fn follow(&mut self, word: &[u8]) -> bool {
        let is = |other: &str| word.eq_ignore_ascii_case(other.as_bytes());
        let is_one_of = |words: &[&str]| words.iter().any(|other| is(other));
        self.words = self.words.saturating_add(1);
        match self.words {
            1 => self.statement = statement(word),
            2 if self.statement == Statement::Account && !is_one_of(ACCOUNTS) => {
                self.statement = Statement::Other;
            }
            _ => {}
        }
        match self.statement {
            _ if is("identified") => true,
            Statement::Account | Statement::Set => is("password") || is("to"),
            Statement::Attach => is("key"),
            Statement::Pragma => is_one_of(KEYS),
            Statement::Copy => {
                self.is_after_stdin = is("stdin");
                self.is_stdin |= self.is_after_stdin;
                false
            }
            Statement::Other => false,
        }
    }

    /// Returns whether a secret may follow an equals sign.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        matches!(self.statement, Statement::Account | Statement::Set)
    }

    /// Records the end of a line, after which the data of a `COPY` may follow without a semicolon.
    pub fn end_line(&mut self) {
        self.is_broken = self.is_stdin;
    }

    /// Returns whether the token at the start of `rest`, which is not a comment, may be the data of a `COPY`. The options
    /// of the statement may stand in the line after `STDIN`.
    #[inline]
    pub fn is_data(&mut self, rest: &[u8]) -> bool {
        self.is_broken && self.is_data_after_line(rest)
    }

    fn is_data_after_line(&mut self, rest: &[u8]) -> bool {
        self.is_broken = false;
        !(rest.starts_with(b";") || self.is_after_stdin && begins_options(rest))
    }

    /// Begins the next statement. Returns whether the data of a `COPY` may follow instead.
    pub fn end_statement(&mut self) -> bool {
        std::mem::take(self).is_stdin
    }
}

/// Returns whether a text begins with `WITH (`.
fn begins_options(text: &[u8]) -> bool {
    let Some((with, rest)) = text.split_at_checked(4) else {
        return false;
    };
    let is_with = with.eq_ignore_ascii_case(b"with");
    let mut rest = rest.iter().take(8);
    is_with && rest.find(|byte| !byte.is_ascii_whitespace()) == Some(&b'(')
}

/// Returns the kind of the statement that begins with a word.
fn statement(word: &[u8]) -> Statement {
    let kinds = [
        ("set", Statement::Set),
        ("create", Statement::Account),
        ("alter", Statement::Account),
        ("pragma", Statement::Pragma),
        ("attach", Statement::Attach),
        ("copy", Statement::Copy),
    ];
    let kind = kinds
        .iter()
        .find(|(first, _)| word.eq_ignore_ascii_case(first.as_bytes()));
    kind.map_or(Statement::Other, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use crate::scrub_sql;

    #[test]
    fn secret_without_quotes_is_replaced() {
        for (from, to) in [
            ("ALTER USER u PASSWORD p1 x", "ALTER USER u PASSWORD ?"),
            (
                "create user u identified by p1",
                "create user u identified ?",
            ),
            ("SET app.secret = p1, b", "SET app.secret = ?"),
            ("PRAGMA main.rekey = p1", "PRAGMA main.rekey ?"),
            ("ATTACH x AS y KEY p1", "ATTACH x AS y KEY ?"),
            ("COPY t FROM stdin; p1", "COPY t FROM stdin; ?"),
            ("COPY t FROM STDIN\np1 x", "COPY t FROM STDIN\n?"),
            (
                "COPY t FROM stdin \r\n\r\np1",
                "COPY t FROM stdin \r\n\r\n?",
            ),
            ("copy t from stdin -- x\np1", "copy t from stdin \n?"),
            (
                "COPY t FROM STDIN WITH (FORMAT csv)\np1",
                "COPY t FROM STDIN WITH (FORMAT csv)\n?",
            ),
            (
                "COPY t FROM STDIN\nWITH (FORMAT csv)\nWITH (p1",
                "COPY t FROM STDIN\nWITH (FORMAT csv)\n?",
            ),
            ("COPY t FROM STDIN\nwith p1", "COPY t FROM STDIN\n?"),
            ("COPY t FROM STDIN\n(p1)", "COPY t FROM STDIN\n?"),
            ("COPY t FROM STDIN\n;\np1", "COPY t FROM STDIN\n; ?"),
            ("BEGIN; SET PASSWORD p1", "BEGIN; SET PASSWORD ?"),
        ] {
            assert_eq!(scrub_sql(from), to);
            assert_eq!(scrub_sql(to), to);
        }
    }

    #[test]
    fn other_statements_with_such_words_are_unchanged() {
        for sql in [
            "UPDATE users SET password = $1, key = b.key WHERE id = c",
            "SELECT password, key FROM users WHERE a = b",
            "CREATE TABLE users (password text, key text DEFAULT now())",
            "ALTER TABLE t RENAME COLUMN a TO password",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "PRAGMA foreign_keys",
            "COPY t TO stdout; SELECT a",
            "COPY t FROM stdin;\n",
            "COPY t FROM stdin\n \n",
            "COPY t\nFROM stdin\nWITH (FORMAT csv);\n",
            "COPY t FROM $1\nWITH (FORMAT csv)",
            "ALTER USER u PASSWORD",
        ] {
            assert_eq!(scrub_sql(sql), sql);
        }
    }
}
