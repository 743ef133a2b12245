//! Rows with a budget.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// Relative amount by which a row may exceed its budget.
const TOLERANCE: f64 = 0.02;

/// Name prefix of rows with a budget; rows of peers have none.
const OURS: &str = "gomon";

/// Instructions of each row beyond those of the bare server.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rows(BTreeMap<String, f64>);

impl Rows {
    /// Parses the output of the driver: one JSON object per line.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut rows = BTreeMap::new();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line)?;
            let word = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
            let name = format!("{}, {}", word("part"), word("name"));
            if word("name").starts_with(OURS) {
                let figure = beyond_bare(&row)
                    .ok_or_else(|| Failure::new(format!("`{name}` was not counted")))?;
                rows.insert(name, figure.round());
            }
        }
        if rows.is_empty() {
            return Err(Failure::new("the driver counted no row of gomon"));
        }
        Ok(Self(rows))
    }

    pub(super) fn from_json(json: &Value) -> Option<Self> {
        let rows = json.as_object()?.iter();
        let rows = rows.map(|(name, figure)| Some((name.clone(), figure.as_f64()?)));
        rows.collect::<Option<_>>().map(Self)
    }

    pub(super) fn to_json(&self) -> Value {
        let rows = self.0.iter();
        // The figures were rounded by `parse`.
        rows.map(|(name, figure)| (name.clone(), Value::from(*figure as i64)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

fn beyond_bare(row: &Value) -> Option<f64> {
    let mut figures = row.get("figures")?.as_array()?.iter();
    figures.find_map(|figure| match figure.as_array()?.as_slice() {
        [name, figure] if name == "beyond bare" => figure.as_f64(),
        _ => None,
    })
}

/// Returns a message for each row that is missing or exceeds its budget by more than the tolerance.
pub(super) fn exceeding(budget: &Rows, measured: &Rows) -> Vec<String> {
    let rows = budget.0.iter().filter_map(|(name, &budget)| {
        let Some(&measured) = measured.0.get(name) else {
            return Some(format!("`{name}` was not counted"));
        };
        (measured > budget * (1.0 + TOLERANCE)).then(|| {
            format!(
                "`{name}` has {measured} instructions beyond bare, budget {budget} ({})",
                percent(budget, measured)
            )
        })
    });
    rows.collect()
}

/// Formats each measured row with its budget.
pub(super) fn beside(budget: &Rows, measured: &Rows) -> String {
    let mut text = String::new();
    for (name, &measured) in &measured.0 {
        let _ = match budget.0.get(name) {
            Some(&budget) => writeln!(
                text,
                "  {name:30} {measured:>7} beyond bare, budget {budget:>7} ({})",
                percent(budget, measured)
            ),
            None => writeln!(text, "  {name:30} {measured:>7} beyond bare, no budget yet"),
        };
    }
    text
}

fn percent(budget: f64, measured: f64) -> String {
    format!("{:+.2} %", (measured / budget - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(figures: &[(&str, f64)]) -> Rows {
        let rows = figures
            .iter()
            .map(|(name, figure)| ((*name).to_owned(), *figure));
        Rows(rows.collect())
    }

    #[test]
    fn rows_of_peers_are_ignored() {
        let text = r#"{"part":"bench","name":"bare","figures":[["instructions",9.0],["beyond bare",0.0]],"goals":[]}
{"part":"bench","name":"gomon","figures":[["instructions",12.4],["beyond bare",3.4]],"goals":[]}"#;
        assert_eq!(Rows::parse(text).unwrap(), rows(&[("bench, gomon", 3.0)]));
        let peers_only = text.lines().next().unwrap();
        assert!(Rows::parse(peers_only).is_err());
    }

    #[test]
    fn row_may_exceed_its_budget_by_the_tolerance() {
        let budget = rows(&[("bench, gomon", 1000.0)]);
        assert!(exceeding(&budget, &rows(&[("bench, gomon", 1020.0)])).is_empty());
        assert_eq!(
            exceeding(&budget, &rows(&[("bench, gomon", 1021.0)])),
            ["`bench, gomon` has 1021 instructions beyond bare, budget 1000 (+2.10 %)"]
        );
    }

    #[test]
    fn missing_row_is_reported() {
        let budget = rows(&[("bench, gomon", 1000.0)]);
        let measured = rows(&[("bench, gomon, disabled", 1.0)]);
        assert_eq!(
            exceeding(&budget, &measured),
            ["`bench, gomon` was not counted"]
        );
        assert!(beside(&budget, &measured).contains("no budget yet"));
    }
}
