//! The steps as data: what is elected, by which meeting, from among whom, by which rules.

use crate::{error::say, meaning::Said};
use tally::{ruling::Sentence, statement::Contest};

/// One step of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its word: what is typed, and the id of its contest.
    pub word: &'static str,
    /// What is elected, in Vietnamese, as titles of such contests begin.
    pub vi: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// Which meeting elects.
    pub electorate: Electorate,
    /// The ending of the profile.
    pub profile: &'static str,
    /// The step whose elected are the candidates.
    pub from: Option<&'static str>,
    /// Steps whose elected cannot be elected here as well.
    pub without: &'static [&'static str],
    /// Whether people may stand who were not elected there.
    pub outside: bool,
    /// How many are elected, where it is always so many.
    pub seats: Option<u16>,
    /// Where the rule is written.
    pub source: &'static str,
    /// Whether that was recalled and not read.
    pub unverified: bool,
}

/// Which meeting elects; each meeting elects its own counting board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Electorate {
    /// The congress (đại hội).
    Congress,
    /// The first meeting of the new Executive Committee.
    Committee,
    /// The first meeting of the new Inspection Committee.
    Inspection,
}

impl Electorate {
    /// Its word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Congress => "congress",
            Self::Committee => "committee",
            Self::Inspection => "inspection",
        }
    }

    /// The meeting in words.
    #[must_use]
    pub fn said(self) -> Said {
        let (vi, en) = match self {
            Self::Congress => ("đại hội", "the congress"),
            Self::Committee => ("phiên họp thứ nhất của Ban Chấp hành mới", "the first meeting of the new committee"),
            Self::Inspection => {
                ("phiên họp thứ nhất của Ủy ban Kiểm tra mới", "the first meeting of the new inspection committee")
            }
        };
        say(vi, en).into()
    }

    /// The step whose elected are the voters of the meeting.
    #[must_use]
    pub fn voters(self) -> Option<&'static Step> {
        match self {
            Self::Congress => None,
            Self::Committee => Step::find("executive"),
            Self::Inspection => Step::find("inspection"),
        }
    }
}

impl Step {
    /// The step of that word.
    #[must_use]
    pub fn find(word: &str) -> Option<&'static Self> {
        STEPS.iter().find(|s| s.word == word)
    }

    /// What is elected, in both languages.
    #[must_use]
    pub fn title(&self) -> Said {
        let title: Sentence = say(self.vi, self.en);
        title.into()
    }

    /// Whether a first vote is this step's: by its id, or because its title begins as this one's.
    #[must_use]
    pub fn is(&self, contest: &Contest) -> bool {
        let id = contest.contest;
        let ending = id.as_str().strip_prefix(self.word);
        let by_id = ending.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix('-').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
        });
        let title = contest.title.as_str().to_lowercase();
        by_id || [self.vi, self.en].iter().any(|begin| title.starts_with(&begin.to_lowercase()))
    }
}

const REGULATION: &str = "Điều lệ Đảng; 190-QĐ/TW, 244-QĐ/TW";

/// The chain, in the order in which a congress usually takes it.
pub const STEPS: &[Step] = &[
    Step {
        word: "executive",
        vi: "Bầu Ban Chấp hành",
        en: "Executive Committee",
        electorate: Electorate::Congress,
        profile: "",
        from: None,
        without: &[],
        outside: true,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "standing",
        vi: "Bầu Ban Thường vụ",
        en: "Standing Committee",
        electorate: Electorate::Committee,
        profile: "-committee",
        from: Some("executive"),
        without: &[],
        outside: false,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "secretary",
        vi: "Bầu Bí thư",
        en: "Secretary",
        electorate: Electorate::Committee,
        profile: "-committee",
        from: Some("standing"),
        without: &[],
        outside: false,
        seats: Some(1),
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "deputies",
        vi: "Bầu Phó Bí thư",
        en: "Deputy Secretaries",
        electorate: Electorate::Committee,
        profile: "-committee",
        from: Some("standing"),
        without: &["secretary"],
        outside: false,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "inspection",
        vi: "Bầu Ủy ban Kiểm tra",
        en: "Inspection Committee",
        electorate: Electorate::Committee,
        profile: "-committee",
        from: Some("executive"),
        without: &[],
        // Some members are of the Executive Committee, some are not.
        outside: true,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "chair",
        vi: "Bầu Chủ nhiệm Ủy ban Kiểm tra",
        en: "Chair of the Inspection Committee",
        electorate: Electorate::Committee,
        profile: "-committee",
        from: Some("inspection"),
        without: &[],
        outside: false,
        seats: Some(1),
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "vice-chairs",
        vi: "Bầu Phó Chủ nhiệm Ủy ban Kiểm tra",
        en: "Deputy Chairs of the Inspection Committee",
        electorate: Electorate::Inspection,
        profile: "-committee",
        from: Some("inspection"),
        without: &["chair"],
        outside: false,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
    Step {
        word: "delegation",
        vi: "Bầu Đoàn đại biểu",
        en: "Delegation",
        electorate: Electorate::Congress,
        profile: "-delegation",
        from: Some("executive"),
        without: &[],
        outside: true,
        seats: None,
        source: REGULATION,
        unverified: true,
    },
];
