use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use gomon_core::*;
use gomon_http::{HttpConfig, MonitoringLayer, PeerAddress};
use http::{Request, Response};
use http_body::Body;
use http_body_util::{Empty, Full};
use tower::{Layer, Service, service_fn};
type Data = &'static [u8];
fn respond(_: Request<Empty<Data>>) -> Ready<Result<Response<Full<Data>>, Infallible>> {
    ready(Ok(Response::new(Full::from(&b"hello"[..]))))
}
fn request() -> Request<Empty<Data>> {
    let mut request = Request::get("/hello").body(Empty::new()).unwrap();
    for (name, value) in [("host", "shop"), ("accept", "*/*"), ("user-agent", "curl/8.5")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request.extensions_mut().insert(PeerAddress("127.0.0.1:4711".parse().unwrap()));
    request
}
#[test]
fn z() {
    let running = Monitor::builder().build().unwrap();
    let layer = MonitoringLayer::new().with_monitor(running.monitor()).with_config(HttpConfig::default());
    let mut service = layer.layer(service_fn(respond));
    for _ in 0..4 {
    let request = request();
    let mut out = None;
    let a = allocation_counter::measure(|| { out = Some(service.call(request)); }).count_total;
    let fut = out.unwrap();
    let mut r = None;
    let b = allocation_counter::measure(|| {
        let cx = &mut Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(x)) = pin!(fut).poll(cx) else { panic!() }; r = Some(x); }).count_total;
    let mut body = r.unwrap().into_body();
    let c = allocation_counter::measure(|| { let cx = &mut Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(cx).is_ready()); }).count_total;
    let d = allocation_counter::measure(|| drop(body)).count_total;
    let e = allocation_counter::measure(|| running.monitor().root("a").finish()).count_total;
    let f = allocation_counter::measure(|| {let mut t = running.monitor().root("a"); t.set(keys::URL, Value::url(UrlParts::parse("http://a/b")));t.set(Key::new("a"), 7);t.set(keys::RESPONSE_CODE,200u16)}).count_total;
    println!("call {a} poll {b} frame {c} drop {d} root {e} url {f}");
    }
}
