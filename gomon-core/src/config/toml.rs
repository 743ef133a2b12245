//! TOML text to settings, which remember their lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::tree::{Item, Table, Value};
use crate::error::Error;

/// A parser of depth 80 at most reads `text`, so that no input can exhaust the stack.
pub(super) fn read(origin: &str, text: &str) -> Result<Table, Error> {
    let lines = Lines::of(text);
    let document = DeTable::parse(text).map_err(|error| {
        let place = error.span().and_then(|span| lines.at(span.start));
        let bare = place.and_then(|line| bare_name(text.lines().nth(line - 1)?));
        match bare {
            Some(name) => refuse(
                origin,
                place,
                &format!("a name with a slash stands in quotes: [{name:?}]"),
            ),
            None => refuse(origin, place, error.message()),
        }
    })?;
    table(&lines, document.into_inner())
        .map_err(|Unfit { line, expected }| refuse(origin, line, expected))
}

fn refuse(origin: &str, line: Option<usize>, reason: &str) -> Error {
    match line {
        Some(line) => Error::config(format!("{origin}:{line}: not valid TOML: {reason}")),
        None => Error::config(format!("{origin}: not valid TOML: {reason}")),
    }
}

/// The name of a plug-in's table that lacks the quotes which TOML wants.
fn bare_name(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.split(']').next()?.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    (name.contains('/') && name.chars().all(fits)).then_some(name)
}

/// A value that TOML allows and settings do not.
struct Unfit {
    line: Option<usize>,
    expected: &'static str,
}

fn table(lines: &Lines, table: DeTable<'_>) -> Result<Table, Unfit> {
    table
        .into_iter()
        .map(|(key, item)| {
            let line = lines.at(key.span().start);
            let value = value(lines, line, item.into_inner())?;
            Ok((key.into_inner().into_owned(), Item { line, value }))
        })
        .collect()
}

fn item(lines: &Lines, item: Spanned<DeValue<'_>>) -> Result<Item, Unfit> {
    let line = lines.at(item.span().start);
    let value = value(lines, line, item.into_inner())?;
    Ok(Item { line, value })
}

fn value(lines: &Lines, line: Option<usize>, value: DeValue<'_>) -> Result<Value, Unfit> {
    let unfit = |expected| Unfit { line, expected };
    Ok(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map(Value::Integer)
            .map_err(|_| unfit("expected an integer of at most 64 bits"))?,
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => return Err(unfit("expected a finite number")),
        },
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|entry| item(lines, entry))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(entries) => Value::Table(table(lines, entries)?),
    })
}

/// Where the lines of a text begin, in bytes.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        Self(std::iter::once(0).chain(after_breaks).collect())
    }

    /// The line, from 1 on, that holds byte `offset`.
    #[allow(
        clippy::unnecessary_wraps,
        reason = "JSON has no lines, so an item may have none"
    )]
    fn at(&self, offset: usize) -> Option<usize> {
        Some(self.0.partition_point(|&start| start <= offset))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::settings::Settings;
    use crate::config::tests::Plugin;

    fn refusal(text: &str) -> String {
        let settings = Settings::from_toml("gomon.toml", text)
            .expect("TOML")
            .named("shop/cache");
        settings.parse::<Plugin>().expect_err("refused").to_string()
    }

    #[test]
    fn lines_are_those_of_the_innermost_key() {
        let cases = [
            (
                "byte = 1\nbyt = 1",
                "gomon.toml:2: shop/cache: unknown key \"byt\"",
            ),
            (
                "\n[nested]\n\ndepth = -1",
                "gomon.toml:4: shop/cache: key \"nested.depth\"",
            ),
            (
                "\n[nested.deep]\nx = 1",
                "gomon.toml:2: shop/cache: unknown key \"nested.deep\"",
            ),
            (
                "list = [\n{},\n3\n]",
                "gomon.toml:3: shop/cache: key \"list.1\"",
            ),
            (
                "[[list]]\n[[list]]\ndepth = ''",
                "gomon.toml:3: shop/cache: key \"list.1.depth\"",
            ),
            (
                "a.\"b\".c = 1",
                "gomon.toml:1: shop/cache: unknown key \"a\"",
            ),
            (
                "\r\n\r\nbyt = 1",
                "gomon.toml:3: shop/cache: unknown key \"byt\"",
            ),
        ];
        for (text, expected) in cases {
            let error = refusal(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn numbers_are_read_in_every_notation() {
        let text = "byte = 0xff\nlarge = 18446744073709551615\noffset = -1_000\nrate = 1e-3";
        let read: Plugin = Settings::from_toml("a", text)
            .expect("TOML")
            .parse()
            .expect("fits");
        assert_eq!(
            (read.byte, read.large, read.offset, read.rate),
            (255, u64::MAX, -1000, 0.001)
        );
        for (text, expected) in [
            (
                "\nrate = nan",
                "a:2: not valid TOML: expected a finite number",
            ),
            (
                "rate = -inf",
                "a:1: not valid TOML: expected a finite number",
            ),
            (
                "rate = 1e999",
                "a:1: not valid TOML: expected a finite number",
            ),
        ] {
            let error = Settings::from_toml("a", text).expect_err("refused");
            assert_eq!(error.to_string(), expected);
        }
        let huge = format!("large = {}", "9".repeat(60));
        let error = Settings::from_toml("a", &huge).expect_err("refused");
        assert!(error.to_string().contains("at most 64 bits"), "{error}");
        assert!(refusal("large = 18446744073709551616").contains("\"large\""));
    }

    #[test]
    fn name_with_a_slash_and_no_quotes_is_told_how_to_be_written() {
        let error = Settings::from_toml("a", "x = 1\n[ gomon/http ] # requests").expect_err("bare");
        assert_eq!(
            error.to_string(),
            r#"a:2: not valid TOML: a name with a slash stands in quotes: ["gomon/http"]"#
        );
        for text in ["[a b/c]", "[a]/b", "x/y = 1"] {
            let error = Settings::from_toml("a", text).expect_err("no TOML");
            assert!(!error.to_string().contains("in quotes: ["), "{error}");
        }
    }

    #[test]
    fn time_is_read_as_text() {
        let settings = Settings::from_toml("a", "name = 2026-11-23").expect("TOML");
        assert_eq!(settings.parse::<Plugin>().expect("fits").name, "2026-11-23");
    }

    #[test]
    fn an_unusable_value_is_told_with_its_line() {
        let settings = Settings::from_toml("a", "\nname = ''")
            .expect("TOML")
            .named("file");
        let error = settings.invalid("name", "expected a path");
        assert_eq!(
            error.to_string(),
            r#"a:2: file: key "name": expected a path"#
        );
    }
}
