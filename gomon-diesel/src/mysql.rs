//! Values of MySQL and MariaDB in the binary protocol:
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>.

use diesel::mysql::{MysqlType, MysqlValue};

use gomon_sql::recording::Cell;

#[allow(
    clippy::needless_pass_by_value,
    reason = "that is how diesel hands over the values of all backends"
)]
pub(super) fn cell(value: MysqlValue<'_>) -> Cell {
    of_type(value.value_type(), value.as_bytes())
}

fn of_type(kind: MysqlType, bytes: &[u8]) -> Cell {
    use MysqlType as Type;
    let number = match kind {
        Type::Tiny | Type::Short | Type::Long | Type::LongLong => signed(bytes).map(Cell::Signed),
        Type::UnsignedTiny | Type::UnsignedShort | Type::UnsignedLong | Type::UnsignedLongLong => {
            unsigned(bytes).map(Cell::Unsigned)
        }
        Type::Float | Type::Double => float(bytes).map(Cell::Float),
        // In-memory structures of the client library.
        Type::Time | Type::Date | Type::DateTime | Type::Timestamp => Some(Cell::binary(bytes)),
        _ => None,
    };
    number.unwrap_or_else(|| Cell::of_bytes(bytes))
}

/// Decodes an integer by its length, because `diesel-async` sends all integers in eight bytes.
fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [a] => i8::from_le_bytes([a]).into(),
        [a, b] => i16::from_le_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_le_bytes([a, b, c, d]).into(),
        _ => i64::from_le_bytes(bytes.try_into().ok()?),
    })
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    let mut whole = [0; 8];
    let known = whole
        .get_mut(..bytes.len())
        .filter(|known| !known.is_empty())?;
    known.copy_from_slice(bytes);
    Some(u64::from_le_bytes(whole))
}

fn float(bytes: &[u8]) -> Option<f64> {
    match *bytes {
        [a, b, c, d] => Some(f32::from_le_bytes([a, b, c, d]).into()),
        _ => bytes.try_into().ok().map(f64::from_le_bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers() {
        assert_eq!(of_type(MysqlType::Tiny, &[255]), Cell::Signed(-1));
        assert_eq!(
            of_type(MysqlType::UnsignedTiny, &[255]),
            Cell::Unsigned(255)
        );
        assert_eq!(of_type(MysqlType::Long, &[0, 1, 0, 0]), Cell::Signed(256));
        assert_eq!(of_type(MysqlType::Short, &[255, 255]), Cell::Signed(-1));
        let eight = (-7_i64).to_le_bytes();
        assert_eq!(of_type(MysqlType::Long, &eight), Cell::Signed(-7));
        let all = [255; 8];
        assert_eq!(
            of_type(MysqlType::UnsignedLongLong, &all),
            Cell::Unsigned(u64::MAX)
        );
        assert_eq!(
            of_type(MysqlType::Double, &1.5_f64.to_le_bytes()),
            Cell::Float(1.5)
        );
    }

    #[test]
    fn text_is_text_and_the_rest_bytes() {
        let text = Cell::Text("tea".to_owned());
        assert_eq!(of_type(MysqlType::String, b"tea"), text);
        assert_eq!(
            of_type(MysqlType::Blob, &[0, 255]),
            Cell::Bytes(vec![0, 255])
        );
        assert_eq!(
            of_type(MysqlType::Date, b"abc"),
            Cell::Bytes(b"abc".to_vec())
        );
        // An invalid length of a number.
        assert_eq!(of_type(MysqlType::Long, b"tea"), text);
        let nine = [b'x'; 9];
        let text = Cell::Text("xxxxxxxxx".to_owned());
        assert_eq!(of_type(MysqlType::UnsignedLong, &nine), text);
    }
}
