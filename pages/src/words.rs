//! Every word on paper, Vietnamese first and English beside it, so that whoever mends one sees the other.
//!
//! A table in code and no message files: a paper has no plural forms or genders that would need them, and the compiler
//! refuses a word that is missing in one language. It refuses to know where a word is used.

use tally::{
    Form, Reason,
    statement::{Language, MemberRole},
};

/// One thing said in both languages; `{0}`, `{1}` … are places for what is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Vietnamese.
    pub vi: &'static str,
    /// English.
    pub en: &'static str,
}

impl Word {
    /// In that language.
    #[must_use]
    pub fn say(self, language: Language) -> &'static str {
        match language {
            Language::Vi => self.vi,
            Language::En => self.en,
        }
    }

    /// In that language, its places filled.
    #[must_use]
    pub fn with(self, language: Language, filled: &[&str]) -> String {
        let mut text = String::new();
        let mut rest = self.say(language);
        while let Some((before, after)) = rest.split_once('{') {
            let (place, behind) = after.split_once('}').expect("a place is closed");
            let place: usize = place.parse().expect("a place is a number");
            text.push_str(before);
            text.push_str(filled[place]);
            rest = behind;
        }
        text + rest
    }
}

/// A figure that is written in by hand.
pub const DOTS: &str = "………";
/// A line that is written in by hand.
pub const LONG_DOTS: &str = "……………………………………………………";

macro_rules! words {
    ($($name:ident = $vi:literal, $en:literal;)*) => {
        $(pub(crate) const $name: Word = Word { vi: $vi, en: $en };)*

        #[cfg(test)]
        const EVERY_WORD: &[(&str, Word)] = &[$((stringify!($name), $name)),*];
    };
}

