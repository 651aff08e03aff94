//! How numbers look on paper in both languages: `1.234` and `56,25 %`, `1,234` and `56.25%`. Integers only, no rounding
//! but the one of the rules: two decimals, half up. It refuses to know what is counted.

use tally::{statement::Language, text::Date};

/// A number with its thousands apart.
#[must_use]
pub fn number(value: u64, language: Language) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(if language == Language::Vi { '.' } else { ',' });
        }
        text.push(digit);
    }
    text
}

/// Hundredths of a percent of `part` in `base`, half up (Điều làm tròn of the State forms); `None` of nothing.
#[must_use]
pub fn hundredths(part: u64, base: u64) -> Option<u64> {
    let twice = u128::from(part) * 20_000 + u128::from(base);
    u64::try_from(twice.checked_div(u128::from(base) * 2)?).ok()
}

/// A percentage with two decimals; `–` of nothing. The base is named beside it, never left to be guessed.
#[must_use]
pub fn percent(part: u64, base: u64, language: Language) -> String {
    let Some(hundredths) = hundredths(part, base) else { return "–".to_owned() };
    let (whole, rest) = (number(hundredths / 100, language), hundredths % 100);
    match language {
        // A space that does not break keeps the sign with its number.
        Language::Vi => format!("{whole},{rest:02}\u{a0}%"),
        Language::En => format!("{whole}.{rest:02}%"),
    }
}

/// Year, month and day of a date.
#[must_use]
pub fn parts(date: Date) -> (u32, u32, u32) {
    let text = date.to_string();
    let mut parts = text.split('-').map(|part| part.parse().expect("a date is three numbers"));
    let mut next = || parts.next().expect("a date is three numbers");
    (next(), next(), next())
}

/// Whole years between two days; nobody is younger than 0.
#[must_use]
pub fn age(born: Date, day: Date) -> u32 {
    let ((by, bm, bd), (y, m, d)) = (parts(born), parts(day));
    y.saturating_sub(by).saturating_sub(u32::from((m, d) < (bm, bd)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Vi};

    #[test]
    fn thousands_stand_apart() {
        for (value, vi, en) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_234, "1.234", "1,234"),
            (69_523_133, "69.523.133", "69,523,133"),
            (u64::MAX, "18.446.744.073.709.551.615", "18,446,744,073,709,551,615"),
        ] {
            assert_eq!((number(value, Vi).as_str(), number(value, En).as_str()), (vi, en));
        }
    }

    #[test]
    fn percentages_have_two_decimals_half_up() {
        for (part, base, vi, en) in [
            (9, 16, "56,25\u{a0}%", "56.25%"),
            (1, 3, "33,33\u{a0}%", "33.33%"),
            (2, 3, "66,67\u{a0}%", "66.67%"),
            (1, 8_000, "0,01\u{a0}%", "0.01%"),  // 0.0125
            (3, 80_000, "0,00\u{a0}%", "0.00%"), // 0.00375
            (1, 20_000, "0,01\u{a0}%", "0.01%"), // exactly half goes up
            (0, 5, "0,00\u{a0}%", "0.00%"),
            (148, 148, "100,00\u{a0}%", "100.00%"),
            (3, 2, "150,00\u{a0}%", "150.00%"),
            (1, 0, "–", "–"),
        ] {
            assert_eq!((percent(part, base, Vi).as_str(), percent(part, base, En).as_str()), (vi, en), "{part}/{base}");
        }
    }

    #[test]
    fn the_largest_share_does_not_overflow() {
        assert_eq!(percent(u64::MAX, u64::MAX, En), "100.00%");
        assert_eq!(hundredths(u64::MAX, 1), None);
    }

    #[test]
    fn somebody_is_a_year_older_on_the_birthday_and_not_before() {
        let day = |text: &str| text.parse().expect("a date");
        assert_eq!(age(day("1970-06-24"), day("2020-06-24")), 50);
        assert_eq!(age(day("1970-06-25"), day("2020-06-24")), 49);
        assert_eq!(age(day("1972-02-29"), day("2021-02-28")), 48);
        assert_eq!(age(day("2021-02-28"), day("1972-02-29")), 0);
    }

    proptest::proptest! {
        #[test]
        fn a_percentage_is_never_off_by_more_than_half_a_hundredth(part in 0..=10_000_000_u64, base in 1..=10_000_000_u64) {
            let shown = u128::from(hundredths(part, base).expect("a base"));
            let (exact, base) = (u128::from(part) * 10_000, u128::from(base));
            // shown - 1/2 <= exact / base < shown + 1/2
            proptest::prop_assert!((2 * shown).saturating_sub(1) * base <= 2 * exact && 2 * exact < (2 * shown + 1) * base);
        }
    }
}
