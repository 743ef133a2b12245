//! The servers, each run by a process of its own that answers on its standard streams what it has spent.

use std::fs::File;
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use axum::Router;
use axum::routing::get;
use opentelemetry::global::set_tracer_provider;
use opentelemetry_instrumentation_tower::http;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_http::trace::TraceLayer;
use tracing::Level;

use crate::subject::{gomon, opentelemetry as otel};
use crate::{Result, cpu};

/// A server: its name, and what it puts around the routes.
type Kind = (&'static str, fn(Router) -> Result<Router>);

/// All of them, the bare one first.
pub const SERVERS: [Kind; 5] = [
    ("bare", Ok),
    (gomon::SUBJECT.name, |routes| {
        (gomon::SUBJECT.prepare)()?;
        Ok(routes.layer(gomon_axum::MonitoringLayer::new()))
    }),
    ("tower-http, at INFO", |routes| trace(routes, Level::INFO)),
    ("tower-http, at DEBUG to /dev/null", |routes| {
        trace(routes, Level::DEBUG)
    }),
    ("opentelemetry-instrumentation-tower", |routes| {
        let processor = BatchSpanProcessor::builder(otel::Count).build();
        set_tracer_provider(
            SdkTracerProvider::builder()
                .with_span_processor(processor)
                .build(),
        );
        Ok(routes.layer(http::server::Layer::new()))
    }),
];

fn trace(routes: Router, level: Level) -> Result<Router> {
    let null = File::options().write(true).open("/dev/null")?;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(null)
        .try_init()?;
    Ok(routes.layer(TraceLayer::new_for_http()))
}

/// Serves as this process's only work, until its input ends.
///
/// # Errors
///
/// There is no such server, or no port.
#[allow(clippy::print_stdout, reason = "the parent reads it")]
pub fn serve(name: &str) -> Result<()> {
    let (_, wrap) = SERVERS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or("no such server")?;
    let routes = wrap(Router::new().route("/hello", get(async || "Hello, World!")))?;
    let runtime = Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    println!("{}", listener.local_addr()?.port());
    runtime.spawn(async move { axum::serve(listener, routes).await });
    for line in stdin().lines() {
        line?;
        gomon::settle();
        let delivered = (gomon::SUBJECT.delivered)() + (otel::SUBJECT.delivered)();
        println!("{} {delivered}", cpu::process());
        stdout().flush()?;
    }
    Ok(())
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// As [`SERVERS`] has it.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// Its process does not start or tells no port.
    pub fn start(name: &'static str) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take().ok_or("no input")?;
        let mut answers = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut port = String::new();
        answers.read_line(&mut port)?;
        Ok(Self {
            name,
            port: port.trim().parse()?,
            process,
            questions,
            answers,
        })
    }

    /// CPU time that it spent so far, ns, and events that it delivered.
    ///
    /// # Errors
    ///
    /// It ended.
    pub fn spent(&mut self) -> Result<(f64, f64)> {
        writeln!(self.questions, "spent")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let (cpu, delivered) = line.trim().split_once(' ').ok_or("the server ended")?;
        Ok((cpu.parse()?, delivered.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
