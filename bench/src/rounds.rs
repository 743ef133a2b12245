//! Interleaved rounds of measurements.

/// Duration and number of the measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// A short run that only checks that the table works.
    Quick,
    /// A run whose figures may be quoted.
    #[default]
    Full,
}

impl Effort {
    /// Returns `quick` or `full`.
    #[must_use]
    pub fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Calls `measure` for each subject in each round; returns the figures by subject, in the order of the rounds.
///
/// The order rotates and flips, so that no subject always runs on the caches of the same other one.
pub fn interleave<S>(
    subjects: &[S],
    rounds: usize,
    mut measure: impl FnMut(&S) -> f64,
) -> Vec<Vec<f64>> {
    let count = subjects.len();
    let mut figures = vec![Vec::with_capacity(rounds); count];
    for round in 0..rounds {
        for turn in 0..count {
            let turn = if round % 2 == 0 {
                turn
            } else {
                count - 1 - turn
            };
            let at = (turn + round * 3) % count;
            if let (Some(subject), Some(figures)) = (subjects.get(at), figures.get_mut(at)) {
                figures.push(measure(subject));
            }
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_one_turn_per_round() {
        let mut turn = 0.0;
        let figures = interleave(&[0, 1, 2], 8, |_| {
            turn += 1.0;
            turn
        });
        for round in 0..8 {
            let mut turns: Vec<_> = figures.iter().map(|figures| figures[round]).collect();
            turns.sort_by(f64::total_cmp);
            let first = (round * 3 + 1) as f64;
            assert_eq!(turns, [first, first + 1.0, first + 2.0]);
        }
    }
}
