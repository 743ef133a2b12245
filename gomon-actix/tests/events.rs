//! Events of an actix application, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::BodySize;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, Responder, ResponseError, error, guard, rt,
    web,
};
use gomon_actix::{HttpConfig, MonitoringMiddleware};
use gomon_core::{FutureExt, Monitor, Recorder, Running, Sampling, SamplingRule, current};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A served application and its recorded events.
struct Site {
    running: Running,
    recorder: Recorder,
    address: SocketAddr,
}

/// Serves the application that the closure builds with the middleware.
macro_rules! site {
    ($app:expr) => {
        site!($app, HttpConfig::default(), Sampling::default(), true)
    };
    ($app:expr, $config:expr, $sampling:expr, $half_closed:expr) => {{
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .health_interval(None)
            .config($sampling)
            .listener(recorder.listener())
            .build()
            .unwrap();
        let middleware = MonitoringMiddleware::new()
            .with_monitor(running.monitor())
            .with_config($config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let app = $app;
        let monitor = running.monitor();
        let server = HttpServer::new(move || app(middleware.clone(), monitor))
            .workers(1)
            .disable_signals()
            .h1_allow_half_closed($half_closed)
            .listen(listener)
            .unwrap()
            .run();
        rt::spawn(server);
        Site {
            running,
            recorder,
            address,
        }
    }};
}

impl Site {
    async fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// Returns the whole response to a request with these headers, followed by this data.
    async fn answer(&self, line: &str, rest: &str) -> String {
        let end = if rest.is_empty() { "\r\n" } else { "" };
        let request = format!("{line} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{rest}{end}");
        let mut answer = Vec::new();
        let mut stream = self.send(&request).await;
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        self.answer(&format!("GET {path}"), "").await
    }

    /// Returns exactly this many events, in the order of their ends.
    async fn events(self, count: usize) -> Vec<Value> {
        let events = web::block(move || {
            drop(self.recorder.wait_for(count));
            self.running.shutdown(Duration::from_secs(30));
            self.recorder.events()
        });
        let events = events.await.unwrap();
        let events: Vec<Value> = events
            .iter()
            .skip(1)
            .map(|event| serde_json::from_str(&event.to_json()).unwrap())
            .collect();
        assert_eq!(events.len(), count, "{events:#?}");
        events
    }

    async fn event(self) -> Value {
        self.events(1).await.remove(0)
    }
}

async fn hello() -> &'static str {
    "hello"
}

#[actix_web::test]
async fn route_is_the_final_one_with_all_its_scopes() {
    let site = site!(|middleware, _| {
        let guarded = web::resource("/g/{key}").guard(guard::Header("x-a", "1"));
        App::new()
            .service(guarded.to(hello))
            .service(web::resource("/g/{other}").to(hello))
            .service(
                web::scope("/s/{x}")
                    .service(web::scope("/t").service(web::resource("/b/{id}").to(hello))),
            )
            .wrap(middleware)
    });
    assert!(site.get("/g/1").await.ends_with("hello"));
    assert!(
        site.answer("GET /g/1", "x-a: 1\r\n\r\n")
            .await
            .ends_with("hello")
    );
    assert!(site.get("/s/1/t/b/2").await.ends_with("hello"));
    let events = site.events(3).await;
    let routes: Vec<_> = events.iter().map(|event| &event["route"]).collect();
    assert_eq!(routes, ["/g/{other}", "/g/{key}", "/s/{x}/t/b/{id}"]);
    assert_eq!(events[0]["gomon:fp"], "actix-handle");
}

#[actix_web::test]
async fn route_is_the_pattern_that_matched() {
    let site = site!(|middleware, _| {
        App::new()
            .service(
                web::scope("/shop/{tenant}")
                    .service(web::resource(["/", "/index", "/goods/{id}", "/sale/{id}"]).to(hello)),
            )
            .service(web::resource([r"/r/{x:\d+}", "/r/{x}/{y}"]).to(hello))
            .service(web::resource("/tail/{rest:.*}").to(hello))
            .wrap(middleware)
    });
    let requests = [
        ("/shop/7/", "/shop/{tenant}/"),
        ("/shop/7/index", "/shop/{tenant}/index"),
        ("/shop/7/goods/7", "/shop/{tenant}/goods/{id}"),
        ("/shop/sale/sale/sale", "/shop/{tenant}/sale/{id}"),
        ("/r/12", r"/r/{x:\d+}"),
        ("/r/a%20b/r", "/r/{x}/{y}"),
        ("/tail/a/b", "/tail/{rest:.*}"),
    ];
    for (path, _) in requests {
        assert!(site.get(path).await.ends_with("hello"), "{path}");
    }
    let events = site.events(requests.len()).await;
    for (event, (path, route)) in events.iter().zip(requests) {
        assert_eq!(event["route"], route, "{path}");
    }
}

