//! On which grounds a paper of one form is invalid (counting-rules §3): a profile lists them in their order of
//! precedence. It refuses to know papers.

use crate::form::{Form, Reason, words};

/// The grounds of one form of ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// One bit for each ground, in order of precedence.
    listed: u8,
    all_disagree: AllDisagree,
}

/// What a paper of several names is on which every name has Không đồng ý.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllDisagree {
    /// A choice like any other.
    Valid,
    /// Nobody is chosen: [`Reason::Blank`].
    Invalid,
}
words!(AllDisagree: "valid, invalid"; Valid = "valid", Invalid = "invalid");

impl Grounds {
    /// These grounds, whatever their order.
    pub fn new(listed: &[Reason], all_disagree: AllDisagree) -> Self {
        Self { listed: listed.iter().fold(0, |bits, reason| bits | bit(*reason)), all_disagree }
    }

    /// The grounds of the table in counting-rules §3, which every profile of the Party lists.
    pub fn usual(form: Form) -> Self {
        use Reason::{AddedName, Blank, BothBoxes, IdentifyingMark, NoMark, NotIssued, Overvote};
        let of_the_form: &[Reason] = match form {
            Form::StrikeList | Form::Approve => &[Overvote, Blank],
            Form::AgreeList => &[Blank],
            Form::AgreeSingle => &[BothBoxes, NoMark],
        };
        Self::new(&[of_the_form, &[NotIssued, AddedName, IdentifyingMark]].concat(), AllDisagree::Valid)
    }

    /// Whether a paper can be invalid on that ground.
    pub fn knows(self, reason: Reason) -> bool {
        self.listed & bit(reason) != 0
    }

    /// In order of precedence.
    pub fn listed(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(move |reason| self.knows(*reason))
    }

    /// What Không đồng ý for everybody is.
    pub fn all_disagree(self) -> AllDisagree {
        self.all_disagree
    }
}

fn bit(reason: Reason) -> u8 {
    1_u8 << (reason as u8)
}
