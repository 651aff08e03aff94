//! The letters of every paper: Tinos, as wide as Times New Roman, subset to Latin with all of Vietnamese. It refuses to
//! know any font of the machine, so that a paper looks the same everywhere.

/// The name by which a paper asks for it.
pub const FAMILY: &str = "Tinos";

/// One shipped file.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// The name of the file.
    pub file: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
}

/// Every shipped file.
pub const FACES: [Face; 4] = [
    Face { file: "Tinos-Regular.ttf", bytes: include_bytes!("../fonts/Tinos-Regular.ttf"), bold: false, italic: false },
    Face { file: "Tinos-Bold.ttf", bytes: include_bytes!("../fonts/Tinos-Bold.ttf"), bold: true, italic: false },
    Face { file: "Tinos-Italic.ttf", bytes: include_bytes!("../fonts/Tinos-Italic.ttf"), bold: false, italic: true },
    Face {
        file: "Tinos-BoldItalic.ttf",
        bytes: include_bytes!("../fonts/Tinos-BoldItalic.ttf"),
        bold: true,
        italic: true,
    },
];

/// Whether every shipped file has that letter.
#[must_use]
pub fn has(letter: char) -> bool {
    letter.is_ascii_graphic() || letter == ' ' || letter == '\u{a0}' || OTHERS.contains(letter) || is_vietnamese(letter)
}

/// Signs beside letters that papers use.
pub const OTHERS: &str = "–—…“”‘’·×÷−±≥≤→½□•§°«»€₫№";

/// Whether it is a letter that only Vietnamese and its neighbours have: Latin with marks.
fn is_vietnamese(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use unicode_normalization::UnicodeNormalization;

    /// Twelve vowels in six tones, and đ, in both cases: 146 letters.
    fn vietnamese() -> BTreeSet<char> {
        let tones = ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"];
        let toned = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars().flat_map(|vowel| {
            tones.map(|tone| {
                let composed: Vec<char> = format!("{vowel}{tone}").nfc().collect();
                assert_eq!(composed.len(), 1, "{vowel}{tone} is one letter");
                composed[0]
            })
        });
        toned.chain(['đ', 'Đ']).collect()
    }

    fn missing(face: &Face, letters: impl IntoIterator<Item = char>) -> Vec<char> {
        let parsed = ttf_parser::Face::parse(face.bytes, 0).expect("a font");
        letters.into_iter().filter(|c| parsed.glyph_index(*c).is_none_or(|g| g.0 == 0)).collect()
    }

    #[test]
    fn every_shipped_font_has_every_vietnamese_letter_in_both_cases_and_all_tones() {
        let letters = vietnamese();
        assert_eq!(letters.len(), 146);
        for face in &FACES {
            assert_eq!(missing(face, letters.iter().copied()), [], "{}", face.file);
        }
    }

    #[test]
    fn every_shipped_font_has_the_signs_that_papers_use_and_all_that_a_keyboard_has() {
        for face in &FACES {
            assert_eq!(missing(face, (' '..='~').chain(OTHERS.chars())), [], "{}", face.file);
        }
    }

    #[test]
    fn a_letter_that_is_in_no_shipped_font_is_seen() {
        assert_eq!(missing(&FACES[0], ['ế', '漢']), ['漢']);
        assert!(has('ế') && has('Ỹ') && !has('漢') && !has('✓'));
    }

    #[test]
    fn the_shipped_fonts_are_small_and_their_licence_lies_beside_them() {
        assert!(FACES.iter().map(|f| f.bytes.len()).sum::<usize>() < 400_000);
        assert!(include_str!("../fonts/OFL.txt").contains("SIL OPEN FONT LICENSE Version 1.1"));
    }
}
