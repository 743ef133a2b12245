//! Disturbance of a service that lasts until it is ended.

use std::io;

use crate::Service;

/// A disturbed service. Ending or dropping the value restores the service.
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
#[must_use = "dropping it ends the disturbance"]
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

    /// Restores the service and returns once it responds.
    ///
    /// # Errors
    ///
    /// Returns an error if the service does not come back.
    pub fn end(mut self) -> io::Result<()> {
        self.remedy
            .take()
            .map_or(Ok(()), |remedy| self.service.command(remedy))
    }
}

impl Drop for Disturbance {
    fn drop(&mut self) {
        if let Some(remedy) = self.remedy.take() {
            // Best effort, so that the next test finds the service restored.
            let _ = self.service.command(remedy);
        }
    }
}
