//! A table of the TOML file with the place of everything in it: keys are asked for by name and type, and whatever is
//! missing, wrong or unknown becomes a fault. It refuses to know what the keys mean.

use super::fault::{Explain, Faults, why};
use crate::{ruling::Sentence, text::Text};
use std::{collections::BTreeMap, fmt, ops::Range, str::FromStr};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table, its header's place and its path, as in `contest[1]`.
pub struct Section<'a> {
    table: &'a DeTable<'a>,
    place: Range<usize>,
    path: String,
}

/// A value as one of the readers below sees it: what it is, where, and its path.
pub struct Found<'a> {
    value: &'a DeValue<'a>,
    place: Range<usize>,
    path: String,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Self { table, place: 0..0, path: String::new() }
    }

    /// Every key that is not one of these is a fault.
    pub fn only(&self, faults: &mut Faults<'_>, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let known = keys.join(", ");
            faults.add(
                &key.span(),
                self.path_of(key.get_ref()),
                why(format!("khóa lạ; ở đây chỉ có: {known}"), format!("an unknown key; known here: {known}")),
            );
        }
    }

    /// The value of a key that must be there.
    pub fn required<T>(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        read: impl FnOnce(&Found<'a>, &mut Faults<'_>) -> Option<T>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            faults.add(&self.place, self.path_of(key), why("thiếu khóa này", "this key is missing"));
        }
        self.optional(faults, key, read)
    }

    /// The value of a key that may be left out.
    pub fn optional<T>(
        &self,
        faults: &mut Faults<'_>,
        key: &str,
        read: impl FnOnce(&Found<'a>, &mut Faults<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.table.get(key)?;
        read(&Found { value: value.get_ref(), place: value.span(), path: self.path_of(key) }, faults)
    }

    /// A fault of this key's value, or of the section where the key is left out.
    pub fn fault(&self, faults: &mut Faults<'_>, key: &str, why: Sentence) {
        faults.add(&self.place_of(key), self.path_of(key), why);
    }

    /// Whether the key is there at all.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where this key's value stands, or the section where the key is left out.
    pub fn place_of(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or(self.place.clone(), Spanned::span)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    // Readers: what `required` and `optional` are told to expect.

    /// Any text.
    pub fn text(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<&'a str> {
        match found.value {
            DeValue::String(text) => Some(text),
            _ => found.wrong_type(faults, "chữ trong ngoặc kép", "text in quotes"),
        }
    }

    /// A text that says one of the rules' words, an id, a title, a name.
    pub fn word<T: FromStr<Err: Explain>>(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<T> {
        match Self::text(found, faults)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                faults.add(&found.place, found.path.clone(), error.explain());
                None
            }
        }
    }

    /// `true` or `false`.
    pub fn yes_or_no(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<bool> {
        match found.value {
            DeValue::Boolean(value) => Some(*value),
            _ => found.wrong_type(faults, "true hoặc false, không có ngoặc kép", "true or false, without quotes"),
        }
    }

    /// A whole number from `least` to `most`.
    pub fn number(least: u64, most: u64) -> impl FnOnce(&Found<'a>, &mut Faults<'_>) -> Option<u64> {
        move |found: &Found<'a>, faults: &mut Faults<'_>| {
            let DeValue::Integer(digits) = found.value else {
                return found.wrong_type(faults, "một số nguyên, không có ngoặc kép", "a whole number, without quotes");
            };
            let number = u64::from_str_radix(digits.as_str(), digits.radix()).ok();
            if let Some(number) = number.filter(|n| (least..=most).contains(n)) {
                return Some(number);
            }
            let wrong = why(
                format!("{digits} không nằm trong khoảng từ {least} đến {most}"),
                format!("{digits} is not a number from {least} to {most}"),
            );
            faults.add(&found.place, found.path.clone(), wrong);
            None
        }
    }

    /// A list of so many whole numbers from 0 to `most`.
    pub fn numbers<const N: usize>(most: u64) -> impl FnOnce(&Found<'a>, &mut Faults<'_>) -> Option<[u64; N]> {
        move |found: &Found<'a>, faults: &mut Faults<'_>| {
            let DeValue::Array(items) = found.value else {
                return found.wrong_type(faults, "một danh sách số nguyên `[ … ]`", "a list of whole numbers `[ … ]`");
            };
            let read =
                |(at, item): (usize, &'a Spanned<DeValue<'a>>)| Self::number(0, most)(&found.item(at, item), faults);
            let numbers: Vec<Option<u64>> = items.iter().enumerate().map(read).collect();
            let numbers: Vec<u64> = numbers.into_iter().collect::<Option<_>>()?;
            let length = numbers.len();
            numbers.try_into().ok().or_else(|| {
                let wrong =
                    why(format!("cần {N} số, ở đây có {length}"), format!("expected {N} numbers, found {length}"));
                faults.add(&found.place, found.path.clone(), wrong);
                None
            })
        }
    }

    /// One sentence in both languages, `{ vi = "…", en = "…" }`.
    pub fn sentence(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<Sentence> {
        let section = Self::subsection(found, faults)?;
        section.only(faults, &["vi", "en"]);
        let vi = section.required(faults, "vi", Self::word::<Text>);
        let en = section.required(faults, "en", Self::word::<Text>);
        Some(Sentence { vi: vi?.as_str().to_owned(), en: en?.as_str().to_owned() })
    }

    /// A table, written with a header or in braces.
    pub fn subsection(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<Section<'a>> {
        match found.value {
            DeValue::Table(table) => Some(Section { table, place: found.place.clone(), path: found.path.clone() }),
            _ => found.wrong_type(faults, "một nhóm khóa `{ … }` hoặc `[…]`", "a table, `{ … }` or `[…]`"),
        }
    }

    /// One or more tables, written `[[…]]` or as a list of braces. `None` stands for an item that is no table, so that
    /// the list keeps its length.
    pub fn subsections(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<Vec<Option<Section<'a>>>> {
        Some(found.list(faults)?.into_iter().map(|item| Self::subsection(&item, faults)).collect())
    }

    /// A list of words, possibly empty.
    pub fn words<T: FromStr<Err: Explain>>(found: &Found<'a>, faults: &mut Faults<'_>) -> Option<Vec<T>> {
        let DeValue::Array(items) = found.value else {
            return found.wrong_type(faults, "một danh sách `[ … ]`", "a list `[ … ]`");
        };
        let read = |(at, item): (usize, &'a Spanned<DeValue<'a>>)| Self::word(&found.item(at, item), faults);
        // Each item is read whatever became of the one before, so that all their faults are found.
        let words: Vec<Option<T>> = items.iter().enumerate().map(read).collect();
        words.into_iter().collect()
    }
}

impl<'a> Found<'a> {
    /// A number or a word, for the one key that may be either.
    pub fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    fn item(&self, at: usize, item: &'a Spanned<DeValue<'a>>) -> Self {
        let path = format!("{}[{}]", self.path, at.saturating_add(1));
        Self { value: item.get_ref(), place: item.span(), path }
    }

    fn list(&self, faults: &mut Faults<'_>) -> Option<Vec<Self>> {
        let DeValue::Array(items) = self.value else {
            return self.wrong_type(faults, "một danh sách `[ … ]` hoặc `[[…]]`", "a list, `[ … ]` or `[[…]]`");
        };
        if items.is_empty() {
            faults.add(&self.place, self.path.clone(), why("cần ít nhất một mục", "at least one is needed"));
        }
        Some(items.iter().enumerate().map(|(at, item)| self.item(at, item)).collect())
    }

    fn wrong_type<T>(&self, faults: &mut Faults<'_>, vi: &str, en: &str) -> Option<T> {
        let (is_vi, is_en) = match self.value {
            DeValue::String(_) => ("chữ", "text"),
            DeValue::Integer(_) => ("số nguyên", "a whole number"),
            DeValue::Float(_) => ("số thập phân", "a decimal number"),
            DeValue::Boolean(_) => ("true hoặc false", "true or false"),
            DeValue::Datetime(_) => ("ngày không có ngoặc kép", "a date without quotes"),
            DeValue::Array(_) => ("danh sách", "a list"),
            DeValue::Table(_) => ("nhóm khóa", "a table"),
        };
        let wrong = why(format!("cần {vi}, ở đây là {is_vi}"), format!("expected {en}, found {is_en}"));
        faults.add(&self.place, self.path.clone(), wrong);
        None
    }
}

/// Sees to it that nothing stands twice; remembers where it stood first.
pub struct Once<T>(BTreeMap<T, Range<usize>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord + fmt::Display> Once<T> {
    /// A fault if that value stood before.
    pub fn check(&mut self, section: &Section<'_>, key: &str, value: Option<T>, faults: &mut Faults<'_>) {
        let Some(value) = value else { return };
        match self.0.get(&value) {
            None => {
                self.0.insert(value, section.place_of(key));
            }
            Some(first) => {
                let line = faults.line_of(first);
                section.fault(
                    faults,
                    key,
                    why(
                        format!("`{value}` đã có ở dòng {line}; mỗi mục một tên riêng"),
                        format!("`{value}` stands already on line {line}; give each its own"),
                    ),
                );
            }
        }
    }
}
