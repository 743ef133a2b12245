//! Events of a Rocket application, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod site;

use std::io::Cursor;
use std::pin::Pin;
use std::time::Duration;

use gomon_core::{FutureExt as _, Outcome, OwnedEvent, current};
use gomon_rocket::{HttpConfig, MonitoredRoutes, MonitoringFairing};
use rocket::data::{IoHandler, IoStream};
use rocket::fairing::{AdHoc, Fairing, Info, Kind};
use rocket::fs::FileServer;
use rocket::http::Status;
use rocket::request::{self, FromRequest, Request};
use rocket::response::{self, Responder, Response};
use rocket::{async_trait, catch, catchers, get, put, routes};
use site::{Site, child, child_by_ids, number, text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[get("/users/<id>?<page>")]
fn user(id: u64, page: Option<u64>) -> String {
    format!("user {id} {page:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn template_is_shown_as_rocket_writes_it() {
    let site =
        Site::start(|rocket| rocket.mount("/shop", MonitoredRoutes::new(routes![user]))).await;
    let answer = site.answer("GET /shop/users/7?page=2").await;
    assert!(answer.ends_with("user 7 Some(2)"), "{answer}");
    let event = site.event();
    assert_eq!(event.as_event().fingerprint(), "rocket-handle");
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
    assert_eq!(text(&event, "route"), "/shop/users/<id>?<page>");
}

#[get("/numbers/<number>")]
fn small(number: u8) -> String {
    number.to_string()
}

#[get("/numbers/<text>", rank = 2)]
fn other(text: &str) -> Option<String> {
    text.starts_with('-').then(|| text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn request_that_is_forwarded_has_the_route_that_was_tried_last() {
    for (path, status, route) in [
        ("GET /numbers/7", 200, "/numbers/<number>"),
        ("GET /numbers/-7", 200, "/numbers/<text>"),
        ("GET /numbers/x", 404, "/numbers/<text>"),
        ("GET /nowhere", 404, "<unmatched>"),
    ] {
        let site =
            Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![small, other])))
                .await;
        site.answer(path).await;
        let event = site.event();
        assert_eq!(number(&event, "response_code"), Some(status), "{path}");
        assert_eq!(text(&event, "route"), route, "{path}");
    }
}

struct Visitor;

#[async_trait]
impl<'r> FromRequest<'r> for Visitor {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        child("guard");
        tokio::task::yield_now().await;
        child("guard-late");
        match request.headers().get_one("x-visitor") {
            Some(_) => request::Outcome::Success(Self),
            None => request::Outcome::Error((Status::Forbidden, ())),
        }
    }
}

#[get("/work")]
async fn work(_visitor: Visitor) -> &'static str {
    child("handler");
    tokio::join!(
        async {
            tokio::task::yield_now().await;
            child("join");
        },
        async { child("join") }
    );
    tokio::task::block_in_place(|| {
        child("in-place");
        tokio::runtime::Handle::current().block_on(async { child("block-on") });
    });
    let carried = async { child_by_ids("carried") }.in_current();
    tokio::spawn(carried).await.unwrap();
    tokio::spawn(async { child("lost") }).await.unwrap();
    "done"
}

#[catch(403)]
async fn forbidden() -> &'static str {
    tokio::task::yield_now().await;
    child("catcher");
    "no"
}

