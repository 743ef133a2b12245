//! Factories of listeners, by their kind in a configuration file.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;

/// Maximum number of kinds of listeners.
const MAX_KINDS: usize = 64;

/// Creates listeners of one kind from their settings.
///
/// # Examples
/// ```
/// use gomon_core::{Error, Factories, Listener, ListenerFactory, Settings};
/// # use gomon_core::Event;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default, rename_all = "kebab-case")]
/// struct CounterSettings {
///     every: u32,
/// }
///
/// struct Counter {
///     every: u32,
/// }
/// # impl Listener for Counter {
/// #     fn name(&self) -> &str { "counter" }
/// #     fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> { Ok(()) }
/// # }
///
/// struct CounterFactory;
///
/// impl ListenerFactory for CounterFactory {
///     fn kind(&self) -> &str {
///         "counter"
///     }
///
///     fn create(&self, settings: &Settings, _: &Factories) -> Result<Box<dyn Listener>, Error> {
///         let CounterSettings { every } = settings.parse()?;
///         if every == 0 {
///             return Err(settings.invalid("every", "expected a number above 0"));
///         }
///         Ok(Box::new(Counter { every }))
///     }
/// }
///
/// let mut factories = Factories::new();
/// factories.register(CounterFactory)?;
/// # Ok::<(), Error>(())
/// ```
pub trait ListenerFactory: Send + Sync + 'static {
    /// Returns the `kind` of such listeners in a configuration.
    fn kind(&self) -> &str;

    /// Creates a listener.
    ///
    /// A listener that feeds others gets their settings from
    /// [`split_listeners`](Settings::split_listeners) and creates them with `factories`.
    ///
    /// # Errors
    /// Settings that do not fit, or a resource that is not available.
    fn create(
        &self,
        settings: &Settings,
        factories: &Factories,
    ) -> Result<Box<dyn Listener>, Error>;
}

/// Kinds of listeners that a configuration can name.
///
/// # Examples
/// ```
/// use gomon_core::{ConfigFile, Factories};
///
/// let file = ConfigFile::parse("gomon.json", r#"{"listener": [{"kind": "lgo"}]}"#)?;
/// let error = Factories::new().create(&file.listeners()[0]).err().map(|e| e.to_string());
/// assert_eq!(error.as_deref(), Some(r#"gomon.json: unknown kind of listener "lgo""#));
/// # Ok::<(), gomon_core::Error>(())
/// ```
#[derive(Default)]
pub struct Factories(BTreeMap<String, Box<dyn ListenerFactory>>);

impl Factories {
    /// Creates an empty set of kinds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind.
    ///
    /// # Errors
    /// A kind that is already registered, or more than 64 kinds.
    pub fn register(&mut self, factory: impl ListenerFactory) -> Result<(), Error> {
        let kind = factory.kind().to_owned();
        if self.0.contains_key(&kind) {
            return Err(Error::config(format!(
                "kind of listener {kind:?} is registered twice, expected each once"
            )));
        }
        if self.0.len() >= MAX_KINDS {
            return Err(Error::config(format!(
                "kind of listener {kind:?}: expected at most {MAX_KINDS} kinds"
            )));
        }
        self.0.insert(kind, Box::new(factory));
        Ok(())
    }

    /// Creates the listener whose kind is the [name](Settings::name) of `settings`.
    ///
    /// # Errors
    /// An unknown kind, or an error of [`ListenerFactory::create`]. The error names the origin.
    pub fn create(&self, settings: &Settings) -> Result<Box<dyn Listener>, Error> {
        let Some(factory) = self.0.get(settings.name()) else {
            return Err(settings.unknown_kind(&self.kinds().collect::<Vec<_>>()));
        };
        factory.create(settings, self).map_err(|error| {
            if error.is_config() || error.is_placed() {
                error
            } else {
                error.within(&settings.describe())
            }
        })
    }

    /// Returns the kinds in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for Factories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.kinds()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde::Deserialize;

    use super::*;
    use crate::record::event::Event;

    struct Named(String);

    impl Listener for Named {
        fn name(&self) -> &str {
            &self.0
        }

        fn feed(&mut self, _: &Event<'_>) -> Result<(), Error> {
            Ok(())
        }
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct PlainSettings {
        label: String,
    }

