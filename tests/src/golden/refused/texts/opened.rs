//! Notes that cannot be opened: bytes, signature lines, keys, signatures, sizes. It refuses to know what they say.

use crate::golden::{
    hall::{BOARD, batch, key, papers, sign},
    story::Story,
};
use tlog::{KeyKind, Note, SignatureLine, SigningKey};

/// §2: bytes, signature lines, keys, signatures, sizes.
pub fn notes(s: &mut Story) {
    let text = s.desk_text("papers", "c01", &papers(&[("b001", 40, "-")]));
    let good = sign(&text, BOARD);
    s.offer("§2", "a note as it must be", good.as_bytes(), "OK");
    let whole = good.to_string();
    let mut bytes = |name: &str, note: &[u8], code: &str| s.offer("§2", name, note, code);
    bytes("no bytes at all", b"", "R-MALFORMED");
    bytes("a text without signatures", text.as_bytes(), "R-MALFORMED");
    bytes("a text and an empty line", format!("{text}\n").as_bytes(), "R-MALFORMED");
    bytes("no line feed at the end", whole.trim_end().as_bytes(), "R-MALFORMED");
    bytes("an empty line at the end", format!("{whole}\n").as_bytes(), "R-MALFORMED");
    bytes("carriage returns", whole.replace('\n', "\r\n").as_bytes(), "R-MALFORMED");
    bytes("a tab", whole.replacen("received ", "received\t", 1).as_bytes(), "R-MALFORMED");
    bytes("a zero byte", whole.replacen("received ", "received \0", 1).as_bytes(), "R-MALFORMED");
    let mut broken = good.as_bytes().to_vec();
    broken[3] = 0xff;
    bytes("a byte that is not UTF-8", &broken, "R-MALFORMED");
    let (body, _) = whole.split_once("\n\n").expect("a note");
    bytes("a signature of four bytes", format!("{body}\n\n\u{2014} x AAAAAA==\n").as_bytes(), "R-MALFORMED");
    let many: String = (0..101).map(|n| format!("\u{2014} n{n:03} AAAAAAA=\n")).collect();
    bytes("101 lines", format!("{body}\n\n{many}").as_bytes(), "R-MALFORMED");
    bytes("a hyphen for the dash", whole.replacen("\n\u{2014} ", "\n- ", 1).as_bytes(), "R-MALFORMED");
    bytes("two spaces before the signature", whole.replacen("/k1 ", "/k1  ", 1).as_bytes(), "R-MALFORMED");
    bytes("a signature that is no base64", whole.replacen("/k1 ", "/k1 !", 1).as_bytes(), "R-MALFORMED");
    let (head, tail) = whole.trim_end().rsplit_once(' ').expect("a signature line");
    let loose = format!("{head} {}\n", tail.trim_end_matches('='));
    if loose.trim_end() != whole.trim_end() {
        bytes("base64 without its padding", loose.as_bytes(), "R-MALFORMED");
    }
    bytes(
        "one letter of the text changed",
        whole.replacen("received 45", "received 46", 1).as_bytes(),
        "R-BAD-SIGNATURE",
    );
    lines(s, &text, &good);
}

fn lines(s: &mut Story, text: &str, good: &Note) {
    let signed = |lines: Vec<SignatureLine>| Note::signed_by(text, lines).expect("a note").as_bytes().to_vec();
    let [one, other] = good.signatures() else { panic!("two lines") };
    let (first, second) = (one.to_string(), other.to_string());
    let joined =
        |lines: &[&str]| format!("{text}\n{}", lines.iter().map(|l| format!("{}\n", l.trim_end())).collect::<String>());
    let mut bytes = |name: &str, note: &[u8], code: &str| s.offer("§2", name, note, code);
    bytes("lines that do not ascend", joined(&[&second, &first]).as_bytes(), "R-SIGNATURE-LINES");
    bytes("a name twice", joined(&[&first, &first]).as_bytes(), "R-SIGNATURE-LINES");
    let strangers: Vec<SigningKey> = (0..17).map(|n| key(&format!("k{n:02}"))).collect();
    let many: Vec<SignatureLine> = strangers.iter().map(|k| k.sign_text(text).signatures()[0].clone()).collect();
    bytes("17 lines", &signed(many), "R-SIGNATURE-LINES");
    let witness = tlog::cosignature::cosign(text, &key("w1"), 1_593_000_000);
    bytes(
        "a witness's line beside the board's",
        &signed(vec![one.clone(), other.clone(), witness]),
        "R-SIGNATURE-LINES",
    );
    bytes("a stranger beside the board", sign(text, &["k1", "k2", "k7"]).as_bytes(), "R-UNKNOWN-KEY");
    let same_name = SigningKey::from_seed(key("k1").verifier().name(), KeyKind::Ed25519, &[9; 32]).expect("a key");
    bytes("another key of a member's name", same_name.sign_text(text).as_bytes(), "R-UNKNOWN-KEY");
    let of_another = sign("another text\n", &["k2"]).signatures()[0].clone();
    bytes("a signature of another text", &signed(vec![one.clone(), of_another]), "R-BAD-SIGNATURE");
    small_order(s, text);
    sizes(s, text);
}

/// A signature whose R is a point of small order; whoever checks the equation alone could be brought to take one.
fn small_order(s: &mut Story, text: &str) {
    let mut sealed = key("k1").sign(text.as_bytes()).to_vec();
    sealed[..32].copy_from_slice(&{
        let mut neutral = [0; 32];
        neutral[0] = 1;
        neutral
    });
    let id = key("k1").verifier().id().to_be_bytes();
    let encoded = base64(&[&id[..], &sealed].concat());
    let note = format!("{text}\n\u{2014} {} {encoded}\n", key("k1").verifier().name());
    s.offer("§2", "a signature with an R of small order", note.as_bytes(), "R-BAD-SIGNATURE");
}

/// Standard base64, with padding: the rooms below write it of hashes and keys alone.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0_u32, |n, at| n << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * at)) as usize & 63];
            text.push(if at > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn sizes(s: &mut Story, text: &str) {
    let short: String = (0..3_001).map(|n| format!("bundle {n:04} 20 -\n")).collect();
    let crowded = text.replace("bundle b001 40 -\n", &short);
    s.offer_text("§3", "3,001 bundles", &crowded, BOARD, "R-MALFORMED");
    // 3,000 bundles of the longest ids are within the limit of bundles, not within that of bytes.
    let longest: String = (0..3_000).map(|n| format!("bundle b{n:015} 20 s01\n")).collect();
    let text = text.replace("bundle b001 40 -\n", &longest);
    s.offer_text("§2", "a note of more than 65,535 bytes", &text, BOARD, "R-OVERSIZED");
    let block = |word: &str, votes: u32| (1..=999).map(|n| format!("{word} {n:03} {votes}\n")).collect::<String>();
    let marks = block("agree", 1) + &block("disagree", 0) + &block("unusable", 0);
    let body = batch("c01", "b001", &format!("ballots 1\nvalid 1\n{marks}"));
    let text = s.table_text("batch", "s01", &body);
    s.offer_text("§2", "a table's note of more than 20,000 bytes", &text, &["s01"], "R-OVERSIZED");
}