#[derive(Debug)]
struct Refused(StatusCode);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.0
    }
}

fn outcome(event: &Value) -> (&str, u64, &str) {
    (
        event["gomon:outcome"].as_str().unwrap(),
        event["response_code"].as_u64().unwrap(),
        event["error"][0]["message"].as_str().unwrap_or_default(),
    )
}

#[actix_web::test]
async fn errors_of_handlers_and_extractors_are_recorded_and_the_status_decides() {
    let site = site!(|middleware, _| {
        App::new()
            .route(
                "/conflict",
                web::get().to(async || Err::<&str, _>(Refused(StatusCode::CONFLICT))),
            )
            .route(
                "/broken",
                web::get().to(async || Err::<&str, _>(error::ErrorBadGateway("no upstream"))),
            )
            .route(
                "/json",
                web::post().to(async |_: web::Json<Vec<u8>>| "json"),
            )
            .wrap(middleware)
    });
    assert!(site.get("/conflict").await.ends_with("refused"));
    assert!(site.get("/broken").await.ends_with("no upstream"));
    let json = "content-type: application/json\r\ncontent-length: 2\r\n\r\n{]";
    assert!(
        site.answer("POST /json", json)
            .await
            .starts_with("HTTP/1.1 400")
    );
    let events = site.events(3).await;
    assert_eq!(outcome(&events[0]), ("ok", 409, "refused"));
    assert_eq!(outcome(&events[1]), ("error", 502, "no upstream"));
    assert_eq!(outcome(&events[2]).0, "ok");
    assert!(
        outcome(&events[2]).2.contains("Json deserialize error"),
        "{}",
        events[2]
    );
    assert_eq!(events[2]["request_size"], 2);
}

