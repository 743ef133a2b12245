//! Bodies of monitored responses.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use gomon_http::server::ResponseWatch;
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a monitored response. Bytes, size and errors are unchanged; the event ends when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use actix_web::Error;
    /// use actix_web::dev::{ServiceRequest, ServiceResponse};
    /// use actix_web::middleware::Next;
    /// use gomon_actix::MonitoredBody;
    ///
    /// // A middleware that is wrapped around the monitoring one.
    /// async fn outer<B>(
    ///     request: ServiceRequest,
    ///     next: Next<MonitoredBody<B>>,
    /// ) -> Result<ServiceResponse<MonitoredBody<B>>, Error>
    /// where
    ///     B: actix_web::body::MessageBody,
    /// {
    ///     next.call(request).await
    /// }
    /// ```
    #[derive(Debug)]
    pub struct MonitoredBody<B> {
        // Empty once it ended, and in the drop.
        #[pin]
        inner: Option<B>,
        watch: ResponseWatch,
        is_sent: bool,
    }

    impl<B> PinnedDrop for MonitoredBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.watch.drop_inside(this.inner);
        }
    }
}

impl<B> MonitoredBody<B> {
    pub(crate) fn new(inner: B, watch: ResponseWatch) -> Self {
        Self {
            inner: Some(inner),
            watch,
            is_sent: true,
        }
    }

    /// Marks a body that actix reads without sending it.
    pub(crate) fn unsent(mut self) -> Self {
        self.is_sent = false;
        self
    }
}

impl<B: MessageBody> MessageBody for MonitoredBody<B> {
    // The type that actix converts every error of a body to.
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.inner.as_ref().map_or(BodySize::None, B::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let mut this = self.project();
        let watch = this.watch;
        // Drops the body in the same scope at its end.
        let polled = watch.run(|| {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let polled = inner.poll_next(cx);
            if matches!(polled, Poll::Ready(None)) {
                this.inner.set(None);
            }
            polled
        });
        let polled = polled.map(|item| item.map(|result| result.map_err(Into::into)));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => watch.ended(),
            Poll::Ready(Some(Err(error))) => watch.fail(error),
            Poll::Ready(Some(Ok(bytes))) if *this.is_sent => watch.moved(bytes),
            Poll::Ready(Some(Ok(_))) => {}
        }
        polled
    }

    /// The bytes are the whole body.
    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        let Some(inner) = self.inner.take() else {
            return Ok(Bytes::new());
        };
        match self.watch.run(|| inner.try_into_bytes()) {
            Ok(bytes) => {
                if self.is_sent {
                    self.watch.moved(&bytes);
                }
                self.watch.ended();
                Ok(bytes)
            }
            Err(inner) => {
                self.inner = Some(inner);
                Err(self)
            }
        }
    }
}
