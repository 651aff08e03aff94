//! Command lines that are none: exit code 2, what was wrong, and where help is.

use crate::said::told;
use promises::program;

#[test]
fn a_command_line_that_is_none_ends_with_2_and_says_where_help_is() {
    let cases: [(&[&str], &[&str]); 12] = [
        (&["cout"], &["cout", "--help"]),
        (&["station", "cuont"], &["cuont", "--help"]),
        (&["station", "count", "--bundle-sise", "5"], &["--bundle-sise", "--help"]),
        (&["station", "count", "--contest", "c01"], &["--ballots", "--help"]),
        (&["station", "count", "--contest", "c_01", "--ballots", "x"], &["c_01", "--help"]),
        (&["station", "count", "--bundle-size", "0"], &["--bundle-size", "--help"]),
        (&["server", "run", "--listen", "everywhere"], &["everywhere", "--help"]),
        (&["observer", "verify", "log"], &["--event", "--help"]),
        (&["observer", "verify", "log", "--event", "12ab"], &["12ab", "--help"]),
        (&["committee", "close", "c01"], &["--as", "--help"]),
        (&["observer", "verify", "--event", "12ab"], &["12ab", "--help"]),
        (&["observer", "verify", "log", "--ticket", "x"], &["x", "--help"]),
    ];
    for (words, says) in cases {
        told(&words.join(" "), &program::run(words), 2, says);
    }
}
