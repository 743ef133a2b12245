//! Trouble that lasts until it is ended.

use std::io;

use crate::Service;

/// A service in trouble; ending or dropping it puts the service right again.
///
/// # Examples
///
/// ```no_run
/// let stopped = integration::Service::POSTGRES.stop()?;
/// // No client gets an answer.
/// stopped.end()?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the trouble"]
pub struct Disturbance {
    service: Service,
    remedy: Option<&'static str>,
}

impl Disturbance {
    pub(crate) fn begin(service: Service, verb: &str, remedy: &'static str) -> io::Result<Self> {
        service.command(verb)?;
        Ok(Self {
            service,
            remedy: Some(remedy),
        })
    }

    /// Puts the service right and returns when it answers.
    ///
    /// # Errors
    ///
    /// When it does not come back.
    pub fn end(mut self) -> io::Result<()> {
        self.remedy
            .take()
            .map_or(Ok(()), |remedy| self.service.command(remedy))
    }
}

impl Drop for Disturbance {
    fn drop(&mut self) {
        if let Some(remedy) = self.remedy.take() {
            // A test that fails meanwhile has its own words; the next one would see the trouble.
            let _ = self.service.command(remedy);
        }
    }
}
