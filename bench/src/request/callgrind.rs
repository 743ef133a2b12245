//! Counts by callgrind, valgrind's profiler.
//!
//! A count depends on the compiled code alone, as far as this can be had: the caches are a model of fixed sizes, the
//! environment is empty but for glibc's tunables, and those select the implementations of `memcpy` and its like that
//! every x86-64 machine has.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Profile;
use super::drive::REQUESTS;
use super::variants::Variant;
use crate::Result;

/// The one function whose execution is counted; a pattern, as the linker's name is a mangled one.
const COUNTED: &str = "*request*drive*serve_one*";

/// 32 KiB of L1 as most cores have, and a last level that no program here fills.
const CACHES: [&str; 4] = [
    "--cache-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=8388608,16,64",
];

/// Hides from glibc what not every x86-64 machine has; a name that it does not know is skipped.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX,-AVX_Fast_Unaligned_Load,\
    -BMI1,-BMI2,-ERMS,-FMA,-FSRM,-LZCNT,-MOVBE,-RTM,-SSE4_1,-SSE4_2,-SSSE3,-Fast_Unaligned_Copy,-Fast_Copy_Backward";

/// The functions of C that allocate.
const ALLOCATING: [&str; 5] = [
    "aligned_alloc",
    "calloc",
    "malloc",
    "posix_memalign",
    "realloc",
];

/// What one request takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    /// Instructions executed.
    pub instructions: f64,
    /// Instructions that the simulated first-level cache does not hold.
    pub misses: f64,
    /// Calls that allocate.
    pub allocations: f64,
}

/// Runs this program under callgrind, as the server of one variant.
///
/// # Errors
///
/// Valgrind is missing, or the program fails under it.
pub fn count(variant: &Variant, profile: &Profile) -> Result<Counts> {
    let profiled = Profiled::new();
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", profiled.0.display()))
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
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}, {}: {told}", variant.name, profile.name).into());
    }
    let totals = Totals::parse(&fs::read_to_string(&profiled.0)?)?;
    let each = |total: u64| total as f64 / REQUESTS as f64;
    Ok(Counts {
        instructions: each(totals.instructions),
        misses: each(totals.misses),
        allocations: each(totals.allocations),
    })
}

/// The file that callgrind writes; removed at the end.
struct Profiled(PathBuf);

impl Profiled {
    fn new() -> Self {
        let name = format!("gomon-bench-{}.callgrind", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Profiled {
    fn drop(&mut self) {
        // Best effort: it is in the folder for temporary files.
        let _ = fs::remove_file(&self.0);
    }
}

/// The sums of a whole profile.
#[derive(Debug, PartialEq, Eq)]
struct Totals {
    instructions: u64,
    misses: u64,
    allocations: u64,
}

impl Totals {
    /// Reads the [format of callgrind](https://valgrind.org/docs/manual/cl-format.html): a function has its name beside
    /// its number where it is first mentioned, and only the number from there on.
    fn parse(text: &str) -> Result<Self> {
        let mut names = HashMap::new();
        let (mut called, mut allocations) = ("", 0);
        let (mut events, mut totals) = (Vec::new(), Vec::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("events: ") {
                events = rest.split(' ').collect();
            } else if let Some(rest) = line.strip_prefix("totals: ") {
                totals = rest.split(' ').collect();
            } else if let Some(rest) = line.strip_prefix("calls=") {
                let count = rest.split(' ').next().unwrap_or_default();
                if ALLOCATING.contains(&called) {
                    allocations += count.parse::<u64>()?;
                }
            } else if let Some((key @ ("fn" | "cfn"), function)) = line.split_once('=') {
                let (number, name) = function.split_once(' ').unwrap_or((function, ""));
                if !name.is_empty() {
                    names.insert(number, name);
                }
                if key == "cfn" {
                    called = names.get(number).copied().unwrap_or_default();
                }
            }
        }
        let total = |event: &str| -> Result<u64> {
            let found = events.iter().zip(&totals).find(|(name, _)| **name == event);
            let (_, total) = found.ok_or_else(|| format!("callgrind counted no {event}"))?;
            Ok(total.parse()?)
        };
        Ok(Self {
            instructions: total("Ir")?,
            misses: total("I1mr")?,
            allocations,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
events: Ir Dr I1mr
fl=(1) drive.rs
fn=(1) serve_one
10 5 1 0
cob=(2) libc.so.6
cfn=(2) malloc
calls=3 0
10 30 0 0
cfn=(3) memcpy
calls=9 0
10 9 0 0

fn=(3)
1 9
cfn=(4) realloc'2
calls=2 0
1 2

fn=(4)
cfn=(2)
calls=4 0
1 40

totals: 95 1 7
";

    #[test]
    fn calls_of_allocating_functions_are_added_up() {
        let expected = Totals {
            instructions: 95,
            misses: 7,
            allocations: 7,
        };
        assert_eq!(Totals::parse(PROFILE).unwrap(), expected);
    }

    #[test]
    fn profile_without_a_count_is_an_error() {
        let told = Totals::parse("events: Ir Dr\ntotals: 1 2\n").unwrap_err();
        assert_eq!(told.to_string(), "callgrind counted no I1mr");
    }
}
