//! Settings of one plug-in or one listener.
//!
//! Parsing is strict: every key must be known, and every value must have the right type.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::read::{self, Problem, one_of};
use crate::error::Error;

/// Maximum length of a configuration, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 20;

/// Maximum number of listeners in one list.
const MAX_LISTENERS: usize = 64;

/// Keys and values of one plug-in or one listener, with their origin.
///
/// Errors name the origin, the key and what was expected, and the line if the text is TOML. They
/// never contain a value, which may be a secret.
///
/// # Examples
/// ```
/// use gomon_core::Settings;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default, rename_all = "kebab-case")]
/// struct Limits {
///     queue_bytes: u32,
/// }
///
/// let settings = Settings::from_json("admin page", r#"{"queue-bytes": 4096}"#)?;
/// assert_eq!(settings.parse::<Limits>()?.queue_bytes, 4096);
///
/// let settings = Settings::from_json("admin page", r#"{"queue-bites": 4096}"#)?;
/// let error = settings.parse::<Limits>().err().map(|error| error.to_string());
/// assert_eq!(
///     error.as_deref(),
///     Some(r#"admin page: unknown key "queue-bites", expected "queue-bytes""#),
/// );
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Settings {
    name: String,
    origin: Arc<str>,
    /// TOML text, used to find the line of an error.
    toml: Option<Arc<str>>,
    /// Path from the top of the text to the table.
    path: Vec<String>,
    table: Map<String, Value>,
}

impl Settings {
    /// Reads an object from JSON text; `origin` is the name of its source in errors.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB, is not JSON, has a duplicate key or is not an object.
    pub fn from_json(origin: &str, text: &str) -> Result<Self, Error> {
        check_length(origin, text.len())?;
        let table = super::json::read(origin, text)?;
        Ok(Self::new(origin, None, table))
    }

    /// Reads TOML text; `origin` is the name of its source in errors.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB, is not TOML or has a duplicate key.
    #[cfg(feature = "toml")]
    pub fn from_toml(origin: &str, text: &str) -> Result<Self, Error> {
        check_length(origin, text.len())?;
        let table = super::toml::read(origin, text)?;
        Ok(Self::new(origin, Some(text.into()), table))
    }

    fn new(origin: &str, toml: Option<Arc<str>>, table: Map<String, Value>) -> Self {
        Self {
            name: String::new(),
            origin: origin.into(),
            toml,
            path: Vec::new(),
            table,
        }
    }

