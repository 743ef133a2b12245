//! What an HTTP client loses by being watched.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use gomon_http::client::{Client, HttpConnector};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;
use crate::{Result, cpu};

/// Calls with GoMon should be made at this rate, to calls without.
const LEAST: f64 = 0.97;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!";

type Bare = legacy::Client<legacy::connect::HttpConnector, Empty<Bytes>>;
type Watched = Client<HttpConnector, Empty<Bytes>>;

#[derive(Clone)]
enum Http {
    Bare(Bare),
    Watched(Watched),
}

struct Caller {
    name: &'static str,
    http: Http,
    rates: Vec<f64>,
    costs: Vec<f64>,
    answered: u64,
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    (gomon::SUBJECT.prepare)()?;
    let address = serve()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let stretch = effort.pick(Duration::from_millis(200), Duration::from_secs(1));
    let mut rows = Vec::new();
    for at_a_time in [1, 16] {
        let bare: Bare = legacy::Client::builder(TokioExecutor::new()).build_http();
        let mut bare = Caller::new("bare", Http::Bare(bare));
        let mut ours = Caller::new(gomon::SUBJECT.name, Http::Watched(gomon_http::client()));
        for caller in [&bare, &ours] {
            run(&runtime, &caller.http, address, at_a_time, stretch / 4)?;
        }
        gomon::settle();
        let before = (gomon::SUBJECT.delivered)();
        for round in 0..effort.pick(1, 15) {
            let mut turns = [&mut bare, &mut ours];
            if round % 2 == 1 {
                turns.reverse();
            }
            for caller in turns {
                caller.take_turn(&runtime, address, at_a_time, stretch)?;
                gomon::settle();
            }
        }
        let delivered = (gomon::SUBJECT.delivered)() - before;
        let part = format!("{at_a_time} at a time");
        rows.push(bare.row(&part, &bare));
        let rate = Spread::paired(&ours.rates, &bare.rates, |ours, bare| ours / bare);
        let row = ours.row(&part, &bare);
        rows.push(
            row.with("events per call", delivered as f64 / ours.answered as f64)
                .with_goal(Goal::at_least("of bare", rate.median, LEAST)),
        );
    }
    Ok(rows)
}

impl Caller {
    fn new(name: &'static str, http: Http) -> Self {
        Self {
            name,
            http,
            rates: Vec::new(),
            costs: Vec::new(),
            answered: 0,
        }
    }

    fn take_turn(
        &mut self,
        runtime: &Runtime,
        address: SocketAddr,
        at_a_time: usize,
        stretch: Duration,
    ) -> Result<()> {
        let before = cpu::thread();
        let (answered, seconds) = run(runtime, &self.http, address, at_a_time, stretch)?;
        self.costs
            .push((cpu::thread() - before) / 1e3 / answered as f64);
        self.rates.push(answered as f64 / seconds);
        self.answered += answered;
        Ok(())
    }

    fn row(&self, part: &str, bare: &Self) -> Row {
        let median = |figures: &[f64]| Spread::of(figures.iter().copied()).median;
        let rate = Spread::paired(&self.rates, &bare.rates, |ours, bare| ours / bare);
        let beyond = Spread::paired(&self.costs, &bare.costs, |ours, bare| ours - bare);
        Row::new(part, self.name)
            .with("calls/s", median(&self.rates))
            .with("of bare", rate.median)
            .with("p25", rate.low)
            .with("p75", rate.high)
            .with("CPU µs", median(&self.costs))
            .with("beyond bare", beyond.median)
    }
}

/// Calls for so long, so many at a time; the answers and the seconds that they took.
fn run(
    runtime: &Runtime,
    http: &Http,
    address: SocketAddr,
    at_a_time: usize,
    stretch: Duration,
) -> Result<(u64, f64)> {
    runtime.block_on(async {
        let start = Instant::now();
        let mut callers = JoinSet::new();
        for _ in 0..at_a_time {
            callers.spawn(call(http.clone(), address, start + stretch));
        }
        let mut answered = 0;
        while let Some(done) = callers.join_next().await {
            answered += done??;
        }
        Ok((answered, start.elapsed().as_secs_f64()))
    })
}

async fn call(http: Http, address: SocketAddr, end: Instant) -> Result<u64> {
    let uri: http::Uri = format!("http://{address}/hello").parse()?;
    let mut answered = 0;
    while Instant::now() < end {
        let body = match &http {
            Http::Bare(http) => http.get(uri.clone()).await?.collect().await?,
            Http::Watched(http) => http.get(uri.clone()).await?.collect().await?,
        };
        if body.to_bytes().len() != 13 {
            return Err("not the answer expected".into());
        }
        answered += 1;
    }
    Ok(answered)
}

/// A server that reads to the end of a head and answers the same to all, a thread for each connection.
fn serve() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::Builder::new().spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection without a thread is closed, which its client sees.
            drop(thread::Builder::new().spawn(move || answer(stream)));
        }
    })?;
    Ok(address)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = [0; 1024];
    let mut filled = 0;
    loop {
        let room = head.get_mut(filled..).unwrap_or_default();
        match stream.read(room)? {
            0 => return Ok(()),
            length => filled += length,
        }
        if head
            .get(..filled)
            .is_some_and(|it| it.ends_with(b"\r\n\r\n"))
        {
            stream.write_all(ANSWER)?;
            filled = 0;
        }
    }
}
