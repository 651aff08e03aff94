//! Compiles the doors of `kiemphieu/v1` into Rust, with a compiler written in Rust: nobody needs `protoc`.

use protox::prost::Message;
use std::{env, error::Error, fs, path::PathBuf};

/// One file for each door; what they import comes along.
const DOORS: [&str; 4] = [
    "kiemphieu/v1/enrol_service.proto",
    "kiemphieu/v1/intake_service.proto",
    "kiemphieu/v1/log_service.proto",
    "kiemphieu/v1/results_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=kiemphieu");
    let descriptors = protox::compile(DOORS, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("kiemphieu.bin"), descriptors.encode_to_vec())?;
    // Notes are shared between door, journal and tree, never copied: `Bytes` for every bytes field.
    tonic_prost_build::configure().bytes(".").compile_fds(descriptors)?;
    Ok(())
}