    /// Returns the [`Config::NAME`](crate::Config::NAME) of the plug-in or the kind of the listener.
    ///
    /// It is empty until the settings are assigned to one.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the source of the settings, such as the path of a file.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    #[must_use]
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Deserializes the settings.
    ///
    /// # Errors
    /// A missing key, a value of the wrong type or a key that `T` does not have. Unknown keys are
    /// rejected at any depth, even without `deny_unknown_fields`. Inside `flatten` and untagged
    /// enums, serde ignores them.
    ///
    /// # Examples
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use gomon_core::Settings;
    ///
    /// let settings = Settings::from_json("admin page", r#"{"rate": "fast"}"#)?;
    /// let error = settings.parse::<BTreeMap<String, u8>>().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"admin page: key "rate": expected an integer from 0 to 255, found a string"#,
    /// );
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read::read(self.table.clone()).map_err(|problem| self.error(&problem))
    }

    /// Separates the listeners under the key `listener` from all other keys.
    ///
    /// A listener that feeds others creates them with
    /// [`Factories::create`](crate::Factories::create) and [parses](Self::parse) the rest.
    ///
    /// # Errors
    /// A `listener` that is not a list of tables, or a table without its `kind`.
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
        let error = |expectation| self.error(&Problem::at(&["listener"], expectation));
        let mut rest = self.clone();
        let items = match rest.table.remove("listener") {
            None => return Ok((rest, Vec::new())),
            Some(Value::Array(items)) => items,
            Some(_) => {
                return Err(error(
                    "expected a list of tables, in TOML [[listener]]".into(),
                ));
            }
        };
        if items.len() > MAX_LISTENERS {
            return Err(error(format!("expected at most {MAX_LISTENERS} listeners")));
        }
        let listeners = items.into_iter().enumerate();
        let listeners = listeners.map(|(index, item)| self.listener(&index.to_string(), item));
        Ok((rest, listeners.collect::<Result<_, _>>()?))
    }

    fn listener(&self, index: &str, item: Value) -> Result<Self, Error> {
        const KIND: &str = "expected the kind of a listener, such as \"log\"";
        let Value::Object(mut table) = item else {
            let problem = Problem::at(&["listener", index], "expected a table");
            return Err(self.error(&problem));
        };
        match table.remove("kind") {
            Some(Value::String(kind)) => Ok(self.below(&["listener", index], &kind, table)),
            _ => Err(self.error(&Problem::at(&["listener", index, "kind"], KIND))),
        }
    }

    /// Removes every table whose key has a slash and returns each with that name.
    pub(crate) fn take_named(&mut self) -> Result<Vec<Self>, Error> {
        let table = std::mem::take(&mut self.table);
        let (named, rest): (Map<_, _>, _) =
            table.into_iter().partition(|(key, _)| key.contains('/'));
        self.table = rest;
        let named = named.into_iter().map(|(key, value)| match value {
            Value::Object(table) => Ok(self.below(&[&key], &key, table)),
            _ => Err(self.error(&Problem::at(&[&key], "expected a table"))),
        });
        named.collect()
    }

    fn below(&self, path: &[&str], name: &str, table: Map<String, Value>) -> Self {
        let below = path.iter().map(|&key| key.to_owned());
        Self {
            name: name.to_owned(),
            origin: self.origin.clone(),
            toml: self.toml.clone(),
            path: self.path.iter().cloned().chain(below).collect(),
            table,
        }
    }

    /// Rejects every key that is not `known`. `other` describes what else is allowed.
    pub(crate) fn expect_keys(&self, known: &[&str], other: &str) -> Result<(), Error> {
        match self.table.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let expectation = format!("expected {} or {other}", one_of(known));
                Err(self.error(&Problem::unknown_key(&[key], expectation)))
            }
        }
    }

    /// Creates the error for a value of the right type that cannot be used.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::Settings;
    ///
    /// let settings = Settings::from_json("admin page", r#"{"path": ""}"#)?;
    /// assert_eq!(
    ///     settings.invalid("path", "expected the path of a file").to_string(),
    ///     r#"admin page: key "path": expected the path of a file"#,
    /// );
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn invalid(&self, key: &str, expectation: &str) -> Error {
        self.error(&Problem::at(&[key], expectation))
    }

    /// Adds the place of `key` to the error that its value caused. The error keeps its kind.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::{Error, Settings};
    ///
    /// let settings = Settings::from_json("admin page", r#"{"path": "/no/such/file"}"#)?;
    /// let error = std::fs::File::open("/no/such/file").map_err(Error::from).unwrap_err();
    /// let error = settings.caused_by("path", error);
    /// assert!(error.is_io());
    /// assert!(error.to_string().starts_with(r#"admin page: key "path": cannot read or write: "#));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn caused_by(&self, key: &str, error: Error) -> Error {
        error.within(&self.describe_problem(&Problem::at(&[key], "")))
    }

    /// Creates the error for a kind of listener that does not exist.
    pub(crate) fn unknown_kind(&self, known: &[&str]) -> Error {
        let place = self.place(&["kind".to_owned()]);
        let mut message = format!("{place}: unknown kind of listener {:?}", self.name);
        if !known.is_empty() {
            message.push_str(&format!(", expected {}", one_of(known)));
        }
        Error::config(message)
    }

    /// Returns the place of the table: origin, line and name.
    pub(crate) fn describe(&self) -> String {
        self.describe_at(&[])
    }

    fn describe_at(&self, path: &[String]) -> String {
        let place = self.place(path);
        match self.name.as_str() {
            "" => place,
            name => format!("{place}: {name}"),
        }
    }

    fn describe_problem(&self, problem: &Problem) -> String {
        let place = self.describe_at(problem.path());
        // A key with a slash is the name, which is already in `place`.
        let path = self.path.iter().filter(|key| !key.contains('/'));
        format!("{place}: {}", problem.describe(path))
    }

    fn error(&self, problem: &Problem) -> Error {
        Error::config(self.describe_problem(problem))
    }

    /// Returns the origin and, in TOML, the line of the innermost value on `path`.
    fn place(&self, path: &[String]) -> String {
        let origin = &self.origin;
        match self.line(&[&self.path, path].concat()) {
            Some(line) => format!("{origin}:{line}"),
            None => origin.to_string(),
        }
    }

    #[cfg(feature = "toml")]
    fn line(&self, path: &[String]) -> Option<usize> {
        super::toml::line(self.toml.as_ref()?, path)
    }

    #[cfg(not(feature = "toml"))]
    fn line(&self, _: &[String]) -> Option<usize> {
        None
    }
}

/// Omits values, which may be secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("origin", &self.origin)
            .field("keys", &self.table.keys())
            .finish_non_exhaustive()
    }
}

pub(super) fn check_length(origin: &str, length: usize) -> Result<(), Error> {
    if length > MAX_BYTES {
        let message = format!("{origin}: expected at most {MAX_BYTES} bytes");
        return Err(Error::config(message));
    }
    Ok(())
}
