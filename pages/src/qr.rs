//! A sid as a QR code, black and white, for a phone that reads paper. It refuses to know what the sid names.

use qrcode::{Color, EcLevel, QrCode, render::svg};
use tally::Sid;

/// Modules of white around the code, which the standard asks for.
const QUIET: usize = 4;
/// Dots of a picture for each module: sharp at 25 mm on an office printer.
const DOTS: usize = 8;

/// The QR code of one sid: its 64 hex digits and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    text: String,
}

impl Qr {
    /// The code of a sid.
    #[must_use]
    pub fn of(sid: Sid) -> Self {
        Self { text: sid.to_string() }
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn code(&self) -> QrCode {
        QrCode::with_error_correction_level(&self.text, EcLevel::M).expect("64 digits fit a QR code")
    }

    /// As a drawing, without an XML head, for a page.
    #[must_use]
    pub fn svg(&self) -> String {
        let drawn = self.code().render::<svg::Color<'_>>().build();
        drawn.find("<svg").map_or_else(String::new, |at| drawn[at..].to_owned())
    }

    /// As a PNG picture and its side in dots.
    #[must_use]
    pub fn png(&self) -> (Vec<u8>, u32) {
        let code = self.code();
        let (colours, width) = (code.to_colors(), code.width());
        let side = (width + 2 * QUIET) * DOTS;
        let is_dark = |x: usize, y: usize| {
            let (x, y) = ((x / DOTS).checked_sub(QUIET), (y / DOTS).checked_sub(QUIET));
            let within = |place: Option<usize>| place.filter(|p| *p < width);
            within(x).zip(within(y)).is_some_and(|(x, y)| colours[y * width + x] == Color::Dark)
        };
        let dots: Vec<u8> = (0..side * side).map(|at| if is_dark(at % side, at / side) { 0 } else { 255 }).collect();
        let side = u32::try_from(side).expect("a QR code has at most 177 modules");
        (write_png(&dots, side), side)
    }
}

fn write_png(dots: &[u8], side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("a Vec takes everything");
    writer.write_image_data(dots).expect("a Vec takes everything");
    writer.finish().expect("a Vec takes everything");
    bytes
}

/// A sid as people compare it: sixteen groups of four, in two halves.
#[must_use]
pub fn groups(sid: Sid) -> [String; 2] {
    let digits = sid.to_string();
    let group = |half: &str| {
        let groups: Vec<&str> = (0..half.len()).step_by(4).map(|at| &half[at..at + 4]).collect();
        groups.join(" ")
    };
    [group(&digits[..32]), group(&digits[32..])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_stands_in_sixteen_groups_of_four() {
        let sid: Sid = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".parse().expect("a sid");
        let [first, last] = groups(sid);
        assert_eq!(first, "0123 4567 89ab cdef 0123 4567 89ab cdef");
        assert_eq!(format!("{first} {last}").replace(' ', ""), sid.to_string());
    }

    #[test]
    fn the_picture_and_the_drawing_exist() {
        let qr = Qr::of(Sid::ZERO);
        assert!(qr.svg().starts_with("<svg"));
        let (png, side) = qr.png();
        assert!(png.starts_with(b"\x89PNG") && side > 200);
    }
}
