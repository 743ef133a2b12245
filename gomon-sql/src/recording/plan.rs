//! A plan as it may be shown: the conditions in it quote the values of the query.

use crate::{Dialect, Statement};

/// Where a line of PostgreSQL's tells what a step costs.
const COST: &str = "  (cost=";

/// The text of a plan without values.
///
/// A value with line breaks in it goes on in the lines that follow, which cannot be told from steps: where the end of a
/// line is within quotes, its `?` stands for all the rest.
pub(super) fn shown(dialect: Dialect, plan: &str) -> String {
    let mut text = String::with_capacity(plan.len());
    for line in plan.lines() {
        if !text.is_empty() {
            text.push('\n');
        }
        if push_line(dialect, line, &mut text).is_none() {
            break;
        }
    }
    text
}

/// None where the line is not whole.
fn push_line(dialect: Dialect, line: &str, text: &mut String) -> Option<()> {
    let (step, cost) = match line.rfind(COST).and_then(|at| line.split_at_checked(at)) {
        Some((step, cost)) if is_cost(cost) => (step, cost),
        _ => (line, ""),
    };
    // It shows whose part the step is.
    let (indent, step) = step.split_at(step.len() - step.trim_start().len());
    text.push_str(indent);
    match step.split_once(": ") {
        Some((name, condition)) if !has_value(name) => {
            text.push_str(name);
            text.push_str(": ");
            push_sql(dialect, condition, text)?;
        }
        None if !has_value(step) => text.push_str(step),
        _ => push_sql(dialect, step, text)?,
    }
    text.push_str(cost);
    Some(())
}

/// Whether there may be values in it: quotes, or numbers in brackets, as MySQL's trees have those of a lookup.
fn has_value(step: &str) -> bool {
    let mut depth = 0_usize;
    step.bytes().any(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        matches!(byte, b'\'' | b'"' | b'$') || (depth > 0 && byte.is_ascii_digit())
    })
}

fn push_sql(dialect: Dialect, sql: &str, text: &mut String) -> Option<()> {
    let read = Statement::new(dialect, sql);
    text.push_str(read.text());
    read.is_whole().then_some(())
}

fn is_cost(cost: &str) -> bool {
    cost.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'(' | b')' | b'=' | b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialect::{MySql, PostgreSql, Sqlite};

    #[test]
    fn values_in_conditions_go_and_costs_stay() {
        let plan = "Nested Loop  (cost=0.29..16.34 rows=1 width=64)\n  ->  Index Scan using goods_pkey on goods  (cost=0.15..8.17 rows=1 width=36)\n        Index Cond: (id = 4711)\n        Filter: ((owner)::text = 'SECRET'::text)\n  ->  Function Scan on f  (cost=1.00..2.00 rows=3 width=4)\n        Function Call: f('SECRET; x', 4711)";
        let told = "Nested Loop  (cost=0.29..16.34 rows=1 width=64)\n  ->  Index Scan using goods_pkey on goods  (cost=0.15..8.17 rows=1 width=36)\n        Index Cond: (id = ?)\n        Filter: ((owner)::text = ?::text)\n  ->  Function Scan on f  (cost=1.00..2.00 rows=3 width=4)\n        Function Call: f(?, ?)";
        assert_eq!(shown(PostgreSql, plan), told);
    }

    #[test]
    fn steps_of_the_others_stay() {
        let sqlite = "SEARCH goods USING INDEX goods_name (name=?)\nUSE TEMP B-TREE FOR ORDER BY";
        assert_eq!(shown(Sqlite, sqlite), sqlite);
        let mysql = "id=1 select_type=SIMPLE table=goods type=ALL rows=3 Extra=Using where";
        assert_eq!(shown(MySql, mysql), mysql);
    }

    #[test]
    fn numbers_in_brackets_go_and_costs_stay() {
        for (step, told) in [
            (
                "-> Single-row index lookup on goods using PRIMARY (id=4711)  (cost=0.35 rows=1)",
                "-> Single-row index lookup on goods using PRIMARY (id=?)  (cost=0.35 rows=1)",
            ),
            (
                "    -> Index range scan on goods using p over (4711 <= price <= 4720)  (cost=1 rows=2)",
                "    -> Index range scan on goods using p over (? <= price <= ?)  (cost=1 rows=2)",
            ),
            (
                "-> Covering index lookup on t1 using k1 (a2=4711, b=(3 + 1))",
                "-> Covering index lookup on t1 using k1 (a2=?, b=(? + ?))",
            ),
            (
                "-> Table scan on t1  (cost=1.5 rows=3)",
                "-> Table scan on t1  (cost=1.5 rows=3)",
            ),
        ] {
            assert_eq!(shown(MySql, step), told);
        }
    }

    #[test]
    fn whatever_has_quotes_is_read_as_sql() {
        assert_eq!(
            shown(MySql, "-> Filter: (g.name = 'SECRET')  (cost=0.35 rows=1)"),
            "-> Filter: (g.name = ?)  (cost=0.35 rows=1)"
        );
        assert_eq!(shown(PostgreSql, "Seq Scan 'SECRET"), "Seq Scan ?");
        assert_eq!(shown(PostgreSql, "x  (cost='SECRET')"), "x (cost=?)");
    }
    #[test]
    fn values_with_line_breaks_hide_the_rest() {
        let plan = |value: &str| {
            format!(
                "Seq Scan on letters  (cost=0.00..1.01 rows=1 width=32)\n  Filter: (body = '{value}'::text)\nPlanning: SECRET"
            )
        };
        let told = "Seq Scan on letters  (cost=0.00..1.01 rows=1 width=32)\n  Filter: (body = ?";
        for value in [
            "first\nSECRET\nlast",
            "\nSECRET",
            "it''s\n  Filter: SECRET",
            "x  (cost=1\nSECRET  (cost=1)",
            "a: b\nSECRET: 'x",
        ] {
            assert_eq!(shown(PostgreSql, &plan(value)), told, "{value}");
        }
        let name = "Sort Key: \"a\nSECRET\"";
        assert_eq!(shown(PostgreSql, name), "Sort Key: ?");
        let long = format!("Filter: (id = ANY ('{}\nSECRET", "x,".repeat(40_000));
        assert!(!shown(PostgreSql, &long).contains("SECRET"));
    }
}
