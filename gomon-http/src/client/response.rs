//! Conversion of the head of a call's response into fields of its event.

use std::net::SocketAddr;

use gomon_core::adapter::keys;
use http::Response;

use crate::exchange::{Exchange, Side};
use crate::inline_text::InlineText;
use crate::protocol::proto;

/// Records what only calls have in their events.
pub(crate) fn describe<B>(exchange: &mut Exchange, response: &Response<B>) {
    let tracker = &mut exchange.tracker;
    let Side::Client(dials) = &exchange.side else {
        return;
    };
    if !tracker.is_recording() {
        return;
    }
    tracker.set(keys::PROTO, proto(response.version()));
    if let Some(peer) = peer(response).filter(|_| exchange.config.remote_address()) {
        let peer: InlineText<64> = InlineText::of_address(peer);
        tracker.set(keys::REMOTEADDR, peer.as_str());
    }
    if dials.is_reused(tracker) {
        tracker.set(keys::REUSED, true);
    }
    if let Some(bytes) = exchange.request_size.declared() {
        tracker.set(keys::REQUEST_SIZE, bytes);
    }
}

/// Returns the address that the client was connected to, if it is known.
#[cfg(feature = "hyper-util")]
fn peer<B>(response: &Response<B>) -> Option<SocketAddr> {
    let connection: &hyper_util::client::legacy::connect::HttpInfo = response.extensions().get()?;
    Some(connection.remote_addr())
}

#[cfg(not(feature = "hyper-util"))]
fn peer<B>(_: &Response<B>) -> Option<SocketAddr> {
    None
}
