//! A paper as typst code. Every word of it is a string literal, so that no name can be taken for markup. It refuses to
//! know what the words mean.

use pages::{
    Language, Paper,
    font::FAMILY,
    paper::{Align, Block, Cell, Frame, Line, Row, Table},
};
use std::fmt::Write;

const FULL: &str = "a String takes everything";

/// The whole source.
pub(crate) fn markup(paper: &Paper) -> String {
    let margins =
        if paper.sideways { "(x: 20mm, y: 15mm)" } else { "(top: 18mm, bottom: 18mm, left: 25mm, right: 15mm)" };
    let (title, footer, language) = (literal(&paper.title), literal(&paper.footer), paper.language.word());
    let page = literal(if paper.language == Language::Vi { "trang " } else { "page " });
    let mut out = format!(
        "#set document(title: {title}, date: none)\n\
         #set page(paper: \"a4\", flipped: {sideways}, margin: {margins}, footer: context text(size: 9pt, grid(\n  \
         columns: (1fr, auto), {footer},\n  \
         {page} + counter(page).display() + \"/\" + str(counter(page).final().first()))))\n\
         #set text(font: \"{FAMILY}\", lang: \"{language}\", size: 13pt, fallback: false, hyphenate: false, \
         number-type: \"lining\", number-width: \"tabular\", top-edge: \"ascender\", bottom-edge: \"descender\")\n\
         #set par(leading: .22em, spacing: 0pt)\n\
         #let line(size, where, keep, indent, body) = block(width: 100%, above: 0pt, below: .8mm, sticky: keep,\n  \
         align(where, pad(left: indent, text(size: size, body))))\n\
         #let gap(height) = block(height: height, above: 0pt, below: 0pt)\n\
         #let tall(height, where, body) = grid(columns: (0pt, 1fr), box(height: height), align(where, body))\n",
        sideways = paper.sideways,
    );
    for block in &paper.blocks {
        match block {
            Block::Break => out.push_str("#pagebreak()\n"),
            other => writeln!(out, "#{}", set(other)).expect(FULL),
        }
    }
    out
}

/// A string literal.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => write!(out, "\\u{{{:x}}}", c as u32).expect(FULL),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn set(block: &Block) -> String {
    match block {
        Block::Line(set) => line(set),
        Block::Table(set) => table(set),
        Block::Qr(qr, mm) => {
            format!("image(bytes({}), format: \"svg\", width: {mm}mm, alt: {})", literal(&qr.svg()), literal(qr.text()))
        }
        Block::Gap(mm) => format!("gap({mm}mm)"),
        Block::Break => "[]".to_owned(),
    }
}

fn line(set: &Line) -> String {
    let align = match set.align {
        Align::Left => "left",
        Align::Centre => "center",
        Align::Right => "right",
    };
    let mut runs = String::from("[]");
    for run in &set.runs {
        let weight = if run.bold { "bold" } else { "regular" };
        let style = if run.italic { "italic" } else { "normal" };
        let mut said = format!("text(weight: \"{weight}\", style: \"{style}\", {})", literal(&run.text));
        if run.strike {
            said = format!("strike({said})");
        }
        if run.under {
            said = format!("underline(offset: 2pt, {said})");
        }
        write!(runs, " + {said}").expect(FULL);
    }
    format!("line({}pt, {align}, {}, {}mm, {runs})", set.size, set.keep, set.indent)
}

fn table(set: &Table) -> String {
    let widths: Vec<String> = set.widths.iter().map(|mm| format!("{mm}mm")).collect();
    let (stroke, align) = if set.ruled { ("0.3mm", "horizon") } else { ("none", "top") };
    let inset = if set.tight { ".2mm" } else { ".6mm" };
    let (head, body) = set.rows.split_at(set.head.min(set.rows.len()));
    let mut out = format!(
        "block(above: 0pt, below: 0pt, table(columns: ({},), stroke: {stroke}, align: {align}, inset: (x: 1.2mm, y: {inset})",
        widths.join(", ")
    );
    if !head.is_empty() {
        write!(out, ", table.header({})", rows(head, align).join(", ")).expect(FULL);
    }
    for cell in rows(body, align) {
        write!(out, ", {cell}").expect(FULL);
    }
    out.push_str("))");
    out
}

fn rows(rows: &[Row], align: &str) -> Vec<String> {
    rows.iter()
        .flat_map(|row| {
            row.cells.iter().enumerate().map(|(at, c)| cell(c, if at == 0 { row.height } else { 0 }, align))
        })
        .collect()
}

/// A cell; the first of a tall row holds the row open.
fn cell(set: &Cell, height: u16, align: &str) -> String {
    let blocks: Vec<String> = set.blocks.iter().map(self::set).collect();
    let mut body = if blocks.is_empty() { "[]".to_owned() } else { blocks.join(" + ") };
    if height > 0 {
        // The insets of the cell belong to its height.
        body = format!("tall({height}mm - 1.2mm, {align}, {body})");
    }
    let frame = match set.frame {
        Frame::Plain => "",
        Frame::Solid => ", stroke: 0.3mm, inset: 2mm",
        Frame::Dashed => ", stroke: (thickness: 0.3mm, dash: \"dashed\")",
    };
    format!("table.cell(colspan: {}{frame}, {body})", set.span)
}
