//! Records of finished trackers: their layout, encoding and typed views.

pub(crate) mod encode;
pub(crate) mod event;
pub(crate) mod event_value;
pub(crate) mod json;
pub(crate) mod key;
pub mod keys;
pub(crate) mod layout;
pub(crate) mod limits;
pub(crate) mod outcome;
pub(crate) mod owned;
pub(crate) mod scratch;
pub(crate) mod serialize;
pub(crate) mod value;
