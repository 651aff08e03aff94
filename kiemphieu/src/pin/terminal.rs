//! The terminal of whoever sits here, silent while a PIN is typed. It refuses to know what a PIN is.
//!
//! `rpassword` takes the letters. On Unix the silence is ours: left to itself it ends the program at Ctrl-C before the
//! terminal shows letters again, and the next command would be typed blind.

use std::io;
use zeroize::Zeroizing;

pub(super) use here::{is_there, prompt};

#[cfg(unix)]
mod here {
    use super::{Zeroizing, io};
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::{
        fs::File,
        io::{Read, Write},
    };

    const CTRL_C: u8 = 3;

    fn open() -> io::Result<File> {
        File::options().read(true).write(true).open("/dev/tty")
    }

    /// Whether this process has a terminal.
    pub(in super::super) fn is_there() -> bool {
        open().is_ok()
    }

    /// A line typed after these words.
    pub(in super::super) fn prompt(words: &str) -> io::Result<Zeroizing<String>> {
        let silent = Silent::of(open()?)?;
        let letters = Letters(silent.terminal.try_clone()?);
        let config = rpassword::ConfigBuilder::new().input_reader(letters).password_feedback_hide().build();
        let typed = rpassword::prompt_password_with_config(words, config).map(Zeroizing::new);
        (&silent.terminal).write_all(b"\n")?;
        typed
    }

    /// A terminal that shows nothing and passes on every key, until this is dropped.
    struct Silent {
        terminal: File,
        before: Termios,
    }

    impl Silent {
        fn of(terminal: File) -> io::Result<Self> {
            let before = tcgetattr(&terminal)?;
            let mut silent = before.clone();
            silent.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
            tcsetattr(&terminal, OptionalActions::Now, &silent)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            // A terminal that has gone away needs no mending.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// What is typed; Ctrl-C is an error here and no signal.
    struct Letters(File);

    impl Read for Letters {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            if buffer[..read].contains(&CTRL_C) {
                return Err(io::Error::other("đã dừng — ended"));
            }
            Ok(read)
        }
    }
}

#[cfg(not(unix))]
mod here {
    use super::{Zeroizing, io};

    /// Whether this process has a terminal.
    pub(in super::super) fn is_there() -> bool {
        io::IsTerminal::is_terminal(&io::stdin())
    }

    /// A line typed after these words.
    pub(in super::super) fn prompt(words: &str) -> io::Result<Zeroizing<String>> {
        rpassword::prompt_password(words).map(Zeroizing::new)
    }
}
