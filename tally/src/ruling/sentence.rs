//! The sentence a person reads for each ruling, in Vietnamese and English. Codes and facts are in `ruling`.

use super::{BundleState, Fault, Flag, Phase, Refusal, Ruling};
use crate::{figures::Identity, profile::is_content_word};
use std::fmt;

/// One thing said in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}", self.vi, self.en)
    }
}

fn say(vi: impl Into<String>, en: impl Into<String>) -> Sentence {
    Sentence { vi: vi.into(), en: en.into() }
}

impl Ruling {
    /// What is told to whoever sent the statement.
    pub fn say(&self) -> Sentence {
        match self {
            Self::Refused(refusal) => refusal.say(),
            Self::Repeated { index, set_aside } => {
                let again = say(
                    format!("Đã có trong nhật ký, mục {index}; không ghi lần nữa."),
                    format!("Already in the log as entry {index}; not logged again."),
                );
                if set_aside.is_empty() {
                    return again;
                }
                let then = Self::SetAside(set_aside.clone()).say();
                say(format!("{} {}", again.vi, then.vi), format!("{} {}", again.en, then.en))
            }
            Self::Draft { signatures, threshold } => say(
                format!("Đã nhận {signatures}/{threshold} chữ ký; chờ thành viên khác ký."),
                format!("{signatures} of {threshold} signatures; waiting for another member to sign."),
            ),
            Self::SetAside(faults) => {
                let (vi, en): (Vec<_>, Vec<_>) = faults.iter().map(|f| f.say()).map(|s| (s.vi, s.en)).unzip();
                say(format!("Ghi nhưng không tính: {}", vi.join(" ")), format!("Set aside: {}", en.join(" ")))
            }
            Self::Live { state, flags } => {
                let state = state.say();
                let (vi, en): (Vec<_>, Vec<_>) = flags.iter().map(|f| f.say()).map(|s| (s.vi, s.en)).unzip();
                say([vec![state.vi], vi].concat().join(" "), [vec![state.en], en].concat().join(" "))
            }
            Self::Recorded => say("Đã ghi nhật ký.", "Recorded."),
        }
    }
}

impl BundleState {
    fn say(self) -> Sentence {
        match self {
            Self::Missing => say("Tập phiếu chưa có kết quả.", "The bundle has no count yet."),
            Self::Waiting => say("Đã ghi; chờ bàn khác kiểm tập này.", "Recorded; waiting for another table's count."),
            Self::Counted => say("Tập phiếu đã được tính.", "The bundle is counted."),
            Self::Conflict => say(
                "Hai kết quả khác nhau; ban kiểm phiếu xem lại tập này.",
                "Two counts differ; the counting board looks at this bundle.",
            ),
            Self::Mismatch => say(
                "Số phiếu khác với số đã giao; đếm lại tập hoặc sửa số phiếu.",
                "The number of papers is not the one handed out; recount the bundle or correct the papers.",
            ),
            Self::GivenUp => say("Tập phiếu không được tính.", "The bundle is given up and not counted."),
            Self::Unsettled => say(
                "Kết quả đã chốt không còn giá trị; ban kiểm phiếu chốt lại.",
                "The batch settled on is void; the counting board settles again.",
            ),
        }
    }
}

impl Flag {
    fn say(self) -> Sentence {
        match self {
            Self::Duplicate => say("Tập này đã được đếm như vậy.", "This bundle was counted so before."),
            Self::Conflict => say("Khác với lần đếm trước.", "It differs from a count before."),
            Self::Lookalike => say("Giống hệt số liệu của tập khác.", "The same figures stand under another bundle."),
            Self::Serials => say("Số phiếu trùng với tập khác.", "Serial numbers overlap with another bundle."),
        }
    }
}

impl Phase {
    fn vi(self) -> &'static str {
        match self {
            Self::Counting => "đang kiểm",
            Self::Closed => "đã kết thúc kiểm",
            Self::Certified => "đã chứng nhận",
            Self::Announced => "đã công bố",
            Self::Reopened => "đã mở lại",
            Self::Annulled => "đã hủy",
        }
    }
}

