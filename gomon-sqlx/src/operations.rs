//! Operations of the statements of one text.

use gomon_sql::{Dialect, Statement};

/// The operations of the statements of one text, in the order of their results.
#[derive(Default)]
pub(super) struct Operations {
    begun: bool,
    /// Start of the last statement in the text; `None` once that is unknown.
    at: Option<usize>,
}

impl Operations {
    /// Returns the operation of the next statement; `None` if its text is not known.
    pub(super) fn next(&mut self, dialect: Dialect, statement: &Statement) -> Option<&'static str> {
        if !std::mem::replace(&mut self.begun, true) {
            self.at = Some(0);
            return Some(statement.operation());
        }
        self.later(dialect, statement.text())
    }

    #[cold]
    fn later(&mut self, dialect: Dialect, text: &str) -> Option<&'static str> {
        let at = self.at.take()?;
        let last = text.get(at..)?;
        let end = end(dialect, last)?;
        if has_body(last.get(..end)?) {
            return None;
        }
        let at = at + end + 1;
        let next = text.get(at..)?;
        let next = next.get(..self::end(dialect, next).unwrap_or(next.len()))?;
        self.at = Some(at);
        Some(Statement::new(dialect, next).operation())
    }
}

/// Returns the position of the semicolon after the first statement. The text has quoted names, but no literals or
/// comments.
fn end(dialect: Dialect, text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| {
        match (byte, quote) {
            (b'"' | b'`', None) => quote = Some(byte),
            (b'[', None) if dialect == Dialect::Sqlite => quote = Some(b']'),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
        byte == b';' && quote.is_none()
    })
}

/// Returns whether the statement may contain semicolons, as a trigger does.
fn has_body(statement: &str) -> bool {
    let mut words = statement.split_ascii_whitespace();
    let is = |word: &str, names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    words.next().is_some_and(|word| is(word, &["CREATE"]))
        && words.any(|word| is(word, &["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(dialect: Dialect, sql: &str) -> Vec<Option<&'static str>> {
        let statement = Statement::new(dialect, sql);
        let mut operations = Operations::default();
        (0..4)
            .map(|_| operations.next(dialect, &statement))
            .collect()
    }

    #[test]
    fn each_result_is_of_the_statement_in_its_place() {
        let sql = "/* ; */ UPDATE a SET b = ';'; WITH c AS (SELECT 1) SELECT * FROM \"d;e\" ;; delete from a;";
        assert_eq!(
            all(Dialect::PostgreSql, sql),
            [Some("UPDATE"), Some("SELECT"), Some("DELETE"), None]
        );
        assert_eq!(
            all(
                Dialect::Sqlite,
                "UPDATE [a;b] SET c = 1; DELETE FROM `d;``e`"
            ),
            [Some("UPDATE"), Some("DELETE"), None, None]
        );
        assert_eq!(
            all(Dialect::MySql, "SELECT 1"),
            [Some("SELECT"), None, None, None]
        );
    }

    #[test]
    fn operations_after_a_body_are_unknown() {
        let sql =
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END; SELECT 1";
        assert_eq!(
            all(Dialect::Sqlite, sql),
            [Some("CREATE"), None, None, None]
        );
    }
}
