//! Values of PostgreSQL.

use gomon_core::Id;

use super::Cell;

/// A value in the form in which it travels with prepared statements.
pub fn binary(kind: &str, bytes: &[u8]) -> Cell {
    let cell = match kind {
        "BOOL" => exactly(bytes).map(|[byte]| (byte != 0).into()),
        "INT2" => exactly(bytes).map(|bytes| i16::from_be_bytes(bytes).into()),
        "INT4" => exactly(bytes).map(|bytes| i32::from_be_bytes(bytes).into()),
        "INT8" => exactly(bytes).map(|bytes| i64::from_be_bytes(bytes).into()),
        "OID" => exactly(bytes).map(|bytes| u32::from_be_bytes(bytes).into()),
        "FLOAT4" => exactly(bytes).map(|bytes| f32::from_be_bytes(bytes).into()),
        "FLOAT8" => exactly(bytes).map(|bytes| f64::from_be_bytes(bytes).into()),
        "UUID" => exactly(bytes).map(|bytes: [u8; 16]| {
            let whole = u128::from_be_bytes(bytes);
            Cell::Uuid(Id::from_parts((whole >> 64) as u64, whole as u64))
        }),
        "TEXT" | "VARCHAR" | "BPCHAR" | "NAME" | "UNKNOWN" | "JSON" | "XML" => {
            Some(Cell::of_bytes(bytes))
        }
        // A version byte, then text.
        "JSONB" => bytes.get(1..).map(Cell::of_bytes),
        _ => None,
    };
    cell.unwrap_or_else(|| Cell::binary(bytes))
}

fn exactly<const LENGTH: usize>(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_numbers() {
        assert_eq!(binary("INT4", &[0, 0, 1, 0]), Cell::Signed(256));
        assert_eq!(binary("INT8", &[255; 8]), Cell::Signed(-1));
        assert_eq!(binary("BOOL", &[1]), Cell::Bool(true));
        assert_eq!(binary("FLOAT8", &1.5_f64.to_be_bytes()), Cell::Float(1.5));
    }

    #[test]
    fn values_of_an_unexpected_length_are_bytes() {
        assert_eq!(binary("INT4", &[0, 0, 1]), Cell::Bytes(vec![0, 0, 1]));
        assert_eq!(binary("JSONB", &[]), Cell::Bytes(Vec::new()));
    }
}
