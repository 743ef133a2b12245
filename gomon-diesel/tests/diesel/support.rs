//! A shop, and what tests ask of the events.

use diesel::prelude::*;

#[path = "../../../gomon-sql/tests/watched/mod.rs"]
mod watched;

pub(crate) use watched::Watched;

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
