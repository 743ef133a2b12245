//! Interleaved rounds of measurements.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::spread::Spread;
use crate::{Result, cpu};

/// Duration and number of the measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// A short run that only checks that the table works.
    Quick,
    /// A run whose figures may be quoted.
    #[default]
    Full,
}

impl Effort {
    /// Returns `quick` or `full`.
    #[must_use]
    pub fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// What a number of operations took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Burst {
    /// Number of operations.
    pub operations: f64,
    /// Elapsed time, ns.
    pub elapsed: f64,
    /// CPU time, ns.
    pub cpu: f64,
    /// CPU time of the threads that deliver events, ns; part of `cpu` if they belong to the same process.
    pub consumer: f64,
    /// Number of events delivered.
    pub events: f64,
}

impl Burst {
    /// Measures `operations` operations of the calling thread.
    pub fn of(operations: usize, run: impl FnOnce()) -> Self {
        let cpu = cpu::thread();
        let start = Instant::now();
        run();
        let elapsed = start.elapsed().as_nanos() as f64;
        Self {
            operations: operations as f64,
            elapsed,
            cpu: cpu::thread() - cpu,
            ..Self::default()
        }
    }

    /// Returns the elapsed time per operation, ns.
    #[must_use]
    pub fn elapsed_each(&self) -> f64 {
        self.elapsed / self.operations
    }

    /// Returns the CPU time per operation, ns.
    #[must_use]
    pub fn cpu_each(&self) -> f64 {
        self.cpu / self.operations
    }

    /// Returns the operations per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.operations / self.elapsed * 1e9
    }

    /// Returns the CPU time of the delivering threads per event, ns.
    #[must_use]
    pub fn consumer_each(&self) -> f64 {
        self.consumer / self.events
    }
}

/// One of several ways to do the same work.
pub struct Alternative<'a> {
    name: &'a str,
    run: Box<dyn FnMut() -> Result<Burst> + 'a>,
}

impl<'a> Alternative<'a> {
    /// Returns an alternative whose bursts `run` measures.
    pub fn new(name: &'a str, run: impl FnMut() -> Result<Burst> + 'a) -> Self {
        let run = Box::new(run);
        Self { name, run }
    }
}

impl fmt::Debug for Alternative<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Alternative").field(&self.name).finish()
    }
}

/// The bursts of an alternative, in the order of the rounds.
#[derive(Debug)]
pub struct Measured<'a> {
    /// The name of the alternative.
    pub name: &'a str,
    bursts: Vec<Burst>,
}

/// Measures a burst of each alternative in each round, after a round that is not counted.
///
/// The order rotates and flips, so that no alternative always runs on the caches of the same other one.
///
/// # Errors
///
/// Fails if an alternative fails.
pub fn measure<'a>(
    rounds: usize,
    alternatives: impl IntoIterator<Item = Alternative<'a>>,
) -> Result<Vec<Measured<'a>>> {
    let mut all: Vec<_> = alternatives
        .into_iter()
        .map(|Alternative { name, run }| {
            (
                Measured {
                    name,
                    bursts: vec![],
                },
                run,
            )
        })
        .collect();
    for round in 0..=rounds {
        let count = all.len();
        for turn in 0..count {
            let turn = if round % 2 == 0 {
                turn
            } else {
                count - 1 - turn
            };
            if let Some((measured, run)) = all.get_mut((turn + round * 3) % count) {
                measured.bursts.push(run()?);
            }
        }
    }
    let measured = all.into_iter().map(|(mut measured, _)| {
        measured.bursts.remove(0);
        measured
    });
    Ok(measured.collect())
}

impl Measured<'_> {
    /// Returns the quartiles of a figure.
    pub fn spread(&self, figure: impl Fn(&Burst) -> f64) -> Spread {
        Spread::of(self.bursts.iter().map(figure))
    }

    /// Returns the quartiles of the quotients of this figure and that of `other`, round by round.
    pub fn ratio(&self, other: &Self, figure: impl Fn(&Burst) -> f64) -> Spread {
        self.paired(other, |ours, theirs| figure(ours) / figure(theirs))
    }

    /// Returns the quartiles of the differences of this figure and that of `other`, round by round.
    pub fn beyond(&self, other: &Self, figure: impl Fn(&Burst) -> f64) -> Spread {
        self.paired(other, |ours, theirs| figure(ours) - figure(theirs))
    }

    /// Returns the sum of a figure.
    pub fn total(&self, figure: impl Fn(&Burst) -> f64) -> f64 {
        self.bursts.iter().map(figure).sum()
    }

    /// Returns the number of events per operation.
    #[must_use]
    pub fn events_each(&self) -> f64 {
        self.total(|burst| burst.events) / self.total(|burst| burst.operations)
    }

    fn paired(&self, other: &Self, f: impl Fn(&Burst, &Burst) -> f64) -> Spread {
        let rounds = self.bursts.iter().zip(&other.bursts);
        Spread::of(rounds.map(|(ours, theirs)| f(ours, theirs)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn every_alternative_has_one_turn_per_round() {
        let turns = Cell::new(0.0);
        let turn = || {
            turns.set(turns.get() + 1.0);
            Ok(Burst {
                events: turns.get(),
                ..Burst::default()
            })
        };
        let measured = measure(8, ["a", "b", "c"].map(|name| Alternative::new(name, turn)));
        let measured = measured.unwrap();
        for round in 0..8 {
            let turns = measured
                .iter()
                .map(|measured| measured.bursts[round].events);
            let mut turns: Vec<_> = turns.collect();
            turns.sort_by(f64::total_cmp);
            // The turns of the first round are not counted.
            let first = (round * 3 + 4) as f64;
            assert_eq!(turns, [first, first + 1.0, first + 2.0]);
        }
    }

    #[test]
    fn figures_are_paired_by_round() {
        let bursts = |figures: [f64; 3]| Measured {
            name: "",
            bursts: figures
                .map(|cpu| Burst {
                    cpu,
                    ..Burst::default()
                })
                .to_vec(),
        };
        let (ours, theirs) = (bursts([1.0, 20.0, 300.0]), bursts([10.0, 200.0, 3000.0]));
        let ratio = ours.ratio(&theirs, |burst| burst.cpu);
        assert_eq!((ratio.low, ratio.high), (0.1, 0.1));
        assert_eq!(theirs.beyond(&ours, |burst| burst.cpu).median, 180.0);
    }

    #[test]
    fn failure_of_an_alternative_ends_the_measurement() {
        let failing = Alternative::new("failing", || Err("broken".into()));
        let error = measure(3, [failing]).unwrap_err();
        assert_eq!(error.to_string(), "broken");
    }
}
