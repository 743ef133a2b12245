//! Values of MySQL and MariaDB, in the form in which they travel with prepared statements:
//! <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_binary_resultset.html>.

use diesel::mysql::{MysqlType, MysqlValue};

use crate::cell::Cell;

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
        Type::Tiny => exactly(bytes).map(|it| i64::from(i8::from_le_bytes(it)).into()),
        Type::UnsignedTiny => exactly(bytes).map(|it| u64::from(u8::from_le_bytes(it)).into()),
        Type::Short => exactly(bytes).map(|it| i16::from_le_bytes(it).into()),
        Type::UnsignedShort => exactly(bytes).map(|it| u64::from(u16::from_le_bytes(it)).into()),
        Type::Long => exactly(bytes).map(|it| i32::from_le_bytes(it).into()),
        Type::UnsignedLong => exactly(bytes).map(|it| u32::from_le_bytes(it).into()),
        Type::LongLong => exactly(bytes).map(|it| i64::from_le_bytes(it).into()),
        Type::UnsignedLongLong => exactly(bytes).map(|it| u64::from_le_bytes(it).into()),
        Type::Float => exactly(bytes).map(|it| f32::from_le_bytes(it).into()),
        Type::Double => exactly(bytes).map(|it| f64::from_le_bytes(it).into()),
        // Structures of the client's memory, which mean nothing to a reader.
        Type::Time | Type::Date | Type::DateTime | Type::Timestamp => Some(Cell::binary(bytes)),
        _ => None,
    };
    number.unwrap_or_else(|| Cell::of_bytes(bytes))
}

fn exactly<const LENGTH: usize>(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_numbers() {
        assert_eq!(of_type(MysqlType::Tiny, &[255]), Cell::Signed(-1));
        assert_eq!(
            of_type(MysqlType::UnsignedTiny, &[255]),
            Cell::Unsigned(255)
        );
        assert_eq!(of_type(MysqlType::Long, &[0, 1, 0, 0]), Cell::Signed(256));
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
        // A number of a length that numbers do not have.
        assert_eq!(of_type(MysqlType::Long, b"tea"), text);
    }
}
