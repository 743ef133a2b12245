//! Buffered output of whole lines.

use std::fmt;
use std::io::{self, ErrorKind, Write};

/// Maximum number of buffered bytes before they are written.
const MAX_PENDING: usize = 64 * 1024;

/// Buffers whole lines. After a failed write, the rest is kept for the next attempt, so that a line
/// is never truncated or repeated.
pub(super) struct Output {
    pending: Vec<u8>,
    /// Whether the last write failed. Nothing is accepted until one succeeds.
    failing: bool,
    writer: Box<dyn Write + Send>,
}

impl Output {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self {
            pending: Vec::new(),
            failing: false,
            writer,
        }
    }

    /// Returns the buffer, to append a whole line after [`make_room`](Self::make_room).
    pub(super) fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Writes the buffer if it is full or the last write failed.
    pub(super) fn make_room(&mut self) -> io::Result<()> {
        if self.failing || self.pending.len() >= MAX_PENDING {
            self.write()
        } else {
            Ok(())
        }
    }

    /// Writes the whole buffer.
    pub(super) fn write(&mut self) -> io::Result<()> {
        // Stays set if the writer panics.
        self.failing = true;
        let mut written = 0;
        let result = loop {
            let rest = self.pending.get(written..).unwrap_or_default();
            if rest.is_empty() {
                break self.writer.flush();
            }
            match self.writer.write(rest) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(bytes) => written += bytes.min(rest.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.pending.drain(..written);
        self.failing = result.is_err();
        result
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Only the rest of a failed last flush is left here.
        if !self.pending.is_empty() {
            let _ = self.write();
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("pending", &self.pending.len())
            .field("failing", &self.failing)
            .finish_non_exhaustive()
    }
}
