//! Bind values, which diesel shows by their `Debug` behind the text of a query; read on request only.

use std::fmt::{self, Display, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use gomon_sql::adapter::Cell;
use gomon_sql::adapter::quoted;
use gomon_sql::recording::StatementEvent;

/// The most that is read of them, bytes.
const MOST_BYTES: usize = 64 * 1024;
/// The most that are told.
const MOST: usize = 64;

/// Records the bind values of a query that diesel shows.
#[cold]
pub(super) fn record(query: &(impl Display + ?Sized), event: &mut StatementEvent) {
    let Some(cells) = of(query) else { return };
    let values: Vec<_> = cells.iter().map(Cell::as_value).collect();
    event.set_params(&values);
}

/// The bind values of a query that diesel shows; `None` where a `Debug` of the program's panics, which fails no query.
pub(super) fn of(query: &(impl Display + ?Sized)) -> Option<Vec<Cell>> {
    let behind = catch_unwind(AssertUnwindSafe(|| {
        let mut behind = BehindText::default();
        // It fails when it is full, which is no failure here.
        let _ = write!(behind, "{query}");
        behind
    }));
    let behind = behind.ok()?;
    let list = behind.rest.strip_prefix(" -- binds: [");
    Some(list.map_or_else(Vec::new, read))
}

/// All but the first piece, which is the text of the query.
#[derive(Default)]
struct BehindText {
    text_is_over: bool,
    rest: String,
}

impl fmt::Write for BehindText {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if !self.text_is_over {
            self.text_is_over = !piece.is_empty();
            return Ok(());
        }
        if self.rest.len() + piece.len() > MOST_BYTES {
            return Err(fmt::Error);
        }
        self.rest.push_str(piece);
        Ok(())
    }
}

/// Reads `7, "a", Some(1.5), None]`.
fn read(mut list: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    while cells.len() < MOST && !list.is_empty() && !list.starts_with(']') {
        let (value, rest) = list.split_at(length(list));
        cells.push(cell(value));
        list = rest.strip_prefix(", ").unwrap_or_default();
    }
    cells
}

/// How long the first value is: up to the comma or the bracket that is in no other brackets and no string.
fn length(list: &str) -> usize {
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut letters = list.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if is_string => {
                letters.next();
            }
            '"' => is_string = !is_string,
            _ if is_string => {}
            '(' | '[' | '{' => depth += 1,
            ']' | ',' if depth == 0 => return at,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    list.len()
}

fn cell(value: &str) -> Cell {
    let value = match value
        .strip_prefix("Some(")
        .and_then(|it| it.strip_suffix(')'))
    {
        Some(inner) => inner,
        None => value,
    };
    let number = || {
        let whole = value.parse().ok().map(Cell::Signed);
        let whole = whole.or_else(|| value.parse().ok().map(Cell::Unsigned));
        let is_number = value.starts_with(|it: char| it.is_ascii_digit() || it == '-');
        whole.or_else(|| value.parse().ok().filter(|_| is_number).map(Cell::Float))
    };
    match value {
        "None" => Cell::Null,
        "true" => Cell::Bool(true),
        "false" => Cell::Bool(false),
        _ => match value.strip_prefix('"').and_then(quoted) {
            Some((text, "")) => Cell::of_bytes(text.as_bytes()),
            _ => number().unwrap_or_else(|| Cell::of_bytes(value.as_bytes())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn values_of_all_kinds_are_read_back() {
        let odd = "it's \"so\", [x] -- binds: [\n\u{1}é\\";
        let shown = format!(
            "{:?}",
            (
                7,
                -7_i64,
                u64::MAX,
                1.5,
                true,
                odd,
                Some("tea"),
                None::<i32>
            )
        );
        let shown = shown.strip_prefix('(').unwrap();
        let shown = format!(
            "{}, [1, 2], 2026-11-26, Point {{ x: 1, y: 2 }}]",
            shown.strip_suffix(')').unwrap()
        );
        let expected = [
            Cell::Signed(7),
            Cell::Signed(-7),
            Cell::Unsigned(u64::MAX),
            Cell::Float(1.5),
            Cell::Bool(true),
            text(odd),
            text("tea"),
            Cell::Null,
            text("[1, 2]"),
            text("2026-11-26"),
            text("Point { x: 1, y: 2 }"),
        ];
        assert_eq!(read(&shown), expected);
    }

    #[test]
    fn text_that_is_no_list_ends_somewhere() {
        assert_eq!(read(""), []);
        assert_eq!(read("]"), []);
        assert_eq!(read("\"no end"), [text("\"no end")]);
        assert_eq!(read("))], 1"), [text("))")]);
        assert_eq!(read(&"1, ".repeat(1000)).len(), MOST);
    }

    #[test]
    fn statement_that_looks_like_binds_is_not_read() {
        let query = diesel::connection::StrQueryHelper::new("SELECT 1 -- binds: [7]");
        assert_eq!(of(&query), Some(Vec::new()));
    }
}
