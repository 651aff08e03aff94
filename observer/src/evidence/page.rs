//! The page that lies in every evidence folder: what it shows and how anybody checks it, in Vietnamese and English, with
//! this program and without it. It proves nothing itself.

use super::{Charge, Evidence, Kind, folder::PAGE};
use tlog::{Checkpoint, Note};

/// The page of a folder.
pub(super) fn page(evidence: &Evidence) -> String {
    let kind = evidence.charge.kind();
    let (vi, en) = what(kind);
    let (files_vi, files_en) = files(kind);
    let event = Note::parse(&evidence.manifest).map(|note| note.sid().to_string()).unwrap_or_default();
    let facts = facts(&evidence.charge);
    let (secret_vi, secret_en) = if kind.holds_entries() { SECRET } else { ("", "") };
    let key = if matches!(kind, Kind::TwoBulletins | Kind::WrongBulletin) { "tally" } else { "log" };
    let plain = plain(key, first(kind));
    format!(
        "BẰNG CHỨNG — EVIDENCE: {}\n\n{vi}\n{secret_vi}\n{files_vi}\n\nKiểm tra, không cần mạng:\n\n  kiemphieu observer verify-evidence . --event SID\n\n\
         SID là mã sự kiện trên phiếu sự kiện bằng giấy; thư mục này nói về sự kiện\n\n  {event}\n\nChỉ mã đó là cần tin. \
         Sửa một ký tự trong tệp bằng chứng nào thì bằng chứng không còn đứng vững; riêng {PAGE} không chứng minh gì.\n\
         \n----\n\n{en}\n{secret_en}\n{files_en}\n\nTo check it, offline:\n\n  kiemphieu observer verify-evidence . --event SID\n\n\
         SID is the event's name on the event ticket, on paper; this folder speaks of\n\n  {event}\n\nNothing else has to be \
         trusted. One character changed in an exhibit, and it convicts nobody; {PAGE} proves nothing.\n\n----\n\n{facts}\n\
         Bằng công cụ thông thường — with plain tools (sid, khóa, chữ ký — sid, key, signature):\n\n{plain}\n\
         Bước còn lại — the rest: docs/protocol.md §12.1; Python: tests/verifier/evidence.py\n",
        kind.word()
    )
}

const SECRET: (&str, &str) = (
    "\nCHÚ Ý: thư mục này chứa mục nhật ký. Trước khi công bố, chỉ đưa cho người được quyền đọc các mục ấy.\n",
    "\nNOTE: this folder holds entries of the log. Before the announcement hand it only to those who may read them.\n",
);

fn what(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::TwoCheckpoints => (
            "Khóa nhật ký của máy chủ đã ký hai gốc khác nhau cho cùng một số mục: nó đã cho người này xem một nhật ký và \
             người khác xem một nhật ký khác.",
            "The server's log key has signed two different roots for one number of entries: it showed one log to some and \
             another to others.",
        ),
        Kind::NoConsistency => (
            "Khóa nhật ký của máy chủ đã ký một nhật ký lớn hơn không nối tiếp nhật ký nhỏ hơn mà chính nó đã ký: mục đã ký \
             bị thay hoặc bị bỏ.",
            "The server's log key has signed a larger log that does not continue the smaller one it signed itself: entries \
             were replaced or dropped.",
        ),
        Kind::ReceiptDishonoured => (
            "Khóa nhật ký đã ký biên nhận cho một văn bản của bàn kiểm phiếu, rồi ký một nhật ký không có biên nhận ấy.",
            "The log key has signed a receipt for a table's statement, and then a log that does not honour it.",
        ),
        Kind::TwoBulletins => (
            "Khóa tổng hợp đã ký hai bản tin khác nhau về cùng cuộc bầu ở cùng số mục.",
            "The tally key has signed two different bulletins of one contest at one number of entries.",
        ),
        Kind::WrongBulletin => (
            "Khóa tổng hợp đã ký một bản tin có số liệu khác với số liệu cộng từ chính các mục mà bản tin nói tới.",
            "The tally key has signed a bulletin with other figures than those that its own entries add up to.",
        ),
        Kind::RefusedEntry => (
            "Khóa nhật ký đã ký một nhật ký có mục mà quy tắc kiểm phiếu từ chối.",
            "The log key has signed a log with an entry that the rules of the count refuse.",
        ),
    }
}

