//! The arguments of what is printed: `committee kit` before the vote, `committee record` after the certificate.

use super::ReadArgs;
use clap::Args;
use std::path::PathBuf;
use tally::{ContestId, statement::Language, text::Date};

pub(super) const KIT: &str = "Examples:
  kiemphieu committee kit c01 --out paper
  kiemphieu committee kit c01 --out paper --lang vi --lang en

Writes ballot, voting guide, bundle covers, tally sheet and blank minutes, each as .html to print and .docx to change.
Print them when `papers` is signed, and the covers carry the bundles; before that they are blank.";

pub(super) const RECORD: &str = "Examples:
  kiemphieu committee record c01 --out paper --day 2020-06-24
  kiemphieu committee record c01 --out paper --lang vi --lang en --json

Writes minutes, reading script, hand-over record (.html, .docx) and all figures (.xlsx, .csv), of the certified bulletin and
of nothing else. What the signed `minutes` do not say yet is left to the pen. --day heads the minutes and is the day ages
are counted to.";

/// Arguments of `kit`.
#[derive(Debug, Args)]
pub struct KitArgs {
    /// The contest
    pub(in crate::committee) contest: ContestId,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::committee) paper: PaperArgs,
}

/// Arguments of `record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The contest
    pub(in crate::committee) contest: ContestId,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::committee) paper: PaperArgs,
    /// The day of the minutes, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    pub(in crate::committee) day: Option<Date>,
}

/// Where paper goes, and in which words.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// The folder for the files; files of the same names are replaced
    #[arg(long, value_name = "DIR")]
    pub(in crate::committee) out: PathBuf,
    /// vi or en, once for each; default: the language of the event
    #[arg(long = "lang", value_name = "LANG")]
    pub(in crate::committee) languages: Vec<Language>,
    /// PDF as well (a program built with the feature `pdf`)
    #[arg(long)]
    pub(in crate::committee) pdf: bool,
}
