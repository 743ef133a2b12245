#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod dsn;
mod edit;
mod name;
mod policy;
mod quoted;
pub mod sql;
mod text;
mod url;

pub use dsn::scrub_dsn;
pub use name::is_secret_name;
pub use policy::{REDACTED, Redaction};
pub use quoted::{Quotations, write_unquoted};
pub use sql::scrub_sql;
pub use text::{floor_char, is_plain, scrub_path, scrub_text};
pub use url::{UrlParts, after_userinfo, has_encoded_userinfo};
