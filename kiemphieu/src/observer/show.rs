//! What an observer says: checkpoints as they come, and the report with the exit code of its verdict.

use crate::exit::{Exit, Failure, Outcome};
use crate::{data, data_raw};
use observer::{Report, Seen, Verdict};

/// One line a checkpoint; a screen that has gone away does not stop a witness.
pub(super) fn seen(seen: &Seen, json: bool) {
    let line = match seen.witnesses {
        _ if json => serde_json::to_string(seen).expect("a checkpoint seen is JSON"),
        Some((have, need)) => format!("{} {} {} {have}/{need}{}", seen.size, seen.code, seen.root, ahead(seen)),
        None => format!("{} {} {}{}", seen.size, seen.code, seen.root, ahead(seen)),
    };
    data!("{line}");
}

fn ahead(seen: &Seen) -> String {
    seen.ahead.map_or_else(String::new, |size| format!(" (người khác đã thấy — others have seen {size})"))
}

/// The report as data, and the exit code of its verdict.
pub(super) fn end(report: &Report, json: bool) -> Outcome {
    let shown = if json { format!("{}\n", report.to_json()) } else { in_words(report) };
    data_raw!("{shown}");
    let exit = match report.verdict() {
        Verdict::Ok => return Ok(()),
        Verdict::Mismatch => Exit::Differs,
        Verdict::Trouble => Exit::Trouble,
        Verdict::Provisional => Exit::Provisional,
        Verdict::Equivocation => Exit::Equivocation,
    };
    Err(Failure::new(exit, report))
}

fn in_words(report: &Report) -> String {
    let mut text = format!("{}\n", report.verdict().word());
    if let Some(root) = report.root {
        text.push_str(&format!("size {}\nroot {root}\n", report.size));
    }
    for contest in report.results.iter().flat_map(|r| &r.contests) {
        let elected =
            if contest.outcome.elected.is_empty() { "-".to_owned() } else { contest.outcome.elected.join(" ") };
        text.push_str(&format!(
            "{} {}: ballots {}, valid {}, elected {elected}\n",
            contest.id, contest.state, contest.ballots, contest.valid
        ));
    }
    for file in &report.files_foreign {
        text.push_str(&format!("foreign {file}\n"));
    }
    for twice in &report.keys_twice {
        text.push_str(&format!("key-in-use-twice {} {}: {} — {}\n", twice.station, twice.file, twice.vi, twice.en));
    }
    if let Some(evidence) = &report.evidence {
        text.push_str(&format!("evidence {}\n", evidence.display()));
    }
    text
}
