//! A paper as one HTML file that prints on A4 from any browser: fonts and codes inside, nothing fetched, no script. It
//! refuses to know what the paper says.

use crate::{
    font::{FACES, FAMILY},
    paper::{Align, Block, Cell, Frame, Line, Paper, Row, Table},
    words,
};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt::Write;

#[derive(Template)]
#[template(path = "paper.html")]
struct Page<'a> {
    language: &'a str,
    title: &'a str,
    size: &'static str,
    footer: String,
    page: &'static str,
    fonts: String,
    body: String,
}

/// The paper as one file.
#[must_use]
pub fn html(paper: &Paper) -> String {
    let mut body = String::new();
    blocks(&mut body, &paper.blocks).expect("a String takes everything");
    let page = Page {
        language: paper.language.word(),
        title: &paper.title,
        size: if paper.sideways { "A4 landscape" } else { "A4 portrait" },
        footer: css_string(&paper.footer),
        page: words::PAGE.say(paper.language),
        fonts: fonts(),
        body,
    };
    page.render().expect("a String takes everything")
}

fn fonts() -> String {
    let mut css = String::new();
    for face in FACES {
        let (weight, style) = (if face.bold { 700 } else { 400 }, if face.italic { "italic" } else { "normal" });
        let data = STANDARD.encode(face.bytes);
        writeln!(
            css,
            "@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-style:{style};\
             src:url(data:font/ttf;base64,{data}) format('truetype')}}"
        )
        .expect("a String takes everything");
    }
    css
}

/// A text between quotes in a style sheet, inside HTML: whatever could end either is written by its number.
fn css_string(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '&' | '\n' => {
                write!(escaped, "\\{:06x}", c as u32).expect("a String takes everything");
            }
            c => escaped.push(c),
        }
    }
    escaped
}

fn blocks(out: &mut String, blocks: &[Block]) -> std::fmt::Result {
    for block in blocks {
        match block {
            Block::Line(set) => line(out, set)?,
            Block::Table(set) => table(out, set)?,
            Block::Qr(qr, mm) => {
                let (text, svg) = (qr.text(), qr.svg());
                writeln!(out, r#"<div class="qr" style="width:{mm}mm" role="img" aria-label="QR {text}">{svg}</div>"#)?;
            }
            Block::Gap(mm) => writeln!(out, r#"<div style="height:{mm}mm"></div>"#)?,
            Block::Break => writeln!(out, r#"<div class="break"></div>"#)?,
        }
    }
    Ok(())
}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html).map_or_else(|_| String::new(), |safe| safe.to_string())
}

fn line(out: &mut String, line: &Line) -> std::fmt::Result {
    let align = match line.align {
        Align::Left => "left",
        Align::Centre => "center",
        Align::Right => "right",
    };
    let keep = if line.keep { " class=\"keep\"" } else { "" };
    write!(out, r#"<p{keep} style="text-align:{align};font-size:{}pt"#, line.size)?;
    if line.indent > 0 {
        write!(out, ";margin-left:{}mm", line.indent)?;
    }
    out.push_str("\">");
    for run in &line.runs {
        let tags: Vec<&str> = [(run.bold, "b"), (run.italic, "i"), (run.strike, "s"), (run.under, "u")]
            .into_iter()
            .filter_map(|(on, tag)| on.then_some(tag))
            .collect();
        tags.iter().try_for_each(|tag| write!(out, "<{tag}>"))?;
        out.push_str(&escape(&run.text));
        tags.iter().rev().try_for_each(|tag| write!(out, "</{tag}>"))?;
    }
    out.push_str("</p>\n");
    Ok(())
}

fn table(out: &mut String, table: &Table) -> std::fmt::Result {
    let width: u16 = table.widths.iter().sum();
    let tight = if table.tight { " tight" } else { "" };
    let class = format!("{}{tight}", if table.ruled { "ruled" } else { "plain" });
    write!(out, r#"<table class="{class}" style="width:{width}mm"><colgroup>"#)?;
    table.widths.iter().try_for_each(|mm| write!(out, r#"<col style="width:{mm}mm">"#))?;
    out.push_str("</colgroup>\n");
    let (head, body) = table.rows.split_at(table.head.min(table.rows.len()));
    if !head.is_empty() {
        out.push_str("<thead>");
        rows(out, head, "th")?;
        out.push_str("</thead>");
    }
    out.push_str("<tbody>");
    rows(out, body, "td")?;
    out.push_str("</tbody></table>\n");
    Ok(())
}

fn rows(out: &mut String, rows: &[Row], tag: &str) -> std::fmt::Result {
    for row in rows {
        if row.height > 0 {
            write!(out, r#"<tr style="height:{}mm">"#, row.height)?;
        } else {
            out.push_str("<tr>");
        }
        row.cells.iter().try_for_each(|c| cell(out, c, tag))?;
        out.push_str("</tr>\n");
    }
    Ok(())
}

fn cell(out: &mut String, cell: &Cell, tag: &str) -> std::fmt::Result {
    let class = match cell.frame {
        Frame::Plain => "",
        Frame::Solid => " class=\"solid\"",
        Frame::Dashed => " class=\"dashed\"",
    };
    write!(out, "<{tag}{class}")?;
    if cell.span > 1 {
        write!(out, r#" colspan="{}""#, cell.span)?;
    }
    out.push('>');
    blocks(out, &cell.blocks)?;
    write!(out, "</{tag}>")
}
