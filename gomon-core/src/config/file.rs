//! The configuration file: the application, its plug-ins and its listeners.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::config::settings::{MAX_BYTES, Settings, check_length};
use crate::error::Error;

/// Environment variable with the path of the configuration file.
const VARIABLE: &str = "GOMON_CONFIG";

/// Top-level keys of a file, besides the tables of plug-ins.
const KEYS: [&str; 5] = ["app-id", "version", "environment", "enabled", "listener"];

/// Contents of a configuration file.
///
/// It is TOML or JSON of at most 1 MiB. The extension `.toml` or `.json` selects the format,
/// otherwise the first character. Every key is optional, and an unknown key is an error. A table
/// whose name contains a slash configures the plug-in of that name. TOML needs the name in quotes.
///
/// # Examples
/// ```
/// # #[cfg(feature = "toml")] {
/// use gomon_core::ConfigFile;
///
/// let file = ConfigFile::parse("gomon.toml", r#"
///     app-id = "shop"
///     version = "1.4.0"
///     environment = "prod"
///     enabled = true
///
///     ["gomon/http"]
///     response-body = 1024
///
///     [[listener]]
///     kind = "log"
///     form = "json"
/// "#)?;
/// assert_eq!(file.app_id(), Some("shop"));
/// assert_eq!(file.configs()[0].name(), "gomon/http");
/// assert_eq!(file.listeners()[0].name(), "log");
/// # }
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConfigFile {
    application: Application,
    configs: Vec<Settings>,
    listeners: Vec<Settings>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Application {
    app_id: Option<String>,
    version: Option<String>,
    environment: Option<String>,
    enabled: Option<bool>,
}

impl ConfigFile {
    /// Reads the file at the path in the environment variable `GOMON_CONFIG`, if it is set.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn from_env() -> Result<Option<Self>, Error> {
        Self::from_variable(std::env::var_os(VARIABLE))
    }

    fn from_variable(path: Option<OsString>) -> Result<Option<Self>, Error> {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return Ok(None);
        };
        let path = Path::new(&path);
        // Later errors about the settings name the origin, and so the variable.
        Self::read_as(&format!("{VARIABLE}: {}", path.display()), path).map(Some)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read (the source is an [`std::io::Error`]), and those of
    /// [`parse`](Self::parse).
    ///
    /// # Examples
    /// ```
    /// use gomon_core::ConfigFile;
    ///
    /// let error = ConfigFile::read("no/such/gomon.toml").unwrap_err();
    /// assert!(error.to_string().starts_with("no/such/gomon.toml: "));
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::read_as(&path.display().to_string(), path)
    }

    fn read_as(origin: &str, path: &Path) -> Result<Self, Error> {
        let bytes = read_bounded(path).map_err(|error| {
            let message = format!("{origin}: cannot read the configuration file");
            Error::config_caused_by(message, error)
        })?;
        check_length(origin, bytes.len())?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            Error::config(format!(
                "{origin}: expected UTF-8 text, found other bytes at {offset}"
            ))
        })?;
        Self::parse(origin, &text)
    }

    /// Reads `text` as the contents of a file called `origin`.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB or neither TOML nor JSON, an unknown or duplicate key, a
    /// value of the wrong type. The settings of plug-ins and listeners are checked when they are
    /// applied.
    ///
    /// # Examples
    /// ```
    /// use gomon_core::ConfigFile;
    ///
    /// let file = ConfigFile::parse("gomon.json", r#"{"enabled": false}"#)?;
    /// assert_eq!(file.enabled(), Some(false));
    ///
    /// let error = ConfigFile::parse("gomon.json", r#"{"enabled": "no"}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"gomon.json: key "enabled": expected true or false, found a string"#,
    /// );
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn parse(origin: &str, text: &str) -> Result<Self, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut settings = if is_json(origin, text) {
            Settings::from_json(origin, text)?
        } else {
            toml(origin, text)?
        };
        let configs = settings.take_named()?;
        settings.expect_keys(&KEYS, "the name of a plug-in such as \"gomon/http\"")?;
        let (rest, listeners) = settings.split_listeners()?;
        let application = rest.parse()?;
        Ok(Self {
            application,
            configs,
            listeners,
        })
    }

    /// Returns the application's id.
    #[must_use]
    pub fn app_id(&self) -> Option<&str> {
        self.application.app_id.as_deref()
    }

    /// Returns the application's version.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.application.version.as_deref()
    }

    /// Returns where the application runs, such as `prod`.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        self.application.environment.as_deref()
    }

    /// Returns whether the monitor is enabled at the start.
    #[must_use]
    pub fn enabled(&self) -> Option<bool> {
        self.application.enabled
    }

    /// Returns the settings of plug-ins, each with the [name](Settings::name) of its plug-in.
    #[must_use]
    pub fn configs(&self) -> &[Settings] {
        &self.configs
    }

    /// Returns the settings of listeners in their order, each with its kind as
    /// [name](Settings::name).
    #[must_use]
    pub fn listeners(&self) -> &[Settings] {
        &self.listeners
    }
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_json(origin: &str, text: &str) -> bool {
    let extension = Path::new(origin).extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("json")
        || !extension.eq_ignore_ascii_case("toml") && text.trim_start().starts_with('{')
}

