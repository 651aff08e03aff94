//! What the rules of a contest are called on paper: whose heading, what D is, which papers are invalid. It asks the profile
//! and adds nothing but the names of headings. It refuses to compute.

use crate::words;
use tally::{
    Form, Reason,
    profile::{Counts, Denominator, Fraction, Profile},
    statement::{BasePart, Language},
};

/// Whose heading stands at the right of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    /// Đảng.
    Party,
    /// Nhà nước.
    State,
    /// Nobody's: place and day only.
    None,
}

pub(crate) fn heading(profile: &Profile) -> Heading {
    match profile.name.as_str() {
        name if name.starts_with("party-") || name == "opinion-poll" => Heading::Party,
        name if name.starts_with("state-") => Heading::State,
        _ => Heading::None,
    }
}

/// Whether D is made of people, so that it is known before the vote.
pub(crate) fn is_of_people(profile: &Profile) -> bool {
    profile.base.rule.of == Denominator::People
}

/// What percentages are of, named: D where there is one, the valid ballots otherwise.
pub(crate) fn share_name(profile: &Profile, base: Option<u64>, language: Language) -> String {
    let of = if base.is_some() { profile.base.rule.of } else { Denominator::None };
    match of {
        Denominator::Valid | Denominator::None => words::VALID_PAPERS.say(language).to_owned(),
        Denominator::Ballots => words::ALL_PAPERS.say(language).to_owned(),
        Denominator::People => {
            let parts = &profile.base.rule.parts;
            let whole =
                parts.iter().find(|p| p.counts == Counts::Whole).map_or_else(String::new, |p| said(p, language));
            match parts.iter().any(|p| p.counts == Counts::Less) {
                true => words::LESS_OTHERS.with(language, &[&whole]),
                false => whole,
            }
        }
    }
}

fn said(part: &tally::profile::Part, language: Language) -> String {
    if language == Language::Vi { part.title.vi.clone() } else { part.title.en.clone() }
}

/// A part of the base as the minutes say it, and what it does to D.
pub(crate) fn part(profile: &Profile, signed: &BasePart, language: Language) -> (String, Counts) {
    let known = profile.base.rule.parts.iter().find(|p| p.part == signed.part);
    known.map_or_else(|| (signed.part.to_string(), Counts::Beside), |p| (said(p, language), p.counts))
}

/// How many votes are enough, in the words of the line that the profile draws.
pub(crate) fn enough(profile: &Profile, least: &str, language: Language) -> String {
    let half = profile.majority.as_ref().is_some_and(|m| m.rule == Fraction::HALF);
    if half { words::POINT_HALF } else { words::POINT_ENOUGH }.with(language, &[least])
}

/// The grounds on which a paper of that form is invalid, in order.
pub(crate) fn grounds(profile: &Profile, form: Form) -> Vec<Reason> {
    profile.grounds(form).into_iter().flat_map(|g| g.listed().collect::<Vec<_>>()).collect()
}

/// Whether Không đồng ý for everybody is a valid vote.
pub(crate) fn may_disagree_with_all(profile: &Profile) -> bool {
    profile.grounds(Form::AgreeList).is_none_or(|g| g.all_disagree() == tally::grounds::AllDisagree::Valid)
}
