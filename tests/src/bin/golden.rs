//! Writes the golden vectors: `cargo run --release -p promises --bin golden -- tests/fixtures/golden`.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("Cần tên thư mục / a folder is needed: {}", promises::golden::COMMAND);
        return ExitCode::from(2);
    };
    match promises::golden::write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            ExitCode::from(2)
        }
    }
}
