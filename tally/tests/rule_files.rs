//! Rule files: what is wrong with one is said with its line, all at once, and no such file is counted by.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

use tally::{
    Replay,
    form::{Form, Reason},
    profile::{RuleFile, Rulebook, Verification, content_word, is_content_word},
    statement::BasePart,
    written::FileFault,
};

const PARTY: &str = include_str!("../profiles/party-190.toml");
const DELEGATION: &str = include_str!("../profiles/party-190-delegation.toml");
const STATE: &str = include_str!("../profiles/state-85-2015.toml");

fn file(text: impl Into<Vec<u8>>) -> RuleFile {
    RuleFile { path: "profiles/own.toml".into(), bytes: text.into() }
}

fn faults(text: impl Into<Vec<u8>>) -> Vec<FileFault> {
    let mut faults = Rulebook::with([file(text)]).expect_err("a broken file was read").0;
    assert_eq!(faults.len(), 1);
    faults.remove(0).faults
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the good file has no `{from}`");
    text.replacen(from, to, 1)
}

/// What is done to which good file; the line that is named, from what stands on it; the key; a word of the sentence.
type Broken = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const BROKEN: &[Broken] = &[
    (PARTY, "percent = 30", "percent = 30\ncolour = 3", "colour = 3", "surplus.colour", "unknown key"),
    (PARTY, "name = ", "nam = \"x\"\nname = ", "nam = ", "nam", "unknown key"),
    (PARTY, "more-than = [1, 2]", "more-than = 0.5", "more-than = 0.5", "majority.more-than", "a decimal number"),
    (
        PARTY,
        "more-than = [1, 2]",
        "more-than = [0.5, 1]",
        "more-than = [0.5",
        "majority.more-than[1]",
        "a decimal number",
    ),
    (
        PARTY,
        "more-than = [1, 2]",
        "more-than = [1, 2, 3]",
        "more-than = [1,",
        "majority.more-than",
        "expected 2 numbers",
    ),
    (PARTY, "more-than = [1, 2]", "more-than = [2, 1]", "more-than = [2,", "majority.more-than", "at most all"),
    (PARTY, "more-than = [1, 2]", "more-than = [0, 2]", "more-than = [0,", "majority.more-than", "more than nothing"),
    (PARTY, "more-than = [1, 2]", "more-than = [1, 0]", "more-than = [1,", "majority.more-than", "more than nothing"),
    (PARTY, "more-than = [1, 2]\nsource", "more-than = [1, 2]\nsauce", "sauce", "majority.sauce", "unknown key"),
    (PARTY, "percent = 30", "percent = 30.5", "percent = 30.5", "surplus.percent", "a decimal number"),
    (PARTY, "percent = 30", "percent = -1", "percent = -1", "surplus.percent", "not a number from"),
    (PARTY, "of = \"people\"", "of = \"persons\"", "of = \"persons\"", "base.of", "people, ballots"),
    (PARTY, "of = \"people\"", "of = \"none\"", "[majority]", "majority", "go together"),
    (PARTY, "counts = \"whole\"", "counts = \"less\"", "part = \"summoned\"", "base.parts[1].counts", "the first part"),
    (
        PARTY,
        "counts = \"less\"",
        "counts = \"whole\"",
        "part = \"absent-throughout\"",
        "base.parts[2].counts",
        "no other",
    ),
    (
        PARTY,
        "\"convener-absent\"",
        "\"summoned\"",
        "part = \"summoned\", counts = \"less\"",
        "base.parts[3].part",
        "stands already on line",
    ),
    (PARTY, "older-wins = false", "older-wins = \"no\"", "older-wins", "tie.older-wins", "true or false"),
    (PARTY, "state = \"excerpt\"", "state = \"believed\"", "state = \"believed\"", "state", "read, excerpt, recalled"),
    (
        PARTY,
        "\"overvote\", \"blank\", \"added-name\"",
        "\"blank\", \"overvote\", \"added-name\"",
        "strike-list =",
        "grounds.strike-list",
        "in order of precedence, each once",
    ),
    (
        PARTY,
        "\"overvote\", \"blank\",",
        "\"overvote\", \"overvote\", \"blank\",",
        "strike-list =",
        "grounds.strike-list",
        "each once",
    ),
    (
        PARTY,
        "\"overvote\", \"blank\",",
        "\"overvote\",",
        "strike-list =",
        "grounds.strike-list",
        "needs as well: blank",
    ),
    (
        PARTY,
        "agree-single = [\"not-issued\", ",
        "agree-single = [\"not-issued\", \"overvote\", ",
        "agree-single =",
        "grounds.agree-single",
        "cannot be: overvote",
    ),
    (
        PARTY,
        "\"overvote\", \"blank\",",
        "\"overvoted\", \"blank\",",
        "strike-list =",
        "grounds.strike-list[2]",
        "not-issued, overvote",
    ),
    (PARTY, "all-disagree = \"valid\"\n", "", "[grounds]", "grounds.all-disagree", "go together"),
    (PARTY, "name = \"party-190\"", "name = \"party 190\"", "name = \"party 190\"", "name", "a word of at most 32"),
    (
        PARTY,
        "name = \"party-190\"",
        "name = \"r0123456789abcdef0123456789abcde\"",
        "name = \"r0",
        "name",
        "content word",
    ),
    (PARTY, "from = \"2024-10-10\"", "from = \"2024-10-32\"", "in-force", "in-force.from", "YYYY-MM-DD"),
    (
        PARTY,
        "from = \"2024-10-10\"",
        "from = \"2024-10-10\", until = \"2024-10-09\"",
        "in-force",
        "in-force.until",
        "ends before",
    ),
    (PARTY, "percent = 30", "percent = 30\npercent = 40", "percent = 40", "percent", "stands twice"),
    (PARTY, "[majority]", "[majority", "[majority", "", "not TOML"),
    (DELEGATION, "[alternates]\npart", "[alternates]\n# part", "[alternates]", "alternates.part", "missing"),
    (STATE, "[turnout]\npart", "[turnout]\n# part", "[turnout]", "turnout.part", "missing"),
    (PARTY, "[shortage]", "[shortages]", "[shortages]", "shortages", "unknown key"),
    (
        DELEGATION,
        "[alternates]\npart = \"alternate-seats\"",
        "[alternates]\npart = \"absent-throughout\"",
        "part = \"absent-throughout\"\n",
        "alternates.part",
        "no part `absent-throughout`",
    ),
    (
        STATE,
        "part = \"voted\"\nmore",
        "part = \"voters\"\nmore",
        "part = \"voters\"",
        "turnout.part",
        "no part `voters`",
    ),
    (
        STATE,
        "unless = \"re-election\"",
        "unless = \"again\"",
        "unless = \"again\"",
        "turnout.unless",
        "no part `again`",
    ),
    (
        STATE,
        "fewer-than = [2, 3]",
        "fewer-than = [3, 2]",
        "fewer-than = [3, 2]",
        "shortage.again[2].fewer-than",
        "at most all",
    ),
];

