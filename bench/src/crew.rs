//! Threads that start jobs at the same time.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::Result;
use crate::rounds::Burst;

/// A pool of threads that wait for jobs.
#[derive(Debug)]
pub struct Crew {
    hands: Vec<Hand>,
}

#[derive(Debug)]
struct Hand {
    jobs: Sender<Job>,
    bursts: Receiver<Burst>,
}

type Job = Arc<dyn Fn() -> Burst + Send + Sync>;

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

    /// Runs `job` on the first `count` threads, started at the same time; returns the sum of their operations and costs.
    ///
    /// # Errors
    ///
    /// Fails if a job panics.
    pub fn run(
        &self,
        count: usize,
        job: impl Fn() -> Burst + Send + Sync + 'static,
    ) -> Result<Burst> {
        let ready = AtomicUsize::new(0);
        let job: Job = Arc::new(move || {
            ready.fetch_add(1, SeqCst);
            // Waking from a sleep would start the threads at different times.
            while ready.load(SeqCst) < count {
                spin_loop();
            }
            job()
        });
        let hands = || self.hands.iter().take(count);
        for hand in hands() {
            hand.jobs.send(Arc::clone(&job))?;
        }
        let mut total = Burst::default();
        for hand in hands() {
            let burst = hand.bursts.recv()?;
            total.operations += burst.operations;
            total.cpu += burst.cpu;
        }
        Ok(total)
    }
}

impl Hand {
    fn new() -> std::io::Result<Self> {
        let (jobs, waiting) = channel::<Job>();
        let (done, bursts) = channel();
        thread::Builder::new()
            .name("bench".to_owned())
            .spawn(move || waiting.iter().try_for_each(|job| done.send(job())))?;
        Ok(Self { jobs, bursts })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn job_runs_on_the_requested_number_of_threads() {
        let crew = Crew::new(3).unwrap();
        let threads = Arc::new(Mutex::new(HashSet::new()));
        let seen = Arc::clone(&threads);
        let job = move || {
            seen.lock().unwrap().insert(thread::current().id());
            Burst {
                operations: 1.0,
                ..Burst::default()
            }
        };
        assert_eq!(crew.run(2, job).unwrap().operations, 2.0);
        assert_eq!(threads.lock().unwrap().len(), 2);
    }
}
