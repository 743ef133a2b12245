//! Keys that the event model reserves for integration crates.

use crate::record::key::{Class, Key};

macro_rules! reserved_keys {
    ($($constant:ident = $name:literal, $class:ident;)*) => {
        $(
            #[doc = concat!("The key `", $name, "`.")]
            pub const $constant: Key<'static> = Key::reserved($name, Class::$class);
        )*

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];

        /// Returns whether the event model reserves this name.
        pub(crate) const fn is_reserved(name: &[u8]) -> bool {
            $(if same(name, $name.as_bytes()) { return true; })*
            let mut future = FUTURE;
            while let Some((first, rest)) = future.split_first() {
                if same(name, first.as_bytes()) {
                    return true;
                }
                future = rest;
            }
            matches!(name.first_chunk::<6>(), Some(b"gomon:"))
                || matches!(name.first_chunk::<5>(), Some(b"user:"))
                || is_header_name(name)
        }
    };
}

/// The key `message`, for short text that the caller has scrubbed.
pub const SCRUBBED_MESSAGE: Key<'static> = Key::reserved("message", Class::Plain);

/// Returns whether a name belongs to the header, which has no key constants.
const fn is_header_name(name: &[u8]) -> bool {
    matches!(
        name,
        b"id" | b"parent" | b"trace" | b"app-id" | b"error" | b"children" | b"links"
    )
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    while let (Some((x, a_rest)), Some((y, b_rest))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (a_rest, b_rest);
    }
    true
}

/// Reserved names of integration crates that do not exist yet.
const FUTURE: &[&str] = &[
    // Sockets
    "laddr",
    "raddr",
    "laddr-net",
    "raddr-net",
    "conns",
    "read-size",
    "write-size",
    "read-time",
    "write-time",
    "reads",
    "writes",
    "tls",
    // Files
    "name",
    "seek-time",
    "sync-time",
    // Runtime
    "num-cpu",
    "rust-version",
    "workers",
    "rss",
    "virtual",
    "heap-alloc",
    "total-alloc",
    "mallocs",
    "frees",
    "live-obj",
    "prev-tracker-id",
    "mem-profile",
    "cpu-profile",
    // Redis
    "command",
    "key",
    "commands",
    "db",
    "addr",
    // gRPC
    "rpc-service",
    "rpc-method",
    "grpc-status",
    "messages-sent",
    "messages-received",
    "deadline",
    // Kafka
    "topic",
    "partition",
    "offset",
    "key-size",
    "delivery",
    "group",
    "lag",
    "queue-time",
    // Segments
    "location",
    "total_lapsed",
    "childs",
    "errors",
    // Health
    "delivered",
    "failed",
    "dropped",
    "late",
    "quarantined",
];