words! {
    // Names of files
    STEM_BALLOT = "phieu-bau", "ballot";
    STEM_GUIDE = "huong-dan-bau", "voting-guide";
    STEM_COVERS = "bia-tap-phieu", "bundle-covers";
    STEM_SHEETS = "bang-dem-tay", "tally-sheet";
    STEM_BLANK = "bien-ban-mau", "minutes-blank";
    STEM_MINUTES = "bien-ban-kiem-phieu", "minutes";
    STEM_SCRIPT = "loi-doc", "reading-script";
    STEM_HANDOVER = "bien-ban-ban-giao", "hand-over";
    STEM_TABLES = "so-lieu", "figures";

    // Headings
    PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM", "COMMUNIST PARTY OF VIETNAM";
    STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIETNAM";
    MOTTO = "Độc lập – Tự do – Hạnh phúc", "Independence – Freedom – Happiness";
    BOARD = "BAN KIỂM PHIẾU", "COUNTING BOARD";
    PLACE_DAY = "{0}, ngày {1} tháng {2} năm {3}", "{0}, {3}-{2}-{1}";
    PLACE_DAY_BLANK = "{0}, ngày ……… tháng ……… năm ………", "{0}, (day) ……… (month) ……… (year) ………";
    CODE_OF_BALLOT = "Mã phiếu bầu: {0}", "Ballot code: {0}";
    CODE_FOR_ALL = "mã chung của mọi phiếu trong cuộc bầu này", "one code for every ballot of this contest";
    ROUND_CONTINUED = "(bầu tiếp, sau cuộc bầu {0})", "(continued, after contest {0})";
    ROUND_TIE = "(bầu lại giữa những người bằng phiếu ở cuộc bầu {0})", "(among those tied in contest {0})";
    ROUND_REPEAT = "(bầu lại, thay cuộc bầu {0})", "(repeat of contest {0})";

    // Ballot
    BALLOT = "PHIẾU BẦU", "BALLOT";
    STAMP = "Chỗ đóng dấu", "Place of the stamp";
    SEATS = "Số lượng cần bầu: {0} người", "To be elected: {0}";
    LISTED = "Danh sách bầu cử: {0} người", "Names on the list: {0}";
    NO = "TT", "No.";
    NAME = "Họ và tên", "Name";
    AGREE = "Đồng ý", "Agree";
    DISAGREE = "Không đồng ý", "Disagree";
    CHOOSE = "Chọn", "Choose";
    MARK_STRIKE = "Cách bầu: gạch ngang cả họ và tên người không bầu; để lại nhiều nhất {0} người.", "How to vote: strike through the whole name of everybody you do not choose; leave at most {0}.";
    MARK_AGREE_LIST = "Cách bầu: với mỗi người, đánh dấu X vào một ô: Đồng ý hoặc Không đồng ý.", "How to vote: for every name put an X in one box: Agree or Disagree.";
    MARK_AGREE_SINGLE = "Cách bầu: đánh dấu X vào một ô: Đồng ý hoặc Không đồng ý.", "How to vote: put an X in one box: Agree or Disagree.";
    MARK_APPROVE = "Cách bầu: đánh dấu X vào ô của người được chọn; chọn nhiều nhất {0} người.", "How to vote: put an X in the box of whoever you choose; choose at most {0}.";
    MARK_APPROVE_ALL = "Cách bầu: đánh dấu X vào ô của người được chọn; chọn bao nhiêu người cũng được.", "How to vote: put an X in the box of whoever you choose, as many as you like.";
    MARK_NOTHING_ELSE = "Không viết thêm, không ký tên, không đánh dấu riêng.", "Write nothing else, do not sign, make no mark of your own.";

    // Guide
    GUIDE = "HƯỚNG DẪN CÁCH BẦU", "HOW TO VOTE";
    GUIDE_INVENTED = "Mọi tên trong các ví dụ là tên đặt ra, không phải người trong danh sách bầu cử.", "All names in the examples are invented; nobody of them is on the list.";
    GUIDE_SMALL = "Ví dụ thu nhỏ: danh sách {0} người, bầu {1} người. Phiếu thật có {2} người, bầu {3} người.", "Examples on a small scale: {0} names for {1} seats. The real ballot has {2} names for {3} seats.";
    GUIDE_TRUE_SIZE = "Ví dụ có cùng số người và số lượng cần bầu như phiếu thật: {0} người, bầu {1} người.", "The examples have as many names and seats as the real ballot: {0} names, {1} seats.";
    GUIDE_VALID = "HỢP LỆ", "VALID";
    GUIDE_INVALID = "KHÔNG HỢP LỆ", "INVALID";
    EX_EXACT = "Để lại đủ {0} người", "Exactly {0} names left";
    EX_FEWER = "Để lại ít hơn {0} người: vẫn hợp lệ", "Fewer than {0} left: valid all the same";
    EX_UNTOUCHED = "Để nguyên, thừa số lượng", "Left as it is: too many names";
    EX_ALL_STRUCK = "Gạch hết, không bầu ai", "All struck: nobody chosen";
    EX_WRITTEN = "Viết thêm tên ngoài danh sách", "A name written in";
    EX_SIGNED = "Ký tên, viết thêm, đánh dấu riêng", "Signed, or anything written on it";
    EX_CHOSEN = "Chọn đủ {0} người", "Exactly {0} chosen";
    EX_CHOSEN_FEWER = "Chọn ít hơn {0} người: vẫn hợp lệ", "Fewer than {0} chosen: valid all the same";
    EX_CHOSEN_MORE = "Chọn quá {0} người", "More than {0} chosen";
    EX_CHOSEN_NONE = "Không chọn ai", "Nobody chosen";
    EX_ALL_MARKED = "Mỗi người một dấu X", "One X for every name";
    EX_ALL_DISAGREE = "Không đồng ý tất cả: vẫn hợp lệ", "Disagree with all: valid all the same";
    EX_ALL_DISAGREE_VOID = "Không đồng ý tất cả", "Disagree with all";
    EX_ONE_UNUSABLE = "Để trống hoặc đánh cả hai ô ở một người: phiếu hợp lệ, người đó không được tính phiếu", "No mark or both boxes for one name: valid, but no vote for that name";
    EX_NOTHING = "Không đánh dấu ai", "No mark at all";
    EX_SAY_YES = "Đồng ý", "Agree";
    EX_SAY_NO = "Không đồng ý", "Disagree";
    EX_BOTH = "Đánh dấu cả hai ô", "Both boxes marked";
    EX_NEITHER = "Không đánh dấu ô nào", "No box marked";
    GUIDE_RULE_1 = "Chỉ dùng phiếu do Ban kiểm phiếu phát ra. Viết hỏng thì đổi phiếu ở Ban kiểm phiếu, trước khi bỏ vào hòm.", "Use only the ballot that the counting board gave you. If you spoil it, change it at the board before it goes into the box.";
    GUIDE_RULE_2 = "Dấu không rõ (gạch một phần họ tên, đánh dấu ngoài ô) do Ban kiểm phiếu xem và quyết định. Hãy gạch, đánh dấu thật rõ.", "An unclear mark (a name struck in part, an X beside its box) is for the counting board to decide. Make your marks plain.";
    GUIDE_RULE_3 = "Bầu ít hơn {0} người vẫn hợp lệ, nhưng mỗi người cần quá một nửa mới trúng cử: gạch quá nhiều thì có thể bầu không đủ.", "Fewer than {0} is valid, but everybody elected needs more than half: if too many are struck, seats may stay empty.";

    // Covers, sheets
    COVER = "TẬP PHIẾU", "BUNDLE";
    COVER_PAPERS = "Số phiếu trong tập", "Papers in the bundle";
    COVER_TABLE = "Bàn kiểm phiếu", "Counting table";
    COVER_ANY = "bàn bất kỳ", "any table";
    COVER_FIRST = "Đếm lần 1 (người đếm, số phiếu, hợp lệ)", "First count (who, papers, valid)";
    COVER_SECOND = "Đếm lần 2 (người đếm, số phiếu, hợp lệ)", "Second count (who, papers, valid)";
    COVER_RECEIPT = "Mã máy cho khi đóng tập", "Code the machine gave at the close";
    COVER_SIGNED = "Ký nhận", "Signed";
    SHEET = "BẢNG ĐẾM TAY", "TALLY SHEET";
    SHEET_BUNDLE = "Tập phiếu: ………………  Bàn: ………………  Số phiếu trong tập: ………………", "Bundle: ………………  Table: ………………  Papers in the bundle: ………………";
    SHEET_MARKS = "Vạch đếm (mỗi ô năm vạch)", "Tally marks (five to a box)";
    SHEET_SUM = "Cộng", "Sum";
    SHEET_LEFT = "Số tên để lại trên mỗi phiếu hợp lệ", "Names left on each valid paper";
    SHEET_LEFT_K = "Số tên", "Names";
    SHEET_INVALID = "Phiếu không hợp lệ", "Invalid papers";
    SHEET_CONTROL = "Kiểm tra cộng (phải đúng cả, nếu sai thì đếm lại tập này)", "Control sums (all must hold; if one does not, count this bundle again)";
    SHEET_CONTROL_1 = "1. Số phiếu trong tập ……… = hợp lệ ……… + không hợp lệ ………", "1. Papers in the bundle ……… = valid ……… + invalid ………";
    SHEET_CONTROL_2 = "2. Cộng cột số phiếu theo số tên ……… = số phiếu hợp lệ ………", "2. Papers by names left, added up ……… = valid papers ………";
    SHEET_CONTROL_3 = "3. Cộng (số tên × số phiếu) ……… = cộng phiếu bầu của mọi người ………", "3. Sum of (names × papers) ……… = votes of all names ………";
    SHEET_CONTROL_4 = "4. Không ai có nhiều phiếu hơn số phiếu hợp lệ: ………", "4. Nobody has more votes than there are valid papers: ………";
    SHEET_CONTROL_5 = "2. Với mỗi người: đồng ý + không đồng ý + không dùng được = số phiếu hợp lệ ………", "2. For every name: agree + disagree + unusable = valid papers ………";
    SHEET_SIGN = "Người đọc: …………………  Người ghi: …………………  Người kiểm tra: …………………", "Reader: …………………  Marker: …………………  Checker: …………………";
    UNUSABLE = "Không dùng được", "Unusable";

    // Minutes
    MINUTES = "BIÊN BẢN KIỂM PHIẾU", "MINUTES OF THE COUNT";
    REPLACES = "Biên bản này thay cho biên bản có mã số {0}", "These minutes replace the minutes {0}";
    DEVIATION = "Ban kiểm phiếu chứng nhận khác với kết quả tính theo quy chế, lý do: {0}", "The board certified otherwise than the rules compute, because: {0}";
    BOARD_OPENS = "{0} gồm:", "{0}:";
    HEAD = "Trưởng ban", "Head";
    DEPUTY = "Phó Trưởng ban", "Deputy head";
    MEMBER = "Ủy viên", "Member";
    TECHNICIAN = "Kỹ thuật viên", "Technician";
    SUBTRACTED = "trừ: {0}: {1}", "less: {0}: {1}";
    POINT_PRESENT = "Có mặt", "Present";
    POINT_ABSENT = "vắng mặt", "absent";
    POINT_BASE = "Số để tính quá một nửa", "Number of which more than half is needed";
    POINT_TOTAL = "Tổng số {0}", "Number of {0}";
    BESIDE = "{0}: {1}", "{0}: {1}";
    VALID_PAPERS = "số phiếu hợp lệ", "valid ballots";
    ALL_PAPERS = "số phiếu thu về, hợp lệ hay không", "ballots collected, valid or not";
    LESS_OTHERS = "{0}, đã trừ", "{0}, less those subtracted";
    POINT_ENOUGH = "được từ {0} phiếu trở lên", "from {0} votes";
    POINT_NO_LINE = "{0} ({1}); lần bầu này không cần mức nào, người nhiều phiếu hơn trúng cử", "{0} ({1}); this round has no line, most votes win";
    ALTERNATES = "Dự khuyết, từ cao đến thấp", "Alternates, highest first";
    POINT_HALF = "quá một nửa: từ {0} phiếu", "more than half: from {0} votes";
    POINT_NO_BASE = "không cần quá một nửa, người nhiều phiếu hơn trúng cử", "no majority is needed; most votes win";
    POINT_SEATS = "Số lượng cần bầu", "To be elected";
    POINT_LIST = "Danh sách bầu cử", "Names on the list";
    POINT_SURPLUS = "số dư {0} người, {1} so với số lượng cần bầu", "surplus {0}, {1} of the number to be elected";
    POINT_ISSUED = "Số phiếu phát ra", "Ballots issued";
    POINT_PAPERS = "nhận {0}, phát ra {1}, không dùng {2}, gạch hỏng {3}", "received {0}, issued {1}, unused {2}, spoiled {3}";
    POINT_COLLECTED = "Số phiếu thu về", "Ballots collected";
    POINT_VALID = "Số phiếu hợp lệ", "Valid ballots";
    POINT_INVALID = "Số phiếu không hợp lệ", "Invalid ballots";
    OF_COLLECTED = "{0} so với số phiếu thu về {1}", "{0} of {1} ballots collected";
    POINT_RESULT = "Kết quả bầu, theo thứ tự trên phiếu", "Result, in the order of the ballot";
    VOTES = "Số phiếu bầu", "Votes";
    SHARE = "Tỷ lệ % so với {0}", "% of {0}";
    SPOKEN_ROW = "{0}. {1}: {2} phiếu, {3}", "{0}. {1}: {2} votes, {3}";
    SPOKEN_AGREE_ROW = "{0}. {1}: đồng ý {2}, không đồng ý {3}, không dùng được {4}; tỷ lệ {5}", "{0}. {1}: agree {2}, disagree {3}, unusable {4}; {5}";
    BASE_IS = "Tỷ lệ tính trên {0}.", "Percentages are of {0}.";
    POINT_ELECTED = "Trúng cử, từ cao đến thấp: {0} người", "Elected, highest first: {0}";
    POINT_ELECTED_NONE = "Không ai trúng cử", "Nobody is elected";
    NEXT_TIE = "Bằng phiếu, còn {0} người cần bầu trong số: {1}", "A tie for {0} of the seats, among: {1}";
    NEXT_SHORT = "Còn thiếu {0} người so với số lượng cần bầu", "{0} fewer are elected than there are seats";
    POINT_UNUSUAL = "Khiếu nại, việc bất thường", "Complaints and unusual events";
    NONE = "Không có", "None";
    ACCEPTED = "Cảnh báo {0} được chấp nhận, lý do: {1}", "Warning {0} was accepted, because: {1}";
    ACCEPTED_ONLY = "Cảnh báo {0} được chấp nhận", "Warning {0} was accepted";
    DECIDED_INVALID = "Tập {0}: Ban kiểm phiếu quyết định {1} phiếu không hợp lệ ({2}), lý do: {3}", "Bundle {0}: the board held {1} papers invalid ({2}), because: {3}";
    DECIDED_VALID = "Tập {0}: Ban kiểm phiếu quyết định {1} phiếu hợp lệ, lý do: {2}", "Bundle {0}: the board held {1} papers valid, because: {2}";
    COPIES = "Biên bản lập thành {0} bản như nhau, xong hồi ……… giờ ……… phút cùng ngày. Phiếu đã niêm phong, số niêm phong: {1}.", "Made in {0} equal copies, finished at ……… : ……… of the same day. The ballots are sealed; seals: {1}.";
    NO_ERASURE = "Không tẩy xóa. Biên bản sai thì lập biên bản mới, ghi rõ thay cho biên bản nào.", "Nothing is erased. Wrong minutes are followed by new ones that name them.";
    PRESIDIUM = "TM. ĐOÀN CHỦ TỊCH", "FOR THE PRESIDIUM";
    FOR_BOARD = "TM. BAN KIỂM PHIẾU", "FOR THE COUNTING BOARD";
    SIGN_HERE = "(ký, ghi rõ họ tên)", "(signature and name)";
    MEMBERS = "CÁC THÀNH VIÊN", "MEMBERS";
    DERIVATION = "Cách tính", "How it is computed";
    ANNEX = "PHỤ LỤC", "ANNEX";
    ANNEX_BUNDLES = "Tập phiếu và bàn kiểm phiếu", "Bundles and counting tables";
    BUNDLE = "Tập", "Bundle";
    PAPERS = "Số phiếu", "Papers";
    TABLE = "Bàn", "Table";
    VALID = "Hợp lệ", "Valid";
    INVALID = "Không hợp lệ", "Invalid";
    ENTRY = "Mục nhật ký", "Log entry";
    GIVEN_UP = "không tính", "given up";
    ANNEX_LEFT = "Số tên để lại trên phiếu hợp lệ", "Names left on valid papers";
    ANNEX_DECISIONS = "Quyết định của Ban kiểm phiếu về phiếu nghi vấn", "Decisions of the board on doubtful papers";
    ANNEX_SID = "Mã số bản tin kết quả đã đóng (so từng nhóm bốn chữ)", "Identity of the closed bulletin (compare group by group)";
    ANNEX_ENTRY = "Bản tin là mục {0} của nhật ký sự kiện", "The bulletin is entry {0} of the log of the event";
    READING_CODE = "Mã đọc: {0}", "Reading code: {0}";
    READING_CODE_USE = "(gõ ở máy trình chiếu để mở kết quả)", "(typed at the projector to open the result)";
    BLANK_FORM = "MẪU ĐỂ TRỐNG, GHI TAY KHI MÁY HỎNG", "BLANK, TO BE WRITTEN BY HAND IF MACHINES FAIL";
    BLANK_NO_SID = "Biên bản viết tay không có mã bản tin.", "Minutes written by hand have no bulletin.";
    PAGE = "trang", "page";

    // Script
    SCRIPT = "LỜI ĐỌC KẾT QUẢ KIỂM PHIẾU", "READING SCRIPT";
    SCRIPT_HOW = "Đọc từng dòng theo số thứ tự; sau mỗi dòng bấm Tiếp.", "Read line by line, in the order of the numbers; after each line press Next.";
    SCRIPT_OPEN = "{0} công bố kết quả kiểm phiếu: {1}.", "{0} announces the result of the count: {1}.";
    SCRIPT_END = "Hết.", "End.";

    // Hand-over
    HANDOVER = "BIÊN BẢN NIÊM PHONG VÀ BÀN GIAO PHIẾU", "RECORD OF SEALING AND HAND-OVER";
    HANDOVER_OPENS = "Sau khi kiểm phiếu xong, {0} niêm phong và bàn giao cho Đoàn chủ tịch những tài liệu sau:", "After the count {0} sealed the following and hands it over to the presidium:";
    ITEM = "Tài liệu", "Item";
    QUANTITY = "Số lượng", "Quantity";
    NOTE = "Ghi chú", "Note";
    ITEM_VALID = "Phiếu hợp lệ", "Valid ballots";
    ITEM_INVALID = "Phiếu không hợp lệ", "Invalid ballots";
    ITEM_UNUSED = "Phiếu không dùng", "Ballots not used";
    ITEM_SPOILED = "Phiếu gạch hỏng đã đổi", "Spoiled ballots handed back";
    ITEM_BUNDLES = "Tập phiếu", "Bundles";
    ITEM_MINUTES = "Bản biên bản kiểm phiếu", "Copies of the minutes";
    ITEM_SEALS = "Số niêm phong", "Seals";
    ITEM_LOG = "Bản sao nhật ký sự kiện (USB)", "Copy of the log of the event (USB)";
    HANDOVER_END = "Biên bản này lập thành hai bản, mỗi bên giữ một bản.", "Made in two copies, one for each side.";
    GIVES = "BÊN GIAO", "HANDED OVER BY";
    TAKES = "BÊN NHẬN", "RECEIVED BY";

    // Tables
    T_RESULT = "Kết quả", "Result";
    T_BALANCE = "Cân đối", "Balance";
    T_LEFT = "Số tên để lại", "Names left";
    T_BUNDLES = "Tập phiếu", "Bundles";
    T_PEOPLE = "Giới tính, tuổi", "Sex and age";
    FILE_RESULT = "ket-qua", "result";
    FILE_BALANCE = "can-doi", "balance";
    FILE_LEFT = "so-ten-de-lai", "names-left";
    FILE_BUNDLES = "tap-phieu", "bundles";
    FILE_PEOPLE = "gioi-tinh-tuoi", "sex-age";
    PERCENT = "Tỷ lệ %", "%";
    BASE = "Mẫu số", "Base";
    ELECTED = "Trúng cử", "Elected";
    ORDER = "Thứ tự trúng cử", "Order elected";
    YES = "có", "yes";
    FIGURE = "Mục", "Figure";
    VALUE = "Số liệu", "Value";
    RECEIVED = "Nhận", "Received";
    UNUSED = "Không dùng", "Unused";
    SPOILED = "Gạch hỏng", "Spoiled";
    THRESHOLD = "Quá một nửa, từ", "More than half, from";
    PRESENT = "Có mặt", "Present";
    ABSENT = "Vắng mặt", "Absent";
    NAMES_LEFT = "Số tên để lại", "Names left";
    GROUP = "Nhóm", "Group";
    CANDIDATES = "Trong danh sách", "On the list";
    ALL = "Tất cả", "All";
    FEMALE = "Nữ", "Female";
    NOT_FEMALE = "Không ghi là nữ", "Not marked female";
    AGE_TO_30 = "Đến 30 tuổi", "Up to 30";
    AGE_TO_40 = "31–40 tuổi", "31–40";
    AGE_TO_50 = "41–50 tuổi", "41–50";
    AGE_TO_60 = "51–60 tuổi", "51–60";
    AGE_OVER_60 = "Trên 60 tuổi", "Over 60";
    AGE_UNKNOWN = "Không rõ ngày sinh", "Day of birth not known";
    AGE_NEEDS_DAY = "Năm sinh {0}", "Born in {0}";
    SID = "Mã bản tin", "Bulletin";
}

