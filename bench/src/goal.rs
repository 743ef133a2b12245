//! Goals of figures, and their verdicts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spread::Spread;

/// A bound on a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    text: String,
    verdict: Verdict,
}

/// Whether a goal was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The goal was met.
    Met,
    /// The goal was missed.
    Missed,
    /// The middle half of the rounds lies on both sides of the bound: instruction counts decide.
    Unsure,
}

impl Goal {
    /// Returns the goal that a figure, or one of many rounds, is at most `bound`.
    #[must_use]
    pub fn at_most(what: &str, figure: impl Into<Spread>, bound: f64) -> Self {
        let Spread {
            low, median, high, ..
        } = figure.into();
        let is_unsure = low <= bound && bound < high;
        Self::new(format!("{what} ≤ {bound}"), median <= bound, is_unsure)
    }

    /// Returns the goal that a figure, or one of many rounds, is at least `bound`.
    #[must_use]
    pub fn at_least(what: &str, figure: impl Into<Spread>, bound: f64) -> Self {
        let Spread {
            low, median, high, ..
        } = figure.into();
        let is_unsure = low < bound && bound <= high;
        Self::new(format!("{what} ≥ {bound}"), median >= bound, is_unsure)
    }

    fn new(text: String, is_met: bool, is_unsure: bool) -> Self {
        let verdict = match (is_unsure, is_met) {
            (true, _) => Verdict::Unsure,
            (false, true) => Verdict::Met,
            (false, false) => Verdict::Missed,
        };
        Self { text, verdict }
    }

    /// Returns the verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns the goal as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "goal": self.text, "verdict": self.verdict })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "MISSED",
            Verdict::Unsure => "unsure",
        };
        write!(f, "{}: {verdict}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_inside_the_spread_is_unsure() {
        let verdict = |low, median, high| {
            Goal::at_most(
                "ratio",
                Spread {
                    min: low,
                    low,
                    median,
                    high,
                },
                0.4,
            )
            .verdict
        };
        assert_eq!(verdict(0.30, 0.35, 0.39), Verdict::Met);
        assert_eq!(verdict(0.35, 0.38, 0.42), Verdict::Unsure);
        assert_eq!(verdict(0.41, 0.45, 0.50), Verdict::Missed);
    }

    #[test]
    fn bound_itself_is_met() {
        assert_eq!(Goal::at_most("x", 1.0, 1.0).verdict, Verdict::Met);
        assert_eq!(Goal::at_least("x", 0.9, 1.0).verdict, Verdict::Missed);
    }
}
