//! Who was elected by sex and age, as reports to the level above ask. Sex is known where the list says `female`; ages need
//! a day to count to, which the committee gives: there is no clock. It refuses to guess.

use crate::{
    number::{age, parts},
    record::Frozen,
    words::{self, Word},
};
use tally::{CandidateNo, statement::Language, text::Date};

/// Some of the people, among the candidates and among the elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Who.
    pub name: String,
    /// How many on the list.
    pub listed: u64,
    /// How many elected.
    pub elected: u64,
}

/// Up to this age, and over it the next band.
const BANDS: [(u32, Word); 5] = [
    (30, words::AGE_TO_30),
    (40, words::AGE_TO_40),
    (50, words::AGE_TO_50),
    (60, words::AGE_TO_60),
    (u32::MAX, words::AGE_OVER_60),
];

/// The groups: all, female, others, then by age to the day of the minutes, or by year of birth where there is no day.
#[must_use]
pub fn groups(frozen: &Frozen, language: Language) -> Vec<Group> {
    let contest = &frozen.vote.contest;
    let numbers: Vec<CandidateNo> = (0..contest.candidates.len()).map(|place| contest.number(place)).collect();
    let group = |name: String, holds: &dyn Fn(CandidateNo) -> bool| Group {
        name,
        listed: numbers.iter().filter(|no| holds(**no)).count() as u64,
        elected: frozen.certify.elected.iter().filter(|no| holds(**no)).count() as u64,
    };
    let female = |no: CandidateNo| contest.traits.iter().any(|(n, word)| *n == no && word.as_str() == "female");
    let born = |no: CandidateNo| contest.born.iter().find(|(n, _)| *n == no).map(|(_, date)| *date);
    let say = |word: Word| word.say(language).to_owned();
    let mut groups = vec![
        group(say(words::ALL), &|_| true),
        group(say(words::FEMALE), &female),
        group(say(words::NOT_FEMALE), &|no| !female(no)),
    ];
    match frozen.day {
        Some(day) => {
            let mut from = 0;
            for (upto, name) in BANDS {
                let within = |date: Date| (from..=upto).contains(&age(date, day));
                groups.push(group(say(name), &|no| born(no).is_some_and(within)));
                from = upto.saturating_add(1);
            }
        }
        None => {
            let mut years: Vec<u32> = contest.born.iter().map(|(_, date)| parts(*date).0).collect();
            years.sort_unstable();
            years.dedup();
            for year in years {
                let name = words::AGE_NEEDS_DAY.with(language, &[&year.to_string()]);
                groups.push(group(name, &|no| born(no).is_some_and(|date| parts(date).0 == year)));
            }
        }
    }
    groups.push(group(say(words::AGE_UNKNOWN), &|no| born(no).is_none()));
    groups
}
