//! PDF from the papers of `pages`.
