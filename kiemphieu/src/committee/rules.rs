//! `kiemphieu committee rules`: the program reports about its own rules, and which of them somebody must still look up.

use super::command::RulesArgs;
use crate::data;
use ::committee::{CommitteeError, home::rules_beside};
use serde_json::{Value, json};
use tally::profile::{Profile, Rulebook, Source, Verification};

pub(super) fn tell(args: &RulesArgs) -> Result<(), CommitteeError> {
    if let Some(folder) = args.event.as_deref().filter(|folder| !folder.exists()) {
        let folder = folder.display();
        let (vi, en) = (format!("không có thư mục {folder}"), format!("there is no folder {folder}"));
        return Err(CommitteeError::input(vi, en));
    }
    let book = args.event.as_deref().map_or_else(|| Ok(Rulebook::embedded()), rules_beside)?;
    let told: Vec<&Profile> = match &args.name {
        None => book.profiles().map(|profile| &**profile).collect(),
        Some(name) => match book.named(name) {
            Some(profile) => vec![&**profile],
            None => {
                let known: Vec<&str> = book.profiles().map(|p| p.name.as_str()).collect();
                let known = known.join(", ");
                let (vi, en) =
                    (format!("không có quy tắc {name}; có: {known}"), format!("no rules {name}; known: {known}"));
                return Err(CommitteeError::input(vi, en));
            }
        },
    };
    if args.json {
        data!("{}", json!({ "profiles": told.iter().map(|profile| as_json(profile)).collect::<Vec<_>>() }));
    } else {
        for profile in told {
            data!("{}", as_text(profile));
        }
    }
    Ok(())
}

/// Somebody must look it up before relying on it.
fn unverified(source: &Source) -> bool {
    source.state == Verification::Recalled
}

fn as_json(profile: &Profile) -> Value {
    let rule = |told: tally::profile::Told<'_>| {
        json!({
            "rule": told.rule,
            "vi": told.says.vi,
            "en": told.says.en,
            "source": told.source.text.as_str(),
            "state": told.source.state.word(),
            "unverified": unverified(told.source),
        })
    };
    let rules = profile.told();
    let (from, until) = profile.in_force;
    json!({
        "name": profile.name.as_str(),
        "word": profile.word.as_str(),
        "own": profile.is_own(),
        "title": { "vi": profile.title.vi, "en": profile.title.en },
        "source": profile.source.text.as_str(),
        "state": profile.source.state.word(),
        "in_force": { "from": from.map(|day| day.to_string()), "until": until.map(|day| day.to_string()) },
        "unverified": rules.iter().any(|told| unverified(told.source)),
        "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
    })
}

fn as_text(profile: &Profile) -> String {
    let Profile { name, word, title, source, in_force: (from, until), .. } = profile;
    let mut lines = vec![format!("{name}: {title}")];
    if profile.is_own() {
        lines.push(format!("  tên trong văn bản đã ký — in signed contests: {word}"));
    }
    let day = |day: &Option<tally::text::Date>| day.map_or("…".to_owned(), |day| day.to_string());
    lines.push(format!("  {} [{}]", source.text, in_words(source.state)));
    if from.is_some() || until.is_some() {
        lines.push(format!("  hiệu lực — in force: {} – {}", day(from), day(until)));
    }
    for told in profile.told() {
        let state = in_words(told.source.state);
        lines.push(format!("  {}: {}\n      {} [{state}]", told.rule, told.says, told.source.text));
    }
    lines.join("\n") + "\n"
}

fn in_words(state: Verification) -> &'static str {
    match state {
        Verification::Read => "đã đọc — read",
        Verification::Excerpt => "đọc trích dẫn — read in an excerpt",
        Verification::Recalled => "CHƯA KIỂM CHỨNG, chỉ nhớ lại — UNVERIFIED, recalled only",
    }
}
