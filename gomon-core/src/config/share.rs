//! A share, as configuration files give it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A number from 0 to 1.
pub(crate) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(D::Error::custom("expected a number from 0 to 1"))
    }
}