#[test]
fn a_broken_rule_file_is_refused_with_its_line() {
    for (good, from, to, at, key, word) in BROKEN {
        let text = changed(good, from, to);
        let line = text[..text.find(at).unwrap()].matches('\n').count() + 1;
        let faults = faults(text);
        let fault = faults.iter().find(|fault| fault.key_path == *key);
        let fault = fault.unwrap_or_else(|| panic!("{to}: no fault of {key} in {faults:#?}"));
        assert_eq!(fault.line, line, "{to}: {fault}");
        assert!(fault.why_en.contains(word), "{to}: {fault}");
        assert!(!fault.why_vi.is_empty() && fault.why_vi != fault.why_en, "{fault}");
    }
}

#[test]
fn a_rule_without_its_source_is_refused_whichever_it_is() {
    for good in [PARTY, DELEGATION, STATE] {
        let lines: Vec<&str> = good.lines().collect();
        for (at, line) in
            lines.iter().enumerate().filter(|(_, l)| l.starts_with("source =") || l.starts_with("state ="))
        {
            let key = line.split(' ').next().unwrap();
            let text =
                lines.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, l)| *l).collect::<Vec<_>>().join("\n");
            let faults = faults(text);
            let [fault] = &faults[..] else { panic!("{faults:#?}") };
            assert!(fault.key_path.ends_with(key) && fault.why_en.contains("missing"), "{fault}");
            assert!(fault.line <= at + 1 && lines[fault.line - 1].starts_with('[') || fault.line == 1, "{fault}");
        }
    }
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let first =
        changed(&changed(PARTY, "more-than = [1, 2]", "more-than = 0.5"), "percent = 30", "percent = 30\nx = 1");
    let second = changed(STATE, "older-wins = true", "older-wins = 1");
    let faults = Rulebook::with([file(first), file(second)]).expect_err("broken");
    assert_eq!(faults.0.iter().map(|f| f.faults.len()).collect::<Vec<_>>(), [2, 1]);
    let told = faults.to_string();
    assert!(told.contains("profiles/own.toml:") && told.contains("2 lỗi") && told.contains("older-wins"), "{told}");
}

