//! Servers in separate processes, which report their costs on standard output.

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::FRAMEWORKS;
use crate::rounds::Burst;
use crate::subject::{gomon, opentelemetry as otel};
use crate::{Result, cpu};

/// Name prefixes of the threads that deliver events; the kernel keeps 15 bytes of a name.
const CONSUMERS: [&str; 2] = [gomon::THREADS, "OpenTelemetry"];

/// Runs a server in this process until standard input ends.
///
/// # Errors
///
/// Fails if there is no such server, or if it does not start.
#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the parent reads the costs, the user reads errors"
)]
pub fn serve(name: &str) -> Result<()> {
    let mut servers = FRAMEWORKS.iter().flat_map(|framework| {
        let servers = framework.servers.iter();
        servers.filter(|(server, _)| full_name(framework.name, server) == name)
    });
    let (server, run) = servers.next().ok_or("no such server")?;
    gomon::prepare_for(server)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let running = thread::Builder::new().spawn(move || {
        if let Err(error) = run(listener) {
            eprintln!("error: {error}");
        }
    })?;
    // Rocket binds the port itself.
    while TcpStream::connect(address).is_err() {
        if running.is_finished() {
            return Err("the server did not start".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    println!("{}", address.port());
    for line in stdin().lines() {
        line?;
        gomon::settle();
        let spent = Burst {
            cpu: cpu::process(),
            consumer: CONSUMERS.map(cpu::threads).iter().sum(),
            events: (gomon::delivered() + (otel::SUBJECT.delivered)()) as f64,
            ..Burst::default()
        };
        println!("{}", serde_json::to_string(&spent)?);
        stdout().flush()?;
    }
    Ok(())
}

/// Returns the name of a server on the command line.
fn full_name(framework: &str, server: &str) -> String {
    format!("{framework}, {server}")
}

/// A running server.
#[derive(Debug)]
pub struct Server {
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
    pub fn start(framework: &str, name: &str) -> Result<Self> {
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
            port: port.trim().parse()?,
            process,
            questions,
            answers,
        })
    }

    /// Measures the server while `load` sends requests to its port.
    ///
    /// # Errors
    ///
    /// Fails if the load fails or the server has ended.
    pub fn measure(&mut self, load: impl FnOnce(u16) -> Result<Burst>) -> Result<Burst> {
        let before = self.spent()?;
        let burst = load(self.port)?;
        let after = self.spent()?;
        Ok(Burst {
            cpu: after.cpu - before.cpu,
            consumer: after.consumer - before.consumer,
            events: after.events - before.events,
            ..burst
        })
    }

    /// Returns the costs and events since the start.
    fn spent(&mut self) -> Result<Burst> {
        writeln!(self.questions, "spent")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() {
            return Err("the server ended".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Best effort: it may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
