//! How many plans are asked for.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

const SLOTS: usize = 64;

/// How many databases have a limit of their own; all others share one.
const DATABASES: usize = 32;

/// Admits so many slow queries a minute, and each statement once.
#[derive(Debug)]
pub(super) struct Limiter {
    /// The minute in the upper half, and how many were admitted in it.
    window: AtomicU64,
    /// The statements of which a plan was asked for, and when; whoever needs the slot next takes it.
    asked: [AtomicU64; SLOTS],
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            window: AtomicU64::new(0),
            asked: [const { AtomicU64::new(0) }; SLOTS],
        }
    }
}

impl Limiter {
    /// That of a database, whichever of its connections asks.
    pub(super) fn of(dsn: &str) -> &'static Self {
        static OWN: [OnceLock<(u64, Limiter)>; DATABASES] = [const { OnceLock::new() }; DATABASES];
        static REST: LazyLock<Limiter> = LazyLock::new(Limiter::default);
        let mut hasher = DefaultHasher::new();
        dsn.hash(&mut hasher);
        let key = hasher.finish();
        OWN.iter()
            .map(|own| own.get_or_init(|| (key, Self::default())))
            .find(|own| own.0 == key)
            .map_or(&REST, |own| &own.1)
    }

    /// Whether it would be admitted now.
    pub(super) fn has_room(&self, fingerprint: u64, most: u32) -> bool {
        self.has_room_in(minute(), fingerprint, most)
    }

    fn has_room_in(&self, minute: u32, fingerprint: u64, most: u32) -> bool {
        let slot = self.asked.get(fingerprint as usize % SLOTS);
        slot.is_some_and(|slot| slot.load(Relaxed) != mark(minute, fingerprint))
            && admitted(self.window.load(Relaxed), minute) < most
    }

    pub(super) fn admits(&self, fingerprint: u64, most: u32) -> bool {
        self.admits_in(minute(), fingerprint, most)
    }

    /// Minutes count from 1.
    fn admits_in(&self, minute: u32, fingerprint: u64, most: u32) -> bool {
        let mark = mark(minute, fingerprint);
        let slot = self.asked.get(fingerprint as usize % SLOTS);
        if slot.is_none_or(|slot| slot.load(Relaxed) == mark) {
            return false;
        }
        let admitted = self.window.fetch_update(Relaxed, Relaxed, |window| {
            let count = admitted(window, minute);
            (count < most).then(|| (u64::from(minute) << 32) | u64::from(count + 1))
        });
        if admitted.is_ok()
            && let Some(slot) = slot
        {
            slot.store(mark, Relaxed);
        }
        admitted.is_ok()
    }
}

/// What a slot holds of a statement that was asked for.
fn mark(minute: u32, fingerprint: u64) -> u64 {
    fingerprint ^ u64::from(minute).rotate_right(16)
}

/// How many were admitted in this minute.
fn admitted(window: u64, minute: u32) -> u32 {
    if window >> 32 == u64::from(minute) {
        window as u32
    } else {
        0
    }
}

fn minute() -> u32 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u32::try_from(START.elapsed().as_secs() / 60 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_admitted_in_each_minute() {
        let limiter = Limiter::default();
        let admitted = |minute| {
            (1..=10)
                .filter(|&it| limiter.admits_in(minute, it, 3))
                .count()
        };
        assert_eq!(admitted(1), 3);
        assert_eq!(admitted(1), 0);
        assert_eq!(admitted(2), 3);
        assert!(!limiter.admits_in(3, 1, 0));
    }

    #[test]
    fn database_has_one_limit_and_too_many_share_one() {
        assert!(std::ptr::eq(Limiter::of("a"), Limiter::of("a")));
        assert!(!std::ptr::eq(Limiter::of("a"), Limiter::of("b")));
        let many: std::collections::HashSet<_> = (0..1000)
            .map(|it| std::ptr::from_ref(Limiter::of(&format!("many {it}"))))
            .collect();
        assert!(many.len() <= DATABASES + 1);
    }

    #[test]
    fn room_is_what_would_be_admitted() {
        let limiter = Limiter::default();
        assert!(!limiter.has_room_in(1, 7, 0));
        assert!(limiter.has_room_in(1, 7, 2));
        assert!(limiter.admits_in(1, 7, 2));
        assert!(!limiter.has_room_in(1, 7, 2) && limiter.has_room_in(1, 8, 2));
        assert!(limiter.admits_in(1, 8, 2));
        assert!(!limiter.has_room_in(1, 9, 2) && limiter.has_room_in(2, 7, 2));
    }

    #[test]
    fn one_statement_is_admitted_once_a_minute() {
        let limiter = Limiter::default();
        assert!(limiter.admits_in(1, 7, 10));
        assert!(!limiter.admits_in(1, 7, 10));
        assert!(limiter.admits_in(1, 8, 10));
        assert!(limiter.admits_in(2, 7, 10));
    }

    #[test]
    fn threads_share_the_limit() {
        let limiter = Limiter::default();
        let admitted = AtomicU64::new(0);
        std::thread::scope(|threads| {
            for thread in 0..8_u64 {
                let (limiter, admitted) = (&limiter, &admitted);
                threads.spawn(move || {
                    for it in 0..100 {
                        let is_admitted = limiter.admits_in(1, thread * 1000 + it, 50);
                        admitted.fetch_add(u64::from(is_admitted), Relaxed);
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 50);
    }
}
