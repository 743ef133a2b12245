//! Sample of a response's body.

use std::io::IoSlice;

use bytes::Buf;

use crate::HttpConfig;
use crate::headers::Headers;
use crate::headers::text;

/// The first bytes of a body, up to a maximum.
pub(crate) struct Sample {
    bytes: Vec<u8>,
    max: usize,
}

impl std::fmt::Debug for Sample {
    /// Shows the length only: the body may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample")
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Sample {
    /// Returns an empty sample if bodies of this content type are recorded. It is boxed, because few are.
    pub(crate) fn wanted(config: &HttpConfig, headers: &impl Headers) -> Option<Box<Self>> {
        let max = config.response_body();
        if max == 0 || headers.values("content-encoding").next().is_some() {
            return None;
        }
        let content_type = headers.values("content-type").next().and_then(text)?;
        let essence = content_type.split(';').next()?.trim();
        config.body_types.fit(essence).then(|| {
            let bytes = Vec::new();
            Box::new(Self { bytes, max })
        })
    }

    /// Copies as many bytes as fit. Nothing is consumed.
    pub(crate) fn take(&mut self, data: &impl Buf) {
        if self.bytes.len() >= self.max {
            return;
        }
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = data.chunks_vectored(&mut slices);
        for slice in slices.iter().take(filled) {
            let room = self.max.saturating_sub(self.bytes.len());
            self.bytes
                .extend_from_slice(slice.get(..room).unwrap_or(slice));
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::headers::HttpHeaders;

    #[test]
    fn only_listed_types_that_are_not_compressed_are_wanted() {
        let wanted = |config: &HttpConfig, headers: &[(&'static str, &'static str)]| {
            let pair = |&(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            };
            let map: HeaderMap = headers.iter().map(pair).collect();
            Sample::wanted(config, &HttpHeaders(&map)).is_some()
        };
        let text = ("content-type", "text/plain; charset=utf-8");
        let config = HttpConfig::default().with_response_body(4);
        assert!(wanted(&config, &[text]));
        assert!(wanted(
            &config,
            &[("content-type", "application/problem+json")]
        ));
        assert!(!wanted(&config, &[text, ("content-encoding", "gzip")]));
        assert!(!wanted(&config, &[("content-type", "application/grpc")]));
        assert!(!wanted(&config, &[]));
        assert!(!wanted(&HttpConfig::default(), &[text]));
    }

    #[test]
    fn first_bytes_are_kept_across_pieces() {
        let mut sample = Sample {
            bytes: Vec::new(),
            max: 5,
        };
        for data in [
            (&b"ab"[..]).chain(&b"c"[..]),
            (&b"de"[..]).chain(&b"fg"[..]),
        ] {
            sample.take(&data);
        }
        assert_eq!(sample.bytes(), b"abcde");
    }
}
