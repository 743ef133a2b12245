//! The share of secrets that are found, and of innocent lines that are changed.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail"
)]

mod innocent;
mod published;

use gomon_redact::scrub_text;
use published::{Random, SHAPES};

/// Minimum share of the generated secrets of a shape that are redacted, in percent.
const MIN_FOUND: f64 = 99.0;
/// Maximum share of innocent lines that change, in percent.
const MAX_CHANGED: f64 = 1.0;
/// Generated secrets of each shape.
const SECRETS: usize = 300;

/// Texts around a secret, `$` in its place.
const AROUND: &[&str] = &[
    "$",
    "got $ from x",
    "\"$\"",
    "{\"id\":\"$\",\"n\":1}",
    "x=$&y=1",
    "id: $, next",
    "(see `$`).",
    "used $.",
    "first\\n$\\nlast",
    "a%3D$",
    "GET /bot/$/send",
    "https://example.org/$",
];

/// Length of the shortest part of a secret that must not be shown, in bytes.
const PART: usize = 8;

/// Returns whether a part of a secret is shown.
fn is_shown(shown: &str, secret: &str) -> bool {
    let from = 0..=secret.len().saturating_sub(PART);
    let mut parts = from.filter_map(|from| secret.get(from..(from + PART).min(secret.len())));
    parts.any(|part| shown.contains(part))
}

#[test]
fn nearly_every_published_shape_of_a_token_is_redacted() {
    let mut random = Random::default();
    let mut missed = Vec::new();
    let (mut found, mut all) = (0, 0);
    for (service, form) in SHAPES {
        let mut shape_found = 0;
        let mut example = None;
        for index in 0..SECRETS {
            let (token, secret) = random.token(form);
            let around = AROUND[index % AROUND.len()];
            let shown = scrub_text(&around.replace('$', &token)).into_owned();
            if is_shown(&shown, &secret) {
                example = Some(shown);
            } else {
                shape_found += 1;
            }
        }
        found += shape_found;
        all += SECRETS;
        let percent = 100.0 * shape_found as f64 / SECRETS as f64;
        if percent < MIN_FOUND {
            missed.push(format!(
                "{service} {form}: {percent:.1} %, such as {example:?}"
            ));
        }
    }
    println!(
        "{found} of {all} tokens of {} shapes redacted",
        SHAPES.len()
    );
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn few_innocent_lines_change() {
    let mut report = Vec::new();
    let mut too_many = Vec::new();
    for source in innocent::sources() {
        let changed: Vec<&String> = source
            .lines
            .iter()
            .filter(|line| scrub_text(line) != line.as_str())
            .collect();
        let percent = 100.0 * changed.len() as f64 / source.lines.len() as f64;
        report.push(format!(
            "{}: {} of {} lines changed, {percent:.3} %",
            source.name,
            changed.len(),
            source.lines.len()
        ));
        assert!(
            source.lines.len() >= source.min,
            "{}: only {} lines",
            source.name,
            source.lines.len()
        );
        if percent > MAX_CHANGED {
            too_many.push(source.name);
        }
    }
    println!("{}", report.join("\n"));
    assert!(too_many.is_empty(), "{}", report.join("\n"));
}