/// The role of a person of the board.
pub(crate) fn role(role: MemberRole) -> Word {
    match role {
        MemberRole::Head => HEAD,
        MemberRole::Deputy => DEPUTY,
        MemberRole::Member => MEMBER,
        MemberRole::Technician => TECHNICIAN,
    }
}

/// A ground of invalidity as it is read out.
pub(crate) fn reason(reason: Reason, form: Form) -> Word {
    let says = |vi, en| Word { vi, en };
    match (reason, form) {
        (Reason::NotIssued, _) => says("không do Ban kiểm phiếu phát ra", "not issued by the board"),
        (Reason::Overvote, Form::Approve) => says("chọn quá số lượng", "too many chosen"),
        (Reason::Overvote, _) => says("để thừa số lượng", "too many names left"),
        (Reason::Blank, Form::StrikeList) => says("gạch hết, không bầu ai", "all struck, nobody chosen"),
        (Reason::Blank, _) => says("không bầu ai", "nobody chosen"),
        (Reason::BothBoxes, _) => says("đánh dấu cả hai ô", "both boxes marked"),
        (Reason::NoMark, _) => says("không đánh dấu ô nào", "no box marked"),
        (Reason::AddedName, _) => says("viết thêm tên ngoài danh sách", "a name written in"),
        (Reason::IdentifyingMark, _) => says("ký tên, viết thêm, đánh dấu riêng", "signed or marked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::font;

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(place, _)| place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    #[test]
    fn both_languages_leave_the_same_places_to_fill() {
        for (name, word) in EVERY_WORD {
            assert_eq!(places(word.vi), places(word.en), "{name}");
        }
    }

    #[test]
    fn every_letter_of_every_word_is_in_the_shipped_fonts() {
        for (name, word) in EVERY_WORD {
            let missing: Vec<char> = word.vi.chars().chain(word.en.chars()).filter(|c| !font::has(*c)).collect();
            assert!(missing.is_empty(), "{name}: {missing:?}");
        }
    }

    #[test]
    fn places_are_filled_in_the_order_of_each_language() {
        let day = ["Hàm Tân", "24", "06", "2020"];
        assert_eq!(PLACE_DAY.with(Language::Vi, &day), "Hàm Tân, ngày 24 tháng 06 năm 2020");
        assert_eq!(PLACE_DAY.with(Language::En, &day), "Hàm Tân, 2020-06-24");
    }
}
