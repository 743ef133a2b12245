//! Rows of a table.

use serde::{Deserialize, Serialize};

use crate::goal::Goal;
use crate::spread::Spread;

/// A row of a table: the subject, its figures and their goals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The part of the table; may be empty.
    pub part: String,
    /// The measured subject.
    pub name: String,
    /// The figures by the names of their columns.
    pub figures: Vec<(String, f64)>,
    /// The goals.
    pub goals: Vec<Goal>,
}

impl Row {
    /// Returns a row without figures.
    #[must_use]
    pub fn new(part: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            part: part.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    /// Adds a figure.
    #[must_use]
    pub fn with(mut self, column: &str, figure: f64) -> Self {
        self.figures.push((column.to_owned(), figure));
        self
    }

    /// Adds a median and its quartiles.
    #[must_use]
    pub fn with_spread(self, column: &str, spread: Spread) -> Self {
        self.with(column, spread.median)
            .with(&format!("{column} p25"), spread.low)
            .with(&format!("{column} p75"), spread.high)
    }

    /// Adds a goal, if there is one.
    #[must_use]
    pub fn with_goal(mut self, goal: impl Into<Option<Goal>>) -> Self {
        self.goals.extend(goal.into());
        self
    }

    /// Returns a JSON object with the columns as keys.
    #[must_use]
    pub fn to_json(&self, table: &str) -> serde_json::Value {
        let mut object = serde_json::Map::new();
        object.insert("table".to_owned(), table.into());
        if !self.part.is_empty() {
            object.insert("part".to_owned(), self.part.as_str().into());
        }
        object.insert("name".to_owned(), self.name.as_str().into());
        for (column, figure) in &self.figures {
            object.insert(column.clone(), (*figure).into());
        }
        if !self.goals.is_empty() {
            let goals = self.goals.iter().map(Goal::to_json).collect();
            object.insert("goals".to_owned(), serde_json::Value::Array(goals));
        }
        object.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_keys_of_the_object() {
        let row = Row::new("empty root", "gomon")
            .with("ns", 25.5)
            .with_goal(Goal::at_most("ns", 25.5, 30.0));
        let json = row.to_json("caller");
        assert_eq!(json["table"], "caller");
        assert_eq!(json["ns"], 25.5);
        assert_eq!(json["goals"][0]["verdict"], "met");
    }

    #[test]
    fn row_survives_serialization() {
        let row = Row::new("", "gomon")
            .with("ns", 0.25)
            .with_goal(Goal::at_least("x", 1.0, 2.0));
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
    }
}
