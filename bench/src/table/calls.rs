//! Cost of monitoring an HTTP client.

mod http;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use self::http::{Http, Pair, Target};
use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;
use crate::{Result, cpu};

/// Minimum rate of monitored calls relative to bare ones.
const MIN_RATE: f64 = 0.97;

struct Caller {
    name: &'static str,
    http: Http,
    rates: Vec<f64>,
    costs: Vec<f64>,
    answered: u64,
}

pub(super) fn measure(effort: Effort) -> Result<Vec<Row>> {
    (gomon::SUBJECT.prepare)()?;
    let address = server::serve()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut rows = Vec::new();
    for at_a_time in [1, 16] {
        let load = Load {
            runtime: &runtime,
            address,
            at_a_time,
            stretch: effort.pick(Duration::from_millis(200), Duration::from_millis(600)),
        };
        for pair in Pair::all() {
            rows.extend(compare(pair, &load, effort)?);
        }
    }
    Ok(rows)
}

/// Measures a client, bare and monitored.
fn compare(pair: Pair, load: &Load<'_>, effort: Effort) -> Result<[Row; 2]> {
    let mut bare = Caller::new("bare", pair.bare);
    let mut ours = Caller::new(gomon::SUBJECT.name, pair.watched);
    for caller in [&bare, &ours] {
        load.run(&caller.http, load.stretch / 4)?;
    }
    gomon::settle();
    let before = (gomon::SUBJECT.delivered)();
    for round in 0..effort.pick(1, 15) {
        let mut turns = [&mut bare, &mut ours];
        if round % 2 == 1 {
            turns.reverse();
        }
        for caller in turns {
            caller.take_turn(load)?;
            gomon::settle();
        }
    }
    let delivered = (gomon::SUBJECT.delivered)() - before;
    let part = format!("{}, {} at a time", pair.name, load.at_a_time);
    let rate = Spread::paired(&ours.rates, &bare.rates, |ours, bare| ours / bare);
    let watched = ours
        .row(&part, &bare)
        .with("events per call", delivered as f64 / ours.answered as f64)
        .with_goal(Goal::mostly_at_least("of bare", rate, MIN_RATE));
    Ok([bare.row(&part, &bare), watched])
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

    fn take_turn(&mut self, load: &Load<'_>) -> Result<()> {
        let before = cpu::thread();
        let (answered, seconds) = load.run(&self.http, load.stretch)?;
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

/// The parameters of the calls.
struct Load<'r> {
    runtime: &'r Runtime,
    address: SocketAddr,
    at_a_time: usize,
    stretch: Duration,
}

impl Load<'_> {
    /// Makes calls for a time; returns the number of responses and the elapsed seconds.
    fn run(&self, http: &Http, stretch: Duration) -> Result<(u64, f64)> {
        let target = Arc::new(Target::new(&format!("http://{}/hello", self.address))?);
        self.runtime.block_on(async {
            let start = Instant::now();
            let mut callers = JoinSet::new();
            for _ in 0..self.at_a_time {
                callers.spawn(call(http.clone(), Arc::clone(&target), start + stretch));
            }
            let mut answered = 0;
            while let Some(done) = callers.join_next().await {
                answered += done??;
            }
            Ok((answered, start.elapsed().as_secs_f64()))
        })
    }
}

async fn call(http: Http, target: Arc<Target>, end: Instant) -> Result<u64> {
    let mut answered = 0;
    while Instant::now() < end {
        if http.get(&target).await? != server::LENGTH {
            return Err("unexpected response".into());
        }
        answered += 1;
    }
    Ok(answered)
}
