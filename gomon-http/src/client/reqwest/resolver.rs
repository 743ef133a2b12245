//! Resolvers for reqwest.

use ::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use hyper_util::client::legacy::connect::dns::GaiResolver;
use tower_service::Service;

use crate::client::resolver::{MonitoredResolver, ResolveFuture, begin};

impl<R: Resolve> Resolve for MonitoredResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        begin(Some(name.as_str()));
        Box::pin(ResolveFuture::new(self.inner.resolve(name)))
    }
}

/// The system's resolver, which is also reqwest's default.
///
/// # Examples
///
/// ```
/// use gomon_http::client::{MonitoredResolver, SystemResolver};
///
/// let builder = reqwest::Client::builder().dns_resolver(MonitoredResolver::new(SystemResolver::new()));
/// # drop(builder);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SystemResolver(());

impl SystemResolver {
    /// Creates the resolver.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let name = name.as_str().parse()?;
            let addresses = GaiResolver::new().call(name).await?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