#[test]
fn what_is_no_text_or_too_long_is_refused() {
    assert!(faults(b"name = \"\xff\"".to_vec())[0].why_en.contains("UTF-8"));
    assert!(faults("# ".repeat(40_000))[0].why_en.contains("larger than 64 KiB"));
    let padded = |bytes: usize| format!("{PARTY}#{}\n", "-".repeat(bytes - PARTY.len() - 2));
    assert!(Rulebook::with([file(padded(64 << 10))]).is_ok());
    assert!(faults(padded((64 << 10) + 1))[0].why_en.contains("larger than"));
    assert!(faults("").len() >= 8, "everything is missing");
}

#[test]
fn after_a_slip_of_the_pen_nothing_more_is_guessed() {
    let broken = changed(&changed(PARTY, "[majority]", "[majority"), "percent = 30", "percent = 30\npercent = 40");
    assert!(faults(broken).iter().all(|f| f.key_path.is_empty() || f.why_en.contains("stands twice")));
    let once = Rulebook::with([file(changed(PARTY, "[majority]", "[majority"))]).expect_err("broken").0.remove(0);
    assert_eq!(once.faults.len(), 1, "{once}");
    assert!(once.to_string().contains("1 lỗi, chưa có gì bắt đầu — 1 fault, nothing"), "{once}");
}

#[test]
fn a_part_that_stands_twice_is_told_where_it_stood_first() {
    let twice = changed(PARTY, "\"convener-absent\"", "\"summoned\"");
    let first = twice[..twice.find("\"summoned\"").unwrap()].matches('\n').count() + 1;
    assert!(faults(twice)[0].why_en.contains(&format!("already on line {first};")));
}

#[test]
fn rules_may_be_in_force_for_one_day() {
    let text = changed(PARTY, "from = \"2024-10-10\"", "from = \"2024-10-10\", until = \"2024-10-10\"");
    let book = Rulebook::with([file(text)]).unwrap();
    let (from, until) = book.own().next().unwrap().in_force;
    assert_eq!(from, until);
}

#[test]
fn a_log_is_read_by_the_rules_that_are_handed_in_and_else_by_those_of_this_version() {
    let book = Rulebook::with([file(PARTY)]).unwrap();
    let own = |replay: Replay| replay.count.rules().own().count();
    assert_eq!((own(Replay::with_rules(book)), own(Replay::new())), (1, 0));
}

#[test]
fn the_parts_of_a_base_leave_somebody_to_vote_and_no_more_voters_than_listed() {
    let book = Rulebook::embedded();
    let check = |name: &str, parts: &[(&str, u64)]| {
        let base: Vec<_> =
            parts.iter().map(|(part, people)| BasePart { part: part.parse().unwrap(), people: *people }).collect();
        book.named(&name.parse().unwrap()).unwrap().check_base(&base).map_err(|why| why.en)
    };
    let party = |summoned, absent| {
        check("party-190", &[("summoned", summoned), ("absent-throughout", absent), ("convener-absent", 0)])
    };
    assert_eq!(party(3, 2), Ok(()));
    assert!(party(3, 3).unwrap_err().contains("leaves nobody to vote"));
    assert!(party(3, 4).unwrap_err().contains("`summoned` = 3"));
    assert!(check("party-190", &[("summoned", 3)]).unwrap_err().contains("absent-throughout, convener-absent, in"));
    let state =
        |voted, again| check("state-85-2015", &[("listed-voters", 9), ("voted", voted), ("re-election", again)]);
    assert_eq!((state(0, 0), state(9, 1)), (Ok(()), Ok(())));
    assert!(state(10, 0).unwrap_err().contains("more people voted"));
    assert!(state(9, 2).unwrap_err().contains("re-election is 1 or 0"));
}