#[cfg(feature = "toml")]
fn toml(origin: &str, text: &str) -> Result<Settings, Error> {
    Settings::from_toml(origin, text)
}

#[cfg(not(feature = "toml"))]
fn toml(origin: &str, _: &str) -> Result<Settings, Error> {
    Err(Error::config(format!(
        "{origin}: expected JSON; to read TOML, enable the feature `toml` of gomon-core"
    )))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn file(name: &str, bytes: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("gomon-{}-{name}", std::process::id()));
            std::fs::write(&path, bytes).expect("the temporary directory takes files");
            Self(path)
        }

        fn error_text(&self) -> String {
            let error = ConfigFile::read(&self.0).expect_err("rejected");
            assert!(error.is_config());
            let text = error.to_string();
            let origin = self.0.display().to_string();
            text.strip_prefix(&origin)
                .expect("the file is named first")
                .to_owned()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn error_text(origin: &str, text: &str) -> String {
        let error = ConfigFile::parse(origin, text).expect_err("rejected");
        assert!(error.is_config());
        error.to_string()
    }

    const JSON: &str = r#"{"app-id": "shop", "version": "1", "environment": "prod",
        "enabled": false, "gomon/http": {"a": 1}, "listener": [{"kind": "b"}, {"kind": "a"}]}"#;

    #[test]
    fn every_part_of_a_file_is_read() {
        let file = ConfigFile::parse("gomon.json", JSON).expect("accepted");
        assert_eq!(file.app_id(), Some("shop"));
        assert_eq!(file.version(), Some("1"));
        assert_eq!(file.environment(), Some("prod"));
        assert_eq!(file.enabled(), Some(false));
        let names = |all: &[Settings]| all.iter().map(|s| s.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(file.configs()), ["gomon/http"]);
        assert_eq!(names(file.listeners()), ["b", "a"]);
    }

    #[test]
    fn unknown_key_lists_the_known_ones() {
        assert_eq!(
            error_text("gomon.json", r#"{"app": "shop"}"#),
            "gomon.json: unknown key \"app\", expected one of \"app-id\", \"version\", \
             \"environment\", \"enabled\", \"listener\" or the name of a plug-in such as \"gomon/http\""
        );
    }

    #[test]
    fn plug_in_must_be_a_table() {
        assert_eq!(
            error_text("gomon.json", r#"{"gomon/http": 3}"#),
            r#"gomon.json: key "gomon/http": expected a table"#
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn toml_errors_name_the_line() {
        let text = "app-id = \"shop\"\nversion = 1.2\n";
        assert_eq!(
            error_text("gomon.toml", text),
            "gomon.toml:2: key \"version\": expected a string, found a number"
        );
        assert!(
            error_text("gomon.toml", "\n\napp =\n").starts_with("gomon.toml:3: not valid TOML: ")
        );
        let error = error_text("gomon.toml", "enabled = true\nenabled = true\n");
        assert!(
            error.starts_with("gomon.toml:2: not valid TOML: duplicate key"),
            "{error}"
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn single_brackets_of_a_listener_suggest_double_ones() {
        assert_eq!(
            error_text("gomon.toml", "\n[listener]\nkind = \"log\""),
            r#"gomon.toml:2: key "listener": expected a list of tables, in TOML [[listener]]"#
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn text_selects_the_format_without_a_known_extension() {
        let file = ConfigFile::parse("gomon.conf", "\u{feff} {\"app-id\": \"shop\"}");
        assert_eq!(file.expect("JSON").app_id(), Some("shop"));
        let file = ConfigFile::parse("gomon.conf", "\u{feff}app-id = \"shop\"");
        assert_eq!(file.expect("TOML").app_id(), Some("shop"));
    }

    #[cfg(not(feature = "toml"))]
    #[test]
    fn toml_error_names_the_missing_feature() {
        assert!(error_text("gomon.toml", "").contains("feature `toml`"));
    }

    #[test]
    fn broken_json_names_file_and_line() {
        let error = error_text("gomon.json", "{\n\"app-id\": }");
        assert!(
            error.starts_with("gomon.json:2: not valid JSON: expected value"),
            "{error}"
        );
        let error = error_text("gomon.json", "{\"enabled\": true,\n\"enabled\": true}");
        assert!(
            error.contains(":2: ") && error.contains(r#"key "enabled" is given twice"#),
            "{error}"
        );
        assert_eq!(
            error_text("gomon.json", "[]"),
            "gomon.json:1: expected a JSON object"
        );
    }

    #[test]
    fn missing_file_is_named_with_its_cause() {
        let error = ConfigFile::read("no/such/gomon.toml").expect_err("no such file");
        assert!(error.is_config());
        assert!(
            error
                .to_string()
                .starts_with("no/such/gomon.toml: cannot read")
        );
        let cause = error
            .source()
            .and_then(|cause| cause.downcast_ref::<std::io::Error>());
        assert_eq!(
            cause.map(std::io::Error::kind),
            Some(std::io::ErrorKind::NotFound)
        );
    }

    #[test]
    fn file_is_limited_to_a_mebibyte() {
        let mut bytes = br#"{"app-id": "shop"}"#.to_vec();
        bytes.resize(MAX_BYTES, b' ');
        let fits = Scratch::file("fits.json", &bytes);
        assert!(ConfigFile::read(&fits.0).is_ok());
        bytes.extend("é".as_bytes());
        let large = Scratch::file("large.json", &bytes);
        assert_eq!(large.error_text(), ": expected at most 1048576 bytes");
    }

    #[test]
    fn file_must_be_utf8() {
        let binary = Scratch::file("binary.json", b"{}\xff");
        assert_eq!(
            binary.error_text(),
            ": expected UTF-8 text, found other bytes at 2"
        );
    }

    #[test]
    fn variable_names_the_file() {
        let file = Scratch::file("variable.json", br#"{"app-id": "shop"}"#);
        let read = ConfigFile::from_variable(Some(file.0.clone().into())).expect("accepted");
        assert_eq!(read.expect("named").app_id(), Some("shop"));
        assert!(ConfigFile::from_variable(None).is_ok_and(|file| file.is_none()));
        assert!(ConfigFile::from_variable(Some(OsString::new())).is_ok_and(|file| file.is_none()));
        let origin = format!("GOMON_CONFIG: {}", file.0.display());
        let file = Scratch::file(
            "variable.toml",
            b"['shop/cache']\n[[listener]]\nkind = 'log'",
        );
        let read = ConfigFile::from_variable(Some(file.0.clone().into())).expect("accepted");
        let read = read.expect("named");
        let origin = origin.replace("variable.json", "variable.toml");
        assert_eq!(read.configs()[0].origin(), origin);
        assert_eq!(read.listeners()[0].origin(), origin);
        let error = ConfigFile::from_variable(Some("no/such".into())).expect_err("no such file");
        assert!(
            error
                .to_string()
                .starts_with("GOMON_CONFIG: no/such: cannot read"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let text = String::from_utf8_lossy(&bytes);
            for origin in ["a.toml", "a.json", "a"] {
                let _ = ConfigFile::parse(origin, &text);
            }
        }

        #[test]
        fn no_text_that_looks_like_a_file_panics(text in r#"([\[\]{}"'=:,.#\\ \n0-9-]|a/b|kind|listener|inf|true|é){0,40}"#) {
            for origin in ["a.toml", "a.json"] {
                let Ok(file) = ConfigFile::parse(origin, &text) else { continue };
                for settings in file.configs().iter().chain(file.listeners()) {
                    let _ = settings.parse::<std::collections::BTreeMap<String, Option<Vec<u8>>>>();
                    let _ = settings.split_listeners();
                }
            }
        }

        #[test]
        fn deep_nesting_is_rejected(depth in 200_usize..20_000, square: bool) {
            let open = if square { "[" } else { "{\"a\":" };
            let json = ConfigFile::parse("a.json", &(r#"{"a":"#.to_owned() + &open.repeat(depth)));
            prop_assert!(json.is_err());
            let open = if square { "[" } else { "{a=" };
            let toml = ConfigFile::parse("a.toml", &("a=".to_owned() + &open.repeat(depth)));
            prop_assert!(toml.is_err());
        }
    }
}