/// Returns the fingerprints of all children, and checks that the request is their parent.
fn children(events: &[OwnedEvent]) -> Vec<&'static str> {
    let is_request = |event: &&OwnedEvent| event.as_event().fingerprint() == "rocket-handle";
    let request = events.iter().find(is_request).unwrap().as_event().id();
    let others = events.iter().filter(|event| !is_request(event));
    let names = [
        "guard",
        "guard-late",
        "handler",
        "join",
        "in-place",
        "block-on",
        "carried",
        "lost",
        "catcher",
        "fairing",
        "io",
    ];
    others
        .map(|event| {
            let event = event.as_event();
            assert_eq!(event.parent(), Some(request), "{}", event.fingerprint());
            *names
                .iter()
                .find(|name| **name == event.fingerprint())
                .unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn children_find_their_request_with_wrapped_routes_and_without() {
    for wrapped in [true, false] {
        let site = Site::start(|rocket| {
            let rocket = rocket.register("/", catchers![forbidden]);
            if wrapped {
                rocket.mount("/", MonitoredRoutes::new(routes![work]))
            } else {
                rocket.mount("/", routes![work])
            }
        })
        .await;
        let answer = site.answer("GET /work HTTP/1.1\r\nx-visitor: me").await;
        assert!(answer.ends_with("done"), "{answer}");
        assert_eq!(
            children(&site.events()),
            [
                "guard",
                "guard-late",
                "handler",
                "join",
                "join",
                "in-place",
                "block-on",
                "carried"
            ],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn children_of_a_catcher_find_their_request() {
    let site = Site::start(|rocket| {
        rocket
            .register("/", catchers![forbidden])
            .mount("/", MonitoredRoutes::new(routes![work]))
    })
    .await;
    assert!(site.answer("GET /work").await.ends_with("no"));
    let events = site.events();
    assert_eq!(children(&events), ["guard", "guard-late", "catcher"]);
}

/// Changes the response of the application, as compression does.
struct Rewriting;

#[async_trait]
impl Fairing for Rewriting {
    fn info(&self) -> Info {
        Info {
            name: "rewriting",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, _request: &'r Request<'_>, response: &mut Response<'r>) {
        child("fairing");
        let text = response
            .body_mut()
            .to_string()
            .await
            .unwrap()
            .to_uppercase();
        response.set_sized_body(text.len() + 1, Cursor::new(text + "!"));
        response.set_raw_header("X-Rewritten", "yes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_is_recorded_as_all_fairings_leave_it() {
    let config = HttpConfig::default()
        .with_response_headers(["X-Rewritten"])
        .with_response_body(100);
    let site = Site::configured(config, |rocket| {
        rocket
            .attach(Rewriting)
            .mount("/", MonitoredRoutes::new(routes![user]))
    })
    .await;
    let answer = site.answer("GET /users/7").await;
    assert!(answer.ends_with("USER 7 NONE!"), "{answer}");
    let events = site.events();
    assert_eq!(children(&events), ["fairing"]);
    let event = events.last().unwrap();
    assert_eq!(number(event, "response_size"), Some(12));
    assert_eq!(text(event, "response_body"), "USER 7 NONE!");
    let json: serde_json::Value = serde_json::from_str(&event.to_json()).unwrap();
    assert_eq!(json["response_headers"]["x-rewritten"][0], "yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_of_a_fairing_is_recorded() {
    let site = Site::start(|rocket| {
        let boom = AdHoc::on_response("boom", |_, _| Box::pin(async { panic!("boom") }));
        rocket
            .attach(boom)
            .mount("/", MonitoredRoutes::new(routes![user]))
    })
    .await;
    assert_eq!(site.answer("GET /users/7").await, "");
    assert_eq!(site.event().as_event().outcome(), Outcome::Panic);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_fairings_the_last_one_counts() {
    // There is no global monitor.
    let site = Site::start(|rocket| {
        let routes = MonitoredRoutes::new(MonitoredRoutes::new(routes![user]));
        rocket.attach(MonitoringFairing::new()).mount("/", routes)
    })
    .await;
    let answer = site.answer("GET /users/7").await;
    assert!(answer.ends_with("user 7 None"), "{answer}");
    assert_eq!(site.events().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_that_are_wrapped_twice_are_one_event() {
    let site = Site::start(|rocket| {
        let routes = MonitoredRoutes::new(routes![work]);
        rocket.mount("/", MonitoredRoutes::new(routes))
    })
    .await;
    site.answer("GET /work").await;
    assert_eq!(children(&site.events()), ["guard", "guard-late"]);
}

#[put("/form")]
fn form() -> &'static str {
    "put"
}

#[tokio::test(flavor = "multi_thread")]
async fn method_is_the_one_that_a_form_names() {
    let site = Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![form]))).await;
    let head = "POST /form HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 11";
    let answer = site.answer_to(head, "_method=put").await;
    assert!(answer.ends_with("put"), "{answer}");
    assert_eq!(text(&site.event(), "method"), "PUT");
}

#[get("/echo")]
fn echo() -> Upgrading {
    Upgrading
}

struct Upgrading;

impl<'r> Responder<'r, 'static> for Upgrading {
    fn respond_to(self, _request: &'r Request<'_>) -> response::Result<'static> {
        Response::build().upgrade("echo", Self).ok()
    }
}

#[async_trait]
impl IoHandler for Upgrading {
    async fn io(self: Pin<Box<Self>>, mut stream: IoStream) -> std::io::Result<()> {
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes).await?;
        child_by_ids("io");
        stream.write_all(&bytes).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upgraded_connection_ends_its_event_and_its_work_still_has_a_parent() {
    let site = Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![echo]))).await;
    let mut client = site.connect().await;
    let head =
        "GET /echo HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: other, echo\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        assert!(client.read_buf(&mut seen).await.unwrap() > 0);
    }
    let event = site.recorder.wait_for(1)[0].clone();
    assert_eq!(event.as_event().outcome(), Outcome::Ok);
    assert_eq!(number(&event, "response_code"), Some(101));
    assert_eq!(text(&event, "upgrade"), "echo");
    client.write_all(b"ping").await.unwrap();
    let mut pong = [0; 4];
    client.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"ping");
    assert_eq!(children(&site.recorder.wait_for(2)), ["io"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn upgrade_that_the_response_does_not_know_is_none() {
    let site = Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![echo]))).await;
    site.answer("GET /echo HTTP/1.1\r\nupgrade: other").await;
    let event = site.event();
    assert_eq!(number(&event, "response_code"), Some(200));
    assert!(event.as_event().get("upgrade").is_none());
}

/// Rocket waits for 14 bytes of each body before it calls the fairings.
#[tokio::test(flavor = "multi_thread")]
async fn request_begins_when_rocket_has_seen_its_first_bytes() {
    let site = Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![form]))).await;
    let mut client = site.connect().await;
    let head =
        "PUT /form HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-length: 20\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(b"12345").await.unwrap();
    // Enough time for an event to begin too early.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(site.running.monitor().health().open, 0);
    site.running.monitor().root("mark").finish();
    client.write_all(b"678901234567890").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("put"), "{answer}");
    let events = site.events();
    let [mark, event] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(mark.as_event().fingerprint(), "mark");
    assert!(event.as_event().start_ns() > mark.as_event().start_ns());
    assert_eq!(number(event, "content-length"), Some(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_their_length() {
    let site = Site::start(|rocket| {
        let files = FileServer::from(env!("CARGO_MANIFEST_DIR"));
        rocket.mount("/files", MonitoredRoutes::new(files))
    })
    .await;
    let length = std::fs::metadata(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
        .unwrap()
        .len();
    let answer = site.answer("GET /files/README.md").await;
    assert!(
        answer.contains(&format!("content-length: {length}\r\n")),
        "{answer}"
    );
    let event = site.event();
    assert_eq!(number(&event, "response_size"), Some(length));
    assert_eq!(text(&event, "route"), "/files/<path..>");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabled_monitor_records_nothing_and_changes_nothing() {
    let site = Site::start(|rocket| rocket.mount("/", MonitoredRoutes::new(routes![user]))).await;
    site.running.monitor().disable();
    assert!(site.answer("GET /users/7").await.ends_with("user 7 None"));
    assert_eq!(site.events().len(), 0);
}

#[get("/field")]
fn field() -> &'static str {
    current(|request| {
        // A second loan of the same tracker fails.
        assert!(current(|_| ()).is_none());
        request.set(gomon_core::Key::new("cart"), 17);
    });
    "field"
}

#[tokio::test(flavor = "multi_thread")]
async fn handler_sets_fields_with_the_fairing_alone() {
    let site = Site::start(|rocket| rocket.mount("/", routes![field])).await;
    assert!(site.answer("GET /field").await.ends_with("field"));
    assert_eq!(number(&site.event(), "cart"), Some(17));
}
