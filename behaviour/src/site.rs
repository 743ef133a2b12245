//! Implementation of the pages.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future;
use gomon_core::{FutureExt as _, Key, TrackerContext};
use http::{HeaderMap, HeaderValue};
use http_body::Frame;

use crate::ledger::Ledger;
use crate::{Page, Reply, ReplyBody};

const CART: Key<'static> = Key::new("cart");
/// A key reserved by the event model.
const URL: Key<'static> = Key::new("url");

/// The pages of one server. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Site {
    ledger: Ledger,
}

impl Site {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// Answers a request for `path` with `page`.
    ///
    /// # Panics
    ///
    /// Panics on pages whose purpose is to panic, and on pages implemented by the framework.
    pub async fn answer(self, page: Page, path: String) -> Reply {
        match page {
            Page::Fix | Page::User | Page::Nested | Page::Healthz => Reply::text(200, "hello"),
            Page::Big => Reply::of(
                "application/octet-stream",
                ReplyBody::fixed(vec![b'x'; 1 << 20]),
            ),
            Page::Empty => Reply::empty(204),
            Page::NotModified => Reply::text(304, "body!"),
            Page::Chunked => Reply::of("text/plain", chunks(3, Duration::ZERO)),
            Page::Declared => Reply::of("text/plain", chunks(3, Duration::ZERO))
                .with_header("content-length", "36"),
            Page::Stream => Reply::of("text/plain", chunks(5, Duration::from_millis(20))),
            Page::Sse => Reply::of(
                "text/event-stream",
                chunks(usize::MAX, Duration::from_millis(10)),
            ),
            Page::Slow => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Reply::text(200, "slow")
            }
            Page::Panic => panic!("boom"),
            Page::PanicAwait => {
                tokio::task::yield_now().await;
                panic!("boom")
            }
            Page::PanicLate => Reply::of("text/plain", broken_body(|| panic!("late boom"))),
            Page::Break => Reply::of(
                "text/plain",
                broken_body(|| Err(io::Error::other("broken"))),
            ),
            Page::Fail => Reply::text(500, "failed"),
            Page::Refuse => Reply::text(403, "refused"),
            Page::Error => {
                let error = io::Error::other("out of stock");
                gomon_core::current(|tracker| tracker.add_error(&error));
                Reply::text(200, "hello")
            }
            Page::Unread => Reply::text(200, "unread"),
            Page::Child => self.children().await,
            Page::Set => {
                gomon_core::current(|tracker| {
                    tracker.set(CART, 17);
                    tracker.set(URL, "mine");
                });
                Reply::text(200, "set")
            }
            Page::Context => context(),
            Page::Trailers => Reply::of("text/plain", trailers()),
            Page::Json => Reply::of("application/json", ReplyBody::fixed(r#"{"name":"value"}"#)),
            Page::Binary => Reply::of(
                "application/octet-stream",
                ReplyBody::fixed(&b"\xff\x00\x01"[..]),
            ),
            Page::Latin => Reply::of("text/plain", ReplyBody::fixed(&b"caf\xe9 noir"[..])),
            Page::Long => Reply::of("text/plain", ReplyBody::fixed("é".repeat(2_000))),
            Page::Cookie => Reply::text(200, "hello")
                .with_header("set-cookie", "session=SECRET-cookie; HttpOnly")
                .with_header("x-plain", "shown"),
            Page::Vanish => self.ledger.vanish(&path).await,
            Page::Echo | Page::Upgrade => panic!("{page:?} is implemented by the framework"),
        }
    }

    /// Opens children in every way a handler can; `inside` opens while `outside` is current.
    async fn children(self) -> Reply {
        let monitor = self.ledger.monitor;
        let step = |name: &'static str| async move {
            let tracker = monitor.tracker(name);
            tokio::time::sleep(Duration::from_millis(2)).await;
            tracker.finish();
        };
        step("before").await;
        future::join(step("join-a"), step("join-b")).await;
        async { monitor.tracker("inside").finish() }
            .tracked(monitor.tracker("outside"))
            .await;
        // Awaited, so that a panic of the task fails the request.
        tokio::spawn(step("spawned").in_current())
            .await
            .expect("the spawned task ends");
        step("after").await;
        let body = ReplyBody::each(move |number| async move {
            monitor.tracker("in-body").finish();
            (number < 2).then(|| Ok(data("chunk\n")))
        });
        Reply::of("text/plain", body)
    }
}

fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

fn chunks(count: usize, pause: Duration) -> ReplyBody {
    ReplyBody::each(move |number| async move {
        if number > 0 && !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        (number < count).then(|| Ok(data("data: tick\n\n")))
    })
}

fn broken_body(end: fn() -> io::Result<Frame<Bytes>>) -> ReplyBody {
    ReplyBody::each(move |number| async move {
        if number == 0 {
            return Some(Ok(data("chunk\n")));
        }
        // Let the chunk be sent before the body breaks.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some(end())
    })
}

fn trailers() -> ReplyBody {
    ReplyBody::each(|number| async move {
        let sum = || {
            HeaderMap::from_iter([(
                http::HeaderName::from_static("x-sum"),
                HeaderValue::from_static("7"),
            )])
        };
        match number {
            0 => Some(Ok(data("chunk\n"))),
            1 => Some(Ok(Frame::trailers(sum()))),
            _ => None,
        }
    })
}

fn context() -> Reply {
    let text = TrackerContext::current().map(|context| {
        let state = context
            .tracestate()
            .map(ToString::to_string)
            .unwrap_or_default();
        format!("{}\n{state}", context.traceparent())
    });
    Reply::text(200, text.unwrap_or_default())
}
