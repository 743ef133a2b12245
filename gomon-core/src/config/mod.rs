//! What makes a type the configuration of a plug-in.

pub(crate) mod file;
pub(crate) mod json;
pub(crate) mod listeners;
pub(crate) mod problem;
pub(crate) mod reader;
pub(crate) mod registry;
pub(crate) mod settings;
pub(crate) mod share;
#[cfg(test)]
mod tests;
pub(crate) mod toml;
pub(crate) mod tree;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The configuration of a plug-in, which can be read and replaced while the program runs.
///
/// Its [`NAME`](Config::NAME) is what a configuration file calls it by. Setting it by name
/// replaces it with the defaults and the keys that were given, so every field needs a default:
/// derive `Deserialize` with `#[serde(default)]`. Keys are spelled as serde spells them,
/// `kebab-case` in all of GoMon. Keys that the type does not have are refused, even where it
/// does not say `deny_unknown_fields`.
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
    /// The name that sets it, such as `gomon/http`: who made the plug-in, a slash, what it is.
    ///
    /// Two types of one name cannot both be set by it; the second is reported among the monitor's
    /// configuration errors.
    const NAME: &'static str;
}
