//! Cost of monitoring a web server, one table per framework.

use std::time::Duration;

use crate::Result;
use crate::goal::Goal;
use crate::rounds::Effort;
use crate::row::Row;
use crate::spread::Spread;
use crate::subject::gomon;
use crate::web::server::Server;
use crate::web::{Framework, actix, axum, hyper, load, rocket, warp};

struct Watched {
    server: Server,
    rates: Vec<f64>,
    costs: Vec<f64>,
    answered: u64,
}

pub(super) fn axum(effort: Effort) -> Result<Vec<Row>> {
    measure(&axum::AXUM, effort)
}

pub(super) fn actix(effort: Effort) -> Result<Vec<Row>> {
    measure(&actix::ACTIX, effort)
}

pub(super) fn hyper(effort: Effort) -> Result<Vec<Row>> {
    measure(&hyper::HYPER, effort)
}

pub(super) fn rocket(effort: Effort) -> Result<Vec<Row>> {
    measure(&rocket::ROCKET, effort)
}

pub(super) fn warp(effort: Effort) -> Result<Vec<Row>> {
    measure(&warp::WARP, effort)
}

fn measure(framework: &'static Framework, effort: Effort) -> Result<Vec<Row>> {
    let stretch = effort.pick(Duration::from_millis(300), Duration::from_secs(2));
    let mut all = Vec::new();
    for (name, _) in framework.servers {
        let server = Server::start(framework.name, name)?;
        load::run(server.port, stretch / 4)?;
        all.push(Watched {
            server,
            rates: Vec::new(),
            costs: Vec::new(),
            answered: 0,
        });
    }
    let mut before = Vec::new();
    for watched in &mut all {
        before.push(watched.server.spent()?.delivered);
    }
    for round in 0..effort.pick(1, 9) {
        for turn in 0..all.len() {
            let at = (turn + round * 2) % all.len();
            if let Some(watched) = all.get_mut(at) {
                watched.take_turn(stretch)?;
            }
        }
    }
    let Some((bare_rates, bare_costs)) = all
        .first()
        .map(|bare| (bare.rates.clone(), bare.costs.clone()))
    else {
        return Ok(Vec::new());
    };
    let rows = all
        .iter_mut()
        .zip(before)
        .map(|(watched, before)| watched.row(framework, &bare_rates, &bare_costs, before));
    rows.collect()
}

impl Watched {
    fn take_turn(&mut self, stretch: Duration) -> Result<()> {
        let before = self.server.spent()?.process;
        let (answered, seconds) = load::run(self.server.port, stretch)?;
        let lapsed = self.server.spent()?.process - before;
        self.answered += answered;
        self.rates.push(answered as f64 / seconds);
        self.costs.push(lapsed / 1e3 / answered as f64);
        Ok(())
    }

    fn row(
        &mut self,
        framework: &Framework,
        bare_rates: &[f64],
        bare_costs: &[f64],
        before: f64,
    ) -> Result<Row> {
        let rate = Spread::paired(&self.rates, bare_rates, |ours, bare| ours / bare);
        let beyond = Spread::paired(&self.costs, bare_costs, |ours, bare| ours - bare);
        let median = |figures: &[f64]| Spread::of(figures.iter().copied()).median;
        let delivered = self.server.spent()?.delivered - before;
        let row = Row::new("", self.server.name)
            .with("requests/s", median(&self.rates))
            .with("of bare", rate.median)
            .with("CPU µs", median(&self.costs))
            .with("beyond bare", beyond.median)
            .with("p25", beyond.low)
            .with("p75", beyond.high)
            .with("events per request", delivered / self.answered as f64);
        if !self.server.name.starts_with(gomon::SUBJECT.name) {
            return Ok(row);
        }
        Ok(row
            .with_goal(Goal::mostly_at_most(
                "µs beyond bare",
                beyond,
                framework.most,
            ))
            .with_goal(Goal::at_least("of bare", rate.median, framework.least)))
    }
}
