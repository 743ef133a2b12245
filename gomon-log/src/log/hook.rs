//! Installation of a logger where the process has none.

use gomon_core::HookReport;
use log::LevelFilter;

use super::logger::MonitoredLogger;
use super::max_level::is_installed;

const PLACE: &str = "logger of `log`";

/// Sets the logger of the process.
pub(crate) fn hook(report: &mut HookReport) {
    if is_installed() {
        return report.hooked(PLACE);
    }
    // Without a logger of the process, this one does nothing.
    match MonitoredLogger::new(log::logger()).install(LevelFilter::Off) {
        Ok(()) => report.hooked(PLACE),
        Err(_) => report.taken(
            PLACE,
            "the program has one; wrap it in `gomon_log::MonitoredLogger`",
        ),
    }
}
