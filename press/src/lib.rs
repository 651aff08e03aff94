//! A paper as a PDF: what an office prints without a browser, the same everywhere. typst sets it with the shipped fonts
//! alone. This room refuses to know what the paper says, any file or font of the machine, and the clock.

mod markup;
mod world;

use pages::Paper;
use typst::diag::{SourceDiagnostic, Warned};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// The typesetter refused its own markup: a bug of ours, said in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("không lập được PDF — the PDF cannot be made: {0}")]
pub struct PressError(String);

/// The paper as a PDF.
///
/// # Errors
/// The typesetter cannot set it.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, PressError> {
    let world = world::Desk::with(markup::markup(paper));
    let Warned { output, .. } = typst::compile::<PagedDocument>(&world);
    let document = output.map_err(|faults| said(&faults))?;
    typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|faults| said(&faults))
}

fn said(faults: &[SourceDiagnostic]) -> PressError {
    let faults: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    PressError(faults.join("; "))
}
