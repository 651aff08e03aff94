//! The rows of a province as people read them: a table that is drawn again and again on a terminal's second page, a line for
//! each change elsewhere. Every state is a word; colour only repeats it. It refuses to know where the rows come from.

use crate::data_raw;
use ::observer::{
    Verdict,
    province::{
        Life, Row,
        row::{Bundles, Phases, Why},
    },
};
use comfy_table::{Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table};
use std::{env, fmt::Write};
use tally::ruling::Phase;

/// Lines above and below the table and under its head; fourteen halls then fit a terminal of 24 lines.
const LINES: &str = "  ── ══      ──    ";
/// A pipe has no width; this is taken for one.
const COLUMNS: u16 = 100;

/// The second page of a terminal: what was there before comes back when this is dropped.
pub(super) struct Screen {
    is_coloured: bool,
}

impl Screen {
    /// Opens the page; none where a terminal has no such thing.
    pub(super) fn open() -> Option<Self> {
        if env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
            return None;
        }
        data_raw!("\x1b[?1049h\x1b[?25l");
        Some(Self { is_coloured: env::var_os("NO_COLOR").is_none_or(|said| said.is_empty()) })
    }

    /// Draws everything anew; what does not fit the terminal is left out at the foot, findings before the rest.
    pub(super) fn draw(&mut self, rows: &[Row], now: u64) {
        let (width, height) = size();
        let mut lines: Vec<String> = table(rows, now, self.is_coloured, width).lines().map(str::to_owned).collect();
        let (words, findings) = (words(rows), findings(rows));
        lines.extend(words.into_iter().chain(findings).map(|line| crop(&line, width)));
        if lines.len() > height {
            lines.truncate(height.saturating_sub(1));
            lines.push("…".to_owned());
        }
        // Home, each line with its rest wiped, and the page below it.
        data_raw!("\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n"));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        data_raw!("\x1b[?25h\x1b[?1049l");
    }
}

/// As much of a line as stands beside each other; a longer one would push the table up.
fn crop(line: &str, width: u16) -> String {
    let width = usize::from(width);
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Columns and lines of the terminal.
fn size() -> (u16, usize) {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout())
        && size.ws_col > 0
        && size.ws_row > 0
    {
        return (size.ws_col, usize::from(size.ws_row));
    }
    (COLUMNS, usize::MAX)
}

/// Everything for the end: the table, its words, every finding whole.
pub(super) fn all(rows: &[Row], now: u64) -> String {
    use std::io::IsTerminal;
    let is_coloured = std::io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|said| said.is_empty());
    let width = if std::io::stdout().is_terminal() { size().0 } else { COLUMNS };
    let mut text = format!("{}\n", table(rows, now, is_coloured, width));
    for line in words(rows).into_iter().chain(findings(rows)) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn table(rows: &[Row], now: u64, is_coloured: bool, width: u16) -> String {
    let mut table = Table::new();
    table.load_preset(LINES).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header([
        "nơi\nhall",
        "giai đoạn\nphase",
        "tập\nbundles",
        "mục\nentries",
        "tín hiệu\nlast sign",
        "kết luận\nverdict",
        "điện thoại\ntelephone",
    ]);
    // On a narrow terminal names and phases are cut, and never a telephone or a verdict.
    table.set_truncation_indicator("…");
    table.column_iter_mut().skip(2).for_each(|column| {
        column.set_constraint(ColumnConstraint::ContentWidth);
    });
    for row in rows {
        let Bundles { counted, expected } = row.bundles;
        let bundles = if expected == 0 { "-".to_owned() } else { format!("{counted}/{expected}") };
        let mut cells = vec![
            Cell::new(row.called()),
            Cell::new(phases(&row.contests)),
            Cell::new(bundles).set_alignment(CellAlignment::Right),
            Cell::new(row.entries).set_alignment(CellAlignment::Right),
            Cell::new(sign(row, now)),
            Cell::new(verdict(row)),
            Cell::new(row.telephone.as_deref().unwrap_or("-")),
        ];
        if is_coloured {
            let last = cells.len().saturating_sub(1);
            for (at, colour) in [(last.saturating_sub(2), of_life(row.life)), (last.saturating_sub(1), of(row.verdict))]
            {
                if let (Some(cell), Some(colour)) = (cells.get_mut(at), colour) {
                    *cell = cell.clone().fg(colour);
                }
            }
        }
        let mut line = comfy_table::Row::from(cells);
        line.max_height(1);
        table.add_row(line);
    }
    if is_coloured {
        table.enforce_styling();
    }
    table.to_string()
}

fn of(verdict: Option<Verdict>) -> Option<Color> {
    match verdict? {
        Verdict::Ok => Some(Color::Green),
        Verdict::Provisional => Some(Color::Yellow),
        Verdict::Trouble => Some(Color::Magenta),
        Verdict::Mismatch | Verdict::Equivocation => Some(Color::Red),
    }
}

