//! Readable form of times and durations.

use std::fmt;
use std::time::Duration;

/// Nanoseconds since the Unix epoch, displayed in UTC with milliseconds.
///
/// The format is that of [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339).
pub(super) struct Timestamp(pub(super) u64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0 / 1_000_000;
        let (seconds, millis) = (millis / 1000, millis % 1000);
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

/// Converts days since the epoch to a date of the Gregorian calendar.
///
/// Years start in March, so that a leap day comes last. They are grouped in eras of 400 years,
/// which all have the same number of days.
fn date(days: u64) -> (u64, u64, u64) {
    /// Days from the first of March of the year 0 to the epoch.
    const TO_EPOCH: u64 = 719_468;
    const ERA: u64 = 146_097;
    let days = days + TO_EPOCH;
    let (era, day_of_era) = (days / ERA, days % ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = if months_since_march < 10 {
        months_since_march + 3
    } else {
        months_since_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

/// Duration with three significant digits, at most seven characters wide below 100 hours.
pub(super) struct Elapsed(pub(super) Duration);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let seconds = self.0.as_secs();
        let text = match nanos {
            0..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => three_digits(nanos, 1_000, "µs"),
            1_000_000..1_000_000_000 => three_digits(nanos, 1_000_000, "ms"),
            _ if seconds < 60 => three_digits(nanos, 1_000_000_000, "s"),
            _ if seconds < 3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
            _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        };
        f.pad(&text)
    }
}

/// Formats a value with three digits. It is truncated, so that 999.9 ms do not become 1000 ms.
fn three_digits(nanos: u128, unit: u128, name: &str) -> String {
    let (whole, rest) = (nanos / unit, nanos % unit);
    match whole {
        0..10 => format!("{whole}.{:02}{name}", rest * 100 / unit),
        10..100 => format!("{whole}.{}{name}", rest * 10 / unit),
        _ => format!("{whole}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        // Computed with `date -u -d @…`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (18_446_744_073, "2554-07-21T23:34:33.000Z"),
        ] {
            assert_eq!(Timestamp(seconds * 1_000_000_000).to_string(), text);
        }
        assert_eq!(Timestamp(1_999_999).to_string(), "1970-01-01T00:00:00.001Z");
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_day_before() {
        let mut before = date(0);
        for days in 1..300_000 {
            let (year, month, day) = date(days);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let follows = match before {
                (y, 12, 31) => (year, month, day) == (y + 1, 1, 1),
                (y, m, d) if day == 1 => {
                    let last = match m {
                        2 => 28 + u64::from(leap),
                        4 | 6 | 9 | 11 => 30,
                        _ => 31,
                    };
                    year == y && month == m + 1 && d == last
                }
                (y, m, d) => (year, month, day) == (y, m, d + 1),
            };
            assert!(follows, "{before:?} {:?}", (year, month, day));
            before = (year, month, day);
        }
    }

    #[test]
    fn durations_keep_three_digits() {
        for (nanos, text) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_530, "1.53µs"),
            (109_273, "109µs"),
            (1_099_999, "1.09ms"),
            (30_250_000, "30.2ms"),
            (999_999_999, "999ms"),
            (2_350_000_000, "2.35s"),
            (59_999_999_999, "59.9s"),
            (72_000_000_000, "1m12s"),
            (7_500_000_000_000, "2h05m"),
        ] {
            assert_eq!(Elapsed(Duration::from_nanos(nanos)).to_string(), text);
        }
        assert_eq!(
            format!("{:>6}", Elapsed(Duration::from_millis(5))),
            "5.00ms"
        );
    }
}