    struct Plain(&'static str);

    impl ListenerFactory for Plain {
        fn kind(&self) -> &str {
            self.0
        }

        fn create(&self, settings: &Settings, _: &Factories) -> Result<Box<dyn Listener>, Error> {
            let PlainSettings { label } = settings.parse()?;
            match label.as_str() {
                "" => Err(settings.invalid("label", "expected a word")),
                "full" => Err(io::Error::from(io::ErrorKind::StorageFull).into()),
                "denied" => {
                    let error = io::Error::from(io::ErrorKind::PermissionDenied);
                    Err(settings.caused_by("label", error.into()))
                }
                _ => Ok(Box::new(Named(label))),
            }
        }
    }

    struct Nesting;

    impl ListenerFactory for Nesting {
        fn kind(&self) -> &str {
            "nesting"
        }

        fn create(&self, settings: &Settings, all: &Factories) -> Result<Box<dyn Listener>, Error> {
            let (rest, inner) = settings.split_listeners()?;
            rest.parse::<PlainSettings>()?;
            let mut names = Vec::new();
            for settings in &inner {
                names.push(all.create(settings)?.name().to_owned());
            }
            Ok(Box::new(Named(names.join("+"))))
        }
    }

    fn factories() -> Factories {
        let mut factories = Factories::new();
        factories.register(Plain("plain")).expect("a new kind");
        factories.register(Nesting).expect("a new kind");
        factories
    }

    fn create(text: &str) -> Result<String, Error> {
        let text = format!(r#"{{"listener": [{text}]}}"#);
        let (_, listeners) = Settings::from_json("gomon.json", &text)?.split_listeners()?;
        Ok(factories().create(&listeners[0])?.name().to_owned())
    }

    fn error_text(text: &str) -> String {
        create(text).expect_err("rejected").to_string()
    }

    #[test]
    fn listener_is_created_by_its_kind() {
        assert_eq!(
            create(r#"{"kind": "plain", "label": "x"}"#).expect("created"),
            "x"
        );
    }

    #[test]
    fn listener_creates_inner_listeners() {
        let text = r#"{"kind": "nesting", "listener": [
            {"kind": "plain", "label": "x"}, {"kind": "plain", "label": "y"}]}"#;
        assert_eq!(create(text).expect("created"), "x+y");
    }

    #[test]
    fn unknown_kind_lists_the_known_ones() {
        let expected =
            r#"gomon.json: unknown kind of listener "lgo", expected one of "nesting", "plain""#;
        assert_eq!(error_text(r#"{"kind": "lgo"}"#), expected);
        let inner = r#"{"kind": "nesting", "listener": [{"kind": "lgo"}]}"#;
        assert_eq!(error_text(inner), expected);
    }

    #[test]
    fn settings_of_a_listener_are_read_strictly() {
        assert_eq!(
            error_text(r#"{"kind": "plain", "lable": "x"}"#),
            r#"gomon.json: plain: unknown key "listener.0.lable", expected "label""#
        );
        assert_eq!(
            error_text(r#"{"kind": "plain"}"#),
            r#"gomon.json: plain: key "listener.0.label": expected a word"#
        );
    }

    #[test]
    fn io_error_names_the_listener() {
        let error = create(r#"{"kind": "plain", "label": "full"}"#).expect_err("rejected");
        assert!(error.is_io());
        assert!(
            error
                .to_string()
                .starts_with("gomon.json: plain: cannot read or write: ")
        );
    }

    #[test]
    fn io_error_of_an_inner_listener_names_it_only() {
        let inner = r#"{"kind": "nesting", "listener": [{"kind": "plain", "label": "full"}]}"#;
        let error = create(inner).expect_err("rejected");
        assert!(error.is_io());
        assert!(
            error
                .to_string()
                .starts_with("gomon.json: plain: cannot read or write: "),
            "{error}"
        );
    }

    #[cfg(feature = "toml")]
    #[test]
    fn errors_name_the_line_of_their_key() {
        let error_text = |text: &str| {
            let (_, listeners) = Settings::from_toml("gomon.toml", text)
                .and_then(|settings| settings.split_listeners())
                .expect("accepted");
            factories()
                .create(&listeners[0])
                .err()
                .expect("rejected")
                .to_string()
        };
        let cases = [
            (
                "\n[[listener]]\nlabel = 'x'\nkind = 'lgo'",
                "gomon.toml:4: unknown kind of listener",
            ),
            (
                "[[listener]]\nkind = 'plain'\n\nlabel = ''",
                "gomon.toml:4: plain: key \"listener.0.label\"",
            ),
            (
                "[[listener]]\nkind = 'plain'\n\nlable = ''",
                "gomon.toml:4: plain: unknown key \"listener.0.lable\"",
            ),
            (
                "[[listener]]\nkind = 'nesting'\n[[listener.listener]]\nkind = 'lgo'",
                "gomon.toml:4: unknown kind of listener",
            ),
            (
                "[[listener]]\nkind = 'plain'\nlabel = 'denied'",
                "gomon.toml:3: plain: key \"listener.0.label\": cannot read or write: ",
            ),
        ];
        for (text, expected) in cases {
            let error = error_text(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn duplicate_kind_is_rejected() {
        let error = factories()
            .register(Plain("plain"))
            .expect_err("a known kind");
        assert!(error.is_config());
        assert!(error.to_string().contains("\"plain\" is registered twice"));
    }

    #[test]
    fn kinds_are_bounded() {
        let mut factories = Factories::new();
        for index in 0..MAX_KINDS {
            let kind = format!("kind {index}").leak();
            factories.register(Plain(kind)).expect("within the limit");
        }
        let error = factories
            .register(Plain("one more"))
            .expect_err("over the limit");
        assert!(
            error
                .to_string()
                .contains("\"one more\": expected at most 64 kinds")
        );
    }

    #[test]
    fn factories_are_send_and_sync() {
        fn assert_send<T: Send + Sync + 'static>() {}
        assert_send::<Factories>();
        assert_eq!(format!("{:?}", factories()), r#"{"nesting", "plain"}"#);
    }
}
