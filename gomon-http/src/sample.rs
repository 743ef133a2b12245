//! The beginning of a response's body.

use std::io::IoSlice;

use bytes::Buf;

use crate::HttpConfig;

/// The first bytes of a body, at most so many.
pub(crate) struct Sample {
    bytes: Vec<u8>,
    most: usize,
}

impl std::fmt::Debug for Sample {
    /// Its length only: whoever prints a response has not asked for its body.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample")
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Sample {
    /// An empty one, if bodies of this kind are to be recorded.
    pub(crate) fn wanted(
        config: &HttpConfig,
        content_type: Option<&str>,
        is_encoded: bool,
    ) -> Option<Self> {
        let most = config.response_body();
        if most == 0 || is_encoded {
            return None;
        }
        let essence = content_type?.split(';').next()?.trim();
        config.samples_type(essence).then(|| Self {
            bytes: Vec::new(),
            most,
        })
    }

    /// Copies what there is still room for, and consumes nothing.
    pub(crate) fn take(&mut self, data: &impl Buf) {
        if self.bytes.len() >= self.most {
            return;
        }
        let mut slices = [IoSlice::new(&[]); 8];
        let filled = data.chunks_vectored(&mut slices);
        for slice in slices.iter().take(filled) {
            let room = self.most.saturating_sub(self.bytes.len());
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
    use super::*;

    #[test]
    fn only_listed_types_that_are_not_compressed_are_wanted() {
        let config = HttpConfig::default().with_response_body(4);
        let wanted =
            |content_type, is_encoded| Sample::wanted(&config, content_type, is_encoded).is_some();
        assert!(wanted(Some("text/plain; charset=utf-8"), false));
        assert!(wanted(Some("application/problem+json"), false));
        assert!(!wanted(Some("text/plain"), true));
        assert!(!wanted(Some("application/grpc"), false));
        assert!(!wanted(None, false));
        assert!(Sample::wanted(&HttpConfig::default(), Some("text/plain"), false).is_none());
    }

    #[test]
    fn first_bytes_are_kept_across_pieces() {
        let mut sample = Sample {
            bytes: Vec::new(),
            most: 5,
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
