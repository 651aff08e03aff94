//! Answers of one stream on their way to its reader, bounded in number and in bytes. A reader that takes nothing for too
//! long is told so, as the last word of the stream. It refuses to know what the answers say.

use crate::{
    gate::GRPC,
    limits::READ_PATIENCE,
    metrics::{Cut, Metrics},
};
use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::Stream;
use tonic::Status;

/// What one reader may leave lying: a few answers of the largest kind, and five hundred slow readers fill no memory.
const ROOM_KIB: u32 = 512;

/// The writing end of a stream.
pub(crate) struct Outlet<T> {
    out: mpsc::Sender<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    last_word: Arc<Mutex<Option<Status>>>,
    advice: &'static str,
    metrics: Arc<Metrics>,
}

/// The end that gRPC reads.
pub(crate) struct Answers<T> {
    held: mpsc::Receiver<(T, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    last_word: Arc<Mutex<Option<Status>>>,
}

/// Nobody takes answers any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

impl<T> Outlet<T> {
    /// A stream with at most so many answers on their way; `advice` tells a reader that was too slow what to do.
    pub(crate) fn new(answers_max: usize, advice: &'static str, metrics: Arc<Metrics>) -> (Self, Answers<T>) {
        let (out, held) = mpsc::channel(answers_max);
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        let last_word = Arc::default();
        let answers = Answers { held, room: Arc::clone(&room), last_word: Arc::clone(&last_word) };
        (Self { out, room, last_word, advice, metrics }, answers)
    }

    /// Sends an answer of so many bytes as soon as there is room for it; one larger than all the room waits for all of it.
    ///
    /// # Errors
    /// The reader is gone, or there was no room for too long and the stream has ended with that word.
    pub(crate) async fn send(&self, answer: T, bytes: usize) -> Result<(), Ended> {
        let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1).min(ROOM_KIB);
        let sending = async {
            let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(|_| Ended)?;
            self.out.send((answer, room)).await.map_err(|_| Ended)
        };
        tokio::time::timeout(READ_PATIENCE, sending).await.unwrap_or_else(|_| {
            self.metrics.cut(GRPC, Cut::SlowReader);
            let seconds = READ_PATIENCE.as_secs();
            let why = format!("no answer of this stream was read for {seconds} s and it was ended; {}", self.advice);
            say(&self.last_word, Status::resource_exhausted(why));
            Err(Ended)
        })
    }

    /// Ends the stream with this word, behind the answers on their way.
    pub(crate) fn end(self, status: Status) {
        say(&self.last_word, status);
    }

    /// Done when the reader is gone.
    pub(crate) async fn closed(&self) {
        self.out.closed().await;
    }
}

/// The first word is the last.
fn say(last_word: &Mutex<Option<Status>>, status: Status) {
    last_word.lock().expect("no holder of this lock panics").get_or_insert(status);
}

impl<T> Stream for Answers<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.held.poll_recv(cx));
        // Said once; the room of an answer is free as soon as it is taken.
        let answer = next.map(|(answer, _)| Ok(answer));
        Poll::Ready(answer.or_else(|| self.last_word.lock().ok()?.take().map(Err)))
    }
}

impl<T> Drop for Answers<T> {
    fn drop(&mut self) {
        // Whoever waits for room waits for nobody.
        self.room.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio_stream::StreamExt;
    use tonic::Code;

    fn outlet(answers_max: usize) -> (Outlet<u32>, Answers<u32>) {
        Outlet::new(answers_max, "resume from the last entry you verified", Arc::new(Metrics::default()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_stops_is_told_to_resume_behind_what_was_on_its_way() {
        let (outlet, mut answers) = outlet(2);
        assert_eq!(outlet.send(1, 10).await, Ok(()));
        assert_eq!(outlet.send(2, 10).await, Ok(()));
        let began = tokio::time::Instant::now();
        assert_eq!(outlet.send(3, 10).await, Err(Ended));
        assert_eq!(began.elapsed(), READ_PATIENCE);
        assert!(outlet.metrics.page().contains("reason=\"slow-reader\"} 1"));
        drop(outlet);
        assert_eq!(answers.next().await.expect("an answer").expect("the first"), 1);
        assert_eq!(answers.next().await.expect("an answer").expect("the second"), 2);
        let status = answers.next().await.expect("a last word").expect_err("a status");
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(status.message().contains("resume from the last entry"), "{}", status.message());
        assert!(answers.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_that_reads_at_all_is_never_cut() {
        let (outlet, mut answers) = outlet(2);
        let reader = tokio::spawn(async move {
            for _ in 0..20 {
                tokio::time::sleep(READ_PATIENCE - Duration::from_secs(1)).await;
                answers.next().await.expect("an answer").expect("no end");
            }
        });
        for n in 0..20 {
            assert_eq!(outlet.send(n, 10).await, Ok(()));
        }
        reader.await.expect("it read everything");
    }

    #[tokio::test(start_paused = true)]
    async fn large_answers_wait_for_room_and_the_largest_for_all_of_it() {
        let (outlet, mut answers) = outlet(64);
        let half = ROOM_KIB as usize * 512 - 1;
        assert_eq!(outlet.send(1, half).await, Ok(()));
        assert_eq!(outlet.send(2, half).await, Ok(()));
        let third = tokio::spawn(async move { outlet.send(3, 100 << 20).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!third.is_finished());
        assert_eq!(answers.next().await.expect("an answer").expect("the first"), 1);
        assert_eq!(answers.next().await.expect("an answer").expect("the second"), 2);
        assert_eq!(answers.next().await.expect("an answer").expect("the third"), 3);
        assert_eq!(third.await.expect("sent"), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_a_reader_that_left_waits_no_more() {
        let (outlet, answers) = outlet(64);
        assert_eq!(outlet.send(1, 100 << 20).await, Ok(()));
        let second = tokio::spawn(async move { outlet.send(2, 100 << 20).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(answers);
        assert_eq!(second.await.expect("sent"), Err(Ended));
    }
}
