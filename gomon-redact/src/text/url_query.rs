//! Queries and fragments of URLs in free text, redacted like the query of a recorded URL.
//!
//! They are processed after all other secrets: a query value may announce a secret that follows the URL.

use std::borrow::Cow;

use super::reach::count;
use super::userinfo::{Authority, Run};
use crate::edit::Edit;
use crate::policy::{REDACTED, is_plain_name, write_query};

/// Punctuation that may follow a URL without being part of it.
const PUNCTUATION: [char; 9] = ['.', ',', ';', ':', '!', '?', ')', '}', '\''];
/// Punctuation that also ends the bare value of any other name, so that both passes agree on the rest.
const CLOSING: [char; 5] = [',', ';', ')', '}', '\''];

/// Redacts the query values of all URLs, and any other text after their `?` or `#`.
///
/// If the first pass has redacted secrets with blanks, a URL may now be longer. So user and password are searched again.
pub(super) fn hide(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_changed = matches!(text, Cow::Owned(_));
    if !is_changed && find_mark(&text).is_none() {
        return text;
    }
    let urls = Urls {
        text: &text,
        edit: Edit::new(&text),
        run: Run::default(),
        mark: None,
        is_url: false,
        shown: String::new(),
    };
    match urls.hidden(is_changed) {
        Some(hidden) => Cow::Owned(hidden),
        None => text,
    }
}

struct Urls<'a> {
    text: &'a str,
    edit: Edit<'a>,
    run: Run,
    /// The first mark of the run.
    mark: Option<usize>,
    /// Whether the run certainly contains a URL.
    is_url: bool,
    /// Buffer of a redacted query.
    shown: String,
}

impl Urls<'_> {
    /// Returns the text without query values, if there are any.
    fn hidden(mut self, is_changed: bool) -> Option<String> {
        let mut at = 0;
        while let Some(authority) = Authority::next(self.text.as_bytes(), at) {
            let from = authority.from;
            at = from;
            if from >= self.run.end {
                self.run.reach(self.text, from);
                self.find_mark(from);
                self.is_url = false;
            }
            if authority.is_certain && !self.is_url {
                self.is_url = true;
                self.find_mark(from);
            }
            if is_changed && let Some(secret) = self.run.userinfo(self.text, &authority) {
                at = secret.end;
                self.edit.redact(secret);
                if self.mark.is_some_and(|mark| mark < at) {
                    self.find_mark(at);
                }
            }
            let Some(mark) = self.mark.filter(|_| self.is_url) else {
                continue;
            };
            let before = self.text.as_bytes().get(..mark)?;
            if !is_changed || Authority::next(before, at).is_none() {
                self.query(mark + 1);
                at = self.run.end;
            }
        }
        self.edit.finish()
    }

    /// Finds the first mark of the run at or after `from`.
    fn find_mark(&mut self, from: usize) {
        let run = self.text.get(from..self.run.end).unwrap_or_default();
        count(run.len());
        self.mark = find_mark(run).map(|mark| from + mark);
    }

    /// Redacts the query or fragment from `from` to the end of the run.
    fn query(&mut self, from: usize) {
        let query = self.text.get(from..self.run.end).unwrap_or_default();
        let query = without_punctuation(query);
        count(query.len());
        self.shown.clear();
        for part in query.split_inclusive(['&', ';', '#']) {
            write_part(part, &mut self.shown);
        }
        self.edit.replace(from..from + query.len(), &self.shown);
    }
}

/// Returns the beginning of the first query or fragment. A search for a byte is faster than one for a character.
fn find_mark(text: &str) -> Option<usize> {
    text.bytes().position(|byte| matches!(byte, b'?' | b'#'))
}

/// Writes a redacted part and its separator. The text before the `=` is shown if it is a name.
fn write_part(part: &str, clean: &mut String) {
    let (part, end) = match part.strip_suffix(['&', ';', '#']) {
        Some(bare) => part.split_at(bare.len()),
        None => (part, ""),
    };
    let (key, value) = part.split_once('=').unwrap_or((part, "="));
    let is_bare = value.trim_end_matches(PUNCTUATION).is_empty();
    if is_bare && !is_plain_name(key) {
        clean.push_str(REDACTED);
    } else {
        // Writing to a string cannot fail.
        let _ = write_query(part, |_| false, clean);
    }
    clean.push_str(end);
}

/// Returns the query without the punctuation after it.
fn without_punctuation(query: &str) -> &str {
    let bare = query.trim_end_matches(PUNCTUATION).len();
    let closing = query.get(bare..).and_then(|end| end.find(CLOSING));
    let end = closing.map_or(query.len(), |closing| bare + closing);
    query.get(..end).unwrap_or(query)
}