#[actix_web::test]
async fn errors_of_extractors_do_not_show_what_the_client_sent() {
    let site = site!(|middleware, _| {
        App::new()
            .route(
                "/json",
                web::post().to(async |_: web::Json<Vec<u8>>| "json"),
            )
            .route("/path/{n}", web::get().to(async |_: web::Path<u32>| "path"))
            .route(
                "/query",
                web::get().to(async |_: web::Query<HashMap<String, IpAddr>>| "query"),
            )
            .wrap(middleware)
    });
    let json = "content-type: application/json\r\ncontent-length: 9\r\n\r\n\"hunter2\"";
    let answer = site.answer("POST /json", json).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    site.get("/path/hunter2").await;
    site.get("/query?a=hunter2").await;
    for event in site.events(3).await {
        let shown = event["error"].to_string();
        assert_ne!(shown, "null");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[actix_web::test]
async fn error_that_the_handler_adds_counts_though_it_answers_with_another() {
    let site = site!(|middleware, _| {
        App::new()
            .route(
                "/",
                web::get().to(async || {
                    current(|request| request.add_error(&fmt::Error));
                    Err::<&str, _>(Refused(StatusCode::CONFLICT))
                }),
            )
            .wrap(middleware)
    });
    site.get("/").await;
    let event = site.event().await;
    assert_eq!(event["gomon:outcome"], "error");
    assert_eq!(event["error"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn error_of_a_middleware_inside_passes_and_has_its_status_and_route() {
    async fn refuse(
        _: ServiceRequest,
        _: Next<impl actix_web::body::MessageBody>,
    ) -> Result<actix_web::dev::ServiceResponse, Error> {
        Err(Refused(StatusCode::SERVICE_UNAVAILABLE).into())
    }
    let site = site!(|middleware, _| {
        App::new()
            .route("/users/{id}", web::get().to(hello))
            .wrap(from_fn(refuse))
            .wrap(middleware)
    });
    let answer = site.get("/users/7").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.ends_with("refused"), "{answer}");
    let event = site.event().await;
    assert_eq!(outcome(&event), ("error", 503, "refused"));
    assert_eq!(event["route"], "/users/{id}");
    assert_eq!(event.get("response_size"), None);
}

#[actix_web::test]
async fn panics_are_recorded_with_their_route_wherever_they_happen() {
    let site = site!(|middleware, _| {
        App::new()
            .route(
                "/users/{id}",
                web::get().to(async || -> &str {
                    rt::task::yield_now().await;
                    panic!("boom")
                }),
            )
            .service(
                web::scope("/early")
                    .route("/{x}", web::get().to(hello))
                    .wrap_fn(|request, service| {
                        assert!(request.path().is_empty(), "early boom");
                        actix_web::dev::Service::call(service, request)
                    }),
            )
            .wrap(middleware)
    });
    assert_eq!(site.get("/users/7").await, "");
    assert_eq!(site.get("/early/7").await, "");
    let events = site.events(2).await;
    for (event, message, route) in [
        (&events[0], "boom", "/users/{id}"),
        (&events[1], "early boom", "/early/{x}"),
    ] {
        assert_eq!(event["gomon:outcome"], "panic");
        assert_eq!(event["error"][0]["message"], message);
        assert_eq!(event["route"], route);
    }
}

#[actix_web::test]
async fn scopes_and_resources_are_monitored_alone() {
    let site = site!(|middleware: MonitoringMiddleware, _| {
        App::new()
            .service(
                web::scope("/scope")
                    .route("/a", web::get().to(hello))
                    .wrap(middleware.clone()),
            )
            .service(web::resource("/resource").to(hello).wrap(middleware))
            .route("/other", web::get().to(hello))
    });
    for path in ["/other", "/scope/a", "/resource", "/scope/none"] {
        site.get(path).await;
    }
    let events = site.events(3).await;
    let routes: Vec<_> = events.iter().map(|event| &event["route"]).collect();
    assert_eq!(routes, ["/scope/a", "/resource", "<unmatched>"]);
}

#[actix_web::test]
async fn request_that_passes_two_is_one_event() {
    let site = site!(|middleware: MonitoringMiddleware, _| {
        App::new()
            .service(
                web::scope("/scope")
                    .route("/{id}", web::get().to(hello))
                    .wrap(middleware.clone()),
            )
            .wrap(middleware)
    });
    site.get("/scope/7").await;
    assert_eq!(site.event().await["route"], "/scope/{id}");
}

/// Reports where it was dropped.
struct Witness(Monitor);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.tracker("dropped").finish();
    }
}

async fn hang(_witness: Witness) -> &'static str {
    std::future::pending().await
}

#[actix_web::test]
async fn client_that_leaves_before_the_head_cancels_if_half_closing_is_off() {
    let site = site!(
        |middleware, monitor| {
            App::new()
                .route("/hang/{id}", web::get().to(move || hang(Witness(monitor))))
                .wrap(middleware)
        },
        HttpConfig::default(),
        Sampling::default(),
        false
    );
    let stream = site
        .send("GET /hang/7 HTTP/1.1\r\nhost: shop\r\n\r\n")
        .await;
    while site.running.monitor().health().open == 0 {
        rt::task::yield_now().await;
    }
    drop(stream);
    let events = site.events(2).await;
    assert_eq!(events[1]["gomon:outcome"], "cancelled");
    assert_eq!(events[1]["aborted"], "handler");
    assert_eq!(events[1]["route"], "/hang/{id}");
    assert_eq!(events[0]["parent"], events[1]["id"], "dropped in its scope");
}

#[actix_web::test]
async fn children_find_their_request_though_nothing_is_send() {
    async fn work(monitor: Monitor) -> impl Responder {
        let local = Rc::new(7);
        let step = async |name| {
            let tracker = monitor.tracker(name);
            rt::task::yield_now().await;
            tracker.finish();
        };
        tokio::join!(step("left"), step("right"));
        rt::spawn(async move { monitor.tracker("spawned").finish() }.in_current())
            .await
            .unwrap();
        rt::task::yield_now().await;
        monitor.tracker("after").finish();
        local.to_string()
    }
    let site = site!(|middleware, monitor| {
        App::new()
            .route("/", web::get().to(move || work(monitor)))
            .wrap(middleware)
    });
    assert!(site.get("/").await.ends_with('7'));
    let events = site.events(5).await;
    let request = events
        .iter()
        .find(|event| event["gomon:fp"] == "actix-handle")
        .unwrap();
    for event in events.iter().filter(|event| *event != request) {
        assert_eq!(event["parent"], request["id"], "{event:#}");
        assert_eq!(event["trace"], request["trace"], "{event:#}");
    }
}

async fn echo(
    request: HttpRequest,
    payload: web::Payload,
    monitor: Monitor,
) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, payload)?;
    let socket = async move {
        while let Some(Ok(actix_ws::Message::Text(text))) = messages.recv().await {
            monitor.tracker("message").finish();
            session.text(text).await.unwrap();
        }
    };
    rt::spawn(socket.in_current());
    Ok(response)
}

