//! The parameters of SQLite, out of what their `Debug` tells.

use gomon_sql::adapter::Cell;
use gomon_sql::adapter::quoted;

/// Reads `SqliteArguments { values: SqliteArgumentsBuffer([Int64(7), Text("a"), Null]) }`; from where it is not as expected, there
/// is nothing more.
pub(super) fn read(debug: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let Some((_, mut rest)) = debug.split_once('[') else {
        return cells;
    };
    while let Some((cell, after)) = next(rest) {
        cells.push(cell);
        rest = after.strip_prefix(", ").unwrap_or_default();
    }
    cells
}

fn next(text: &str) -> Option<(Cell, &str)> {
    if let Some(rest) = text.strip_prefix("Null") {
        return Some((Cell::Null, rest));
    }
    let (kind, inner) = text.split_once('(')?;
    match kind {
        "Text" | "TextSlice" => {
            let (value, rest) = quoted(inner.strip_prefix('"')?)?;
            Some((Cell::of_bytes(value.as_bytes()), rest.strip_prefix(')')?))
        }
        _ => {
            let (value, rest) = inner.split_once(')')?;
            let cell = match kind {
                "Int" | "Int64" => value.parse::<i64>().ok()?.into(),
                "Double" => value.parse::<f64>().ok()?.into(),
                "Blob" => Cell::binary(&bytes(value)?),
                _ => return None,
            };
            Some((cell, rest))
        }
    }
}

fn bytes(list: &str) -> Option<Vec<u8>> {
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    list.split(", ")
        .filter(|byte| !byte.is_empty())
        .map(|byte| byte.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use sqlx_core::arguments::Arguments as _;
    use sqlx_sqlite::SqliteArguments;

    use super::*;

    #[test]
    fn values_of_all_types_are_read_back() {
        let mut arguments = SqliteArguments::default();
        arguments.add(7_i64).unwrap();
        arguments.add(-7_i32).unwrap();
        arguments.add(1.5_f64).unwrap();
        arguments.add("it's \"so\", (x)\n\u{1}é]").unwrap();
        arguments.add(vec![0_u8, 255]).unwrap();
        arguments.add(Vec::<u8>::new()).unwrap();
        arguments.add(None::<i64>).unwrap();
        arguments.add(String::new()).unwrap();
        let expected = [
            Cell::Signed(7),
            Cell::Signed(-7),
            Cell::Float(1.5),
            Cell::Text("it's \"so\", (x)\n\u{1}é]".to_owned()),
            Cell::Bytes(vec![0, 255]),
            Cell::Bytes(Vec::new()),
            Cell::Null,
            Cell::Text(String::new()),
        ];
        assert_eq!(read(&format!("{arguments:?}")), expected);
    }

    #[test]
    fn other_text_gives_what_was_understood() {
        assert_eq!(read("x"), []);
        assert_eq!(read("[Int(1), Odd(2), Int(3)]"), [Cell::Signed(1)]);
        assert_eq!(read("[Text(\"no end"), []);
    }
}
