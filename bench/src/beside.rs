//! Tables of a bare workload beside monitored ones.

use crate::Result;
use crate::goal::Goal;
use crate::rounds::{self, Alternative, Burst};
use crate::row::Row;

/// A bound on the cost of an alternative, relative to the bare one.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// Minimum rate, as a share of the bare one.
    Rate(f64),
    /// Like [`Self::Rate`], as if the elapsed times differed only by the CPU times of the calling thread.
    RateByCpu(f64),
    /// Maximum CPU time per operation beyond that of the named alternative, in the unit of the table.
    Beyond(&'static str, f64),
}

/// The process or thread whose CPU time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meter {
    /// The thread that does all operations, in ns.
    Thread,
    /// A server with several threads, in µs.
    Server,
}

impl Meter {
    fn unit(self) -> &'static str {
        match self {
            Self::Thread => "ns",
            Self::Server => "µs",
        }
    }

    /// Returns a time per operation in the unit of the table.
    fn each(self, burst: &Burst, time: f64) -> f64 {
        match self {
            Self::Thread => time / burst.operations,
            Self::Server => time / burst.operations / 1e3,
        }
    }
}

/// Measures alternatives, the bare one first, and returns a row for each.
///
/// `bounds` returns the bounds of an alternative by its name.
///
/// # Errors
///
/// Fails if an alternative fails.
pub fn rows<'a>(
    part: &str,
    meter: Meter,
    rounds: usize,
    alternatives: impl IntoIterator<Item = Alternative<'a>>,
    bounds: impl Fn(&str) -> Vec<Bound>,
) -> Result<Vec<Row>> {
    let measured = rounds::measure(rounds, alternatives)?;
    let Some(bare) = measured.first() else {
        return Ok(Vec::new());
    };
    let cpu = |burst: &Burst| meter.each(burst, burst.cpu);
    let rows = measured.iter().map(|ours| {
        let rate = ours.ratio(bare, Burst::rate);
        let beyond = ours.beyond(bare, cpu);
        // The rest of the work, such as that of a database, is the same for both.
        let time = bare.spread(Burst::elapsed_each).median;
        let by_cpu = time / (time + beyond.median);
        let row = Row::new(part, ours.name)
            .with("per second", ours.spread(Burst::rate).median)
            .with_spread("of bare", rate)
            .with(&format!("CPU {}", meter.unit()), ours.spread(cpu).median)
            .with_spread("beyond bare", beyond)
            .with("events each", ours.events_each());
        let row = match meter {
            Meter::Thread => row.with("by CPU", by_cpu),
            Meter::Server => {
                let consumer = |burst: &Burst| meter.each(burst, burst.consumer);
                let producer = |burst: &Burst| cpu(burst) - consumer(burst);
                row.with("CPU µs, min", ours.spread(cpu).min)
                    .with("producer", ours.spread(producer).median)
                    .with("consumer", ours.spread(consumer).median)
            }
        };
        let goals = bounds(ours.name)
            .into_iter()
            .filter_map(|bound| match bound {
                Bound::Rate(least) => Some(Goal::at_least("of bare", rate, least)),
                Bound::RateByCpu(least) => Some(Goal::at_least("by CPU", by_cpu, least)),
                Bound::Beyond(name, most) => {
                    let other = measured.iter().find(|other| other.name == name)?;
                    let what = format!("{} beyond {name}", meter.unit());
                    Some(Goal::at_most(&what, ours.beyond(other, cpu), most))
                }
            });
        goals.fold(row, Row::with_goal)
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_is_judged_beside_its_alternative() {
        let burst = |elapsed, cpu| Burst {
            operations: 10.0,
            elapsed,
            cpu,
            ..Burst::default()
        };
        let alternatives = [
            ("bare", burst(1000.0, 400.0)),
            ("silent", burst(1000.0, 450.0)),
            ("ours", burst(1250.0, 500.0)),
        ]
        .map(|(name, burst)| Alternative::new(name, move || Ok(burst)));
        let bounds = |name: &str| match name {
            "ours" => vec![
                Bound::Rate(0.9),
                Bound::RateByCpu(0.9),
                Bound::Beyond("bare", 9.0),
                Bound::Beyond("silent", 9.0),
            ],
            _ => Vec::new(),
        };
        let rows = rows("part", Meter::Thread, 3, alternatives, bounds).unwrap();
        let goals: Vec<_> = rows
            .iter()
            .map(|row| {
                row.goals
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            })
            .collect();
        let ours = vec![
            "of bare ≥ 0.9: MISSED".to_owned(),
            "by CPU ≥ 0.9: met".to_owned(),
            "ns beyond bare ≤ 9: MISSED".to_owned(),
            "ns beyond silent ≤ 9: met".to_owned(),
        ];
        assert_eq!(goals, [vec![], vec![], ours]);
    }
}
