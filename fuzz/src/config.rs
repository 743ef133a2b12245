//! Fuzz target for configuration files.

use std::collections::BTreeMap;

use gomon_core::{ConfigFile, Limits, Sampling, Settings};

/// Parses the input as TOML, as JSON and by detected format, and deserializes all settings into several types.
///
/// # Panics
///
/// Panics if an error is not a single line that names its origin.
///
/// # Examples
///
/// ```
/// fuzz::config(b"app-id = \"shop\"");
/// ```
pub fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    for origin in ["a.toml", "a.json", "a"] {
        match ConfigFile::parse(origin, text) {
            Ok(file) => file.configs().iter().chain(file.listeners()).for_each(read),
            Err(error) => check(&error, origin),
        }
    }
    for settings in [
        Settings::from_json("a", text),
        Settings::from_toml("a", text),
    ] {
        match settings {
            Ok(settings) => read(&settings),
            Err(error) => check(&error, "a"),
        }
    }
}

fn read(settings: &Settings) {
    let errors = [
        settings.parse::<Limits>().err(),
        settings.parse::<Sampling>().err(),
        settings
            .parse::<BTreeMap<String, Option<Vec<String>>>>()
            .err(),
        settings
            .parse::<BTreeMap<String, BTreeMap<String, u8>>>()
            .err(),
        settings.parse::<BTreeMap<String, f64>>().err(),
        settings.parse::<BTreeMap<String, char>>().err(),
        settings.split_listeners().err(),
    ];
    for error in errors.into_iter().flatten() {
        check(&error, settings.origin());
    }
    if let Ok((_, listeners)) = settings.split_listeners() {
        listeners.iter().for_each(read);
    }
}

fn check(error: &gomon_core::Error, origin: &str) {
    let text = error.to_string();
    assert!(error.is_config(), "{text}");
    assert!(text.starts_with(origin), "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}