reserved_keys! {
    // Application
    HOST = "host", Plain;
    EXECUTION_ID = "execution-id", Plain;
    VERSION = "version", Plain;
    ENVIRONMENT = "environment", Plain;
    PID = "pid", Plain;
    OS = "os", Plain;
    ARCH = "arch", Plain;
    GOMON_VERSION = "gomon-version", Plain;
    // HTTP
    DIRECTION = "direction", Plain;
    METHOD = "method", Plain;
    PROTO = "proto", Plain;
    URL = "url", Url;
    ROUTE = "route", Plain;
    HEADERS = "headers", Headers;
    RESPONSE_HEADERS = "response_headers", Headers;
    REMOTEADDR = "remoteaddr", Plain;
    CONTENT_LENGTH = "content-length", Plain;
    ENCODING = "encoding", Plain;
    CLOSE = "close", Plain;
    RESPONSE_CODE = "response_code", Plain;
    RESPONSE_BODY = "response_body", Plain;
    REQUEST_SIZE = "request_size", Plain;
    RESPONSE_SIZE = "response_size", Plain;
    FIRST_BYTE = "first-byte", Plain;
    ABORTED = "aborted", Plain;
    UPGRADE = "upgrade", Plain;
    GET_CONN = "get-conn", Plain;
    DNS_START = "dns-start", Plain;
    DNS_DONE = "dns-done", Plain;
    CONN_START = "conn-start", Plain;
    CONN_DONE = "conn-done", Plain;
    TLS_HAND_START = "tls-hand-start", Plain;
    TLS_HAND_DONE = "tls-hand-done", Plain;
    FINAL_URL = "final-url", Url;
    REUSED = "reused", Plain;
    // SQL
    DRIVER = "driver", Plain;
    DSN = "dsn", Dsn;
    WAIT = "wait", Plain;
    QUERY = "query", Sql;
    QUERY_FP = "query-fp", Plain;
    OPERATION = "operation", Plain;
    TABLE = "table", Plain;
    ROWS_AFF = "rows-aff", Plain;
    LAST_ID = "last-id", Plain;
    PARAMS = "params", Plain;
    TX = "tx", Plain;
    ROW_COUNT = "row-count", Plain;
    ROWS = "rows", Plain;
    COLUMNS = "columns", Plain;
    ISOLATION = "isolation", Plain;
    DEPTH = "depth", Plain;
    END = "end", Plain;
    SQLSTATE = "sqlstate", Plain;
    SQLITE_CODE = "sqlite-code", Plain;
    SLOW = "slow", Plain;
    N_PLUS_ONE = "n-plus-one", Plain;
    STATEMENTS = "statements", Plain;
    INTERVAL = "interval", Plain;
    MISSED = "missed", Plain;
    CHANNEL = "channel", Plain;
    PROCESS = "process", Plain;
    // Kafka
    PAYLOAD_SIZE = "payload-size", Plain;
    // Logs
    MESSAGE = "message", Text;
    LEVEL = "level", Plain;
    TARGET = "target", Plain;
    MODULE = "module", Plain;
    FILE = "file", Plain;
    LINE = "line", Plain;
    SOURCE = "source", Plain;
    LOGS = "logs", Plain;
    LOG_ERRORS = "log-errors", Plain;
    LOGS_OMITTED = "logs-omitted", Plain;
    // Health
    PRODUCED = "produced", Plain;
    BYTES_HELD = "bytes-held", Plain;
    OPEN = "open", Plain;
    ORPHANS = "orphans", Plain;
    CONFIG_ERRORS = "config-errors", Plain;
    NOTICES = "notices", Plain;
    CUT_VALUES = "cut-values", Plain;
    DETACHED = "detached-children", Plain;
    RENAMED = "renamed-fields", Plain;
    LIMITED = "limited-fields", Plain;
    REFUSED_VALUES = "refused-values", Plain;
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = include_str!("../../../docs/events.md");

    #[test]
    fn every_reserved_name_is_in_the_event_contract() {
        let missing: Vec<_> = NAMES
            .iter()
            .chain(FUTURE)
            .filter(|name| !CONTRACT.contains(&format!("`{name}`")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// Tables of maps have headings of the fourth level. Their keys are valid within the map only.
    #[test]
    fn every_field_in_the_event_contract_is_reserved() {
        let (_, fields) = CONTRACT.split_once("## `gomon-core`").unwrap();
        let (mut is_event, mut is_field_table, mut checked) = (false, false, 0);
        for line in fields.lines() {
            if line.starts_with('#') {
                is_event = line.starts_with("### ");
            }
            is_field_table =
                line.starts_with('|') && (is_field_table || line.starts_with("| key |"));
            let Some(cell) = line
                .strip_prefix("| `")
                .filter(|_| is_event && is_field_table)
            else {
                continue;
            };
            let cell = cell.split('|').next().unwrap_or_default();
            for name in cell.split('`').step_by(2).filter(|name| !name.is_empty()) {
                let is_listener = name.starts_with("listener-");
                assert!(is_listener || is_reserved(name.as_bytes()), "{name}");
                checked += 1;
            }
        }
        assert!(checked > 60, "{checked}");
    }
}
