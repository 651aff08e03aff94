#!/usr/bin/env python3
"""Makes event.toml and ballots/ of this invented congress: python3 make.py

The same files every time: every paper comes from a small generator with a fixed seed. Further rounds take their lists
from the round before, as `kiemphieu committee next` and `kiemphieu committee plan adopt` would prefill them. What the
papers add up to is not written here: recount.py says it from the files alone.
"""

import pathlib
import shutil

HERE = pathlib.Path(__file__).parent
TABLES = ["s01", "s02", "s03"]  # the hall
ROOM = "s04"  # the room of the small meetings


class Draw:
    """A linear congruential generator (Knuth's MMIX): the same draws in every version of every language."""

    def __init__(self, seed):
        self.state = seed * 2654435761 + 1

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def true(self, percent):
        return self.below(100) < percent


def people():
    """Invented names: a family name, a middle name, a given name, none twice."""
    families = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split()
    men = "Văn Hữu Đức Công Minh Quang Thanh Xuân Đình Ngọc".split()
    women = [f"Thị {name}" for name in "Kim Mỹ Ngọc Thanh Bích Hồng Thu".split()]
    given_men = "An Bảo Chiến Dũng Giang Hải Hùng Khoa Lâm Long Nghĩa Phong Quân Sơn Tài Thắng Toàn Trung Tuấn Vinh".split()
    given_women = "Anh Chi Diệp Dung Hà Hạnh Hoa Hương Lan Linh Mai Nga Nhung Oanh Phượng Quyên Thảo Trang Vân Yến".split()
    draw, names = Draw(7), []
    while len(names) < 40:
        woman = len(names) % 3 == 1
        middle = (women if woman else men)[draw.below(7)]
        given = given_women if woman else given_men
        name = f"{families[draw.below(len(families))]} {middle} {given[draw.below(len(given))]}"
        if name not in names:
            names.append(name)
    day = lambda: f"{1962 + draw.below(27)}-{1 + draw.below(12):02}-{1 + draw.below(28):02}"
    return [
        {"name": name, "born": day(), "traits": ["female"] if place % 3 == 1 else []} for place, name in enumerate(names)
    ]


PEOPLE = people()


def strike(draw, papers, liked, seats, odd=()):
    """Papers of a strike-list: each name is left with the chance given; whoever leaves too many strikes from the end."""
    made = []
    for _ in range(papers - len(odd)):
        left = [n for n, percent in enumerate(liked, 1) if draw.true(percent)]
        while len(left) > seats:
            left.pop(len(left) - 1 - draw.below(min(4, len(left))))
        made.append((" ".join(f"{n:02}" for n in left), ""))
    return shuffled(draw, made + list(odd))


def one_of_two(draw, papers, odd=()):
    """Papers on which one of two names is left, as often the one as the other."""
    return shuffled(draw, [(("01", "02")[draw.below(2)], "") for _ in range(papers - len(odd))] + list(odd))


def agree(draw, papers, liked, odd=()):
    """Papers of an agree form: one letter per name."""
    letter = lambda percent: "A" if draw.true(percent) else "D"
    made = [(" ".join(letter(p) for p in liked), "") for _ in range(papers - len(odd))]
    return shuffled(draw, made + list(odd))


def shuffled(draw, papers):
    for last in range(len(papers) - 1, 0, -1):
        other = draw.below(last + 1)
        papers[last], papers[other] = papers[other], papers[last]
    return papers


def untouched(n):
    return (" ".join(f"{i:02}" for i in range(1, n + 1)), "")


def votes(papers, names, seats):
    """Votes of the papers that count on a strike-list."""
    sums = [0] * names
    for marks, ground in papers:
        left = marks.split()
        if not ground and 0 < len(left) <= seats:
            for number in left:
                sums[int(number) - 1] += 1
    return sums


def search(make, good):
    """The first seed whose papers come out as the story of this congress needs them."""
    return next(papers for papers in map(lambda seed: make(Draw(seed)), range(1, 100000)) if good(papers))


CONTESTS = []


