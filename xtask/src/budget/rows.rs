//! Rows with a budget.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// Name prefix of rows with a budget; rows of peers have none.
const OURS: &str = "gomon";

/// Instructions of each row beyond those of the bare server.
pub(super) type Rows = BTreeMap<String, i64>;

/// Parses the output of the driver: one JSON object per line.
pub(super) fn parse(text: &str) -> Result<Rows> {
    let mut rows = Rows::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line)?;
        let word = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = format!("{}, {}", word("part"), word("name"));
        if word("name").starts_with(OURS) {
            let figure = beyond_bare(&row)
                .ok_or_else(|| Failure::new(format!("`{name}` was not counted")))?;
            rows.insert(name, figure.round() as i64);
        }
    }
    if rows.is_empty() {
        return Err(Failure::new("the driver counted no row of gomon"));
    }
    Ok(rows)
}

fn beyond_bare(row: &Value) -> Option<f64> {
    let mut figures = row.get("figures")?.as_array()?.iter();
    figures.find_map(|figure| match figure.as_array()?.as_slice() {
        [name, figure] if name == "beyond bare" => figure.as_f64(),
        _ => None,
    })
}

/// Returns a message for each row that is missing or exceeds its budget by more than `tolerance`.
pub(super) fn exceeding(budget: &Rows, measured: &Rows, tolerance: f64) -> Vec<String> {
    let rows = budget.iter().filter_map(|(name, &budget)| {
        let Some(&measured) = measured.get(name) else {
            return Some(format!("`{name}` was not counted"));
        };
        (measured as f64 > budget as f64 * (1.0 + tolerance)).then(|| {
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
    for (name, &measured) in measured {
        let _ = match budget.get(name) {
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

fn percent(budget: i64, measured: i64) -> String {
    format!("{:+.2} %", (measured as f64 / budget as f64 - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(figures: &[(&str, i64)]) -> Rows {
        let rows = figures.iter();
        rows.map(|(name, figure)| ((*name).to_owned(), *figure))
            .collect()
    }

    #[test]
    fn rows_of_peers_are_ignored() {
        let text = r#"{"part":"bench","name":"bare","figures":[["instructions",9.0],["beyond bare",0.0]],"goals":[]}
{"part":"bench","name":"gomon","figures":[["instructions",12.4],["beyond bare",3.4]],"goals":[]}"#;
        assert_eq!(parse(text).unwrap(), rows(&[("bench, gomon", 3)]));
        let peers_only = text.lines().next().unwrap();
        assert!(parse(peers_only).is_err());
    }

    #[test]
    fn row_may_exceed_its_budget_by_the_tolerance() {
        let budget = rows(&[("bench, gomon", 1000)]);
        assert!(exceeding(&budget, &rows(&[("bench, gomon", 1020)]), 0.02).is_empty());
        assert_eq!(
            exceeding(&budget, &rows(&[("bench, gomon", 1021)]), 0.02),
            ["`bench, gomon` has 1021 instructions beyond bare, budget 1000 (+2.10 %)"]
        );
    }

    #[test]
    fn missing_row_is_reported() {
        let budget = rows(&[("bench, gomon", 1000)]);
        let measured = rows(&[("bench, gomon, disabled", 1)]);
        assert_eq!(
            exceeding(&budget, &measured, 0.02),
            ["`bench, gomon` was not counted"]
        );
        assert!(beside(&budget, &measured).contains("no budget yet"));
    }
}
