//! The configuration file: who the application is, what its plug-ins and listeners do.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::config::settings::Settings;
use crate::config::tree::MAX_BYTES;
use crate::error::Error;

/// The environment variable that names the configuration file.
const VARIABLE: &str = "GOMON_CONFIG";

/// What the top of a file may hold besides the tables of plug-ins.
const KEYS: [&str; 5] = ["app-id", "version", "environment", "enabled", "listener"];

/// What a configuration file says.
///
/// It is TOML or JSON (by the ending `.toml` or `.json`, else by its first character) of at most
/// 1 MiB. Every key is optional and every unknown one an error. A table whose name has a slash is
/// the configuration of the plug-in of that name; TOML needs the name in quotes.
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
    /// Reads the file that the environment variable `GOMON_CONFIG` names, if it names one.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    ///
    /// # Examples
    /// ```
    /// use gomon_core::ConfigFile;
    ///
    /// if let Some(file) = ConfigFile::from_env()? {
    ///     println!("this is {:?}", file.app_id());
    /// }
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    pub fn from_env() -> Result<Option<Self>, Error> {
        Self::from_variable(std::env::var_os(VARIABLE))
    }

    fn from_variable(path: Option<OsString>) -> Result<Option<Self>, Error> {
        path.filter(|path| !path.is_empty())
            .map(|path| {
                let path = Path::new(&path);
                // Part of the origin, so that whatever is wrong with it, now or later, tells of the variable.
                Self::read_as(&format!("{VARIABLE}: {}", path.display()), path)
            })
            .transpose()
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read (its cause is an [`std::io::Error`]), and as
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
            Error::config_caused_by(
                format!("{origin}: cannot read the configuration file"),
                error,
            )
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(refuse(
                origin,
                format_args!("expected at most {MAX_BYTES} bytes"),
            ));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            refuse(
                origin,
                format_args!("expected UTF-8 text, found other bytes at {offset}"),
            )
        })?;
        Self::parse(origin, &text)
    }

    /// Reads `text` as if it stood in a file called `origin`.
    ///
    /// # Errors
    /// Text that is longer than 1 MiB or neither TOML nor JSON, a key that is unknown or given
    /// twice, a value of the wrong type. Whether plug-ins and listeners take their settings
    /// shows when they get them.
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

    /// Says what the application is called.
    ///
    /// # Examples
    /// ```
    /// let file = gomon_core::ConfigFile::parse("gomon.json", r#"{"app-id": "shop"}"#)?;
    /// assert_eq!(file.app_id(), Some("shop"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn app_id(&self) -> Option<&str> {
        self.application.app_id.as_deref()
    }

    /// Says which version of the application runs.
    ///
    /// # Examples
    /// ```
    /// let file = gomon_core::ConfigFile::parse("gomon.json", r#"{"version": "1.4.0"}"#)?;
    /// assert_eq!(file.version(), Some("1.4.0"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.application.version.as_deref()
    }

    /// Says where the application runs, such as `prod`.
    ///
    /// # Examples
    /// ```
    /// let file = gomon_core::ConfigFile::parse("gomon.json", r#"{"environment": "prod"}"#)?;
    /// assert_eq!(file.environment(), Some("prod"));
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        self.application.environment.as_deref()
    }

    /// Says whether anything is to be monitored, if the file says so.
    ///
    /// # Examples
    /// ```
    /// let file = gomon_core::ConfigFile::parse("gomon.json", "{}")?;
    /// assert_eq!(file.enabled(), None);
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn enabled(&self) -> Option<bool> {
        self.application.enabled
    }

    /// Lends the settings of plug-ins, each [named](Settings::name) for its plug-in.
    ///
    /// # Examples
    /// ```
    /// let file = gomon_core::ConfigFile::parse("gomon.json", r#"{"gomon/http": {}}"#)?;
    /// assert_eq!(file.configs()[0].name(), "gomon/http");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn configs(&self) -> &[Settings] {
        &self.configs
    }

    /// Lends the settings of listeners, each [named](Settings::name) for its kind, in their order.
    ///
    /// # Examples
    /// ```
    /// let text = r#"{"listener": [{"kind": "log"}]}"#;
    /// let file = gomon_core::ConfigFile::parse("gomon.json", text)?;
    /// assert_eq!(file.listeners()[0].name(), "log");
    /// # Ok::<(), gomon_core::Error>(())
    /// ```
    #[must_use]
    pub fn listeners(&self) -> &[Settings] {
        &self.listeners
    }
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let too_many = u64::try_from(MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(too_many).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_json(origin: &str, text: &str) -> bool {
    let ending = Path::new(origin).extension().unwrap_or_default();
    ending.eq_ignore_ascii_case("json")
        || !ending.eq_ignore_ascii_case("toml") && text.trim_start().starts_with('{')
}

#[cfg(feature = "toml")]
fn toml(origin: &str, text: &str) -> Result<Settings, Error> {
    Settings::from_toml(origin, text)
}

#[cfg(not(feature = "toml"))]
fn toml(origin: &str, _: &str) -> Result<Settings, Error> {
    Err(refuse(
        origin,
        "expected JSON; to read TOML, enable the feature `toml` of gomon-core",
    ))
}

fn refuse(origin: &str, expectation: impl Display) -> Error {
    Error::config(format!("{origin}: {expectation}"))
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

        fn refusal(&self) -> String {
            let error = ConfigFile::read(&self.0).expect_err("refused");
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

    fn refusal(origin: &str, text: &str) -> String {
        let error = ConfigFile::parse(origin, text).expect_err("refused");
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
    fn unknown_key_names_what_could_have_been_meant() {
        assert_eq!(
            refusal("gomon.json", r#"{"app": "shop"}"#),
            "gomon.json: unknown key \"app\", expected one of \"app-id\", \"version\", \
             \"environment\", \"enabled\", \"listener\" or the name of a plug-in such as \"gomon/http\""
        );
    }

    #[test]
    fn plug_in_that_is_no_table_is_refused() {
        assert_eq!(
            refusal("gomon.json", r#"{"gomon/http": 3}"#),
            r#"gomon.json: key "gomon/http": expected a table"#
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn the_line_is_told_where_toml_gives_it() {
        let text = "app-id = \"shop\"\nversion = 1.2\n";
        assert_eq!(
            refusal("gomon.toml", text),
            "gomon.toml:2: key \"version\": expected a string, found the number 1.2"
        );
        assert!(refusal("gomon.toml", "\n\napp =\n").starts_with("gomon.toml:3: not valid TOML: "));
        let error = refusal("gomon.toml", "enabled = true\nenabled = true\n");
        assert!(
            error.starts_with("gomon.toml:2: not valid TOML: duplicate key"),
            "{error}"
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn single_brackets_of_a_listener_are_told_of_the_double_ones() {
        assert_eq!(
            refusal("gomon.toml", "\n[listener]\nkind = \"log\""),
            r#"gomon.toml:2: key "listener": expected a list of tables, in TOML [[listener]]"#
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn without_a_known_ending_the_text_tells_the_format() {
        let file = ConfigFile::parse("gomon.conf", "\u{feff} {\"app-id\": \"shop\"}");
        assert_eq!(file.expect("JSON").app_id(), Some("shop"));
        let file = ConfigFile::parse("gomon.conf", "\u{feff}app-id = \"shop\"");
        assert_eq!(file.expect("TOML").app_id(), Some("shop"));
    }

    #[cfg(not(feature = "toml"))]
    #[test]
    fn toml_is_refused_with_the_feature_that_reads_it() {
        assert!(refusal("gomon.toml", "").contains("feature `toml`"));
    }

    #[test]
    fn broken_json_names_file_and_line() {
        let error = refusal("gomon.json", "{\n\"app-id\": }");
        assert!(
            error.starts_with("gomon.json:2: not valid JSON: expected value"),
            "{error}"
        );
        let error = refusal("gomon.json", "{\"enabled\": true,\n\"enabled\": true}");
        assert!(
            error.contains(":2: ") && error.contains(r#"key "enabled" is given twice"#),
            "{error}"
        );
        assert_eq!(
            refusal("gomon.json", "[]"),
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
    fn file_of_a_mebibyte_is_read_and_a_longer_one_refused() {
        let mut bytes = br#"{"app-id": "shop"}"#.to_vec();
        bytes.resize(MAX_BYTES, b' ');
        let fits = Scratch::file("fits.json", &bytes);
        assert!(ConfigFile::read(&fits.0).is_ok());
        bytes.extend("é".as_bytes());
        let large = Scratch::file("large.json", &bytes);
        assert_eq!(large.refusal(), ": expected at most 1048576 bytes");
    }

    #[test]
    fn file_that_is_no_text_is_refused() {
        let binary = Scratch::file("binary.json", b"{}\xff");
        assert_eq!(
            binary.refusal(),
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
        fn nesting_is_refused_before_the_stack_ends(depth in 200_usize..20_000, square: bool) {
            let open = if square { "[" } else { "{\"a\":" };
            let json = ConfigFile::parse("a.json", &(r#"{"a":"#.to_owned() + &open.repeat(depth)));
            prop_assert!(json.is_err());
            let open = if square { "[" } else { "{a=" };
            let toml = ConfigFile::parse("a.toml", &("a=".to_owned() + &open.repeat(depth)));
            prop_assert!(toml.is_err());
        }
    }
}
