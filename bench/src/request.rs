//! Requests to an axum router, over an HTTP/1 connection in memory.
//!
//! A separate process under callgrind serves the requests of one [`Profile`] by one [`Variant`]. Callgrind counts the
//! instructions that [`drive::serve_one`] executes on its thread. The count excludes the client, the warm-up and the
//! dispatcher thread.

pub mod callgrind;
pub mod drive;
pub mod variants;

use crate::goal::Goal;
use crate::row::Row;
use crate::{Result, print};
use callgrind::Counts;
use variants::{VARIANTS, Variant};

/// The body of every response.
pub const BODY: &str = "Hello, World!";

/// The request of a client.
#[derive(Debug)]
pub struct Profile {
    /// Name on the command line and in the tables.
    pub name: &'static str,
    /// The bytes of one request.
    pub bytes: &'static [u8],
}

/// All profiles.
pub const PROFILES: [Profile; 2] = [
    Profile {
        name: "bench",
        bytes: b"GET /hello HTTP/1.1\r\n\
            host: localhost\r\n\
            user-agent: bench\r\n\
            accept: */*\r\n\r\n",
    },
    // The headers of Chrome 126 for a page, with realistic lengths.
    Profile {
        name: "browser",
        bytes: b"GET /hello?page=2&sort=price HTTP/1.1\r\n\
            host: shop.example.org\r\n\
            connection: keep-alive\r\n\
            sec-ch-ua: \"Chromium\";v=\"126\", \"Not-A.Brand\";v=\"24\", \"Google Chrome\";v=\"126\"\r\n\
            sec-ch-ua-mobile: ?0\r\n\
            sec-ch-ua-platform: \"Linux\"\r\n\
            upgrade-insecure-requests: 1\r\n\
            user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n\
            accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n\
            sec-fetch-site: same-origin\r\n\
            sec-fetch-mode: navigate\r\n\
            sec-fetch-dest: document\r\n\
            referer: https://shop.example.org/products\r\n\
            accept-encoding: gzip, deflate, br, zstd\r\n\
            accept-language: en-US,en;q=0.9,de;q=0.8\r\n\
            cookie: session=0123456789abcdef; theme=dark; consent=1\r\n\r\n",
    },
];

/// Returns the profile with this name.
///
/// # Errors
///
/// Fails if the name is unknown.
pub fn profile(name: &str) -> Result<&'static Profile> {
    crate::find("profile", name, &PROFILES, |profile| profile.name)
}

/// Counts every variant with every profile and prints each row as soon as it is complete.
///
/// # Errors
///
/// Fails if Valgrind is missing, or a process that it runs fails.
pub fn measure() -> Result<()> {
    for profile in &PROFILES {
        let mut bare = None;
        for variant in VARIANTS {
            let counts = callgrind::count(variant, profile)?;
            let bare = *bare.get_or_insert(counts.instructions);
            print::line(&row(variant, profile, &counts, counts.instructions - bare))?;
        }
    }
    Ok(())
}

fn row(variant: &Variant, profile: &Profile, counts: &Counts, beyond: f64) -> Row {
    let mut bounds = variant.bounds.iter();
    let bound = bounds.find(|(name, _)| *name == profile.name);
    Row::new(profile.name, variant.name)
        .with("instructions", counts.instructions)
        .with("beyond bare", beyond)
        .with("allocations", counts.allocations)
        .with("I1 misses", counts.misses)
        .with_goal(bound.map(|(_, bound)| Goal::at_most("beyond bare", beyond, *bound)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_the_expected_number_of_headers() {
        let headers = |name: &str| {
            let bytes = profile(name).unwrap().bytes;
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.ends_with("\r\n\r\n"));
            text.lines().filter(|line| line.contains(": ")).count()
        };
        assert_eq!((headers("bench"), headers("browser")), (3, 15));
    }

    #[test]
    fn every_goal_has_a_profile() {
        for (name, _) in VARIANTS.iter().flat_map(|variant| variant.bounds) {
            assert!(profile(name).is_ok(), "{name}");
        }
    }
}