fn of_life(life: Life) -> Option<Color> {
    match life {
        Life::Here => None,
        Life::Sought | Life::Stopped => Some(Color::Magenta),
        Life::Lost => Some(Color::Red),
    }
}

/// A phase in the words of the hall; the English one stands in the line of words.
fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Counting => "đang kiểm",
        Phase::Reopened => "mở lại",
        Phase::Closed => "kết thúc kiểm",
        Phase::Certified => "đã chứng nhận",
        Phase::Announced => "đã công bố",
        Phase::Annulled => "đã hủy",
    }
}

fn phases(phases: &Phases) -> String {
    let said: Vec<String> = phases.0.iter().map(|(of, contests)| format!("{contests} {}", phase(*of))).collect();
    if said.is_empty() { "-".to_owned() } else { said.join(", ") }
}

/// When the hall was heard last, and whether it is heard still.
fn sign(row: &Row, now: u64) -> String {
    let age = row.heard_at.map(|at| age(now.saturating_sub(at)));
    match (row.life, age) {
        (Life::Here, Some(age)) => age,
        (Life::Lost, Some(age)) => format!("mất {age}"),
        (Life::Stopped, Some(age)) => format!("dừng {age}"),
        (Life::Stopped, None) => "dừng".to_owned(),
        (Life::Sought | Life::Here | Life::Lost, None) | (Life::Sought, Some(_)) => "chưa thấy".to_owned(),
    }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

fn verdict(row: &Row) -> String {
    row.verdict.map_or("-", Verdict::word).to_owned()
}

/// What the words in the table mean; only those that stand there.
fn words(rows: &[Row]) -> Vec<String> {
    let mut words = Vec::new();
    for row in rows {
        for (of, _) in &row.contests.0 {
            words.push(format!("{}: {}", phase(*of), of.word()));
        }
        match row.life {
            Life::Here => {}
            Life::Lost if row.heard_at.is_some() => words.push("mất: lost".to_owned()),
            Life::Sought | Life::Lost => words.push("chưa thấy: not reached yet".to_owned()),
            Life::Stopped => words.push("dừng: not followed any more".to_owned()),
        }
    }
    words.sort();
    words.dedup();
    if words.is_empty() { words } else { vec![words.join(" · ")] }
}

/// A line for every row that needs somebody: findings first, then lost halls.
fn findings(rows: &[Row]) -> Vec<String> {
    let found = rows.iter().filter_map(|row| Some(format!("{}: {}", row.place, finding(row)?)));
    let lost = rows.iter().filter_map(|row| row.lost.as_ref().map(|why| format!("{}: {}", row.place, said(why))));
    found.chain(lost).collect()
}

fn said(why: &Why) -> String {
    if why.vi == why.en { why.vi.clone() } else { format!("{} — {}", why.vi, why.en) }
}

fn finding(row: &Row) -> Option<String> {
    let why = row.why.as_ref()?;
    let mut text = verdict(row);
    let mut add = |piece: std::fmt::Arguments<'_>| text.write_fmt(piece).expect("a String takes everything");
    if let Some(entry) = row.entry {
        add(format_args!(" mục — entry {entry}"));
    }
    if let Some(field) = &row.field {
        add(format_args!(" {field}"));
    }
    if let Some(code) = &row.code {
        add(format_args!(" [{code}]"));
    }
    add(format_args!(": {}", said(why)));
    if let Some(folder) = &row.evidence {
        add(format_args!(" → {folder}"));
    }
    Some(text)
}

/// One row by itself, for whoever reads a file or a pipe.
pub(super) fn line(row: &Row) -> String {
    let life = match row.life {
        Life::Sought => "chưa thấy — not reached yet",
        Life::Here => "liên lạc được — here",
        Life::Lost => "mất liên lạc — lost",
        Life::Stopped => "dừng — stopped",
    };
    let name = if row.called() == row.place { String::new() } else { format!(" ({})", row.called()) };
    let mut text = format!("{}{name}: {life}; {} mục — entries", row.place, row.entries);
    if !row.contests.0.is_empty() {
        let Bundles { counted, expected } = row.bundles;
        text.push_str(&format!("; {}; {counted}/{expected} tập — bundles", phases(&row.contests)));
    }
    text.push_str(&format!("; {}", finding(row).unwrap_or_else(|| verdict(row))));
    if let Some(why) = &row.lost {
        text.push_str(&format!("; {}", said(why)));
    }
    if let (Some(telephone), Life::Lost | Life::Sought) = (&row.telephone, row.life) {
        text.push_str(&format!("; ☎ {telephone}"));
    }
    text
}