fn files(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::TwoCheckpoints => (
            "checkpoint-1.note và checkpoint-2.note: cùng cỡ (dòng 2), khác gốc (dòng 3), cùng chữ ký của khóa ghi ở dòng \
             `log` của manifest.note.",
            "checkpoint-1.note and checkpoint-2.note: one size (line 2), two roots (line 3), signed by the key on the line \
             `log` of manifest.note.",
        ),
        Kind::NoConsistency => (
            "checkpoint-1.note là bản nhỏ, checkpoint-2.note là bản lớn; beginning ghi gốc mà bản lớn thật sự bắt đầu, kèm \
             chứng minh từ bản lớn. Gốc ấy khác gốc trong checkpoint-1.note.",
            "checkpoint-1.note is the smaller one, checkpoint-2.note the larger; beginning states the root with which the \
             larger one really began, with the proof from the larger one. It is not the root of checkpoint-1.note.",
        ),
        Kind::ReceiptDishonoured => (
            "statement.note là văn bản, receipt.tlog-proof là biên nhận, checkpoint.note là nhật ký không thừa nhận, \
             beginning là gốc mà nhật ký ấy thật sự bắt đầu, kèm chứng minh.",
            "statement.note is the statement, receipt.tlog-proof its receipt, checkpoint.note the log that does not honour \
             it, beginning the root with which that log really began, with its proof.",
        ),
        Kind::TwoBulletins => (
            "bulletin-1.note và bulletin-2.note: cùng contest và size, khác nội dung, cùng khóa ghi ở dòng `tally` của \
             manifest.note.",
            "bulletin-1.note and bulletin-2.note: one contest and size, two texts, both signed by the key on the line \
             `tally` of manifest.note.",
        ),
        Kind::WrongBulletin => (
            "bulletin.note là bản tin, tile/entries/ là các mục mà bản tin nói tới (gốc trong bản tin là gốc của chúng).",
            "bulletin.note is the bulletin, tile/entries/ the entries it speaks of (its root is theirs).",
        ),
        Kind::RefusedEntry => (
            "tile/entries/ là các mục, mục cuối bị từ chối; checkpoint.note đã ký chúng, beginning chứng minh điều đó.",
            "tile/entries/ are the entries, the last of which is refused; checkpoint.note covers them, as beginning proves.",
        ),
    }
}

/// The sizes and roots, for whoever only wants to read.
fn facts(charge: &Charge) -> String {
    let line = |name: &str, note: &Note| match Checkpoint::parse(note.text()) {
        Ok(c) => format!("{name}: size {}, root {} ({})\n", c.size, c.root, tally::Code::of(note.sid())),
        Err(_) => format!("{name}: sid {} ({})\n", note.sid(), tally::Code::of(note.sid())),
    };
    match charge {
        Charge::TwoCheckpoints(two) => line("checkpoint-1.note", &two[0]) + &line("checkpoint-2.note", &two[1]),
        Charge::NoConsistency { earlier, later, beginning } => {
            let began = format!("beginning: root {}\n", beginning.root);
            line("checkpoint-1.note", earlier) + &line("checkpoint-2.note", later) + &began
        }
        Charge::ReceiptDishonoured { statement, receipt, later, beginning } => {
            let began =
                format!("beginning: root {}\nentry {}: sid {}\n", beginning.root, receipt.index, statement.sid());
            line("receipt.tlog-proof", &receipt.checkpoint) + &line("checkpoint.note", later) + &began
        }
        Charge::TwoBulletins(two) => line("bulletin-1.note", &two[0]) + &line("bulletin-2.note", &two[1]),
        Charge::WrongBulletin { bulletin } => line("bulletin.note", bulletin),
        Charge::RefusedEntry { index, checkpoint, .. } => {
            line("checkpoint.note", checkpoint) + &format!("refused: entry {index}\n")
        }
    }
}

fn first(kind: Kind) -> &'static str {
    match kind {
        Kind::TwoCheckpoints | Kind::NoConsistency => "checkpoint-1.note",
        Kind::ReceiptDishonoured | Kind::RefusedEntry => "checkpoint.note",
        Kind::TwoBulletins => "bulletin-1.note",
        Kind::WrongBulletin => "bulletin.note",
    }
}

/// Sid and one signature with coreutils and openssl, as docs/protocol.md §13 does it.
fn plain(key: &str, note: &str) -> String {
    format!(
        "  sed '/^$/,$d' manifest.note | sha256sum\n  vkey=$(sed -n 's/^{key} //p' manifest.note)\n  \
         {{ printf '\\60\\52\\60\\5\\6\\3\\53\\145\\160\\3\\41\\0'; echo \"${{vkey#*+*+}}\" | base64 -d | tail -c 32; }} > key.der\n  \
         sed '/^$/,$d' {note} > text; tail -n 1 {note} | cut -d' ' -f3 | base64 -d | tail -c 64 > sig\n  \
         openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile sig\n\n"
    )
}
