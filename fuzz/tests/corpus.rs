//! What was found before stays found.

use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

fn passes(target: &str, check: fn(&[u8])) {
    let folder = folder(target);
    assert!(
        folder.read_dir().unwrap().next().is_some(),
        "{target} has no inputs"
    );
    fuzz::replay([folder.into()], check).unwrap();
}

#[test]
fn every_input_of_the_corpus_passes() {
    passes("config", fuzz::config);
    passes("record", fuzz::record);
    passes("redaction", fuzz::redaction);
    passes("traceparent", fuzz::traceparent);
}
