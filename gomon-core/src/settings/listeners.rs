//! The listeners that settings list, each by its kind.

use super::Settings;
use super::problem::{Problem, one_of};
use super::tree::{Item, Value};
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
