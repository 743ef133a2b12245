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
    /// Returns the goal that `value` is at most `bound`.
    #[must_use]
    pub fn at_most(what: &str, value: f64, bound: f64) -> Self {
        Self::new(format!("{what} ≤ {bound}"), value <= bound)
    }

    /// Returns the goal that `value` is at least `bound`.
    #[must_use]
    pub fn at_least(what: &str, value: f64, bound: f64) -> Self {
        Self::new(format!("{what} ≥ {bound}"), value >= bound)
    }

    /// Returns the goal that a figure of many rounds is at most `bound`.
    #[must_use]
    pub fn mostly_at_most(what: &str, spread: Spread, bound: f64) -> Self {
        let mut goal = Self::at_most(what, spread.median, bound);
        if spread.low <= bound && bound < spread.high {
            goal.verdict = Verdict::Unsure;
        }
        goal
    }

    /// Returns the goal that a figure of many rounds is at least `bound`.
    #[must_use]
    pub fn mostly_at_least(what: &str, spread: Spread, bound: f64) -> Self {
        let mut goal = Self::at_least(what, spread.median, bound);
        if spread.low < bound && bound <= spread.high {
            goal.verdict = Verdict::Unsure;
        }
        goal
    }

    fn new(text: String, met: bool) -> Self {
        Self {
            text,
            verdict: if met { Verdict::Met } else { Verdict::Missed },
        }
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
            Goal::mostly_at_most("ratio", Spread { low, median, high }, 0.4).verdict
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
