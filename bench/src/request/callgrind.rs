//! Counts by callgrind, Valgrind's profiler.
//!
//! As far as possible, a count depends only on the compiled code. The caches are simulated with fixed sizes. The
//! environment contains only glibc's tunables, which select the `memcpy` (and similar functions) of every x86-64
//! machine. The batch with the fewest instructions counts: in other batches the dispatcher emptied a buffer between two
//! requests, and a request paid for the growth of the next buffer.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Profile;
use super::drive::BATCH;
use super::variants::Variant;
use crate::Result;
use crate::folder::Folder;

/// Patterns of the counted function, and of the one after which the counts are written and reset.
///
/// The linker mangles names. Callgrind confuses two patterns that begin with the same words.
const COUNTED: &str = "*::serve_one*";
const DUMPED: &str = "*::end_batch*";

/// 32 KiB of L1, the size of most cores, and a last level that no program here fills.
const CACHES: [&str; 4] = [
    "--cache-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=8388608,16,64",
];

/// Hides CPU features from glibc that not every x86-64 machine has; glibc skips unknown names.
///
/// With fast bins, the allocator would consolidate memory in the middle of some request, so they are disabled.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,\
    -BMI1,-BMI2,-ERMS,-FMA,-FSRM,-LZCNT,-MOVBE,-RTM,-SSE4_1,-SSE4_2,-SSSE3,-Fast_Unaligned_Copy,-Fast_Copy_Backward:\
    glibc.malloc.mxfast=0";

/// The allocating functions of C.
const ALLOCATING: [&str; 5] = [
    "aligned_alloc",
    "calloc",
    "malloc",
    "posix_memalign",
    "realloc",
];

/// Counts of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Instructions executed.
    pub instructions: f64,
    /// Misses of the simulated first-level instruction cache.
    pub misses: f64,
    /// Calls of allocating functions.
    pub allocations: f64,
}

/// Runs this program under callgrind, as the server of one variant.
///
/// # Errors
///
/// Fails if Valgrind is missing, or if the program fails under it.
pub fn count(variant: &Variant, profile: &Profile) -> Result<Counts> {
    let dumps = Folder::new("callgrind")?;
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--fair-sched=yes", "--tool=callgrind"])
        .args(["--compress-strings=no", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--dump-after={DUMPED}"))
        .arg(format!(
            "--callgrind-out-file={}/dump",
            dumps.path().display()
        ))
        .args(CACHES)
        .arg(std::env::current_exe()?)
        .args([variant.name, profile.name])
        .env_clear()
        .env("GLIBC_TUNABLES", TUNABLES);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    let output = command
        .output()
        .map_err(|error| format!("valgrind does not start ({error}): apt-get install valgrind"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}, {}: {stderr}", variant.name, profile.name).into());
    }
    least(dumps.path())
}

/// Returns the dump with the fewest instructions, except the empty ones of the warm-up.
fn least(dumps: &Path) -> Result<Counts> {
    let mut least: Option<Counts> = None;
    for file in fs::read_dir(dumps)? {
        let counts = Counts::parse(&fs::read_to_string(file?.path())?)?;
        let best = least.map_or(f64::INFINITY, |least| least.instructions);
        if counts.instructions > 0.0 && counts.instructions < best {
            least = Some(counts);
        }
    }
    least.ok_or_else(|| "callgrind counted nothing: was `serve_one` inlined?".into())
}

impl Counts {
    /// Parses the dump of a batch, in the [format of callgrind](https://valgrind.org/docs/manual/cl-format.html).
    fn parse(text: &str) -> Result<Self> {
        let (mut called, mut allocations) = ("", 0);
        let (mut events, mut totals) = (Vec::new(), Vec::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("events: ") {
                events = rest.split(' ').collect();
            } else if let Some(rest) = line.strip_prefix("totals: ") {
                totals = rest.split(' ').collect();
            } else if let Some(function) = line.strip_prefix("cfn=") {
                called = function;
            } else if let Some(rest) = line.strip_prefix("calls=") {
                // The inclusive cost of the calls: a line number, then the instructions. Zero if they were not counted.
                let cost = lines.next().and_then(|line| line.split(' ').nth(1));
                let count = rest.split(' ').next().unwrap_or_default();
                if ALLOCATING.contains(&called) && cost.is_some_and(|cost| cost != "0") {
                    allocations += count.parse::<u64>()?;
                }
            }
        }
        let each = |total: u64| total as f64 / BATCH as f64;
        let total = |event: &str| -> Result<f64> {
            let place = events.iter().position(|name| *name == event);
            let place = place.ok_or_else(|| format!("callgrind has no {event}"))?;
            // Trailing zeros are omitted.
            totals
                .get(place)
                .map_or(Ok(0.0), |total| Ok(each(total.parse()?)))
        };
        Ok(Self {
            instructions: total("Ir")?,
            misses: total("I1mr")?,
            allocations: each(allocations),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "\
events: Ir Dr I1mr
fl=drive.rs
fn=serve_one
10 5 1 0
cob=libc.so.6
cfn=malloc
calls=3 0
10 30 0 0
cfn=memcpy
calls=9 0
10 9 0 0

fn=memcpy
1 9
cfn=realloc
calls=2 0
1 2

fn=realloc
cfn=malloc
calls=4 0
1 40

fn=another_thread
cfn=malloc
calls=9 0
1
cfn=malloc
calls=9 0
1 0

totals: 95 1 7
";

    #[test]
    fn calls_of_allocating_functions_are_added_up() {
        let expected = Counts {
            instructions: 9.5,
            misses: 0.7,
            allocations: 0.9,
        };
        assert_eq!(Counts::parse(DUMP).unwrap(), expected);
    }

    #[test]
    fn omitted_trailing_zeros_are_zeros() {
        let counts = Counts::parse("events: Ir Dr I1mr\ntotals: 9\n").unwrap();
        assert_eq!((counts.instructions, counts.misses), (0.9, 0.0));
    }

    #[test]
    fn dump_without_the_events_is_an_error() {
        let error = Counts::parse("events: Ir Dr\ntotals: 1 2\n").unwrap_err();
        assert_eq!(error.to_string(), "callgrind has no I1mr");
    }

    #[test]
    fn batch_with_the_fewest_instructions_counts() {
        let dumps = Folder::new("dumps").unwrap();
        for (name, instructions) in [("dump.1", 0), ("dump.2", 70), ("dump.3", 60), ("dump", 0)] {
            let text = format!("events: Ir I1mr\ntotals: {instructions} 5\n");
            fs::write(dumps.path().join(name), text).unwrap();
        }
        assert_eq!(least(dumps.path()).unwrap().instructions, 6.0);
    }
}
