//! The one program: `kiemphieu <role>`.
fn main() {}
