//! Configuration: settings from files and code, and the plug-ins they configure.

pub(crate) mod file;
mod json;
pub(crate) mod read;
pub(crate) mod registry;
pub(crate) mod settings;
#[cfg(test)]
mod tests;
#[cfg(feature = "toml")]
mod toml;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The configuration of a plug-in, which can be read and replaced while the program runs.
///
/// A configuration file names it by its [`NAME`](Config::NAME). Setting it by name replaces it
/// with the defaults and the given keys. So every field needs a default: derive `Deserialize` with
/// `#[serde(default)]`. Keys are spelled as serde spells them, `kebab-case` in all of GoMon.
/// Unknown keys are refused, even without `deny_unknown_fields`.
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
    /// The name in configuration files, such as `gomon/http`: vendor, slash, plug-in.
    ///
    /// If two types share a name, it sets the first; the second is reported as a configuration
    /// error of the monitor.
    const NAME: &'static str;
}
