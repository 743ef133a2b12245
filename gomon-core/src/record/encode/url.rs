//! Encoding of URLs by their parts, without secrets.

use std::fmt;

use super::clean::is_clean;
use super::{Encoder, tag};
use crate::record::scratch::Scratch;
use crate::text::floor_char;
use gomon_redact::{REDACTED, UrlParts, has_encoded_userinfo, is_plain, scrub_path, scrub_text};

impl Encoder<'_> {
    /// Writes the fields of a URL and returns their number.
    #[inline(never)]
    pub(super) fn url(&mut self, url: &UrlParts<'_>) -> usize {
        let mut count = 1;
        if let Some(scheme) = url.scheme {
            let scheme = self.truncated(scheme, self.limits.string());
            self.clean_field("scheme", scheme);
            count += 1;
        }
        if let Some(host) = url.host {
            // A client chooses it, too.
            let host = self.truncated(host, self.limits.string());
            self.clean_field("host", without_userinfo(host));
            count += 1;
        }
        // Paths may contain tokens too: `/reset/eyJ…`, `;jsessionid=…`.
        let path = scrub_path(self.truncated(url.path, self.limits.long_string()));
        self.text_field("path", &path);
        if let Some(query) = url.query {
            let query = self.truncated(query, self.limits.long_string());
            self.query_field(query);
            count += 1;
        }
        count
    }

    /// Writes a field without the secrets of its text.
    ///
    /// Always inlined, so that the length of the key is known.
    #[inline(always)]
    fn clean_field(&mut self, key: &'static str, text: &str) {
        if is_clean(text.as_bytes()) {
            self.text_field(key, text);
        } else {
            self.scrubbed_field(key, text);
        }
    }

    #[cold]
    #[inline(never)]
    fn scrubbed_field(&mut self, key: &'static str, text: &str) {
        self.text_field(key, &scrub_text(text));
    }

    /// Writes the field of a query with its values redacted.
    fn query_field(&mut self, query: &str) {
        self.key(tag::STR, "query");
        let at = self.out.len();
        self.out.room(4);
        let mut out = Out {
            left: self.limits.string(),
            record: self.out,
        };
        // The only possible error is that of the limit.
        self.cut |= self.redaction.write_query(query, &mut out).is_err();
        let length = self.out.len() - at - 4;
        self.out.overwrite(at, (length as u32).to_le_bytes());
    }
}

/// Removes user information from a host, in case the caller passed the whole authority.
fn without_userinfo(host: &str) -> &str {
    if is_plain(host.as_bytes()) {
        return host;
    }
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if has_encoded_userinfo(host) {
        return REDACTED;
    }
    host
}

/// Appends text to a record. Fails once the limit is exceeded, since redaction may lengthen a
/// query.
struct Out<'o> {
    record: &'o mut Scratch,
    /// Bytes left up to the limit.
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
    use crate::record::limits::Limits;
    use gomon_redact::Redaction;

    #[test]
    fn query_that_redaction_lengthens_is_truncated_while_written() {
        let (limits, redaction) = (Limits::default(), Redaction::default());
        for part in ["a&", "\u{e9};", "token=&"] {
            let mut out = Scratch::default();
            let query = part.repeat(limits.long_string() / part.len());
            let url = UrlParts::default().with_query(Some(&query));
            let mut encoder = Encoder::new(&mut out, &limits, &redaction);
            encoder.url_field("url", &url);
            assert!(encoder.cut);
            assert!(out.len() <= limits.string() + 64, "{}", out.len());
            assert!(out.capacity() <= 2 * limits.string(), "{}", out.capacity());
        }
    }

    #[test]
    fn truncated_query_ends_at_a_character_boundary() {
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
