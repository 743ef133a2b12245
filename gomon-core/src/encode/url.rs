//! URLs into bytes: their parts, without what is secret in them.

use std::fmt;

use super::{Encoder, floor_char, tag};
use crate::UrlParts;
use crate::redaction::REDACTED;
use crate::scratch::Scratch;
use crate::scrub::scrub_path;
use crate::url::has_encoded_userinfo;

impl Encoder<'_> {
    /// Writes the fields of a URL; returns how many.
    #[inline(never)]
    pub(super) fn url(&mut self, url: &UrlParts<'_>) -> usize {
        let mut count = 1;
        if let Some(scheme) = url.scheme {
            self.text_field("scheme", scheme);
            count += 1;
        }
        if let Some(host) = url.host {
            self.text_field("host", without_userinfo(host));
            count += 1;
        }
        // Tokens stand in paths too: `/reset/eyJ…`, `;jsessionid=…`.
        let path = scrub_path(self.within(url.path, self.limits.long_string()));
        self.text_field("path", &path);
        if let Some(query) = url.query {
            let query = self.within(query, self.limits.long_string());
            self.query_field(query);
            count += 1;
        }
        count
    }

    /// Writes the field of a query, and redacts its values on the way.
    fn query_field(&mut self, query: &str) {
        self.key(tag::STR, "query");
        let at = self.out.len();
        self.out.room(4);
        let mut out = Out {
            left: self.limits.string(),
            record: self.out,
        };
        // The only error is that of the limit.
        self.cut |= self.redaction.write_query(query, &mut out).is_err();
        let length = self.out.len() - at - 4;
        if let Some(head) = self
            .out
            .as_mut_slice()
            .get_mut(at..)
            .and_then(|it| it.first_chunk_mut())
        {
            *head = (length as u32).to_le_bytes();
        }
    }
}

/// Returns the host alone: the parts may hold the whole authority in its place.
fn without_userinfo(host: &str) -> &str {
    if !host
        .bytes()
        .fold(false, |found, byte| found | matches!(byte, b'@' | b'%'))
    {
        return host;
    }
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if has_encoded_userinfo(host) {
        return REDACTED;
    }
    host
}

/// Appends text to a record. Fails once a limit is exceeded, as redaction makes a query longer.
struct Out<'o> {
    record: &'o mut Scratch,
    /// Bytes up to the limit.
    left: usize,
}

impl fmt::Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let shown = floor_char(text, self.left);
        self.record.write(shown.as_bytes());
        self.left -= shown.len();
        if shown.len() < text.len() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Redaction};

    #[test]
    fn query_that_grows_by_redaction_is_cut_while_it_is_written() {
        let (limits, redaction) = (Limits::default(), Redaction::default());
        for part in ["a&", "\u{e9};", "token=&"] {
            let mut out = Scratch::default();
            let query = part.repeat(limits.long_string() / part.len());
            let url = UrlParts {
                query: Some(&query),
                ..UrlParts::default()
            };
            let mut encoder = Encoder::new(&mut out, &limits, &redaction);
            encoder.url_field("url", &url);
            assert!(encoder.cut);
            assert!(out.len() <= limits.string() + 64, "{}", out.len());
            assert!(out.capacity() <= 2 * limits.string(), "{}", out.capacity());
        }
    }

    #[test]
    fn cut_query_ends_at_a_character() {
        let limits = Limits::default().with_string(8);
        let redaction = Redaction::default().with_visible_query("a");
        let mut out = Scratch::default();
        let mut encoder = Encoder::new(&mut out, &limits, &redaction);
        encoder.query_field("a=12345\u{e9}");
        assert!(encoder.cut);
        assert!(out.as_slice().ends_with(b"\x07\0\0\0a=12345"));
        let mut encoder = Encoder::new(&mut out, &limits, &redaction);
        encoder.query_field("a=123456&b=1");
        assert!(encoder.cut);
        assert!(out.as_slice().ends_with(b"\x08\0\0\0a=123456"));
        let mut encoder = Encoder::new(&mut out, &limits, &redaction);
        encoder.query_field("a=123456");
        assert!(!encoder.cut);
    }
}
