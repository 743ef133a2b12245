//! Configuration: settings from files and code, and the plug-ins that use them.

pub(crate) mod file;
mod json;
pub(crate) mod range;
pub(crate) mod read;
pub(crate) mod registry;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
#[cfg(feature = "toml")]
mod toml;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Configuration of a plug-in, which can be read and replaced while the program runs.
///
/// A configuration file refers to it by its [`NAME`](Config::NAME). Setting it by name replaces it
/// with the defaults and the given keys. So every field needs a default: derive `Deserialize` with
/// `#[serde(default)]`. Keys have the names that serde gives them, `kebab-case` in all of GoMon.
/// Unknown keys are rejected, even without `deny_unknown_fields`.
///
/// # Examples
/// ```
/// use gomon_core::Config;
///
/// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// #[serde(default, rename_all = "kebab-case")]
/// struct CacheConfig {
///     record_keys: bool,
/// }
///
/// impl Config for CacheConfig {
///     const NAME: &'static str = "shop/cache";
/// }
/// assert!(!CacheConfig::default().record_keys);
/// ```
pub trait Config: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Name in configuration files, such as `gomon/http`: vendor, slash, plug-in.
    ///
    /// If two types share a name, it configures the first one. The second is reported as a
    /// configuration error of the monitor.
    const NAME: &'static str;

    /// Called after a configuration in use was replaced, on the thread that replaced it.
    ///
    /// For plug-ins that cache what they derive from it. It must not set a configuration.
    fn changed() {}
}
