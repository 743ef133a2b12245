//! Which known name somebody meant who wrote another.

/// The most characters that are compared, as the comparison takes the product of both lengths.
const LONGEST: usize = 64;

/// The name among `known` that `name` became by a slip or two of the hand; `None` where none is that near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = name.chars().count() / 4;
    known
        .into_iter()
        .map(|known| (slips(name, known), known))
        .filter(|(slips, _)| (1..=most.min(2)).contains(slips))
        .min()
        .map(|(_, known)| known)
}

/// How many characters were left out, added, changed, or swapped with their neighbour (the distance of optimal string
/// alignment), letters of either case being the same.
fn slips(a: &str, b: &str) -> usize {
    let characters = |text: &str| -> Vec<char> {
        let text = text.chars().take(LONGEST);
        text.map(|c| c.to_ascii_lowercase()).collect()
    };
    let (a, b) = (characters(a), characters(b));
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=b.len()).collect()];
    for (at, letter) in a.iter().enumerate() {
        rows.rotate_left(1);
        let [before, above, row] = &mut rows;
        row.clear();
        row.push(at + 1);
        for (column, other) in b.iter().enumerate() {
            let cost =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut least = (cost(above, column) + usize::from(letter != other))
                .min(cost(above, column + 1) + 1)
                .min(cost(row, column) + 1);
            let is_swap = at > 0
                && column > 0
                && a.get(at - 1) == Some(other)
                && b.get(column - 1) == Some(letter);
            if is_swap {
                least = least.min(cost(before, column - 1) + 1);
            }
            row.push(least);
        }
    }
    let [.., last] = &rows;
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["gomon/http", "gomon/sampling", "gomon/sql"];

    #[test]
    fn slip_of_the_hand_is_understood() {
        for (name, meant) in [
            ("gomon/htpp", "gomon/http"),
            ("gomon/htt", "gomon/http"),
            ("gomon/https", "gomon/http"),
            ("Gomon/Htpt", "gomon/http"),
            ("gomon/smapling", "gomon/sampling"),
            ("gomom/sql", "gomon/sql"),
        ] {
            assert_eq!(nearest(name, KNOWN), Some(meant), "{name}");
        }
    }

    #[test]
    fn another_name_is_not_taken_for_a_known_one() {
        for name in ["gomon/redis", "shop/cache", "http", "", "gomon/http"] {
            assert_eq!(nearest(name, KNOWN), None, "{name}");
        }
    }

    #[test]
    fn distance_counts_each_slip_once() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("ab", "ba", 1),
            ("abc", "acb", 1),
            ("abcd", "bd", 2),
            ("é", "e", 1),
        ] {
            assert_eq!(slips(a, b), expected, "{a} {b}");
            assert_eq!(slips(b, a), expected, "{b} {a}");
        }
    }
}
