//! Configuration in TOML.

use gomon_core::{ConfigFile, Monitor};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = ConfigFile::parse("gomon.toml", "app-id = \"shop\"")?;
    let running = Monitor::builder()
        .app_id(file.app_id().unwrap_or("features"))
        .config_file("gomon.toml")
        .build()?;
    running.monitor().root("root").complete();
    Ok(())
}
