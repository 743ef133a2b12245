//! What a count of instructions depends on, beside the code that is counted.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::failure::{Context as _, Result};
use crate::shell;
use crate::workspace;

/// Features that valgrind passes on to the program, by which it and its libraries select their code. Newer ones, as
/// AVX-512, it hides.
const CPU_FEATURES: [&str; 14] = [
    "abm", "avx", "avx2", "bmi1", "bmi2", "cx16", "f16c", "fma", "movbe", "rdrand", "rdseed",
    "rdtscp", "sse4_2", "ssse3",
];

/// Each part by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(BTreeMap<String, String>);

impl Fingerprint {
    /// That of this machine and this tree.
    pub(super) fn here() -> Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let cpu = std::fs::read_to_string("/proc/cpuinfo").context("/proc/cpuinfo")?;
        let said = |program: &mut Command| -> Result<String> {
            let said = shell::output(program.current_dir(workspace::root()))?;
            Ok(said.trim().to_owned())
        };
        let parts = [
            ("rustc", said(Command::new(rustc).arg("--version"))?),
            (
                "Cargo.lock",
                said(Command::new("git").args(["hash-object", "Cargo.lock"]))?,
            ),
            ("valgrind", said(Command::new("valgrind").arg("--version"))?),
            (
                "libc",
                said(Command::new("getconf").arg("GNU_LIBC_VERSION"))?,
            ),
            ("CPU", cpu_features(&cpu)),
        ];
        let parts = parts.map(|(name, part)| (name.to_owned(), part));
        Ok(Self(parts.into()))
    }

    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let parts = json.as_object()?.iter();
        let parts = parts.map(|(name, part)| Some((name.clone(), part.as_str()?.to_owned())));
        parts.collect::<Option<_>>().map(Self)
    }

    pub(super) fn to_json(&self) -> Value {
        let parts = self.0.iter();
        parts
            .map(|(name, part)| (name.clone(), Value::from(part.as_str())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// The parts that another one does not share, each as a sentence.
    pub(super) fn differences(&self, budget: &Self) -> Vec<String> {
        let parts = self.0.iter().filter_map(|(name, here)| {
            let there = budget.0.get(name).map_or("unknown", String::as_str);
            (here != there).then(|| format!("{name}: {here} here, {there} in the budget"))
        });
        parts.collect()
    }
}

/// The features of the first CPU that matter.
fn cpu_features(cpuinfo: &str) -> String {
    let flags = cpuinfo.lines().find_map(|line| {
        let (key, flags) = line.split_once(':')?;
        (key.trim() == "flags").then_some(flags)
    });
    let flags: Vec<_> = flags.unwrap_or_default().split_whitespace().collect();
    let found = CPU_FEATURES.into_iter().filter(|it| flags.contains(it));
    found.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(parts: &[(&str, &str)]) -> Fingerprint {
        let parts = parts.iter();
        Fingerprint(
            parts
                .map(|(name, part)| ((*name).into(), (*part).into()))
                .collect(),
        )
    }

    #[test]
    fn features_are_those_that_matter() {
        let cpuinfo = "processor\t: 0\nflags\t\t: fpu avx512f avx2 sse4_2\n\nprocessor\t: 1\nflags\t\t: avx\n";
        assert_eq!(cpu_features(cpuinfo), "avx2 sse4_2");
    }

    #[test]
    fn differences_name_the_part() {
        let here = fingerprint(&[("rustc", "1.95"), ("libc", "2.36")]);
        assert!(here.differences(&here).is_empty());
        assert_eq!(
            here.differences(&fingerprint(&[("rustc", "1.94"), ("libc", "2.36")])),
            ["rustc: 1.95 here, 1.94 in the budget"]
        );
        assert_eq!(
            here.differences(&fingerprint(&[("rustc", "1.95")])),
            ["libc: 2.36 here, unknown in the budget"]
        );
    }
}
