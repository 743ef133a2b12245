//! A statement of MySQL with its bind values in it, so that it can be explained.

use std::fmt::Write as _;

use gomon_sql::adapter::Cell;

/// Puts a literal for each placeholder; `None` where it is not beyond doubt which question marks are placeholders, or there
/// is no value for each.
pub(super) fn put(sql: &str, binds: &[Cell]) -> Option<String> {
    if binds.is_empty() {
        return Some(sql.to_owned());
    }
    let is_unclear = |doubtful: &str| sql.contains(doubtful);
    if ["'", "\"", "#", "--", "/*"].into_iter().any(is_unclear) {
        return None;
    }
    let mut put = String::with_capacity(sql.len() + 16 * binds.len());
    let mut binds = binds.iter();
    let mut is_name = false;
    for letter in sql.chars() {
        match letter {
            '?' if !is_name => push(&mut put, binds.next()?),
            _ => {
                is_name ^= letter == '`';
                put.push(letter);
            }
        }
    }
    binds.next().is_none().then_some(put)
}

/// Text as hexadecimal digits, so that nothing in it can be read as SQL.
fn push(sql: &mut String, value: &Cell) {
    // Writing to a string does not fail.
    let _ = match value {
        Cell::Bool(value) => write!(sql, "{value}"),
        Cell::Signed(value) => write!(sql, "{value}"),
        Cell::Unsigned(value) => write!(sql, "{value}"),
        Cell::Float(value) => write!(sql, "{value:e}"),
        Cell::Text(value) => {
            sql.push_str("_utf8mb4 ");
            push_bytes(sql, value.as_bytes())
        }
        Cell::Bytes(value) => push_bytes(sql, value),
        _ => write!(sql, "NULL"),
    };
}

fn push_bytes(sql: &mut String, bytes: &[u8]) -> std::fmt::Result {
    sql.push_str("X'");
    for byte in bytes {
        write!(sql, "{byte:02x}")?;
    }
    sql.push('\'');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_the_placeholders_were() {
        let sql = "SELECT `a?b` FROM `goods` WHERE `id` = ? AND `name` IN (?, ?) AND `price` < ?";
        let text = |it: &str| Cell::Text(it.to_owned());
        let binds = [
            Cell::Signed(-7),
            text("' OR 1"),
            Cell::Null,
            Cell::Float(1.5),
        ];
        assert_eq!(
            put(sql, &binds).unwrap(),
            "SELECT `a?b` FROM `goods` WHERE `id` = -7 AND `name` IN (_utf8mb4 X'27204f522031', NULL) AND `price` < 1.5e0"
        );
        assert_eq!(put("SELECT '?'", &[]).unwrap(), "SELECT '?'");
    }

    #[test]
    fn doubtful_statements_are_left_alone() {
        let one = [Cell::Signed(1)];
        for sql in [
            "SELECT '?', ?",
            "SELECT ? -- ?",
            "SELECT ? # ?",
            "SELECT 1",
            "SELECT ?, ?",
        ] {
            assert_eq!(put(sql, &one), None, "{sql}");
        }
    }
}
