//! The names that the event model reserves, for those who own them: the integration crates.
//!
//! # Examples
//!
//! ```
//! use gomon_core::{Monitor, keys};
//!
//! let mut tracker = Monitor::noop().root("http-service");
//! tracker.set(keys::METHOD, "GET");
//! ```

use crate::record::key::{Class, Key};

macro_rules! reserved_keys {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $class:ident;)*) => {
        $($(#[$doc])* pub const $constant: Key<'static> = Key::reserved($name, Class::$class);)*

        /// Whether the event model owns this name.
        pub(crate) const fn is_reserved(name: &[u8]) -> bool {
            $(if same(name, $name.as_bytes()) { return true; })*
            matches!(name.first_chunk::<6>(), Some(b"gomon:"))
                || matches!(name.first_chunk::<5>(), Some(b"user:"))
                || is_header_name(name)
        }
    };
}

/// The names of the header, which no key constant stands for.
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

reserved_keys! {
    #[doc = "`host` (Application)."]
    HOST = "host", Plain;
    #[doc = "`execution-id` (Application)."]
    EXECUTION_ID = "execution-id", Plain;
    #[doc = "`version` (Application)."]
    VERSION = "version", Plain;
    #[doc = "`environment` (Application)."]
    ENVIRONMENT = "environment", Plain;
    #[doc = "`pid` (Application)."]
    PID = "pid", Plain;
    #[doc = "`os` (Application)."]
    OS = "os", Plain;
    #[doc = "`arch` (Application)."]
    ARCH = "arch", Plain;
    #[doc = "`gomon-version` (Application)."]
    GOMON_VERSION = "gomon-version", Plain;
    #[doc = "`direction` (HTTP)."]
    DIRECTION = "direction", Plain;
    #[doc = "`method` (HTTP)."]
    METHOD = "method", Plain;
    #[doc = "`proto` (HTTP)."]
    PROTO = "proto", Plain;
    #[doc = "`url` (HTTP)."]
    URL = "url", Url;
    #[doc = "`route` (HTTP)."]
    ROUTE = "route", Plain;
    #[doc = "`headers` (HTTP)."]
    HEADERS = "headers", Headers;
    #[doc = "`response_headers` (HTTP)."]
    RESPONSE_HEADERS = "response_headers", Headers;
    #[doc = "`remoteaddr` (HTTP)."]
    REMOTEADDR = "remoteaddr", Plain;
    #[doc = "`content-length` (HTTP)."]
    CONTENT_LENGTH = "content-length", Plain;
    #[doc = "`encoding` (HTTP)."]
    ENCODING = "encoding", Plain;
    #[doc = "`close` (HTTP)."]
    CLOSE = "close", Plain;
    #[doc = "`response_code` (HTTP)."]
    RESPONSE_CODE = "response_code", Plain;
    #[doc = "`response_body` (HTTP)."]
    RESPONSE_BODY = "response_body", Plain;
    #[doc = "`request_size` (HTTP)."]
    REQUEST_SIZE = "request_size", Plain;
    #[doc = "`response_size` (HTTP)."]
    RESPONSE_SIZE = "response_size", Plain;
    #[doc = "`first-byte` (HTTP)."]
    FIRST_BYTE = "first-byte", Plain;
    #[doc = "`aborted` (HTTP): how far a cancelled request was."]
    ABORTED = "aborted", Plain;
    #[doc = "`upgrade` (HTTP)."]
    UPGRADE = "upgrade", Plain;
    #[doc = "`get-conn` (HTTP)."]
    GET_CONN = "get-conn", Plain;
    #[doc = "`dns-start` (HTTP)."]
    DNS_START = "dns-start", Plain;
    #[doc = "`dns-done` (HTTP)."]
    DNS_DONE = "dns-done", Plain;
    #[doc = "`conn-start` (HTTP)."]
    CONN_START = "conn-start", Plain;
    #[doc = "`conn-done` (HTTP)."]
    CONN_DONE = "conn-done", Plain;
    #[doc = "`tls-hand-start` (HTTP)."]
    TLS_HAND_START = "tls-hand-start", Plain;
    #[doc = "`tls-hand-done` (HTTP)."]
    TLS_HAND_DONE = "tls-hand-done", Plain;
    #[doc = "`final-url` (HTTP): of a call that was redirected."]
    FINAL_URL = "final-url", Url;
    #[doc = "`reused` (HTTP)."]
    REUSED = "reused", Plain;
    #[doc = "`driver` (SQL)."]
    DRIVER = "driver", Plain;
    #[doc = "`dsn` (SQL)."]
    DSN = "dsn", Dsn;
    #[doc = "`wait` (SQL)."]
    WAIT = "wait", Plain;
    #[doc = "`query` (SQL)."]
    QUERY = "query", Sql;
    #[doc = "`query-fp` (SQL)."]
    QUERY_FP = "query-fp", Plain;
    #[doc = "`operation` (SQL)."]
    OPERATION = "operation", Plain;
    #[doc = "`table` (SQL)."]
    TABLE = "table", Plain;
    #[doc = "`rows-aff` (SQL)."]
    ROWS_AFF = "rows-aff", Plain;
    #[doc = "`last-id` (SQL)."]
    LAST_ID = "last-id", Plain;
    #[doc = "`params` (SQL)."]
    PARAMS = "params", Plain;
    #[doc = "`tx` (SQL)."]
    TX = "tx", Plain;
    #[doc = "`row-count` (SQL)."]
    ROW_COUNT = "row-count", Plain;
    #[doc = "`rows` (SQL)."]
    ROWS = "rows", Plain;
    #[doc = "`columns` (SQL)."]
    COLUMNS = "columns", Plain;
    #[doc = "`isolation` (SQL)."]
    ISOLATION = "isolation", Plain;
    #[doc = "`depth` (SQL)."]
    DEPTH = "depth", Plain;
    #[doc = "`end` (SQL)."]
    END = "end", Plain;
    #[doc = "`sqlstate` (SQL): the five characters by which the SQL standard names an error."]
    SQLSTATE = "sqlstate", Plain;
    #[doc = "`sqlite-code` (SQL): the number by which SQLite names an error."]
    SQLITE_CODE = "sqlite-code", Plain;
    #[doc = "`slow` (SQL): whether the statement took longer than the configured threshold."]
    SLOW = "slow", Plain;
    #[doc = "`n-plus-one` (SQL): the statement that ran most often under this event."]
    N_PLUS_ONE = "n-plus-one", Plain;
    #[doc = "`statements` (SQL): the profile."]
    STATEMENTS = "statements", Plain;
    #[doc = "`interval` (SQL): the time that the profile covers."]
    INTERVAL = "interval", Plain;
    #[doc = "`missed` (SQL): statements that the profile could not count."]
    MISSED = "missed", Plain;
    #[doc = "`channel` (SQL)."]
    CHANNEL = "channel", Plain;
    #[doc = "`process` (SQL)."]
    PROCESS = "process", Plain;
    #[doc = "`laddr` (Sockets)."]
    LADDR = "laddr", Plain;
    #[doc = "`raddr` (Sockets)."]
    RADDR = "raddr", Plain;
    #[doc = "`laddr-net` (Sockets)."]
    LADDR_NET = "laddr-net", Plain;
    #[doc = "`raddr-net` (Sockets)."]
    RADDR_NET = "raddr-net", Plain;
    #[doc = "`conns` (Sockets)."]
    CONNS = "conns", Plain;
    #[doc = "`read-size` (Sockets)."]
    READ_SIZE = "read-size", Plain;
    #[doc = "`write-size` (Sockets)."]
    WRITE_SIZE = "write-size", Plain;
    #[doc = "`read-time` (Sockets)."]
    READ_TIME = "read-time", Plain;
    #[doc = "`write-time` (Sockets)."]
    WRITE_TIME = "write-time", Plain;
    #[doc = "`reads` (Sockets)."]
    READS = "reads", Plain;
    #[doc = "`writes` (Sockets)."]
    WRITES = "writes", Plain;
    #[doc = "`tls` (Sockets)."]
    TLS = "tls", Plain;
    #[doc = "`name` (Files)."]
    NAME = "name", Plain;
    #[doc = "`seek-time` (Files)."]
    SEEK_TIME = "seek-time", Plain;
    #[doc = "`sync-time` (Files)."]
    SYNC_TIME = "sync-time", Plain;
    #[doc = "`num-cpu` (Runtime)."]
    NUM_CPU = "num-cpu", Plain;
    #[doc = "`rust-version` (Runtime)."]
    RUST_VERSION = "rust-version", Plain;
    #[doc = "`workers` (Runtime)."]
    WORKERS = "workers", Plain;
    #[doc = "`rss` (Runtime)."]
    RSS = "rss", Plain;
    #[doc = "`virtual` (Runtime)."]
    VIRTUAL = "virtual", Plain;
    #[doc = "`heap-alloc` (Runtime)."]
    HEAP_ALLOC = "heap-alloc", Plain;
    #[doc = "`total-alloc` (Runtime)."]
    TOTAL_ALLOC = "total-alloc", Plain;
    #[doc = "`mallocs` (Runtime)."]
    MALLOCS = "mallocs", Plain;
    #[doc = "`frees` (Runtime)."]
    FREES = "frees", Plain;
    #[doc = "`live-obj` (Runtime)."]
    LIVE_OBJ = "live-obj", Plain;
    #[doc = "`prev-tracker-id` (Runtime)."]
    PREV_TRACKER_ID = "prev-tracker-id", Plain;
    #[doc = "`mem-profile` (Runtime)."]
    MEM_PROFILE = "mem-profile", Plain;
    #[doc = "`cpu-profile` (Runtime)."]
    CPU_PROFILE = "cpu-profile", Plain;
    #[doc = "`command` (Redis)."]
    COMMAND = "command", Plain;
    #[doc = "`key` (Redis)."]
    KEY = "key", Plain;
    #[doc = "`commands` (Redis)."]
    COMMANDS = "commands", Plain;
    #[doc = "`db` (Redis)."]
    DB = "db", Plain;
    #[doc = "`addr` (Redis)."]
    ADDR = "addr", Plain;
    #[doc = "`rpc-service` (gRPC)."]
    RPC_SERVICE = "rpc-service", Plain;
    #[doc = "`rpc-method` (gRPC)."]
    RPC_METHOD = "rpc-method", Plain;
    #[doc = "`grpc-status` (gRPC)."]
    GRPC_STATUS = "grpc-status", Plain;
    #[doc = "`messages-sent` (gRPC)."]
    MESSAGES_SENT = "messages-sent", Plain;
    #[doc = "`messages-received` (gRPC)."]
    MESSAGES_RECEIVED = "messages-received", Plain;
    #[doc = "`deadline` (gRPC)."]
    DEADLINE = "deadline", Plain;
    #[doc = "`topic` (Kafka)."]
    TOPIC = "topic", Plain;
    #[doc = "`partition` (Kafka)."]
    PARTITION = "partition", Plain;
    #[doc = "`offset` (Kafka)."]
    OFFSET = "offset", Plain;
    #[doc = "`key-size` (Kafka)."]
    KEY_SIZE = "key-size", Plain;
    #[doc = "`payload-size` (Kafka)."]
    PAYLOAD_SIZE = "payload-size", Plain;
    #[doc = "`delivery` (Kafka)."]
    DELIVERY = "delivery", Plain;
    #[doc = "`group` (Kafka)."]
    GROUP = "group", Plain;
    #[doc = "`lag` (Kafka)."]
    LAG = "lag", Plain;
    #[doc = "`queue-time` (Kafka)."]
    QUEUE_TIME = "queue-time", Plain;
    #[doc = "`level` (Logs)."]
    LEVEL = "level", Plain;
    #[doc = "`target` (Logs)."]
    TARGET = "target", Plain;
    #[doc = "`message` (Logs)."]
    MESSAGE = "message", Text;
    #[doc = "`module` (Logs)."]
    MODULE = "module", Plain;
    #[doc = "`file` (Logs)."]
    FILE = "file", Plain;
    #[doc = "`line` (Logs)."]
    LINE = "line", Plain;
    #[doc = "`location` (Segments)."]
    LOCATION = "location", Plain;
    #[doc = "`total_lapsed` (Segments)."]
    TOTAL_LAPSED = "total_lapsed", Plain;
    #[doc = "`childs` (Segments)."]
    CHILDS = "childs", Plain;
    #[doc = "`errors` (Segments)."]
    ERRORS = "errors", Plain;
    #[doc = "`produced` (Health)."]
    PRODUCED = "produced", Plain;
    #[doc = "`delivered` (Health)."]
    DELIVERED = "delivered", Plain;
    #[doc = "`failed` (Health)."]
    FAILED = "failed", Plain;
    #[doc = "`dropped` (Health)."]
    DROPPED = "dropped", Plain;
    #[doc = "`late` (Health)."]
    LATE = "late", Plain;
    #[doc = "`quarantined` (Health)."]
    QUARANTINED = "quarantined", Plain;
    #[doc = "`bytes-held` (Health)."]
    BYTES_HELD = "bytes-held", Plain;
    #[doc = "`open` (Health)."]
    OPEN = "open", Plain;
    #[doc = "`orphans` (Health)."]
    ORPHANS = "orphans", Plain;
    #[doc = "`config-errors` (Health)."]
    CONFIG_ERRORS = "config-errors", Plain;
    #[doc = "`cut-values` (Health)."]
    CUT_VALUES = "cut-values", Plain;
    #[doc = "`detached-children` (Health)."]
    DETACHED = "detached-children", Plain;
    #[doc = "`renamed-fields` (Health)."]
    RENAMED = "renamed-fields", Plain;
    #[doc = "`limited-fields` (Health)."]
    LIMITED = "limited-fields", Plain;
    #[doc = "`refused-values` (Health)."]
    REFUSED_VALUES = "refused-values", Plain;
}
