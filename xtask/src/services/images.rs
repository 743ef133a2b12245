//! Images of the containers: official ones with pinned tags, or locally built ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::docker::{docker, engine};
use super::install::find_or_install;
use super::native::kafka_jars;
use super::run_folder::RunFolder;
use super::service::Service;
use crate::failure::{Failure, Result};
use crate::{shell, workspace};

const BASE: &str = "gomon-local/debian:bookworm";

/// The images of a run, one per service.
#[derive(Debug)]
pub(crate) struct Images(BTreeMap<Service, String>);

impl Images {
    /// Finds a local image for each service.
    ///
    /// The order is the user's choice (`GOMON_TEST_REDIS_IMAGE`), the official image, and the image built by
    /// `cargo xtask images`.
    pub(crate) fn present(services: &[Service]) -> Result<Self> {
        let found = services.iter().map(|&service| {
            let image = candidates(service)
                .into_iter()
                .find(|image| is_present(image));
            let image = image.ok_or_else(|| {
                let first = first_choice(service);
                Failure::new(format!(
                    "docker has no image for {service}; run `docker pull {first}`, or \
                     `cargo xtask images` without a registry"
                ))
            })?;
            Ok((service, image))
        });
        found.collect::<Result<_>>().map(Self)
    }

    /// Pulls missing images, then finds an image for each service as [`present`](Self::present) does.
    pub(crate) fn pulled(services: &[Service]) -> Result<Self> {
        for &service in services {
            if candidates(service).iter().any(|image| is_present(image)) {
                continue;
            }
            let image = first_choice(service);
            println!("  pulling {image}");
            if let Err(failure) = shell::output(docker().args(["pull", "--quiet", &image])) {
                println!("  {failure}");
            }
        }
        Self::present(services)
    }

    /// Returns the image of a service.
    pub(crate) fn of(&self, service: Service) -> Result<&str> {
        let found = self.0.get(&service).map(String::as_str);
        found.ok_or_else(|| Failure::new(format!("no image was selected for {service}")))
    }
}

/// Returns the official image, which `compose.yaml` uses too.
fn official(service: Service) -> &'static str {
    match service {
        Service::Postgres => "postgres:17.5-bookworm",
        Service::Mariadb => "mariadb:11.4.7",
        Service::Redis => "redis:7.4.4-bookworm",
        Service::Kafka => "apache/kafka:4.0.0",
    }
}

fn local(service: Service) -> String {
    format!("gomon-local/{service}:bookworm")
}

/// Returns the user's choice, or the official image.
fn first_choice(service: Service) -> String {
    chosen(service).unwrap_or_else(|| official(service).to_owned())
}

fn candidates(service: Service) -> Vec<String> {
    chosen(service).map_or_else(
        || vec![official(service).to_owned(), local(service)],
        |image| vec![image],
    )
}

fn chosen(service: Service) -> Option<String> {
    std::env::var(format!(
        "GOMON_TEST_{}_IMAGE",
        service.name().to_uppercase()
    ))
    .ok()
}

fn is_present(image: &str) -> bool {
    shell::succeeds(docker().args(["image", "inspect", image]))
}

/// Builds an image for each service from Debian packages and Kafka's jars, without a registry.
pub(crate) fn build() -> Result<()> {
    println!("docker engine {}", engine()?);
    build_base()?;
    for service in Service::ALL {
        build_one(service)?;
    }
    Ok(())
}

/// Builds the Debian base image with `debootstrap` from this machine's mirror.
fn build_base() -> Result<()> {
    if is_present(BASE) {
        return Ok(());
    }
    find_or_install("debootstrap", &["debootstrap"], true, || {
        super::install::program("debootstrap", &[])
    })?;
    let script = workspace::root().join("xtask/images/base.sh");
    shell::run(Command::new("bash").arg(script).arg(BASE))
}

fn build_one(service: Service) -> Result<()> {
    let folder = RunFolder::create()?;
    let context = folder.path().join("context");
    copy(
        &workspace::root().join("xtask/images").join(service.name()),
        &context,
    )?;
    if service == Service::Kafka {
        copy(&kafka_jars(true)?, &context.join("libs"))?;
    }
    println!("building {}", local(service));
    let mut command = docker();
    command
        .args(["build", "--quiet", "--force-rm", "--build-arg"])
        .arg(format!("BASE={BASE}"))
        .arg("--tag")
        .arg(local(service))
        .arg(&context);
    shell::output(&mut command).map(drop)
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    shell::output(Command::new("cp").arg("-r").args([from, to])).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_file_names_the_same_images() {
        let compose = std::fs::read_to_string(workspace::root().join("compose.yaml")).unwrap();
        for service in Service::ALL {
            let image = official(service);
            assert!(compose.contains(&format!(":-{image}}}")), "{image}");
        }
    }

    #[test]
    fn every_service_has_a_recipe_for_an_image() {
        for service in Service::ALL {
            let folder = workspace::root().join("xtask/images").join(service.name());
            assert!(folder.join("Dockerfile").is_file(), "{service}");
        }
    }
}