def contest(key, board, title, form, profile, seats, base, issued, papers, people, tables, **more):
    folder = HERE / "ballots" / key
    folder.mkdir(parents=True)
    share = -(-len(papers) // len(tables))
    for place, table in enumerate(tables):
        lines = papers[place * share : (place + 1) * share]
        text = "".join(f",{marks},{ground}\n" for marks, ground in lines)
        (folder / f"{table}.csv").write_text("bundle,marks,ground\n" + text, encoding="utf-8")
    CONTESTS.append(dict(more, id=key, board=board, title=title, form=form, profile=profile, seats=seats, base=base,
                         issued=issued, people=people))


def by_votes(sums, among):
    return sorted(among, key=lambda n: (-sums[n], n))


def congress():
    term = "nhiệm kỳ 2020–2025"
    summoned = {"summoned": 100, "absent-throughout": 1}  # D = 99: from 50 votes
    # Executive Committee: 25 of 29; delegates strike far too many, two seats stay open.
    liked = [92] * 6 + [84] * 9 + [78] * 6 + [72, 68] + [46, 45, 43, 38, 35, 20]
    odd = [untouched(29), ("", ""), (" ".join(f"{n:02}" for n in range(1, 21)), "added-name")]
    papers = search(
        lambda draw: strike(draw, 98, liked, 25, odd),
        lambda papers: sum(v >= 50 for v in votes(papers, 29, 25)) == 23,
    )
    first = PEOPLE[:29]
    contest("c01", "b1", f"Bầu Ban Chấp hành Đảng bộ huyện {term}", "strike-list", "party-244", 25, summoned,
            98, papers, first, TABLES)
    sums = votes(papers, 29, 25)
    executive = [first[n] for n in by_votes(sums, [n for n in range(29) if sums[n] >= 50])]
    # The seats left open: the four highest of those not elected; one passes, two are equal across the other seat.
    left = [first[n] for n in by_votes(sums, [n for n in range(29) if sums[n] < 50])][:4]
    one_and_a_tie = lambda s: sorted(s)[-1] > sorted(s)[-2] == sorted(s)[-3] >= 50 > sorted(s)[0]
    papers = search(
        lambda draw: strike(draw, 97, [66, 56, 56, 16], 2, [untouched(4)]),
        lambda papers: one_and_a_tie(votes(papers, 4, 2)),
    )
    contest("c01-2", "b1", f"Bầu Ban Chấp hành Đảng bộ huyện {term} (lần 2)", "strike-list", "party-244", 2, summoned,
            97, papers, left, TABLES, kind="continued", follows="c01")
    sums = votes(papers, 4, 2)
    order = by_votes(sums, range(4))
    executive.append(left[order[0]])
    tied = [left[n] for n in sorted(order[1:3])]
    # The tied only: more votes win, one half or not.
    papers = search(
        lambda draw: one_of_two(draw, 96, [untouched(2)] * 3 + [("", "")]),
        lambda papers: (lambda s: 50 > max(s) > min(s))(votes(papers, 2, 1)),
    )
    contest("c01-3", "b1", f"Bầu Ban Chấp hành Đảng bộ huyện {term} (lần 3)", "strike-list", "party-244", 1, summoned,
            96, papers, tied, TABLES, kind="tie", follows="c01-2")
    sums = votes(papers, 2, 1)
    executive.append(tied[sums.index(max(sums))])
    return term, executive, summoned


def first_meetings(term, executive, board):
    room, office = [ROOM], {"in-office": 25, "absent-excused": 0}
    standing = [p for p in executive if p["name"] not in board][:8]
    # Standing Committee: one paper too many in the box: annulled, voted on again.
    papers = strike(Draw(11), 26, [92, 90, 88, 84, 82, 78, 72, 40], 7)
    contest("c02", "b2", f"Bầu Ban Thường vụ {term}", "strike-list", "party-244-committee", 7, office, 25, papers,
            standing, room)
    papers = search(
        lambda draw: strike(draw, 25, [92, 90, 88, 84, 82, 78, 72, 40], 7, [untouched(8)]),
        lambda papers: sum(v >= 13 for v in votes(papers, 8, 7)) == 7,
    )
    contest("c02-2", "b2", f"Bầu Ban Thường vụ {term} (lần 2)", "strike-list", "party-244-committee", 7, office, 25,
            papers, standing, room, kind="repeat", follows="c02")
    sums = votes(papers, 8, 7)
    elected = [standing[n] for n in by_votes(sums, [n for n in range(8) if sums[n] >= 13])]
    # Secretary: one name, one member absent with permission; both boxes, no box.
    papers = agree(Draw(13), 24, [88], [("B", ""), ("-", "")])
    contest("c03", "b2", f"Bầu Bí thư {term}", "agree-single", "party-244-committee", 1,
            {"in-office": 25, "absent-excused": 1}, 24, papers, elected[:1], room)
    # Inspection Committee: as many names as seats, two of them from outside the Executive Committee.
    outside = [dict(p, traits=[]) for p in PEOPLE[30:32]]
    inspectors = executive[9:12] + outside
    papers = agree(Draw(17), 25, [96, 92, 90, 86, 84], [("A - A A B", ""), ("- - - - -", "")])
    contest("c04", "b2", f"Bầu Ủy ban Kiểm tra {term}", "agree-list", "party-244-committee", 5, office, 25, papers,
            inspectors, room)
    # Its deputy chair, elected by its own first meeting of five.
    papers = [("A", ""), ("A", ""), ("D", ""), ("A", ""), ("A", "")]
    contest("c05", "b3", f"Bầu Phó Chủ nhiệm Ủy ban Kiểm tra {term}", "agree-single", "party-244-committee", 1,
            {"in-office": 5, "absent-excused": 0}, 5, papers, inspectors[1:2], room)
    return inspectors


def delegation(summoned, executive):
    # Twelve official delegates and two alternates from one list.
    people = executive[:10] + PEOPLE[32:37]
    papers = search(
        lambda draw: strike(draw, 97, [92] * 5 + [84] * 5 + [78, 74, 66, 62, 30], 12, [untouched(15), ("", "")]),
        lambda papers: (lambda s: s[12] > s[13] >= 50 > s[14] and len(set(s[10:14])) == 4)(
            sorted(votes(papers, 15, 12), reverse=True)
        ),
    )
    contest("c06", "b1", "Bầu Đoàn đại biểu dự Đại hội đại biểu Đảng bộ tỉnh", "strike-list", "party-244-delegation", 12,
            dict(summoned, **{"alternate-seats": 2}), 97, papers, people, TABLES)


def quoted(text):
    return '"' + text + '"'


def event_toml(boards):
    lines = ["# An invented congress for rehearsals, made by make.py; see README.md. Every name and every figure is made up."]
    lines += ['origin = "kiemphieu.example/song-may-2020"', 'title = "Đại hội đại biểu Đảng bộ huyện Sông Mây (diễn tập)"']
    lines += ['organisation = "Đảng bộ huyện Sông Mây"', 'place = "Sông Mây"', 'language = "vi"']
    lines += ['disclosure = "accredited"', "live-totals = false", "min-bundle = 20", ""]
    lines += ["[organisers]", "threshold = 2", "members = ["]
    lines += [f"    {{ id = {quoted(f'o{n}')}, name = {quoted(name)} }}," for n, name in
              enumerate(["Đinh Công Hậu", "Lưu Thị Phương", "Mai Đăng Khôi"], 1)]
    lines += ["]", ""]
    for key, title, members in boards:
        lines += ["[[board]]", f"id = {quoted(key)}", f"title = {quoted(title)}", "threshold = 2", "members = ["]
        lines += [f"    {{ id = {quoted(i)}, name = {quoted(name)}, role = {quoted(role)} }}," for i, name, role in members]
        lines += ["]", ""]
    titles = ["Bàn số 1", "Bàn số 2", "Bàn số 3", "Bàn phòng họp Ban Chấp hành"]
    for table, title in zip([*TABLES, ROOM], titles):
        lines += ["[[station]]", f"id = {quoted(table)}", f"title = {quoted(title)}", ""]
    lines += ["[witness]", "quorum = 1"]
    for c in CONTESTS:
        lines += ["", "[[contest]]"]
        lines += [f"{key} = {quoted(c[key])}" for key in ("id", "board", "title", "kind", "follows", "form", "profile") if key in c]
        lines += [f"seats = {c['seats']}", "bundle-size = 25"]
        lines += ["base = { " + ", ".join(f"{part} = {n}" for part, n in c["base"].items()) + " }"]
        issued = c["issued"]
        lines += [f"papers = {{ received = {issued + 3}, issued = {issued}, unused = 2, spoiled = 1 }}", "candidates = ["]
        for p in c["people"]:
            traits = ", traits = [" + ", ".join(map(quoted, p["traits"])) + "]" if p["traits"] else ""
            lines += [f"    {{ name = {quoted(p['name'])}, born = {quoted(p['born'])}{traits} }},"]
        lines += ["]"]
    (HERE / "event.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    shutil.rmtree(HERE / "ballots", ignore_errors=True)
    term, executive, summoned = congress()
    counters = [p["name"] for p in executive[20:23]]
    inspectors = first_meetings(term, executive, counters)
    delegation(summoned, executive)
    roles = ["head", "member", "member"]
    event_toml([
        ("b1", "Ban kiểm phiếu Đại hội", [
            ("k1", "Đỗ Thị Hạnh Nguyên", "head"), ("k2", "Ngô Bá Sơn", "deputy"), ("k3", "Lý Thị Mai Khanh", "member"),
            ("t1", "Cao Bá Kỹ", "technician")]),
        ("b2", "Ban kiểm phiếu phiên họp thứ nhất Ban Chấp hành",
         list(zip(["k4", "k5", "k6"], counters, roles))),
        ("b3", "Ban kiểm phiếu phiên họp thứ nhất Ủy ban Kiểm tra",
         list(zip(["k7", "k8"], [inspectors[0]["name"], inspectors[2]["name"]], roles))),
    ])


if __name__ == "__main__":
    main()
