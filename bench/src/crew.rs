//! Threads that start jobs at the same time.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::Result;

/// The job of a thread; it returns a figure.
pub type Job = Arc<dyn Fn() -> f64 + Send + Sync>;

/// A pool of threads that wait for jobs.
#[derive(Debug)]
pub struct Crew {
    hands: Vec<Hand>,
}

#[derive(Debug)]
struct Hand {
    jobs: Sender<Start>,
    figures: Receiver<f64>,
}

struct Start {
    job: Job,
    ready: Arc<AtomicUsize>,
    of: usize,
}

impl Crew {
    /// Starts `size` threads.
    ///
    /// # Errors
    ///
    /// Fails if a thread cannot be started.
    pub fn new(size: usize) -> Result<Self> {
        let hands: std::io::Result<_> = (0..size).map(|_| Hand::new()).collect();
        Ok(Self { hands: hands? })
    }

    /// Runs `job` on the first `count` threads, started at the same time; returns their figures.
    ///
    /// # Errors
    ///
    /// Fails if a job panics.
    pub fn run(&self, count: usize, job: &Job) -> Result<Vec<f64>> {
        let ready = Arc::new(AtomicUsize::new(0));
        let hands = || self.hands.iter().take(count);
        for hand in hands() {
            hand.jobs.send(Start {
                job: Arc::clone(job),
                ready: Arc::clone(&ready),
                of: count,
            })?;
        }
        hands().map(|hand| Ok(hand.figures.recv()?)).collect()
    }
}

impl Hand {
    fn new() -> std::io::Result<Self> {
        let (jobs, waiting) = channel::<Start>();
        let (done, figures) = channel();
        thread::Builder::new()
            .name("bench".to_owned())
            .spawn(move || {
                for Start { job, ready, of } in waiting {
                    ready.fetch_add(1, SeqCst);
                    // Waking from a sleep would start the threads at different times.
                    while ready.load(SeqCst) < of {
                        spin_loop();
                    }
                    if done.send(job()).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self { jobs, figures })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_runs_on_the_requested_number_of_threads() {
        let crew = Crew::new(3).unwrap();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let job: Job = Arc::new(move || counted.fetch_add(1, SeqCst) as f64);
        let mut figures = crew.run(2, &job).unwrap();
        figures.sort_by(f64::total_cmp);
        assert_eq!(figures, [0.0, 1.0]);
        assert_eq!(count.load(SeqCst), 2);
    }
}
