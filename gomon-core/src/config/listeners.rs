//! The listeners that settings list, each by its kind.

use crate::config::problem::{Problem, one_of};
use crate::config::settings::Settings;
use crate::config::tree::{Item, Value};
use crate::error::Error;

/// The most listeners that one list in a configuration may name.
const MAX_LISTENERS: usize = 64;

impl Settings {
    /// Parts the listeners that these settings list under `listener` from all other keys.
    ///
    /// A listener that feeds others makes them with
    /// [`Factories::create`](crate::Factories::create) and [parses](Self::parse) the rest.
    ///
    /// # Errors
    /// A `listener` that is no list of tables, or a table without its `kind`.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// let text = r#"{"errors-only": true, "listener": [{"kind": "log"}]}"#;
    /// let (rest, listeners) = Settings::from_json("admin page", text)?.split_listeners()?;
    /// assert_eq!(listeners[0].name(), "log");
    /// assert!(format!("{rest:?}").contains("errors-only"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn split_listeners(&self) -> Result<(Self, Vec<Self>), Error> {
        const LIST: &str = "expected a list of tables, in TOML [[listener]]";
        let mut rest = self.clone();
        let Some(entry) = rest.table_mut().and_then(|table| table.remove("listener")) else {
            return Ok((rest, Vec::new()));
        };
        let Value::List(items) = entry.value else {
            return Err(self.refuse(&Problem::message(LIST).below("listener", entry.line)));
        };
        if items.len() > MAX_LISTENERS {
            let at_most = format!("expected at most {MAX_LISTENERS} listeners");
            return Err(self.refuse(&Problem::message(&at_most).below("listener", entry.line)));
        }
        let listeners = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| self.listener(index, item))
            .collect::<Result<_, _>>()?;
        Ok((rest, listeners))
    }

    fn listener(&self, index: usize, Item { line, value }: Item) -> Result<Self, Error> {
        const KIND: &str = "expected the kind of a listener, such as \"log\"";
        let place = join(&self.place, &format!("listener.{index}"));
        let mut listener = Self {
            name: String::new(),
            origin: self.origin.clone(),
            place,
            line,
            name_line: None,
            value,
        };
        let Some(table) = listener.table_mut() else {
            return Err(listener.refuse(&Problem::message("expected a table")));
        };
        match table.remove("kind") {
            Some(Item {
                value: Value::Text(kind),
                line,
            }) => {
                listener.name_line = line;
                Ok(listener.named(&kind))
            }
            kind => {
                let line = kind.and_then(|item| item.line);
                Err(listener.refuse(&Problem::message(KIND).below("kind", line)))
            }
        }
    }

    /// Makes the error that says no listener is of the kind that these settings ask for.
    pub(crate) fn unknown_kind(&self, known: &[&str]) -> Error {
        let nameless = Self {
            name: String::new(),
            ..self.clone()
        };
        let mut message = format!("unknown kind of listener {:?}", self.name);
        if !known.is_empty() {
            message.push_str(&format!(", expected {}", one_of(known)));
        }
        let place = nameless.prefix(self.name_line.or(self.line));
        Error::config(format!("{place}: {message}"))
    }
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() {
        key.to_owned()
    } else {
        format!("{place}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{Nested, Plugin, json};

    fn refusal(text: &str) -> String {
        let error = json(text).split_listeners().expect_err("refused");
        assert!(error.is_config());
        error.to_string()
    }

    #[test]
    fn are_parted_from_the_rest_in_their_order() {
        let text = r#"{"byte": 1, "listener": [{"kind": "b", "depth": 2}, {"kind": "a"}]}"#;
        let (rest, listeners) = json(text).split_listeners().expect("accepted");
        assert_eq!(rest.parse::<Plugin>().expect("fits").byte, 1);
        assert_eq!(
            listeners.iter().map(Settings::name).collect::<Vec<_>>(),
            ["b", "a"]
        );
        assert_eq!(listeners[0].parse::<Nested>().expect("fits").depth, 2);
        assert_eq!(listeners[0].origin(), "page");
    }

    #[test]
    fn without_a_kind_are_refused() {
        assert_eq!(
            refusal(r#"{"listener": [{}]}"#),
            r#"page: key "listener.0.kind": expected the kind of a listener, such as "log""#
        );
        assert!(refusal(r#"{"listener": [{"kind": 1}]}"#).contains(r#"key "listener.0.kind""#));
        assert!(refusal(r#"{"listener": [1]}"#).contains(r#"key "listener.0": expected a table"#));
        assert!(refusal(r#"{"listener": {}}"#).contains(r#"key "listener": expected a list"#));
    }

    #[test]
    fn beyond_the_limit_are_refused() {
        let many = vec![r#"{"kind": "log"}"#; 65].join(",");
        let error = refusal(&format!(r#"{{"listener": [{many}]}}"#));
        assert!(
            error.contains(r#"key "listener": expected at most 64 listeners"#),
            "{error}"
        );
    }

    #[test]
    fn inside_listeners_keep_the_whole_path() {
        let text = r#"{"listener": [{"kind": "a", "listener": [{"kind": "b", "x": 1}]}]}"#;
        let (_, outer) = json(text).split_listeners().expect("accepted");
        let (_, inner) = outer[0].split_listeners().expect("accepted");
        let error = inner[0].parse::<Nested>().expect_err("refused");
        assert_eq!(
            error.to_string(),
            r#"page: b: unknown key "listener.0.listener.0.x", expected "depth""#
        );
    }
}
