//! A shop, and helpers for its events.

use diesel::prelude::*;

diesel::table! {
    goods (id) {
        id -> Integer,
        name -> Text,
        price -> Integer,
    }
}

#[derive(AsChangeset, Clone, Debug, Identifiable, Insertable, PartialEq, Queryable, Selectable)]
#[diesel(table_name = goods)]
pub(crate) struct Good {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) price: i32,
}

pub(crate) fn good(id: i32) -> Good {
    Good {
        id,
        name: format!("good {id}"),
        price: id * 10,
    }
}
