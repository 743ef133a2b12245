//! Routes of the shop: fast, slow, failing and streaming.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use gomon_core::{EventTracker, Key, Outcome, current, tracker};
use tokio::time::{interval, sleep};

use crate::goods::{FIRST, Goods};
use crate::warehouse::Warehouse;

const ITEM: Key<'static> = Key::new("item");
const ITEMS: Key<'static> = Key::new("items");
const AMOUNT: Key<'static> = Key::new("amount");

/// Returns all routes of the shop.
pub(crate) fn routes(warehouse: Warehouse, goods: Goods) -> Router {
    Router::new()
        .route("/goods", get(all_goods))
        .route("/goods/{id}", get(item))
        .route("/cart", post(fill_cart))
        .route("/checkout", get(checkout))
        .route("/report", get(report))
        .route("/ticker", get(ticker))
        .route("/vault", get(vault))
        .route("/stock/{id}", get(stock))
        .layer(Extension(goods))
        .with_state(warehouse)
}

async fn all_goods(Extension(goods): Extension<Goods>) -> Result<Json<Vec<String>>, Failed> {
    let goods = goods.all().await?;
    current(|request| request.set(ITEMS, goods.len()));
    Ok(Json(goods))
}

async fn item(Extension(goods): Extension<Goods>, Path(id): Path<i64>) -> Result<String, Failed> {
    current(|request| request.set(ITEM, id));
    goods.name(id).await?.ok_or(Failed(StatusCode::NOT_FOUND))
}

async fn fill_cart(
    Extension(goods): Extension<Goods>,
    what: String,
) -> Result<(StatusCode, String), Failed> {
    current(|request| request.set(ITEM, &what));
    let held = goods.fill_cart(&what).await?;
    let held = held.ok_or(Failed(StatusCode::NOT_FOUND))?;
    Ok((StatusCode::CREATED, format!("{held} in the cart\n")))
}

/// Status code of a failed request; the event holds the details.
struct Failed(StatusCode);

impl From<sqlx::Error> for Failed {
    fn from(_: sqlx::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Runs two slow steps, which appear as children of the event even if the client disconnects in between.
async fn checkout() -> &'static str {
    for (name, takes) in [("stock", 20), ("payment", 120)] {
        let step = Step::begin(name);
        sleep(Duration::from_millis(takes)).await;
        step.done();
    }
    "thank you\n"
}

/// A step of a request, attached to its event on drop.
struct Step(EventTracker);

impl Step {
    fn begin(name: &'static str) -> Self {
        let mut step = tracker(name);
        step.set(AMOUNT, 3);
        step.set_outcome(Outcome::Cancelled);
        Self(step)
    }

    fn done(mut self) {
        self.0.complete();
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        let step = std::mem::take(&mut self.0);
        current(|request| request.attach(step));
    }
}

/// Queries the warehouse. The call is attached to this request and is the parent of the warehouse's event.
async fn stock(State(warehouse): State<Warehouse>, Path(id): Path<usize>) -> Response {
    match warehouse.count(id).await {
        Ok(response) if response.status().is_success() => {
            Body::new(response.into_body()).into_response()
        }
        Ok(_) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn report() -> (StatusCode, &'static str) {
    let error = std::io::Error::other("the printer is out of paper, password=hunter2");
    current(|request| request.add_error(&error));
    (StatusCode::INTERNAL_SERVER_ERROR, "no report today\n")
}

async fn vault() -> &'static str {
    assert!(FIRST.is_empty(), "the vault does not open");
    "open\n"
}

/// Sends ten lines, one every 100 ms.
async fn ticker() -> Body {
    let start = (interval(Duration::from_millis(100)), 10_u32);
    let lines = stream::unfold(start, |(mut ticks, left)| async move {
        let left = left.checked_sub(1)?;
        ticks.tick().await;
        let line = Ok::<_, Infallible>(format!("{left} to go\n"));
        Some((line, (ticks, left)))
    });
    Body::from_stream(lines)
}
