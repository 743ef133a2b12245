//! URLs into bytes: their parts, without what is secret in them.

use std::fmt;

use super::{Encoder, tag};
use crate::record::scratch::Scratch;
use crate::text::floor_char;
use gomon_redact::{REDACTED, UrlParts, has_encoded_userinfo, scrub_path};

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
        // Writing to a record does not fail.
        let _ = self.redaction.write_query(query, &mut Out(self.out));
        let start = at + 4;
        let shown = self.out.as_slice().get(start..).unwrap_or_default();
        let shown = std::str::from_utf8(shown).unwrap_or_default();
        let length = floor_char(shown, self.limits.string()).len();
        self.cut |= length < shown.len();
        self.out.truncate(start + length);
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

/// The host alone, where whoever filled in the parts took the authority for it.
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

/// Appends text to a record.
struct Out<'o>(&'o mut Scratch);

impl fmt::Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
