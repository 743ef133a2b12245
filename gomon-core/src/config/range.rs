//! Serde functions for numbers with bounds.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Deserializes a number from 0 to 1.
pub(crate) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(D::Error::custom("expected a number from 0 to 1"))
    }
}

/// Deserializes an integer from `MIN` to `MAX`.
///
/// A setting outside its bounds is then an error in a configuration file, not a value that is silently replaced.
///
/// # Examples
///
/// ```
/// use gomon_core::Settings;
/// use gomon_core::adapter::within;
///
/// #[derive(Debug, serde::Deserialize)]
/// #[allow(dead_code)]
/// struct Cache {
///     #[serde(deserialize_with = "within::<1, 8, _>")]
///     shards: usize,
/// }
///
/// let settings = Settings::from_json("shop.json", r#"{"shards": 9}"#)?;
/// let error = settings.parse::<Cache>().unwrap_err();
/// assert_eq!(error.to_string(), "shop.json: key \"shards\": expected an integer from 1 to 8");
/// # Ok::<(), gomon_core::Error>(())
/// ```
///
/// # Errors
///
/// Fails if the value is not an integer or is out of range.
pub fn within<'de, const MIN: usize, const MAX: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<usize, D::Error> {
    let number = usize::deserialize(deserializer)?;
    if (MIN..=MAX).contains(&number) {
        Ok(number)
    } else {
        let message = format!("expected an integer from {MIN} to {MAX}");
        Err(D::Error::custom(message))
    }
}
