//! What the event folder expects (`expected.json`) against what was counted. It refuses to judge: it names every figure
//! that differs.

use crate::results::Results;
use serde_json::Value;
use std::fmt;

/// A figure that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands, as in `contests[c01].votes.02`.
    pub path: String,
    /// What `expected.json` says.
    pub expected: Value,
    /// What was counted; null when there is no such figure.
    pub found: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, expected, found } = self;
        write!(f, "{path}: cần {expected}, đếm được {found} — {path}: expected {expected}, found {found}")
    }
}

/// Maps of figures in which a zero may be left out.
const ZEROS_MAY_BE_MISSING: [&str; 6] = ["invalid", "left", "votes", "agree", "disagree", "unusable"];

/// Every difference; only what `expected` names is compared, and a zero may be missing on either side of a map.
///
/// A contest that the results do not have is a difference; so is a name that is no figure of the results.
///
/// # Panics
/// Never: results are always JSON.
#[must_use]
pub fn compare(results: &Results, expected: &Value) -> Vec<Difference> {
    let found = serde_json::to_value(results).expect("results are JSON");
    let mut differences = Vec::new();
    differ("", expected, &found, &mut differences);
    differences
}

fn differ(path: &str, expected: &Value, found: &Value, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(map), Value::Object(have)) => {
            let is_figures = path.rsplit('.').next().is_some_and(|last| ZEROS_MAY_BE_MISSING.contains(&last));
            let zero = Value::from(0);
            let nothing = if is_figures { &zero } else { &Value::Null };
            for (key, value) in map {
                differ(&under(path, key), value, have.get(key).unwrap_or(nothing), differences);
            }
        }
        (Value::Array(list), Value::Array(have)) if path == "contests" => {
            for contest in list {
                let id = &contest["id"];
                let path = format!("contests[{}]", id.as_str().unwrap_or("?"));
                let counted = have.iter().find(|c| c["id"] == *id).unwrap_or(&Value::Null);
                differ(&path, contest, counted, differences);
            }
        }
        _ if same(expected, found) => {}
        _ => differences.push(Difference { path: path.to_owned(), expected: expected.clone(), found: found.clone() }),
    }
}

/// 1 and 1.0 are one figure.
fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if (a - b).abs() == 0.0)
}

fn under(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
