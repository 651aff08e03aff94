//! One step of the plan as a contest, prefilled.

use super::{Electorate, Plan, STEPS, Step};
use crate::{
    error::{CommitteeError, say},
    event::{EventCandidate, EventContest},
    proposal::{BUNDLE_SIZE, Proposal, form_for},
    round::Person,
};
use tally::{
    BoardId, ContestId,
    ruling::{Phase, Refusal, Sentence},
    statement::{BasePart, Language, Round},
    text::Text,
};

/// What the meeting decides that the log does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption {
    /// How many are to be elected.
    pub seats: Option<u16>,
    /// How many alternates are elected from the same list, in a delegation.
    pub alternates: Option<u64>,
    /// The list; without any all those the log suggests.
    pub names: Vec<Text>,
    /// The counting board of the meeting.
    pub board: Option<BoardId>,
    /// The id of the contest; else the word of the step.
    pub id: Option<ContestId>,
    /// What the ballot says is elected.
    pub title: Option<Text>,
}

/// The contest of a step, from whom the log certifies as elected.
///
/// # Errors
/// The number of seats, the list or the board is neither said nor known; there are fewer names than seats; the meeting has
/// no members yet.
pub fn adopt(plan: &Plan<'_>, step: &'static Step, said: Adoption) -> Result<Proposal, CommitteeError> {
    let wrong = |vi: String, en: String| CommitteeError::Choice(say(vi, en));
    let word = step.word;
    let Some(seats) = said.seats.or(step.seats) else {
        return Err(wrong(
            format!("{word}: bầu bao nhiêu người? thêm --seats N theo quyết định của {}", step.electorate.said().vi),
            format!("{word}: how many are elected? add --seats N as {} decides", step.electorate.said().en),
        ));
    };
    let Some(board) = said.board.or_else(|| plan.board(step)) else {
        return Err(wrong(
            format!(
                "{word}: ban kiểm phiếu nào? {} bầu ban của mình (committee board), rồi --board",
                step.electorate.said().vi
            ),
            format!(
                "{word}: which board? {} elects its own (committee board), then --board",
                step.electorate.said().en
            ),
        ));
    };
    plan.count.board(board).ok_or(Refusal::UnknownBoard(board))?;
    let (candidates, beside, mut notes) = list(plan, step, board, &said.names);
    if candidates.len() < usize::from(seats) {
        let have = candidates.len();
        return Err(wrong(
            format!("{word}: bầu {seats} mà danh sách có {have} người; thêm --name cho từng người"),
            format!("{word}: {seats} to be elected and {have} on the list; add --name for each"),
        ));
    }
    notes.extend(before_the_vote(plan, step));
    let (form, choices) = form_for(candidates.len(), seats, None);
    let contest = EventContest {
        id: free_id(plan, step, said.id),
        board,
        title: said.title.unwrap_or_else(|| title(plan, step)),
        form,
        profile: plan.profile(step).parse().expect("profiles are named with words"),
        seats,
        choices,
        kind: Round::First,
        follows: None,
        counts: 1,
        bundle_size: BUNDLE_SIZE.max(plan.count.manifest().map_or(1, |m| m.min_bundle)),
        base: base(plan, step, said.alternates)?,
        papers: None,
        candidates,
    };
    Ok(Proposal { contest, notes, beside })
}

/// Names as the meeting says them, with what the log knows of each; without any those the log suggests.
fn list(
    plan: &Plan<'_>,
    step: &Step,
    board: BoardId,
    names: &[Text],
) -> (Vec<EventCandidate>, Vec<String>, Vec<Sentence>) {
    let suggested = plan.suggested(step, Some(board));
    let why = |p: &Person| format!("trúng cử ở {0}, {1} phiếu — elected in {0}", p.contest, p.votes);
    if names.is_empty() {
        let (candidates, beside) = suggested.into_iter().map(|p| (p.candidate.clone(), why(&p))).unzip();
        return (candidates, beside, Vec::new());
    }
    let (mut candidates, mut beside, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        match suggested.iter().find(|p| p.candidate.name == *name) {
            Some(person) => {
                beside.push(why(person));
                candidates.push(person.candidate.clone());
            }
            None => {
                beside.push("ngoài danh sách gợi ý — not among those suggested".to_owned());
                candidates.push(EventCandidate { name: name.clone(), born: None, traits: Vec::new() });
                if let Some(from) = step.from.filter(|_| !step.outside) {
                    notes.push(say(
                        format!(
                            "CHÚ Ý: nhật ký không có {name} trúng cử ở bước {from} (hoặc đang trong ban kiểm phiếu)"
                        ),
                        format!("MIND: the log has {name} not elected in the step {from}, or on the counting board"),
                    ));
                }
            }
        }
    }
    (candidates, beside, notes)
}

