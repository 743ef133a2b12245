//! The parameters of PostgreSQL, out of the message in which they are sent.

use std::cell::RefCell;

use sqlx_core::arguments::Arguments as _;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;
use sqlx_postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};

use gomon_sql::adapter::Cell;
use gomon_sql::adapter::debug_text;
use gomon_sql::adapter::postgres_binary;

/// Reads the parameters, as far as they are understood.
pub(super) fn read(arguments: &PgArguments) -> Vec<Cell> {
    let peek = Peek::default();
    // It only looks, and says that it cannot be encoded, so the copy stays as it was.
    let _ = arguments.clone().add(&peek);
    let message = peek.0.into_inner();
    let mut rest = message.as_slice();
    let kinds = kinds(&debug_text(arguments));
    let mut cells = Vec::new();
    for index in 0..arguments.len() {
        let Some((value, after)) = next(rest) else {
            break;
        };
        let kind = kinds.get(index).map_or("", String::as_str);
        cells.push(value.map_or(Cell::Null, |bytes| postgres_binary(kind, bytes)));
        rest = after;
    }
    cells
}

/// A length, -1 for NULL, and so many bytes: <https://www.postgresql.org/docs/current/protocol-message-formats.html>, Bind.
fn next(message: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = message.split_first_chunk::<4>()?;
    match usize::try_from(i32::from_be_bytes(*length)) {
        Ok(length) => rest
            .split_at_checked(length)
            .map(|(value, rest)| (Some(value), rest)),
        Err(_) => Some((None, rest)),
    }
}

/// The types, out of `PgArguments { types: [PgTypeInfo(Int8), PgTypeInfo(Text)], buffer: …`.
fn kinds(debug: &str) -> Vec<String> {
    let types = debug.split_once("types: [").map_or("", |(_, types)| types);
    let types = types.split_once("], buffer").map_or("", |(types, _)| types);
    let names = types.split("PgTypeInfo(").skip(1);
    names
        .map(|name| name.split([')', '(', ' ']).next().unwrap_or_default())
        .map(str::to_ascii_uppercase)
        .collect()
}

/// Looks at what was encoded before it.
#[derive(Default)]
struct Peek(RefCell<Vec<u8>>);

impl Encode<'_, Postgres> for Peek {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.borrow_mut().clone_from(buffer);
        Err("seen".into())
    }
}

impl Type<Postgres> for Peek {
    fn type_info() -> PgTypeInfo {
        <bool as Type<Postgres>>::type_info()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_types_are_read_back() {
        let mut arguments = PgArguments::default();
        arguments.add(7_i64).unwrap();
        arguments.add("it's").unwrap();
        arguments.add(None::<i32>).unwrap();
        arguments.add(true).unwrap();
        arguments.add(1.5_f64).unwrap();
        arguments.add(vec![0_u8, 255]).unwrap();
        arguments.add(String::new()).unwrap();
        let expected = [
            Cell::Signed(7),
            Cell::Text("it's".to_owned()),
            Cell::Null,
            Cell::Bool(true),
            Cell::Float(1.5),
            Cell::Bytes(vec![0, 255]),
            Cell::Text(String::new()),
        ];
        assert_eq!(read(&arguments), expected);
        assert_eq!(arguments.len(), expected.len());
        assert!(read(&PgArguments::default()).is_empty());
    }

    #[test]
    fn message_that_ends_early_gives_what_was_understood() {
        assert!(next(&[0, 0, 0]).is_none());
        assert!(next(&[0, 0, 0, 2, 7]).is_none());
    }
}
