//! A paper as a Word document, for an office that still wants to change a word before it prints. Its font is Times New
//! Roman, which offices have and which is as wide as ours. It refuses to know what the paper says.

use crate::{
    paper::{Align, Block, Cell, Frame, Line, Paper, Row, Table},
    words,
};
use docx_rs::{
    AlignmentType, BorderType, BreakType, Docx, Footer, HeightRule, LineSpacing, NumPages, PageMargin, PageNum,
    PageOrientationType, Paragraph, Pic, Run, RunFonts, SpecialIndentType, TableBorders, TableCell, TableCellBorder,
    TableCellBorderPosition, TableCellBorders, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};
use std::io::Cursor;

/// What the program that opens it shall use.
const FONT: &str = "Times New Roman";
/// Word counts in twentieths of a point.
const TWIPS_PER_INCH: u32 = 1_440;
/// Pictures are counted in these.
const EMU_PER_MM: u32 = 36_000;

/// Twips below a line outside tables.
const BELOW_LINE: u32 = 40;

/// A document could not be packed.
#[derive(Debug, thiserror::Error)]
#[error("không lập được tệp Word — the Word document cannot be written: {0}")]
pub struct DocxError(String);

fn twips(mm: u16) -> u32 {
    u32::from(mm) * TWIPS_PER_INCH * 10 / 254
}

fn signed(mm: u16) -> i32 {
    i32::try_from(twips(mm)).expect("a page is some 12,000 twips wide")
}

fn sized(mm: u16) -> usize {
    usize::try_from(twips(mm)).expect("a page is some 12,000 twips wide")
}

/// The paper as a Word document.
///
/// # Errors
/// The library cannot pack it.
pub fn docx(paper: &Paper) -> Result<Vec<u8>, DocxError> {
    let margins = if paper.sideways { [15, 20, 15, 20] } else { [18, 15, 18, 25] }.map(signed);
    let [top, right, bottom, left] = margins;
    let margin = PageMargin { top, right, bottom, left, header: signed(8), footer: signed(8), gutter: 0 };
    let (wide, high) = if paper.sideways { (297, 210) } else { (210, 297) };
    let orientation = if paper.sideways { PageOrientationType::Landscape } else { PageOrientationType::Portrait };
    let fonts = RunFonts::new().ascii(FONT).hi_ansi(FONT).cs(FONT).east_asia(FONT);
    let mut doc = Docx::new()
        .page_size(twips(wide), twips(high))
        .page_orient(orientation)
        .page_margin(margin)
        .default_fonts(fonts)
        // That of the page numbers; every other run says its own.
        .default_size(18)
        // A document says when it was made; papers know no clock, so all say the same.
        .created_at("2000-01-01T00:00:00Z")
        .updated_at("2000-01-01T00:00:00Z")
        .footer(footer(paper));
    let mut breaks = false;
    for block in &paper.blocks {
        match block {
            Block::Break => breaks = true,
            Block::Table(set) => {
                if std::mem::take(&mut breaks) {
                    let page = Run::new().add_break(BreakType::Page);
                    doc = doc.add_paragraph(tight(Paragraph::new().add_run(page)));
                }
                // Two tables that touch would become one.
                doc = doc.add_table(table(set)).add_paragraph(gap(1));
            }
            Block::Line(_) | Block::Qr(..) | Block::Gap(_) => {
                if let Some(set) = paragraph(block, BELOW_LINE) {
                    doc = doc.add_paragraph(set.page_break_before(std::mem::take(&mut breaks)));
                }
            }
        }
    }
    let mut packed = Cursor::new(Vec::new());
    doc.build().pack(&mut packed).map_err(|e| DocxError(e.to_string()))?;
    Ok(packed.into_inner())
}

fn footer(paper: &Paper) -> Footer {
    let small = |text: &str| Run::new().add_text(text).size(18);
    let page = words::PAGE.say(paper.language);
    let said = Paragraph::new()
        .add_run(small(&format!("{} · {page} ", paper.footer)))
        .add_page_num(PageNum::new())
        .add_run(small("/"))
        .add_num_pages(NumPages::new());
    Footer::new().add_paragraph(said)
}