#[test]
fn two_files_of_one_name_are_refused_and_one_file_twice_is_one() {
    let faults = Rulebook::with([file(PARTY), file(format!("{PARTY}\n# changed"))]).expect_err("two of a name").0;
    assert_eq!((faults[0].faults[0].line, faults[0].faults[0].key_path.as_str()), (4, "name"));
    assert!(Rulebook::with([file(PARTY), file(PARTY)]).is_ok());
}

#[test]
fn an_own_file_is_named_by_its_content_and_wins_in_an_event_file_only() {
    let text = changed(PARTY, "more-than = [1, 2]", "more-than = [2, 3]");
    let book = Rulebook::with([file(text.clone())]).unwrap();
    let name = "party-190".parse().unwrap();
    let own = book.named(&name).unwrap();
    assert_eq!(own.word, content_word(text.as_bytes()));
    assert!(own.is_own() && is_content_word(own.word.as_str()) && own.word.as_str().len() == 32);
    assert_eq!(own.text.as_bytes(), text.as_bytes());
    assert_eq!(own.majority.as_ref().unwrap().rule.to_string(), "2/3");
    assert_eq!(book.find(&name).unwrap().majority.as_ref().unwrap().rule.to_string(), "1/2", "what was signed stays");
    assert_eq!(book.named(&own.word), Some(own), "and the word itself is a name");
    assert_eq!(book.own().count(), 1);
    assert_eq!(Rulebook::embedded().find(&own.word), None);
    assert_ne!(content_word(b"a"), content_word(b"b"));
    assert_eq!(content_word(b"").as_str(), "re3b0c44298fc1c149afbf4c8996fb92");
}

#[test]
fn every_embedded_profile_tells_every_rule_with_its_source() {
    let book = Rulebook::embedded();
    assert_eq!(book.profiles().count(), 14);
    for profile in book.profiles() {
        let told = profile.told();
        let rules: Vec<&str> = told.iter().map(|t| t.rule).collect();
        for rule in ["base", "tie", "shortage", "grounds"] {
            assert!(rules.contains(&rule), "{}: {rule}", profile.name);
        }
        assert_eq!(profile.text.matches("\nsource = ").count(), told.len() + 1, "{}: {rules:?}", profile.name);
        assert!(told.iter().all(|t| !t.says.vi.is_empty() && t.says.vi != t.says.en));
        assert!(!profile.text.contains('\u{2014}'), "two languages are told apart by a dash");
    }
    let state = |name: &str, rule: &str| {
        let profile = book.named(&name.parse().unwrap()).unwrap();
        let told = profile.told();
        told.iter().find(|t| t.rule == rule).unwrap().source.state
    };
    assert_eq!(state("state-85-2015", "turnout"), Verification::Read);
    assert_eq!(state("party-190", "surplus"), Verification::Excerpt);
    assert_eq!(state("party-190", "tie"), Verification::Recalled);
    assert_eq!(state("party-244-committee", "base"), Verification::Recalled);
}

#[test]
fn youth_voids_boxes_that_the_party_lets_stand() {
    let book = Rulebook::embedded();
    let knows = |name: &str, form, reason| {
        book.named(&name.parse().unwrap()).unwrap().grounds(form).map(|grounds| grounds.knows(reason))
    };
    assert_eq!(knows("youth", Form::AgreeList, Reason::BothBoxes), Some(true));
    assert_eq!(knows("youth", Form::AgreeList, Reason::NoMark), Some(true));
    assert_eq!(knows("party-190", Form::AgreeList, Reason::BothBoxes), Some(false));
    assert_eq!(knows("party-190", Form::AgreeSingle, Reason::BothBoxes), Some(true));
    let told = |name: &str| {
        let told = book.named(&name.parse().unwrap()).unwrap().told();
        told.iter().find(|rule| rule.rule == "grounds").unwrap().says.en.clone()
    };
    assert!(told("party-190").contains("agree-list: not-issued > blank > added-name"), "{}", told("party-190"));
    assert!(told("party-190").contains("(D D D: valid)") && !told("party-190").contains("(D D D: blank)"));
    let strict = changed(PARTY, "all-disagree = \"valid\"", "all-disagree = \"invalid\"");
    let strict = Rulebook::with([file(strict)]).unwrap();
    assert!(strict.own().next().unwrap().told().iter().any(|rule| rule.says.en.contains("(D D D: blank)")));
    assert_eq!(knows("state-85-2015", Form::AgreeList, Reason::Blank), None, "the State prints only lists to strike");
}
