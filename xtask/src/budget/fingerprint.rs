//! Fingerprint of the environment of a count.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::process::Command;

use crate::failure::{Context as _, Result};
use crate::shell;
use crate::workspace;

/// CPU features by which the program and its libraries select code.
///
/// Valgrind hides newer ones, such as AVX-512.
const CPU_FEATURES: [&str; 14] = [
    "abm", "avx", "avx2", "bmi1", "bmi2", "cx16", "f16c", "fma", "movbe", "rdrand", "rdseed",
    "rdtscp", "sse4_2", "ssse3",
];

/// The versions and features that affect the number of instructions, by name.
pub(super) type Fingerprint = BTreeMap<String, String>;

/// Returns the fingerprint of this machine and tree.
pub(super) fn here() -> Result<Fingerprint> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let cpu = std::fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?;
    let output = |program: &OsStr, args: &[&str]| -> Result<String> {
        let mut command = Command::new(program);
        let output = shell::output(command.args(args).current_dir(workspace::root()))?;
        Ok(output.trim().to_owned())
    };
    let lock = output("git".as_ref(), &["hash-object", "Cargo.lock"])?;
    let libc = output("getconf".as_ref(), &["GNU_LIBC_VERSION"])?;
    Ok(Fingerprint::from([
        ("rustc".to_owned(), output(&rustc, &["--version"])?),
        ("Cargo.lock".to_owned(), lock),
        (
            "valgrind".to_owned(),
            output("valgrind".as_ref(), &["--version"])?,
        ),
        ("libc".to_owned(), libc),
        ("CPU".to_owned(), cpu_features(&cpu)),
    ]))
}

/// Returns a message for each part that differs from the budget.
pub(super) fn differences(here: &Fingerprint, budget: &Fingerprint) -> Vec<String> {
    let parts = here.iter().filter_map(|(name, here)| {
        let there = budget.get(name).map_or("unknown", String::as_str);
        (here != there).then(|| format!("{name}: {here} here, {there} in the budget"))
    });
    parts.collect()
}

/// Returns the relevant features of the first CPU.
fn cpu_features(cpuinfo: &str) -> String {
    let flags = cpuinfo.lines().find_map(|line| {
        let (key, flags) = line.split_once(':')?;
        (key.trim() == "flags").then_some(flags)
    });
    let flags: Vec<_> = flags.unwrap_or_default().split_whitespace().collect();
    let found = CPU_FEATURES
        .into_iter()
        .filter(|feature| flags.contains(feature));
    found.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(parts: &[(&str, &str)]) -> Fingerprint {
        let parts = parts.iter();
        parts
            .map(|(name, part)| ((*name).into(), (*part).into()))
            .collect()
    }

    #[test]
    fn only_relevant_features_are_kept() {
        let cpuinfo = "processor\t: 0\nflags\t\t: fpu avx512f avx2 sse4_2\n\nprocessor\t: 1\nflags\t\t: avx\n";
        assert_eq!(cpu_features(cpuinfo), "avx2 sse4_2");
    }

    #[test]
    fn differences_name_the_part() {
        let here = fingerprint(&[("rustc", "1.95"), ("libc", "2.36")]);
        assert!(differences(&here, &here).is_empty());
        assert_eq!(
            differences(&here, &fingerprint(&[("rustc", "1.94"), ("libc", "2.36")])),
            ["rustc: 1.95 here, 1.94 in the budget"]
        );
        assert_eq!(
            differences(&here, &fingerprint(&[("rustc", "1.95")])),
            ["libc: 2.36 here, unknown in the budget"]
        );
    }
}
