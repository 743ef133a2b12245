//! A web server in another process, and who asks it.

pub mod load;
pub mod server;

pub use server::{SERVERS, serve};
