//! Listeners by name, for those who configure them in a file.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::settings::Settings;
use crate::error::Error;
use crate::listeners::Listener;

/// The most kinds of listeners that can be known.
const MAX_KINDS: usize = 64;

/// Makes listeners of one kind from what a configuration says about them.
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
    /// The `kind` by which a configuration asks for such a listener.
    fn kind(&self) -> &str;

    /// Makes a listener.
    ///
    /// One that feeds others takes their settings by
    /// [`split_listeners`](Settings::split_listeners) and makes them with `factories`.
    ///
    /// # Errors
    /// Settings that do not fit, or what the listener needs cannot be had.
    fn create(
        &self,
        settings: &Settings,
        factories: &Factories,
    ) -> Result<Box<dyn Listener>, Error>;
}

/// The kinds of listeners that a configuration can name.
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
    /// Begins with no kinds at all.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::Factories::new().kinds().count(), 0);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind.
    ///
    /// # Errors
    /// A kind that is known already, or the 65th.
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

    /// Makes the listener of the kind that `settings` are [named](Settings::name) for.
    ///
    /// # Errors
    /// An unknown kind, or as [`ListenerFactory::create`]; the error names the origin.
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

    /// Lists the kinds by name.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(gomon_core::Factories::new().kinds().next(), None);
    /// ```
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

    fn refusal(text: &str) -> String {
        create(text).expect_err("refused").to_string()
    }

    #[test]
    fn listener_is_made_by_its_kind() {
        assert_eq!(
            create(r#"{"kind": "plain", "label": "x"}"#).expect("made"),
            "x"
        );
    }

    #[test]
    fn listener_makes_the_listeners_that_it_feeds() {
        let text = r#"{"kind": "nesting", "listener": [
            {"kind": "plain", "label": "x"}, {"kind": "plain", "label": "y"}]}"#;
        assert_eq!(create(text).expect("made"), "x+y");
    }

    #[test]
    fn unknown_kind_is_told_with_the_known_ones() {
        let expected =
            r#"gomon.json: unknown kind of listener "lgo", expected one of "nesting", "plain""#;
        assert_eq!(refusal(r#"{"kind": "lgo"}"#), expected);
        let inner = r#"{"kind": "nesting", "listener": [{"kind": "lgo"}]}"#;
        assert_eq!(refusal(inner), expected);
    }

    #[test]
    fn settings_of_a_listener_are_read_strictly() {
        assert_eq!(
            refusal(r#"{"kind": "plain", "lable": "x"}"#),
            r#"gomon.json: plain: unknown key "listener.0.lable", expected "label""#
        );
        assert_eq!(
            refusal(r#"{"kind": "plain"}"#),
            r#"gomon.json: plain: key "listener.0.label": expected a word"#
        );
    }

    #[test]
    fn what_a_listener_cannot_have_is_told_with_its_place() {
        let error = create(r#"{"kind": "plain", "label": "full"}"#).expect_err("refused");
        assert!(error.is_io());
        assert!(
            error
                .to_string()
                .starts_with("gomon.json: plain: cannot read or write: ")
        );
    }

    #[test]
    fn what_an_inner_listener_cannot_have_is_told_with_its_own_place_alone() {
        let inner = r#"{"kind": "nesting", "listener": [{"kind": "plain", "label": "full"}]}"#;
        let error = create(inner).expect_err("refused");
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
    fn an_error_names_the_line_of_the_key_that_it_is_about() {
        let refusal = |text: &str| {
            let (_, listeners) = Settings::from_toml("gomon.toml", text)
                .and_then(|settings| settings.split_listeners())
                .expect("accepted");
            factories()
                .create(&listeners[0])
                .err()
                .expect("refused")
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
            let error = refusal(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn one_kind_is_registered_once() {
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
    fn factories_may_cross_threads() {
        fn sendable<T: Send + Sync + 'static>() {}
        sendable::<Factories>();
        assert_eq!(format!("{:?}", factories()), r#"{"nesting", "plain"}"#);
    }
}
