//! Fuzz target for the time of hiding secrets in hostile text.

use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Duration;

use gomon_core::adapter::{
    HeaderSource, HeaderVisitor, Quotations, UrlParts, is_secret_name, scrub_dsn, scrub_sql,
    scrub_text, write_unquoted,
};
use gomon_core::{REDACTED, Redaction, Value};
use gomon_sql::recording::{ConnectionEvent, Database, Failure};
use gomon_sql::{Dialect, Setup, Statement};
use rustix::time::{ClockId, clock_gettime};

use crate::redaction::{monitor, shown};

/// Length of the shorter text; the other one is twice as long.
const LENGTH: usize = 2048;
/// Maximum length of the text before and after the repeated part.
const MAX_AROUND: usize = 128;
/// Maximum ratio of the costs per byte of the two lengths. For quadratic time it is two.
const MAX_GROWTH: f64 = 1.75;
/// Maximum cost of a byte, relative to a loop over characters.
const MAX_COST: f64 = 20.0;
/// Minimum cost at which growth is checked. Below it, overhead dominates.
const MIN_COST: f64 = 1.0;
/// Maximum number of measurements of a high cost. Other programs disturb them, so the lowest one counts.
const MAX_ROUNDS: usize = 200;

/// The meaning of a byte, by its lowest six bits; zero ends a part.
const FRAGMENTS: [&str; 63] = [
    "=",
    ":",
    "%",
    "-",
    ">",
    "<",
    "/",
    "\\",
    "@",
    "?",
    "&",
    ";",
    ",",
    ".",
    "_",
    " ",
    "\n",
    "'",
    "\"",
    "`",
    "(",
    ")",
    "[",
    "{",
    "$",
    "a",
    "e",
    "s",
    "B",
    "4",
    "1",
    "\u{e9}",
    "//",
    "://",
    "http://",
    "u:p@",
    "%3D",
    "%40",
    "pw",
    "token",
    "key",
    "cookie",
    "basic",
    "Bearer ",
    "eyJ",
    "ghp_",
    "sk-",
    "xoxb-",
    "411-",
    "4111 ",
    "</",
    "--",
    "-----BEGIN ",
    "PRIVATE KEY-----",
    "[redacted]",
    "/*",
    "*/",
    "IN (",
    "SELECT ",
    "FROM ",
    "missing field ",
    "n't",
    "\u{2018}",
];

/// Measures the time of hiding secrets in a text and in one twice as long, both built from the input.
///
/// The first byte selects the function. The rest selects the fragments of the repeated part, of the text before it and
/// of the text after it.
///
/// # Panics
///
/// Panics if a byte of the longer text costs more than one of the shorter text, or if any byte costs too much.
///
/// # Examples
///
/// ```
/// fuzz::cost(b"\x00\x01\x2b");
/// ```
pub fn cost(input: &[u8]) {
    let Some((&kind, parts)) = input.split_first() else {
        return;
    };
    let mut parts = parts.split(|&byte| byte % 64 == 0).map(text);
    let piece = parts.next().unwrap_or_default();
    let before = within(parts.next().unwrap_or_default());
    let after = within(parts.next().unwrap_or_default());
    if piece.is_empty() || piece.len() > LENGTH / 4 {
        return;
    }
    let grown = |length: usize| format!("{before}{}{after}", piece.repeat(length / piece.len()));
    let (short, long) = (grown(LENGTH), grown(2 * LENGTH));
    match kind % 13 {
        0 => measure(&short, &long, |text| drop(scrub_text(text))),
        1 => measure(&short, &long, |text| drop(scrub_sql(text))),
        2 => measure(&short, &long, |text| drop(scrub_dsn(text))),
        3 => measure(&short, &long, |text| query(&Redaction::default(), text)),
        4 => measure(&short, &long, |text| {
            query(&Redaction::default().with_visible_query("a"), text);
        }),
        5 => measure(&short, &long, |text| {
            black_box(is_secret_name(text.as_bytes()));
        }),
        6 => measure(&short, &long, |text| {
            black_box(shown(Value::url(UrlParts::parse(text))));
        }),
        7 => measure(&short, &long, |text| {
            black_box(shown(Value::headers(&Note(text))));
        }),
        8 => measure(&short, &long, |text| {
            let mut shown_text = String::new();
            black_box(write_unquoted::<Names>(text, &mut shown_text).is_ok());
        }),
        9 => measure(&short, &long, |text| statement(Dialect::PostgreSql, text)),
        10 => measure(&short, &long, |text| statement(Dialect::MySql, text)),
        11 => measure(&short, &long, |text| statement(Dialect::Sqlite, text)),
        _ => measure(&short, &long, message),
    }
}

