//! How words leave the program: data to standard output, everything else to standard error. A reader that has gone away
//! ends nothing; a disk that takes no more makes the run end with its exit code.

use std::{
    fmt,
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Data could not be written although somebody was there to read it.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Writes data.
pub fn data(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        FAILED.store(true, Ordering::Relaxed);
    }
}

/// Writes words; whether anybody reads them changes nothing.
pub fn words(text: fmt::Arguments<'_>) {
    let _ = io::stderr().lock().write_fmt(text);
}

/// Whether data was lost on its way out.
pub fn has_failed() -> bool {
    FAILED.load(Ordering::Relaxed)
}

/// A line of data to standard output.
#[macro_export]
macro_rules! data {
    () => { $crate::say::data(format_args!("\n")) };
    ($($words:tt)*) => { $crate::say::data(format_args!("{}\n", format_args!($($words)*))) };
}

/// Data to standard output as it is.
#[macro_export]
macro_rules! data_raw {
    ($($words:tt)*) => { $crate::say::data(format_args!($($words)*)) };
}

/// A line of words to standard error.
#[macro_export]
macro_rules! words {
    ($($words:tt)*) => { $crate::say::words(format_args!("{}\n", format_args!($($words)*))) };
}
