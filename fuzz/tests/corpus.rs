//! Replay of the committed corpus.

use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

fn passes(target: &str, check: fn(&[u8])) {
    let folder = folder(target);
    let first = folder
        .read_dir()
        .ok()
        .and_then(|mut entries| entries.next());
    assert!(first.is_some(), "{target} has no inputs");
    let replayed = fuzz::replay([folder.into()], check);
    assert!(replayed.is_ok(), "{target}: {replayed:?}");
}

#[test]
fn every_input_of_the_corpus_passes() {
    passes("config", fuzz::config);
    passes("cost", fuzz::cost);
    passes("record", fuzz::record);
    passes("redaction", fuzz::redaction);
    passes("statement", fuzz::statement);
    passes("traceparent", fuzz::traceparent);
}
