//! Redaction policy of a configuration file.

use gomon_redact::Redaction;
use serde::{Deserialize, Serialize};

use crate::config::Config;

/// Names that a file adds to the program's policy.
///
/// They replace nothing, so that a file cannot reveal a name that the program denies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct RedactionSettings {
    denied: Vec<String>,
    unsafe_allowed: Vec<String>,
    visible_query: Vec<String>,
}

impl Config for RedactionSettings {
    const NAME: &'static str = "gomon/redaction";
}

impl RedactionSettings {
    pub(super) fn add_to(&self, mut redaction: Redaction) -> Redaction {
        for name in &self.denied {
            redaction = redaction.with_denied(name);
        }
        for name in &self.unsafe_allowed {
            redaction = redaction.with_unsafe_allowed(name);
        }
        for key in &self.visible_query {
            redaction = redaction.with_visible_query(key);
        }
        redaction
    }
}

#[cfg(test)]
mod tests {
    use gomon_test::ReadmeTable;

    use super::*;
    use crate::config::settings::Settings;
    use crate::monitor::Monitor;

    #[test]
    fn readme_has_the_settings() {
        let readme = include_str!("../../README.md");
        let table = ReadmeTable::under("### `gomon/redaction`", readme);
        table.assert_defaults(&RedactionSettings::default());
    }

    #[test]
    fn file_adds_to_the_policy_of_the_program() {
        let text = r#"{"denied": ["x-shop"], "unsafe-allowed": ["x-tenant", "x-tax-key"],
            "visible-query": ["page", "token"]}"#;
        let settings = Settings::from_json("gomon.json", text).unwrap();
        let program = Redaction::default().with_denied("x-tenant");
        let builder = Monitor::builder().redaction(program.with_visible_query("sort"));
        let registry = &builder.registry;
        registry.set_named("gomon/redaction", settings).unwrap();
        let running = builder.build().unwrap();
        let redaction = &running.monitor().core.unwrap().redaction;
        assert!(redaction.is_secret_header("x-shop"));
        assert!(redaction.is_secret_header("x-tenant"));
        assert!(redaction.is_secret_header("authorization"));
        assert!(!redaction.is_secret_header("x-tax-key"));
        assert!(redaction.is_visible_query("page") && redaction.is_visible_query("sort"));
        assert!(!redaction.is_visible_query("token"));
    }

    #[test]
    fn running_monitor_refuses_another_policy() {
        let running = Monitor::builder().build().unwrap();
        let settings = Settings::from_json("admin page", r#"{"denied": []}"#).unwrap();
        let error = running
            .monitor()
            .set_config_named(RedactionSettings::NAME, settings);
        assert_eq!(
            error.unwrap_err().to_string(),
            "admin page: gomon/redaction: cannot change once the monitor is built"
        );
    }
}
