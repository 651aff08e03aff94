//! A profile rule by rule, as the program reports about its own rules: what each says, where it is written, how well that
//! was verified. It refuses to leave anything out.

use super::{Counts, Denominator, Profile, Source, say};
use crate::{grounds::AllDisagree, ruling::Sentence};

/// One rule of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// Its key in the rule file.
    pub rule: &'static str,
    /// What it says.
    pub says: Sentence,
    /// Where, and how verified.
    pub source: &'a Source,
}

impl Profile {
    /// Every rule, in the order of the file.
    pub fn told(&self) -> Vec<Told<'_>> {
        let mut told = Vec::new();
        let mut tell = |rule, says, source| told.push(Told { rule, says, source });
        tell("base", self.base_told(), &self.base.source);
        if let Some(m) = &self.majority {
            let share = m.rule;
            let says = say(format!("cần hơn {share}; đúng {share} là chưa đủ"), format!("more than {share} is needed"));
            tell("majority", says, &m.source);
        }
        if let Some(t) = &self.turnout {
            let (part, share) = (&t.rule.part, t.rule.more_than);
            let unless = |word| t.rule.unless.as_ref().map_or(String::new(), |flag| format!(", {word} {flag} = 1"));
            let says = say(
                format!("{part} phải hơn {share} cử tri{}", unless("trừ khi")),
                format!("{part} must exceed {share} of the voters{}", unless("unless")),
            );
            tell("turnout", says, &t.source);
        }
        tell("tie", self.tie_told(), &self.tie.source);
        tell("shortage", self.shortage_told(), &self.shortage.source);
        if let Some(s) = &self.surplus {
            let (percent, least) = (s.rule.percent, s.rule.at_least);
            let says = say(
                format!("danh sách lần đầu dư nhiều nhất {percent} %, làm tròn xuống; dư {least} người luôn được"),
                format!("a first list exceeds the seats by {percent} % at most, rounded down; by {least} always"),
            );
            tell("surplus", says, &s.source);
        }
        if let Some(a) = &self.alternates {
            let part = &a.rule.part;
            let says = say(
                format!("những người tiếp theo, cũng đạt mức, là dự khuyết; số lượng ghi ở {part}"),
                format!("the next over the line are alternates, as many as {part} says"),
            );
            tell("alternates", says, &a.source);
        }
        if let Some(poll) = &self.poll {
            let says = say(
                "chỉ xin ý kiến; số lượng là mức nhiều nhất",
                "a poll only; the seats are the most that are listed",
            );
            tell("poll", says, poll);
        }
        tell("grounds", self.grounds_told(), &self.grounds.source);
        told
    }

    fn base_told(&self) -> Sentence {
        let (vi, en) = match self.base.rule.of {
            Denominator::People => ("D là số người", "D is people"),
            Denominator::Ballots => ("D là số phiếu thu về, hợp lệ hay không", "D is the papers, valid or not"),
            Denominator::Valid => ("D là số phiếu hợp lệ", "D is the valid papers"),
            Denominator::None => ("không có mẫu số, nhiều phiếu hơn thì trúng cử", "no denominator, most votes win"),
        };
        let sign = |counts| match counts {
            Counts::Whole => "",
            Counts::Less => "− ",
            Counts::Beside => "· ",
        };
        let list = |title: fn(&Sentence) -> &str| {
            let parts = &self.base.rule.parts;
            let one = |p: &super::Part| format!("{}{} ({})", sign(p.counts), p.part, title(&p.title));
            parts.iter().map(one).collect::<Vec<_>>().join("; ")
        };
        say(format!("{vi}: {}", list(|t| &t.vi)), format!("{en}: {}", list(|t| &t.en)))
    }

    fn tie_told(&self) -> Sentence {
        let rule = &self.tie.rule;
        let (vi, en) = if rule.round_needs_majority {
            ("lần bầu lại vẫn cần mức đó", "a ballot of the tied needs the line too")
        } else {
            ("lần bầu lại không cần mức nào", "a ballot of the tied needs no line")
        };
        say(format!("{}; {vi}", rule.then.vi), format!("{}; {en}", rule.then.en))
    }

    fn shortage_told(&self) -> Sentence {
        let rule = &self.shortage.rule;
        let (mut vi, mut en) = (rule.then.vi.clone(), rule.then.en.clone());
        for again in &rule.again {
            let (body, share) = (&again.body, again.fewer_than);
            vi.push_str(&format!("; {}: khi được ít hơn {share}", body.vi));
            en.push_str(&format!("; {}: when fewer than {share} are filled", body.en));
        }
        if let Some(most) = rule.stop_after {
            vi.push_str(&format!("; nhiều nhất {most} lần"));
            en.push_str(&format!("; at most {most} ballots"));
        }
        say(vi, en)
    }

    fn grounds_told(&self) -> Sentence {
        let one = |(form, grounds): &(crate::Form, crate::grounds::Grounds)| {
            let words: Vec<&str> = grounds.listed().map(crate::Reason::word).collect();
            let all = match (form, grounds.all_disagree()) {
                (crate::Form::AgreeList, AllDisagree::Valid) => " (D D D: valid)",
                (crate::Form::AgreeList, AllDisagree::Invalid) => " (D D D: blank)",
                _ => "",
            };
            format!("{form}: {}{all}", words.join(" > "))
        };
        let forms = self.grounds.rule.iter().map(one).collect::<Vec<_>>().join("; ");
        say(
            format!("phiếu không hợp lệ, căn cứ đứng trước thắng: {forms}"),
            format!("invalid, the first wins: {forms}"),
        )
    }
}
