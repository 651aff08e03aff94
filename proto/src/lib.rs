//! The wire: the doors of the hall as gRPC (`kiemphieu/v1/*.proto`), and what crosses them as values of [`tally`].
//!
//! Read in this order: the proto files (what a stranger reads), [`v1`] (the same, generated), [`statement`] (typed
//! views), [`ruling`] (answers on their way out), [`answer`] (answers on their way in), [`entry`] (the log on its way
//! out). A note is always bytes and always authoritative; a typed view says the same and is checked against its text.
//!
//! This room refuses to know the rules: it never decides whether a statement may stand, only whether it is one.

pub mod answer;
pub mod entry;
mod field;
pub mod ruling;
pub mod statement;
mod words;

pub use answer::Answer;
pub use field::WireError;
pub use words::Unspecified;

/// Generated from `kiemphieu/v1/*.proto`: messages, clients and servers. What each of them means stands there.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, reason = "generated code")]
pub mod v1 {
    tonic::include_proto!("kiemphieu.v1");

    /// The proto files as a descriptor set, comments included, for gRPC server reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("kiemphieu");
}

/// A message hands in at most so many notes: the tables' bundles of a few minutes, and one group of the journal
/// (512 entries) serves several tables at once.
pub const NOTES_PER_MESSAGE_MAX: usize = 64;

/// A message to the server is at most so large: 64 notes of a table (20,000 bytes each) or 31 of the largest notes
/// there are, so that one sender cannot make the server hold much for them.
pub const MESSAGE_IN_BYTES_MAX: usize = 2 << 20;

/// A message from the server is at most so large: what gRPC clients of every language accept without being told.
/// Pages of entries end before it.
pub const MESSAGE_OUT_BYTES_MAX: usize = 4 << 20;

/// How large a message is on the wire, for whoever fills one up to its limit.
pub fn wire_bytes<M: prost::Message>(message: &M) -> usize {
    message.encoded_len()
}
