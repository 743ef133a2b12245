//! Whose turn it is, round after round.

/// How thoroughly to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Just to see that it runs.
    Quick,
    /// As figures are to be quoted.
    #[default]
    Full,
}

impl Effort {
    /// The first for a quick run, the second for a full one.
    #[must_use]
    pub fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Has `measure` called for each of `subjects` in each round, in an order that rotates and flips, so that none always
/// runs on the caches that another left; returns the figures by subject, in the order of the rounds.
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
    fn everybody_has_one_turn_a_round() {
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
