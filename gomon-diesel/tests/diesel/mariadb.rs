//! MariaDB through `diesel-async`, which speaks its protocol in Rust, so that no C library is needed; diesel's own wrapper
//! makes it a connection that waits, as `MysqlConnection` is one. The tests of `integration` have the same of that.

use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;

use crate::mariadb_cases::cases;

cases!(AsyncConnectionWrapper<AsyncMysqlConnection>, "");
