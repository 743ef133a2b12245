//! Filters for routes and peer addresses.

use std::convert::Infallible;
use std::net::SocketAddr;

use gomon_http::server::PeerAddress;
use gomon_http::set_route;
use warp::Filter;

/// Sets the template that a request matched as the `route` of its event.
///
/// Add it after the path that it describes and before filters that may reject: a request with a wrong method then has
/// its route, too. If a request passes several of them, the last one counts.
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

/// Extracts the peer address of a request's connection, as `warp::addr::remote()` does under `warp::serve`.
///
/// warp's filter knows only addresses that warp's own server accepted; under [`serve`](crate::serve) it extracts
/// `None`. Use this one under `serve`, and with servers that add a [`PeerAddress`] to their requests.
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