fn text(bytes: &[u8]) -> String {
    let fragment = |&byte: &u8| FRAGMENTS.get(usize::from(byte % 64).checked_sub(1)?);
    bytes.iter().filter_map(fragment).copied().collect()
}

fn within(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_AROUND));
    text
}

fn query(policy: &Redaction, text: &str) {
    let mut shown_text = String::new();
    black_box(policy.write_query(text, &mut shown_text).is_ok());
}

fn statement(dialect: Dialect, text: &str) {
    drop(Statement::new(dialect, text));
}

/// Records the message of a database's error.
fn message(text: &str) {
    static DATABASE: LazyLock<Database> = LazyLock::new(|| {
        let setup = Setup::new().with_monitor(monitor());
        Database::new(setup, Dialect::PostgreSql, "postgres://db/shop")
    });
    ConnectionEvent::begin(&DATABASE).fail(&Failure::new(&text, "Error"));
}

/// A visible header with the text as its value.
struct Note<'a>(&'a str);

impl HeaderSource for Note<'_> {
    fn visit(&self, visitor: &mut dyn HeaderVisitor) {
        visitor.header("x-note", &mut std::iter::once(Some(self.0.as_bytes())));
    }
}

/// The quotation rules of errors about request bodies.
struct Names;

impl Quotations for Names {
    const MARK: &'static str = REDACTED;

    fn is_name(before: &str, quoted: &str) -> bool {
        before.ends_with("missing field ") && quoted.len() <= 64
    }
}

/// Minimum nanoseconds per byte of a loop over characters, of the short and of the long text.
#[derive(Clone, Copy, Debug)]
struct Costs {
    unit: f64,
    short: f64,
    long: f64,
}

impl Costs {
    fn measured(short: &str, long: &str, work: &impl Fn(&str)) -> Self {
        let of = |text: &str, work: &dyn Fn(&str)| cpu_time(|| work(text)) / text.len() as f64;
        Self {
            unit: of(long, &|text| {
                black_box(text.chars().filter(|c| c.is_alphanumeric()).count());
            }),
            short: of(short, work),
            long: of(long, work),
        }
    }

    fn min(self, other: Self) -> Self {
        Self {
            unit: self.unit.min(other.unit),
            short: self.short.min(other.short),
            long: self.long.min(other.long),
        }
    }

    /// Returns the cost relative to the loop.
    fn units(self) -> f64 {
        self.long / self.unit
    }

    fn is_high(self) -> bool {
        let grows = self.long > self.short * MAX_GROWTH && self.units() > MIN_COST;
        // Without libFuzzer's optimisation and instrumentation, the ratio is not meaningful.
        grows || cfg!(fuzzing) && self.units() > MAX_COST
    }
}

/// Checks the costs. Inlined, so that libFuzzer keeps the worst input for each kind of work.
#[inline(always)]
fn measure(short: &str, long: &str, work: impl Fn(&str)) {
    let mut costs = Costs::measured(short, long, &work);
    for _ in 1..MAX_ROUNDS {
        if !costs.is_high() {
            break;
        }
        costs = costs.min(Costs::measured(short, long, &work));
    }
    assert!(
        !costs.is_high(),
        "{costs:?} {:?}",
        long.chars().take(256).collect::<String>()
    );
    // libFuzzer counts each power of two as a branch, so it keeps inputs of increasing cost.
    for _ in 0..(costs.units() * 2.0) as usize {
        black_box(());
    }
}

/// Returns the processor time of `work` on this thread in nanoseconds.
fn cpu_time(work: impl FnOnce()) -> f64 {
    let start = now();
    work();
    (now() - start).as_nanos() as f64
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or_default(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}
