//! The arguments of the contests that follow: further rounds, and the plan of a congress.

use super::ReadArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tally::{BoardId, ContestId, text::Text};

/// Arguments of `next`.
#[derive(Debug, Args)]
pub struct NextArgs {
    /// The contest that leaves something open, or that is annulled
    pub(in crate::committee) contest: ContestId,
    /// For seats left open: so many names, most votes first, and whoever has as many as the last; default: all
    #[arg(long, value_name = "N")]
    pub(in crate::committee) names: Option<usize>,
    #[command(flatten)]
    pub(in crate::committee) file: OutFile,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PlanArgs {
    #[command(subcommand)]
    pub(in crate::committee) act: Option<PlanCommand>,
    #[command(flatten)]
    pub(in crate::committee) steps: Named,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
}

/// What is done with the plan.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "the help text of each command is its documentation")]
pub enum PlanCommand {
    /// Prefill the contest of one step from whom the log certifies as elected
    Adopt(AdoptArgs),
}

/// Arguments of `plan adopt`.
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// The step: executive, standing, secretary, deputies, inspection, chair, vice-chairs, delegation
    #[arg(value_parser = step)]
    pub(in crate::committee) step: &'static committee::plan::Step,
    /// How many are to be elected
    #[arg(long, value_name = "N")]
    pub(in crate::committee) seats: Option<u16>,
    /// Of a delegation: alternates elected from the same list
    #[arg(long, value_name = "N")]
    pub(in crate::committee) alternates: Option<u64>,
    /// A name on the list; once for each; default: all those the log suggests
    #[arg(long = "name", value_name = "NAME")]
    pub(in crate::committee) names: Vec<Text>,
    /// The counting board of that meeting
    #[arg(long)]
    pub(in crate::committee) board: Option<BoardId>,
    /// The id of the contest; default: the word of the step
    #[arg(long)]
    pub(in crate::committee) id: Option<ContestId>,
    /// What the ballot says is elected
    #[arg(long)]
    pub(in crate::committee) title: Option<Text>,
    #[command(flatten)]
    pub(in crate::committee) steps: Named,
    #[command(flatten)]
    pub(in crate::committee) file: OutFile,
    #[command(flatten)]
    pub(in crate::committee) read: ReadArgs,
}

/// Which contest is which step, where neither id nor title says it.
#[derive(Debug, Args)]
pub struct Named {
    /// The contest of a step, as executive=c01; once for each
    #[arg(long = "is", value_name = "STEP=CONTEST", value_parser = is)]
    pub(in crate::committee) named: Vec<(&'static committee::plan::Step, ContestId)>,
}

/// Where the file goes.
#[derive(Debug, Args)]
pub struct OutFile {
    /// Write a whole event file, which `committee contest ID --event-toml FILE` takes as it is
    #[arg(long, value_name = "FILE")]
    pub(in crate::committee) out: Option<PathBuf>,
}

fn step(typed: &str) -> Result<&'static committee::plan::Step, String> {
    let known = || committee::plan::STEPS.iter().map(|s| s.word).collect::<Vec<_>>().join(", ");
    committee::plan::Step::find(typed).ok_or_else(|| format!("không có bước này — no such step; {}", known()))
}

fn is(typed: &str) -> Result<(&'static committee::plan::Step, ContestId), String> {
    let (word, id) = typed.split_once('=').ok_or("STEP=CONTEST")?;
    Ok((step(word)?, id.parse().map_err(|e: tally::id::IdError| e.to_string())?))
}
