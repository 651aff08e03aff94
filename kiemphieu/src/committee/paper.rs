//! `kiemphieu committee kit` and `record`: the verified log becomes files that a person prints. What stands on them is in
//! the crate `pages`.

use super::{
    command::{
        ReadArgs,
        paper::{KitArgs, PaperArgs, RecordArgs},
    },
    read, show,
};
use crate::{
    data,
    exit::{Exit, Failure, Outcome},
    pin::Pins,
    words,
};
use ::committee::record::Record;
use pages::{Frozen, Language, Paper, Tables, Unready, Vote};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Papers before the vote.
pub(super) async fn kit(args: &KitArgs, pins: &mut Pins) -> Outcome {
    let mut files = Files::of(&args.paper)?;
    let record = open(&args.read, pins).await?;
    let count = &record.replay().count;
    let vote = Vote::of(count, args.contest).ok_or_else(|| unready(Unready::NoContest(args.contest)))?;
    for language in args.paper.languages(&vote) {
        pages::kit(&vote, language).iter().try_for_each(|paper| files.paper(paper))?;
    }
    files.say_missing_letters();
    words!("mã phiếu bầu — ballot code: {}", vote.code);
    let (sid, code) = (vote.sid.to_string(), vote.code.digits());
    files.answer(args.read.json, &json!({ "contest": args.contest.to_string(), "sid": sid, "ballot-code": code }));
    Ok(())
}

/// Papers and tables after the certificate.
pub(super) async fn record(args: &RecordArgs, pins: &mut Pins) -> Outcome {
    let mut files = Files::of(&args.paper)?;
    let record = open(&args.read, pins).await?;
    let frozen = Frozen::of(&record.replay().count, args.contest).map_err(unready)?.on(args.day);
    for language in args.paper.languages(&frozen.vote) {
        pages::after(&frozen, language).iter().try_for_each(|paper| files.paper(paper))?;
        let tables = Tables::of(&frozen, language);
        let failed = |error: pages::table::TableError| Failure::new(Exit::Trouble, error);
        files.write(&format!("{}.xlsx", tables.stem), &tables.xlsx().map_err(failed)?)?;
        for (name, bytes) in tables.csv().map_err(failed)? {
            files.write(&name, &bytes)?;
        }
    }
    files.say_missing_letters();
    if frozen.minutes.is_none() {
        words!(
            "chưa có biên bản đã ký trong nhật ký (committee minutes): có mặt, vắng mặt, số bản, niêm phong để trống — \
             the log has no signed minutes yet (committee minutes): present, absent, copies and seals are left blank"
        );
    }
    words!("mã đọc — reading code: {}", frozen.code);
    let (bulletin, code) = (frozen.bulletin.to_string(), frozen.code.digits());
    let minutes = frozen.minutes.as_ref().map(|(sid, _)| sid.to_string());
    let contest = args.contest.to_string();
    files.answer(
        args.read.json,
        &json!({ "contest": contest, "bulletin": bulletin, "reading-code": code, "minutes": minutes }),
    );
    Ok(())
}

async fn open(args: &ReadArgs, pins: &mut Pins) -> Result<Record, Failure> {
    Ok(read(args, pins).await?)
}

fn unready(why: Unready) -> Failure {
    let exit = match why {
        Unready::NoContest(_) => Exit::Trouble,
        Unready::NotCertified { .. } => Exit::Differs,
    };
    Failure::new(exit, why)
}

impl PaperArgs {
    fn languages(&self, vote: &Vote) -> Vec<Language> {
        if self.languages.is_empty() { vec![vote.manifest.language] } else { self.languages.clone() }
    }
}

/// The files made so far.
struct Files<'a> {
    folder: &'a Path,
    pdf: bool,
    made: Vec<PathBuf>,
    missing: BTreeSet<char>,
}

impl<'a> Files<'a> {
    fn of(args: &'a PaperArgs) -> Result<Self, Failure> {
        if args.pdf && !cfg!(feature = "pdf") {
            return Err(Failure::new(
                Exit::Trouble,
                "chương trình này được dựng không có PDF; in tệp .html, hoặc dựng lại với --features pdf — this program was \
                 built without PDF; print the .html, or build it with --features pdf",
            ));
        }
        fs::create_dir_all(&args.out).map_err(|e| disk(&args.out, &e))?;
        Ok(Self { folder: &args.out, pdf: args.pdf, made: Vec::new(), missing: BTreeSet::new() })
    }

    fn paper(&mut self, paper: &Paper) -> Outcome {
        let letters = paper.lines().into_iter().flat_map(|line| line.text().chars().collect::<Vec<_>>());
        self.missing.extend(letters.filter(|c| !pages::font::has(*c)));
        self.write(&format!("{}.html", paper.stem), pages::html::html(paper).as_bytes())?;
        let document = pages::docx::docx(paper).map_err(|e| Failure::new(Exit::Trouble, e))?;
        self.write(&format!("{}.docx", paper.stem), &document)?;
        if self.pdf { self.pdf(paper) } else { Ok(()) }
    }

    #[cfg(feature = "pdf")]
    fn pdf(&mut self, paper: &Paper) -> Outcome {
        let pdf = press::pdf(paper).map_err(|e| Failure::new(Exit::Trouble, e))?;
        self.write(&format!("{}.pdf", paper.stem), &pdf)
    }

    #[cfg(not(feature = "pdf"))]
    #[allow(clippy::unused_self, reason = "the twin with PDF writes a file")]
    fn pdf(&mut self, _: &Paper) -> Outcome {
        Ok(())
    }

    /// Whole or not at all: nobody prints half a file.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Outcome {
        let (path, whole) = (self.folder.join(name), self.folder.join(format!(".{name}.new")));
        fs::write(&whole, bytes).and_then(|()| fs::rename(&whole, &path)).map_err(|e| disk(&path, &e))?;
        self.made.push(path);
        Ok(())
    }

    fn say_missing_letters(&self) {
        if !self.missing.is_empty() {
            let letters: String = self.missing.iter().collect();
            words!(
                "chú ý: phông chữ kèm theo không có các chữ này, hãy xem bản in: {letters} — mind: the fonts of the papers \
                 lack these letters, look at the print: {letters}"
            );
        }
    }

    fn answer(&self, json: bool, about: &serde_json::Value) {
        let files: Vec<String> = self.made.iter().map(|path| path.display().to_string()).collect();
        if json {
            let mut answer = about.clone();
            answer["files"] = json!(files);
            show::json(&answer);
        } else {
            files.iter().for_each(|file| data!("{file}"));
        }
    }
}

fn disk(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Disk, format!("không ghi được {path} — cannot write {path}: {error}", path = path.display()))
}
