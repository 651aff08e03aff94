//! A page as everybody means it: lines, tables, boxes, codes. Renderers set it; it refuses to know how.
//!
//! One A4 sheet is 170 mm wide between its margins upright, 257 mm on its side.

use crate::qr::Qr;
use tally::statement::Language;

/// Millimetres between the margins of an upright page.
pub const UPRIGHT_MM: u16 = 170;
/// Millimetres between the margins of a page on its side.
pub const SIDEWAYS_MM: u16 = 257;

/// One document.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The name of its file, without an ending.
    pub stem: String,
    /// What it is, for the title of the file.
    pub title: String,
    /// The language of its words.
    pub language: Language,
    /// On its side instead of upright.
    pub sideways: bool,
    /// At the foot of every page, before the page numbers.
    pub footer: String,
    /// What stands on it, from the top.
    pub blocks: Vec<Block>,
}

/// What stands below what came before.
#[derive(Clone, Debug)]
pub enum Block {
    /// A line or paragraph.
    Line(Line),
    /// Rows of cells.
    Table(Table),
    /// A QR code, that many millimetres wide.
    Qr(Qr, u16),
    /// Room, in millimetres.
    Gap(u16),
    /// The next page.
    Break,
}

/// One line or paragraph.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its pieces.
    pub runs: Vec<Run>,
    /// Where it stands.
    pub align: Align,
    /// Points.
    pub size: u8,
    /// Stays on the page of what follows.
    pub keep: bool,
    /// Millimetres from the left.
    pub indent: u16,
}

/// Letters of one look.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The letters.
    pub text: String,
    /// **Bold**.
    pub bold: bool,
    /// *Italic*.
    pub italic: bool,
    /// Struck through, as a voter does.
    pub strike: bool,
    /// Underlined, as the motto of a heading.
    pub under: bool,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// In the middle.
    Centre,
    /// At the right.
    Right,
}

/// Rows of cells.
#[derive(Clone, Debug)]
pub struct Table {
    /// Width of each column in millimetres.
    pub widths: Vec<u16>,
    /// So many rows stand at the top of every page.
    pub head: usize,
    /// Whether its cells have lines around them.
    pub ruled: bool,
    /// Whether its rows stand close, as on a paper drawn in small.
    pub tight: bool,
    /// From the top.
    pub rows: Vec<Row>,
}

/// Cells beside each other.
#[derive(Clone, Debug)]
pub struct Row {
    /// From the left.
    pub cells: Vec<Cell>,
    /// At least so many millimetres high.
    pub height: u16,
}

/// A place in a table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// What stands in it.
    pub blocks: Vec<Block>,
    /// Columns it takes.
    pub span: u16,
    /// Its own frame, where the table has none.
    pub frame: Frame,
}

/// The line around one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// As the table has it.
    Plain,
    /// A line around it.
    Solid,
    /// A broken line around it: something comes here.
    Dashed,
}

/// A line of ordinary size.
pub fn line(text: impl Into<String>) -> Line {
    Line {
        runs: vec![Run { text: text.into(), ..Run::default() }],
        align: Align::Left,
        size: 13,
        keep: false,
        indent: 0,
    }
}

impl Line {
    fn each(mut self, change: impl Fn(&mut Run)) -> Self {
        self.runs.iter_mut().for_each(change);
        self
    }

    /// In bold, all of it so far.
    #[must_use]
    pub fn bold(self) -> Self {
        self.each(|run| run.bold = true)
    }

    /// In italics, all of it so far.
    #[must_use]
    pub fn italic(self) -> Self {
        self.each(|run| run.italic = true)
    }

    /// Struck through, all of it so far.
    #[must_use]
    pub fn strike(self) -> Self {
        self.each(|run| run.strike = true)
    }

    /// Underlined, all of it so far.
    #[must_use]
    pub fn under(self) -> Self {
        self.each(|run| run.under = true)
    }

    /// In the middle.
    #[must_use]
    pub fn centre(self) -> Self {
        Self { align: Align::Centre, ..self }
    }

    /// At the right.
    #[must_use]
    pub fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// Of so many points.
    #[must_use]
    pub fn size(self, size: u8) -> Self {
        Self { size, ..self }
    }

    /// On the page of what follows.
    #[must_use]
    pub fn keep(self) -> Self {
        Self { keep: true, ..self }
    }

    /// So many millimetres from the left.
    #[must_use]
    pub fn indent(self, indent: u16) -> Self {
        Self { indent, ..self }
    }

    /// With another piece behind it.
    #[must_use]
    pub fn and(mut self, other: Line) -> Self {
        self.runs.extend(other.runs);
        self
    }

    /// Its letters without their look.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

impl From<Line> for Block {
    fn from(line: Line) -> Self {
        Self::Line(line)
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Line> for Cell {
    fn from(line: Line) -> Self {
        Self::of(vec![line.into()])
    }
}

impl Cell {
    /// A cell with that in it.
    #[must_use]
    pub fn of(blocks: Vec<Block>) -> Self {
        Self { blocks, span: 1, frame: Frame::Plain }
    }

    /// An empty cell, to be written in.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Vec::new())
    }

    /// Over so many columns.
    #[must_use]
    pub fn span(self, span: u16) -> Self {
        Self { span, ..self }
    }

    /// With a frame of its own.
    #[must_use]
    pub fn frame(self, frame: Frame) -> Self {
        Self { frame, ..self }
    }
}

impl Row {
    /// Cells of their own height.
    #[must_use]
    pub fn of(cells: Vec<Cell>) -> Self {
        Self { cells, height: 0 }
    }

    /// At least so many millimetres high.
    #[must_use]
    pub fn height(self, height: u16) -> Self {
        Self { height, ..self }
    }
}

impl Table {
    /// A table with lines around its cells; the first row is its head.
    #[must_use]
    pub fn ruled(widths: Vec<u16>, rows: Vec<Row>) -> Self {
        Self { widths, head: 1, ruled: true, tight: false, rows }
    }

    /// Things beside each other, without lines.
    #[must_use]
    pub fn beside(widths: Vec<u16>, cells: Vec<Cell>) -> Self {
        Self { widths, head: 0, ruled: false, tight: false, rows: vec![Row::of(cells)] }
    }
}

impl Paper {
    /// Every line of it in reading order, tables row by row: for a reading back, and for the search for a letter.
    #[must_use]
    pub fn lines(&self) -> Vec<&Line> {
        let mut lines = Vec::new();
        collect(&self.blocks, &mut lines);
        lines
    }
}

fn collect<'p>(blocks: &'p [Block], lines: &mut Vec<&'p Line>) {
    for block in blocks {
        match block {
            Block::Line(line) => lines.push(line),
            Block::Table(table) => {
                table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| collect(&cell.blocks, lines));
            }
            Block::Qr(..) | Block::Gap(_) | Block::Break => {}
        }
    }
}