/// What should be over first, and what the meeting knows better than the log.
fn before_the_vote(plan: &Plan<'_>, step: &Step) -> Vec<Sentence> {
    let mut notes = Vec::new();
    for earlier in [step.from.and_then(Step::find), step.electorate.voters()].into_iter().flatten() {
        let open = plan.rounds(earlier).last().filter(|c| c.phase() != Phase::Announced).map(|c| c.statement().contest);
        if let Some(contest) = open {
            let note = say(format!("CHÚ Ý: {contest} chưa công bố"), format!("MIND: {contest} is not announced yet"));
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    let meeting = step.electorate.said();
    notes.push(say(
        format!("Người bầu: {}. Sửa số vắng mặt trong base nếu có", meeting.vi),
        format!("Voters: {}. Correct who is absent in the base", meeting.en),
    ));
    if step.outside && step.from.is_some() {
        notes.push(say("Có thể có người ngoài danh sách gợi ý", "People who are not suggested may stand as well"));
    }
    if step.unverified {
        notes.push(say(
            format!("Chưa đối chiếu được với văn bản: {}", step.source),
            format!("Recalled and not read in the text: {}", step.source),
        ));
    }
    notes
}

/// The members of the meeting: those elected to it; of the congress as it was for its first vote.
fn base(plan: &Plan<'_>, step: &Step, alternates: Option<u64>) -> Result<Vec<BasePart>, CommitteeError> {
    let part = |name: &str, people| BasePart { part: name.parse().expect("parts are named with words"), people };
    let Some(voters) = step.electorate.voters() else {
        return match plan.first(&STEPS[0]) {
            Some(first) => {
                let mut base = first.statement().base.clone();
                base.extend(alternates.map(|n| part("alternate-seats", n)));
                Ok(base)
            }
            None => Err(CommitteeError::Choice(say(
                "chưa có cuộc bầu nào của đại hội trong nhật ký: ghi cuộc bầu đầu tiên vào event.toml",
                "the log has no contest of the congress yet: write the first one in an event.toml",
            ))),
        };
    };
    let people = plan.elected(voters).len() as u64;
    if people == 0 {
        return Err(CommitteeError::Choice(say(
            format!("chưa ai được chứng nhận trúng cử ở bước {}", voters.word),
            format!("nobody is certified as elected in the step {}", voters.word),
        )));
    }
    debug_assert_ne!(step.electorate, Electorate::Congress, "a congress is summoned, not elected here");
    Ok(vec![part("in-office", people), part("absent-excused", 0)])
}

fn free_id(plan: &Plan<'_>, step: &Step, said: Option<ContestId>) -> ContestId {
    let word: ContestId = step.word.parse().expect("steps have short words");
    match said {
        Some(id) => id,
        None if plan.count.contest(word).is_none() => word,
        None => crate::round::free_id(plan.count, word, 2),
    }
}

/// `Bầu Ban Thường vụ nhiệm kỳ 2020–2025`: the term as the first contest of the congress says it.
fn title(plan: &Plan<'_>, step: &Step) -> Text {
    let is_english = plan.count.manifest().is_some_and(|m| m.language == Language::En);
    let begin = if is_english { step.en } else { step.vi };
    let executive = plan.first(&STEPS[0]).map_or("", |c| c.statement().title.as_str());
    let term = executive.find("nhiệm kỳ").filter(|_| step.electorate != Electorate::Congress);
    let title = term.map_or(begin.to_owned(), |at| format!("{begin} {}", &executive[at..]));
    title.parse().unwrap_or_else(|_| begin.parse().expect("steps have readable titles"))
}
