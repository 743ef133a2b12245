//! Filters for what warp cannot know, or does not tell.

use std::convert::Infallible;
use std::net::SocketAddr;

use gomon_http::{server::PeerAddress, set_route};
use warp::Filter;

/// Says which template a request matched that came as far as here: the event's `route`.
///
/// Put it behind the path it stands for, and before what may reject: a request with a wrong method then still has its
/// route. Where a request comes through several of them, the last one counts.
///
/// # Examples
///
/// ```
/// use warp::Filter;
///
/// let user = warp::path!("users" / u64)
///     .and(gomon_warp::route("/users/{id}"))
///     .and(warp::get())
///     .map(|id| format!("user {id}"));
/// # drop(user);
/// ```
pub fn route(
    template: &'static str,
) -> impl Filter<Extract = (), Error = Infallible> + Copy + Send + Sync {
    warp::any().map(move || set_route(template)).untuple_one()
}

/// The address that a request's connection came from, as `warp::addr::remote()` gives it under `warp::serve`.
///
/// warp's own filter knows addresses that warp's own server accepted and no others: under [`serve`](crate::serve) it gives
/// `None`. This one takes its place, under `serve` and wherever the server adds a [`PeerAddress`] to its requests.
///
/// # Examples
///
/// ```
/// use std::net::SocketAddr;
/// use warp::Filter;
///
/// let whoami = warp::path!("whoami")
///     .and(gomon_warp::remote())
///     .map(|peer: Option<SocketAddr>| format!("{peer:?}"));
/// # drop(whoami);
/// ```
pub fn remote()
-> impl Filter<Extract = (Option<SocketAddr>,), Error = Infallible> + Copy + Send + Sync {
    warp::ext::optional().map(|peer: Option<PeerAddress>| peer.map(|PeerAddress(peer)| peer))
}