/// The phases that a refusal asks for.
fn in_vietnamese(must_be: &'static str) -> &'static str {
    match must_be {
        "open (counting or reopened)" => "đang kiểm hoặc đã mở lại",
        "closed" => "đã kết thúc kiểm",
        "closed or certified" => "đã kết thúc kiểm hoặc đã chứng nhận",
        "certified" => "đã chứng nhận",
        "certified or announced" => "đã chứng nhận hoặc đã công bố",
        "closed, certified or announced" => "đã kết thúc kiểm, đã chứng nhận hoặc đã công bố",
        "any but annulled" => "chưa bị hủy",
        other => other,
    }
}

impl Fault {
    /// The fault in words.
    pub fn say(&self) -> Sentence {
        match self {
            Self::UnknownContest => say("Không có cuộc bầu này.", "There is no such contest."),
            Self::NotOpen(phase) => {
                say(format!("Cuộc bầu {}.", phase.vi()), format!("The contest is {phase}, not open."))
            }
            Self::NoPapers => say("Chưa có số phiếu của cuộc bầu.", "No papers were stated for the contest yet."),
            Self::UnknownBundle => say("Không có tập phiếu này.", "There is no such bundle; check its number."),
            Self::OtherTable(table) => {
                say(format!("Tập này của bàn {table}."), format!("The bundle belongs to table {table}."))
            }
            Self::OtherForm => say("Sai loại phiếu.", "The marks are of another form of ballot."),
            Self::OtherList { batch, names } => say(
                format!("Danh sách có {names} người, không phải {batch}."),
                format!("The list has {names} names, not {batch}."),
            ),
            Self::VoidReason(reason) => say(
                format!("Lý do {reason} không áp dụng cho loại phiếu này."),
                format!("No paper of this form is invalid as {reason}."),
            ),
            Self::Broken(identity) => identity.say(),
            Self::NotLive => say(
                "Không có kết quả nào như vậy đang được tính của bàn này.",
                "No such batch of this table is live in this contest.",
            ),
            Self::Settled => {
                say("Ban kiểm phiếu đã chốt kết quả này.", "The counting board has settled on this batch.")
            }
        }
    }
}

impl Identity {
    fn say(self) -> Sentence {
        match self {
            Self::BallotsValidInvalid => {
                say("Số phiếu ≠ hợp lệ + không hợp lệ.", "Ballots are not valid plus invalid papers.")
            }
            Self::NamesLeftValid => say(
                "Tổng phiếu theo số người còn lại ≠ số phiếu hợp lệ, hoặc quá số được bầu.",
                "Papers by names left do not add up to the valid ones, or one carries too many names.",
            ),
            Self::VotesNamesLeft => say(
                "Tổng số phiếu bầu ≠ tổng số người còn lại trên các phiếu.",
                "All votes together are not the names left on all papers.",
            ),
            Self::VotesValid => {
                say("Có người nhiều phiếu hơn số phiếu hợp lệ.", "Somebody has more votes than there are valid papers.")
            }
            Self::AgreeDisagreeUnusable => say(
                "Đồng ý + không đồng ý + không tính ≠ số phiếu hợp lệ.",
                "Agree, disagree and unusable do not add up to the valid papers for every name.",
            ),
        }
    }
}

impl Refusal {
    /// The refusal in words: what, where, what to do.
    pub fn say(&self) -> Sentence {
        match self {
            Self::Malformed(why) => say(
                format!("Không đọc được văn bản ({why}); xuất lại từ máy đã ký."),
                format!("This is no statement ({why}); export it again from the device that signed it."),
            ),
            Self::Oversized { bytes, max } => {
                say(format!("{bytes} byte, tối đa {max}."), format!("{bytes} bytes; at most {max} are accepted."))
            }
            Self::BadSignature { name } => say(
                format!("Chữ ký của {name} không đúng: nội dung đã bị thay đổi."),
                format!("The signature of {name} does not verify: the text was altered on its way."),
            ),
            Self::UnknownKey { name } => say(
                format!("Khóa {name} chưa được đăng ký; đề nghị ban tổ chức đăng ký máy."),
                format!("The key {name} is not registered; ask an organiser to enrol the device."),
            ),
            Self::SignatureLines(why) => {
                say(format!("Các dòng chữ ký không đúng ({why})."), format!("The signature lines are wrong ({why})."))
            }
            Self::NotEntitled { name, kind } => {
                say(format!("{name} không có quyền ký {kind}."), format!("{name} has no say in a {kind} statement."))
            }
            Self::Revoked { name, last_seq } => {
                let until = last_seq.map_or(String::new(), |seq| format!(" (≤ {seq})"));
                say(format!("Khóa {name} đã bị thu hồi{until}."), format!("The key {name} was revoked{until}."))
            }
            Self::OtherEvent { .. } => say("Văn bản của sự kiện khác.", "The statement is of another election event."),
            Self::WrongHead { head, seq } => say(
                format!("Không nối tiếp văn bản cuối cùng ({seq}, {head})."),
                format!("It does not follow the last statement of its chain (number {seq}, {head})."),
            ),
            Self::ManifestPlace => say(
                "Bản khai sự kiện đứng đầu nhật ký và chỉ có một.",
                "The manifest is the first entry of a log, and the only one.",
            ),
            Self::Field { field, why } => say(format!("Mục {field}: {why}."), format!("Field {field}: {why}.")),
            Self::KeyTaken { name } => say(
                format!("Khóa hoặc tên {name} đã được dùng."),
                format!("The key or the name {name} is in use already."),
            ),
            Self::NoSuchKey { name } => say(format!("Không có khóa {name}."), format!("There is no key {name}.")),
            Self::KeyFixed { name } => {
                say(format!("Không thể thu hồi khóa {name}."), format!("The key {name} cannot be revoked."))
            }
            Self::DraftRoom { name, waiting } => {
                let (vi, en) = name.as_ref().map_or(("Đang", "All together"), |name| (name.as_str(), name.as_str()));
                say(
                    format!("{vi} có {waiting} bản nháp chờ chữ ký: hoàn tất hoặc từ chối bớt rồi gửi lại."),
                    format!("{en}: {waiting} drafts wait for signatures; complete or refuse some, then send it again."),
                )
            }
            Self::TooFewOrganisers { left, threshold } => say(
                format!("Chỉ còn {left} người tổ chức, cần {threshold}."),
                format!("Only {left} organisers would be left; {threshold} must sign together."),
            ),
            Self::UnknownBoard(id) => {
                say(format!("Không có ban kiểm phiếu {id}."), format!("There is no counting board {id}."))
            }
            Self::UnknownContest(id) => say(format!("Không có cuộc bầu {id}."), format!("There is no contest {id}.")),
            Self::UnknownStation(id) => say(format!("Không có bàn {id}."), format!("There is no table {id}.")),
            Self::UnknownProfile(name) if is_content_word(name) => say(
                format!("Không có quy tắc {name} ở đây; hãy đặt tệp của nó vào thư mục profiles/ rồi làm lại."),
                format!("The rules {name} are not here; put their file into profiles/ of this home and begin again."),
            ),
            Self::UnknownProfile(name) => say(
                format!("Chương trình không có quy tắc {name}."),
                format!("This program has no rules called {name} and does not guess."),
            ),
            Self::UnknownBundle(id) => say(format!("Không có tập phiếu {id}."), format!("There is no bundle {id}.")),
            _ => self.say_of_contest(),
        }
    }

    fn say_of_contest(&self) -> Sentence {
        match self {
            Self::Phase { phase, must_be } => say(
                format!("Cuộc bầu {}; cần: {}.", phase.vi(), in_vietnamese(must_be)),
                format!("The contest is {phase}; it must be {must_be}."),
            ),
            Self::CandidateOnBoard { name } => say(
                format!("{name} vừa là người ứng cử vừa ở trong ban kiểm phiếu."),
                format!("{name} is on the ballot and on the counting board."),
            ),
            Self::ContestFixed { field } => say(
                format!("Không thể đổi {field} của cuộc bầu nữa."),
                format!("The {field} of the contest cannot change any more."),
            ),
            Self::NoPapers => say("Chưa có số phiếu của cuộc bầu.", "No papers were stated for the contest yet."),
            Self::BundlesCollected { bundles, collected } => say(
                format!("Các tập cộng lại {bundles}, thu về {collected}."),
                format!("The bundles add up to {bundles}, but {collected} papers were collected."),
            ),
            Self::BundleTooSmall { bundle, papers, min } => say(
                format!("Tập {bundle} có {papers} phiếu, ít nhất {min} để giữ bí mật."),
                format!("Bundle {bundle} has {papers} papers; the secrecy of the vote asks for {min}."),
            ),
            Self::TableNamed { bundle } => say(
                format!("Tập {bundle}: không ghi bàn khi nhiều bàn cùng kiểm."),
                format!("Bundle {bundle} names a table although several tables count every bundle."),
            ),
            Self::NotLive { batch } => say(
                format!("Kết quả {batch} không còn được tính."),
                format!("The batch {batch} is not a live one of this bundle."),
            ),
            Self::NotThePapers { batch, papers } => say(
                format!("Kết quả có {batch} phiếu, tập có {papers}."),
                format!("The batch has {batch} papers, the bundle {papers}."),
            ),
            Self::OpenBundles { count, first, state } => say(
                format!("Còn {count} tập chưa xong, trước hết là {first} ({state})."),
                format!("{count} bundles are open, first of them {first} ({state})."),
            ),
            Self::Check { code, why } => say(format!("{code}: {}.", why.vi), format!("{code}: {}.", why.en)),
            Self::NotTheServer => say("Bản tin do máy chủ lập.", "Bulletins are made by the server."),
            Self::BulletinStands => {
                say("Đã có bản tin của lần kết thúc này.", "There is a bulletin of this close already.")
            }
            Self::BulletinDiffers { field } => say(
                format!("Bản tin khác với nhật ký ở mục {field}."),
                format!("The bulletin differs from the log in {field}."),
            ),
            Self::NotTheBulletin { latest } => {
                let latest = latest.map_or_else(|| "-".to_owned(), |sid| sid.to_string());
                say(
                    format!("Phải dẫn bản tin kết thúc mới nhất: {latest}."),
                    format!("It must name the latest closed bulletin: {latest}."),
                )
            }
            Self::NotTheCertificate { latest } => say(
                format!("Phải dẫn chứng nhận mới nhất: {latest}."),
                format!("It must name the latest certificate: {latest}."),
            ),
            Self::NotTheMinutes { latest } => {
                let latest = latest.map_or_else(|| "-".to_owned(), |sid| sid.to_string());
                say(
                    format!("Phải dẫn biên bản mà nó thay: {latest}."),
                    format!("It must name the minutes it replaces: {latest}."),
                )
            }
            Self::NotTheOutcome { field, rules } => say(
                format!("Mục {field}: theo quy tắc là {rules}; nếu khác phải ghi lý do."),
                format!("The rules give {field} {rules}; to depart from them, say why in `deviation`."),
            ),
            Self::Blocked => say(
                "Thu về nhiều hơn phát ra: đại hội phải hủy và bầu lại.",
                "More papers came back than were issued: the congress must annul and vote again.",
            ),
            _ => say(
                "Khóa bị thu hồi sau khi kết thúc kiểm: mở lại trước.",
                "A key was revoked below its head after the close: reopen the contest first.",
            ),
        }
    }
}
