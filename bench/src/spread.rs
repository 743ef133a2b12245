//! Minimum and quartiles of many rounds.

/// The minimum, the first quartile, the median and the third quartile.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// The minimum.
    pub min: f64,
    /// The first quartile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub high: f64,
}

impl Spread {
    /// Returns the spread of figures in any order; zero if there are none.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |quarters: usize| {
            figures
                .get(figures.len() * quarters / 4)
                .copied()
                .unwrap_or_default()
        };
        Self {
            min: at(0),
            low: at(1),
            median: at(2),
            high: at(3),
        }
    }
}

impl From<f64> for Spread {
    /// Returns the spread of one figure.
    fn from(figure: f64) -> Self {
        Self::of([figure])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_do_not_depend_on_the_order() {
        let spread = Spread::of([5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(
            spread,
            Spread {
                min: 1.0,
                low: 2.0,
                median: 3.0,
                high: 4.0
            }
        );
    }

    #[test]
    fn quartiles_without_rounds_are_zero() {
        assert_eq!(Spread::of([]), Spread::default());
    }
}
