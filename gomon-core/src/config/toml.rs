//! Parser of TOML settings.

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Error;

/// Parses text of any depth without a stack overflow: `toml` rejects more than 80 levels.
pub(super) fn read(origin: &str, text: &str) -> Result<Map<String, Value>, Error> {
    let invalid_toml = |offset: Option<usize>, reason: &str| {
        let line = offset.map(|offset| format!(":{}", line_at(text, offset)));
        let line = line.unwrap_or_default();
        Error::config(format!("{origin}{line}: not valid TOML: {reason}"))
    };
    let document = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map(|span| span.start);
        match offset.and_then(|offset| unquoted_name(text, offset)) {
            Some(name) => {
                let hint = format!("a name with a slash needs quotes: [{name:?}]");
                invalid_toml(offset, &hint)
            }
            None => invalid_toml(offset, error.message()),
        }
    })?;
    table(document.into_inner())
        .map_err(|Unsupported { offset, expected }| invalid_toml(Some(offset), expected))
}

/// Returns the line of the innermost value on `path`, or of its key.
///
/// It parses the text again, so that no value needs to carry its line.
pub(super) fn line(text: &str, path: &[String]) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let mut value = &DeValue::Table(document.into_inner());
    let mut offset = None;
    for key in path {
        let next = match value {
            DeValue::Table(table) => table
                .get_key_value(key.as_str())
                .map(|(key, value)| (key.span(), value)),
            DeValue::Array(items) => key
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map(|item| (item.span(), item)),
            _ => None,
        };
        let Some((span, inner)) = next else { break };
        offset = Some(span.start);
        value = inner.get_ref();
    }
    offset.map(|offset| line_at(text, offset))
}

/// Returns the number of the line that contains the byte at `offset`, starting at 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    before
        .filter(|&byte| byte == b'\n')
        .count()
        .saturating_add(1)
}

/// Returns the name of a plug-in table with missing quotes.
fn unquoted_name(text: &str, offset: usize) -> Option<&str> {
    let line = text.lines().nth(line_at(text, offset) - 1)?;
    let name = line.trim().strip_prefix('[')?.split(']').next()?.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    (name.contains('/') && name.chars().all(fits)).then_some(name)
}

/// Value that is valid in TOML but not in settings.
struct Unsupported {
    offset: usize,
    expected: &'static str,
}

fn table(table: DeTable<'_>) -> Result<Map<String, Value>, Unsupported> {
    let entries = table.into_iter();
    entries
        .map(|(key, item)| Ok((key.into_inner().into_owned(), value(item)?)))
        .collect()
}

fn value(item: Spanned<DeValue<'_>>) -> Result<Value, Unsupported> {
    let offset = item.span().start;
    let unsupported = |expected| Unsupported { offset, expected };
    Ok(match item.into_inner() {
        DeValue::String(text) => text.into(),
        DeValue::Integer(number) => {
            let (digits, radix) = (number.as_str(), number.radix());
            i64::from_str_radix(digits, radix)
                .map(Value::from)
                .or_else(|_| u64::from_str_radix(digits, radix).map(Value::from))
                .map_err(|_| unsupported("expected an integer of at most 64 bits"))?
        }
        DeValue::Float(number) => {
            let number = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(number.ok_or_else(|| unsupported("expected a finite number"))?)
        }
        DeValue::Boolean(value) => value.into(),
        DeValue::Datetime(time) => time.to_string().into(),
        DeValue::Array(items) => items.into_iter().map(value).collect::<Result<_, _>>()?,
        DeValue::Table(entries) => table(entries)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use crate::config::settings::Settings;
    use crate::config::tests::Plugin;

    fn error_text(text: &str) -> String {
        let settings = Settings::from_toml("gomon.toml", text)
            .expect("TOML")
            .named("shop/cache");
        settings
            .parse::<Plugin>()
            .expect_err("rejected")
            .to_string()
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
            let error = error_text(text);
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
            let error = Settings::from_toml("a", text).expect_err("rejected");
            assert_eq!(error.to_string(), expected);
        }
        let huge = format!("large = {}", "9".repeat(60));
        let error = Settings::from_toml("a", &huge).expect_err("rejected");
        assert!(error.to_string().contains("at most 64 bits"), "{error}");
        let error = Settings::from_toml("a", "large = 18446744073709551616").expect_err("rejected");
        assert!(error.to_string().contains("at most 64 bits"), "{error}");
    }

    #[test]
    fn unquoted_name_with_a_slash_suggests_quotes() {
        let error = Settings::from_toml("a", "x = 1\n[ gomon/http ] # requests").expect_err("bare");
        assert_eq!(
            error.to_string(),
            r#"a:2: not valid TOML: a name with a slash needs quotes: ["gomon/http"]"#
        );
        for text in ["[a b/c]", "[a]/b", "x/y = 1"] {
            let error = Settings::from_toml("a", text).expect_err("invalid TOML");
            assert!(!error.to_string().contains("in quotes: ["), "{error}");
        }
    }

    #[test]
    fn time_is_read_as_text() {
        let settings = Settings::from_toml("a", "name = 2026-11-23").expect("TOML");
        assert_eq!(settings.parse::<Plugin>().expect("fits").name, "2026-11-23");
    }

    #[test]
    fn invalid_value_names_its_line() {
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