#[actix_web::test]
async fn websocket_ends_its_request_at_the_upgrade_and_stays_open() {
    let site = site!(|middleware, monitor| {
        App::new()
            .route(
                "/ws",
                web::get().to(move |request, payload| echo(request, payload, monitor)),
            )
            .wrap(middleware)
    });
    let mut socket = site
        .send(
            "GET /ws HTTP/1.1\r\nhost: shop\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .await;
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        assert_ne!(socket.read_buf(&mut read).await.unwrap(), 0);
    }
    assert!(read.starts_with(b"HTTP/1.1 101 "));
    while site.running.monitor().health().open > 0 {
        rt::task::yield_now().await;
    }
    // A text frame of two bytes with a mask of zeros, and its unmasked echo.
    socket.write_all(b"\x81\x82\0\0\0\0hi").await.unwrap();
    let mut echoed = [0; 4];
    socket.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"\x81\x02hi");
    let events = site.events(2).await;
    assert_eq!(events[0]["gomon:outcome"], "ok");
    assert_eq!(events[0]["upgrade"], "websocket");
    assert_eq!(events[0]["response_size"], 0);
    assert_eq!(events[1]["gomon:fp"], "message");
    assert_eq!(events[1]["parent"], events[0]["id"]);
}

#[actix_web::test]
async fn routes_that_are_excluded_or_not_sampled_are_guessed_before_routing() {
    let app = |middleware, _| {
        App::new()
            .route("/health/{part}", web::get().to(hello))
            .route("/users/{id}", web::get().to(hello))
            .wrap(middleware)
    };
    let excluded = HttpConfig::default().with_excluded(["/health/{part}"]);
    let site = site!(app, excluded, Sampling::default(), true);
    site.get("/health/db").await;
    site.get("/users/7").await;
    assert_eq!(site.event().await["route"], "/users/{id}");

    let sampling = Sampling::default().with_rule(SamplingRule::route("/health/{part}", 0.0));
    let site = site!(app, HttpConfig::default(), sampling, true);
    site.get("/health/db").await;
    site.get("/users/7").await;
    assert_eq!(site.event().await["route"], "/users/{id}");
}

#[actix_web::test]
async fn trace_is_sent_in_the_configured_header() {
    let config = HttpConfig::default().with_trace_header("x-trace".parse().unwrap());
    let app = |middleware, _| App::new().route("/", web::get().to(hello)).wrap(middleware);
    let site = site!(app, config, Sampling::default(), true);
    let answer = site.get("/").await;
    let event = site.event().await;
    let header = format!("x-trace: {}\r\n", event["trace"].as_str().unwrap());
    assert!(answer.contains(&header), "{answer}");
}

#[actix_web::test]
async fn body_that_is_compressed_outside_is_plain_and_inside_is_not() {
    let text = || async { "a".repeat(10_000) };
    let accept = "accept-encoding: gzip\r\n\r\n";
    let outside = site!(move |middleware, _| {
        App::new()
            .route("/", web::get().to(text))
            .wrap(middleware)
            .wrap(Compress::default())
    });
    let answer = outside.answer("GET /", accept).await;
    assert!(answer.contains("content-encoding: gzip"), "{answer}");
    let event = outside.event().await;
    assert_eq!(
        (&event["gomon:outcome"], &event["response_size"]),
        (&json!("ok"), &json!(10_000))
    );

    let inside = site!(move |middleware, _| {
        App::new()
            .route("/", web::get().to(text))
            .wrap(Compress::default())
            .wrap(middleware)
    });
    let answer = inside.answer("GET /", accept).await;
    assert!(answer.contains("content-encoding: gzip"), "{answer}");
    let event = inside.event().await;
    assert_eq!(event["gomon:outcome"], "ok");
    assert!(event["response_size"].as_u64().unwrap() < 1_000, "{event}");
    assert_eq!(
        event["response_headers"]["content-encoding"],
        json!(["gzip"])
    );
}

#[actix_web::test]
async fn size_of_a_body_is_that_of_the_one_inside() {
    async fn check(
        request: ServiceRequest,
        next: Next<impl actix_web::body::MessageBody + 'static>,
    ) -> Result<actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>, Error> {
        let response = next.call(request).await?;
        let size = response.response().body().size();
        assert!(matches!(size, BodySize::Sized(0 | 5)), "{size:?}");
        Ok(response)
    }
    let site = site!(|middleware, _| {
        App::new()
            .route("/", web::get().to(hello))
            .route("/none", web::get().to(async || HttpResponse::Ok().finish()))
            .wrap(middleware)
            .wrap(from_fn(check))
    });
    let answer = site.get("/").await;
    assert!(
        answer.contains("content-length: 5\r\n") && answer.ends_with("hello"),
        "{answer}"
    );
    assert!(site.get("/none").await.contains("content-length: 0\r\n"));
    assert_eq!(site.events(2).await.len(), 2);
}

#[actix_web::test]
async fn disabled_monitor_changes_and_records_nothing() {
    let site = site!(|middleware, _| App::new().route("/", web::get().to(hello)).wrap(middleware));
    site.running.monitor().disable();
    assert!(site.get("/").await.ends_with("hello"));
    site.running.monitor().enable();
    assert!(site.get("/").await.ends_with("hello"));
    assert_eq!(site.event().await["route"], "/");
}