/// What is no table, with so many twips below it.
fn paragraph(block: &Block, below: u32) -> Option<Paragraph> {
    match block {
        Block::Line(set) => Some(line(set, below)),
        Block::Qr(qr, mm) => {
            let (png, side) = qr.png();
            let emu = u32::from(*mm) * EMU_PER_MM;
            let picture = Pic::new_with_dimensions(png, side, side).size(emu, emu);
            Some(Paragraph::new().add_run(Run::new().add_image(picture)))
        }
        Block::Gap(mm) => Some(gap(*mm)),
        Block::Table(_) | Block::Break => None,
    }
}

/// An empty line of that height.
fn gap(mm: u16) -> Paragraph {
    let height = LineSpacing::new().line(signed(mm)).line_rule(docx_rs::LineSpacingType::Exact).before(0).after(0);
    Paragraph::new().line_spacing(height).add_run(Run::new().size(2))
}

fn tight(paragraph: Paragraph) -> Paragraph {
    paragraph.line_spacing(LineSpacing::new().before(0).after(0))
}

fn line(set: &Line, below: u32) -> Paragraph {
    let align = match set.align {
        Align::Left => AlignmentType::Left,
        Align::Centre => AlignmentType::Center,
        Align::Right => AlignmentType::Right,
    };
    let spacing = LineSpacing::new().before(0).after(below);
    let mut paragraph = Paragraph::new().align(align).keep_next(set.keep).line_spacing(spacing);
    if set.indent > 0 {
        paragraph = paragraph.indent(Some(signed(set.indent)), None::<SpecialIndentType>, None, None);
    }
    for piece in &set.runs {
        let mut run = Run::new().add_text(&piece.text).size(usize::from(set.size) * 2);
        run = if piece.bold { run.bold() } else { run };
        run = if piece.italic { run.italic() } else { run };
        run = if piece.strike { run.strike() } else { run };
        run = if piece.under { run.underline("single") } else { run };
        paragraph = paragraph.add_run(run);
    }
    paragraph
}

fn table(set: &Table) -> docx_rs::Table {
    let rows = set.rows.iter().map(|r| row(r, set)).collect();
    let width: u16 = set.widths.iter().sum();
    let margins = if set.tight {
        TableCellMargins::new().margin(0, 60, 0, 60)
    } else {
        TableCellMargins::new().margin(20, 70, 20, 70)
    };
    let table = docx_rs::Table::new(rows)
        .set_grid(set.widths.iter().map(|mm| sized(*mm)).collect())
        .width(sized(width), WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .margins(margins);
    if set.ruled { table } else { table.set_borders(TableBorders::new().clear_all()) }
}

fn row(row: &Row, table: &Table) -> TableRow {
    let mut at = 0;
    let cells = row.cells.iter().map(|set| {
        let span = usize::from(set.span);
        let width: u16 = table.widths.iter().skip(at).take(span).sum();
        at += span;
        cell(set, width, table.ruled)
    });
    let set = TableRow::new(cells.collect()).cant_split();
    #[allow(clippy::cast_precision_loss, reason = "twips of a page fit a float")]
    let high = twips(row.height) as f32;
    if row.height > 0 { set.row_height(high).height_rule(HeightRule::AtLeast) } else { set }
}

fn cell(set: &Cell, width: u16, ruled: bool) -> TableCell {
    let mut cell = TableCell::new().width(sized(width), WidthType::Dxa);
    if set.span > 1 {
        cell = cell.grid_span(set.span.into());
    }
    if ruled {
        cell = cell.vertical_align(VAlignType::Center);
    }
    let border = match set.frame {
        Frame::Plain => None,
        Frame::Solid => Some(BorderType::Single),
        Frame::Dashed => Some(BorderType::Dashed),
    };
    if let Some(kind) = border {
        use TableCellBorderPosition as P;
        let sides = [P::Top, P::Left, P::Bottom, P::Right];
        let borders = sides.into_iter().fold(TableCellBorders::with_empty(), |borders, side| {
            borders.set(TableCellBorder::new(side).border_type(kind).size(8).color("000000"))
        });
        cell = cell.set_borders(borders);
    }
    // A cell ends with a paragraph, or Word does not open it; and two tables that touch would become one.
    let mut is_empty = true;
    for block in &set.blocks {
        cell = match block {
            Block::Table(inner) => cell.add_table(table(inner)).add_paragraph(gap(1)),
            other => paragraph(other, 0).into_iter().fold(cell, TableCell::add_paragraph),
        };
        is_empty = false;
    }
    if is_empty { cell.add_paragraph(gap(1)) } else { cell }
}
