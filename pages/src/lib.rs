//! What people hold in their hands: ballots, the voting guide, covers and tally sheets before the vote; minutes, reading
//! script, hand-over record and tables of all figures after the certificate.
//!
//! Everything is made from [`vote::Vote`] (what the board signed before the vote) or from [`record::Frozen`] (one closed,
//! certified bulletin). A paper is a neutral [`paper::Paper`]; [`html`] and [`docx`] only set it. This room refuses to know
//! where a log came from, what time it is, and any figure that is not in the bulletin.

pub mod ballot;
pub mod cover;
pub mod docx;
pub mod font;
pub mod guide;
pub mod handover;
mod heading;
pub mod html;
pub mod minutes;
pub mod number;
pub mod paper;
pub mod people;
pub mod points;
pub mod qr;
pub mod record;
mod rules;
pub mod script;
pub mod sheet;
pub mod table;
pub mod vote;
pub mod words;

pub use paper::Paper;
pub use record::{Frozen, Unready};
pub use table::Tables;
pub use tally::statement::Language;
pub use vote::Vote;

/// The papers before the vote, in the order in which a board needs them.
#[must_use]
pub fn kit(vote: &Vote, language: Language) -> Vec<Paper> {
    vec![
        ballot::ballot(vote, language),
        guide::guide(vote, language),
        cover::covers(vote, language),
        sheet::sheets(vote, language),
        minutes::blank(vote, language),
    ]
}

/// The papers after the certificate, all from one bulletin.
#[must_use]
pub fn after(frozen: &Frozen, language: Language) -> Vec<Paper> {
    vec![minutes::minutes(frozen, language), script::script(frozen, language), handover::handover(frozen, language)]
}
