//! Servers in separate processes, which report their costs on standard output.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use std::net::{Ipv4Addr, TcpListener};

use super::FRAMEWORKS;
use crate::subject::{gomon, opentelemetry as otel};
use crate::{Result, cpu};

/// Name prefixes of the threads that deliver events; the kernel keeps 15 bytes of a name.
const CONSUMERS: [&str; 2] = ["gomon-", "OpenTelemetry"];

/// Runs a server in this process until standard input ends.
///
/// # Errors
///
/// Fails if there is no such server, or no free port.
#[allow(clippy::print_stdout, reason = "the parent reads it")]
pub fn serve(name: &str) -> Result<()> {
    let mut kinds = FRAMEWORKS
        .iter()
        .filter(|framework| name.starts_with(framework.name))
        .flat_map(|framework| {
            let kinds = framework.servers.iter();
            kinds.filter(move |(known, _)| name == full_name(framework.name, known))
        });
    let (_, start) = kinds.next().ok_or("no such server")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let running = start(listener)?;
    println!("{port}");
    for line in stdin().lines() {
        line?;
        gomon::settle();
        let delivered = (gomon::SUBJECT.delivered)() + (otel::SUBJECT.delivered)();
        let consumer = CONSUMERS.map(cpu::threads).iter().sum::<f64>();
        println!("{} {consumer} {delivered}", cpu::process());
        stdout().flush()?;
    }
    drop(running);
    Ok(())
}

/// Returns the name of a server on the command line.
fn full_name(framework: &str, server: &str) -> String {
    format!("{framework}, {server}")
}

/// The costs of a server so far.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// CPU time of the process, ns.
    pub process: f64,
    /// CPU time of the delivering threads, ns.
    pub consumer: f64,
    /// Events delivered.
    pub delivered: f64,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    /// The name within its framework.
    pub name: &'static str,
    /// The port.
    pub port: u16,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// Fails if the process does not start or reports no port.
    pub fn start(framework: &str, name: &'static str) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", &full_name(framework, name)])
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

    /// Returns the costs so far.
    ///
    /// # Errors
    ///
    /// Fails if the server has ended.
    pub fn spent(&mut self) -> Result<Spent> {
        writeln!(self.questions, "spent")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let figures: Vec<f64> = line
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        let [process, consumer, delivered] = figures[..] else {
            return Err("the server ended".into());
        };
        Ok(Spent {
            process,
            consumer,
            delivered,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Best effort: it may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
