//! What waits to be written, and the writer.

use std::fmt;
use std::io::{self, ErrorKind, Write};

/// More than this is written before anything is added.
const MUCH: usize = 64 * 1024;

/// Collects whole lines. What a writer refused waits for the next attempt, so that a line is never cut or repeated.
pub(super) struct Output {
    pending: Vec<u8>,
    /// The last attempt to write failed: nothing is taken until one succeeds.
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

    /// Where a whole line may be added, after [`make_room`](Self::make_room).
    pub(super) fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Writes if much waits or the last attempt failed.
    pub(super) fn make_room(&mut self) -> io::Result<()> {
        if self.failing || self.pending.len() >= MUCH {
            self.write()
        } else {
            Ok(())
        }
    }

    /// Writes all that waits.
    pub(super) fn write(&mut self) -> io::Result<()> {
        // It stays so if the writer panics.
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
        // The last flush came before; only what failed then is left.
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
