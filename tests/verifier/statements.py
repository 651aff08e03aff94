"""The grammar of docs/protocol.md §3: a text is read into a dict and written again; only the same bytes pass."""

import datetime
import re
import unicodedata

from notes import Key, Wrong

MOST = 2**53 - 1
FIGURE = 1_000_000
SUM = 2**32 - 1
GROUNDS = ("not-issued", "overvote", "blank", "both-boxes", "no-mark", "added-name", "identifying-mark")
ZEROS = "0" * 64


def number(most=MOST, least=0):
    def read(text):
        if not re.fullmatch(r"0|[1-9][0-9]*", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"`{text}` is no number of {least} to {most}")
        return int(text)

    return read


def pattern(regex):
    def read(text):
        if not re.fullmatch(regex, text, re.ASCII) or text == "-":
            raise ValueError(f"`{text}` does not fit")
        return text

    return read


def choice(*words):
    def read(text):
        if text not in words:
            raise ValueError(f"`{text}` is none of {', '.join(words)}")
        return text

    return read


def dash(read):
    return lambda text: None if text == "-" else read(text)


def words(*reads):
    """So many words; the last takes the rest of the line."""

    def read(text):
        parts = text.split(" ", len(reads) - 1)
        if len(parts) != len(reads):
            raise ValueError(f"`{text}` has too few words")
        return tuple(read(part) for read, part in zip(reads, parts))

    return read


def title(text):
    if not 1 <= len(text) <= 200 or text == "-":
        raise ValueError("a text has 1 to 200 characters")
    return text


def day(text):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(f"`{text}` is no day")
    datetime.date.fromisoformat(text)
    return text


def about(text):
    if text.startswith("papers "):
        return words(choice("papers"), id16, number(FIGURE))(text)
    return words(choice("warning"), warning)(text)


def ruling(text):
    if text in ("valid", "accepted"):
        return (text,)
    return words(choice("invalid"), choice(*GROUNDS))(text)


def following(text):
    """What comes next: none, `tie 03 04 for 1`, `short 2`."""
    if text == "none":
        return ("none",)
    if match := re.fullmatch(r"short (0|[1-9]\d*)", text, re.ASCII):
        return ("short", int(match[1]))
    if match := re.fullmatch(r"tie ((?:\d+ )+)for (0|[1-9]\d*)", text, re.ASCII):
        return ("tie", tuple(match[1].split()), int(match[2]))
    raise ValueError(f"`{text}` says not what comes next")


def serials(text):
    match = re.fullmatch(r"(\d{1,15})-(\d{1,15})", text, re.ASCII)
    if not match or len(match[1]) != len(match[2]) or match[1] > match[2]:
        raise ValueError(f"`{text}` is no range of equal width")
    return match[1], match[2]


def counters(text):
    ids = tuple(id16(word) for word in text.split(" "))
    if len(ids) > 8:
        raise ValueError("more than 8 people")
    return ids


def choices(text):
    return text if text == "unlimited" else number(65535)(text)


id16 = pattern(r"[A-Za-z0-9-]{1,16}")
word = pattern(r"[A-Za-z0-9-]{1,32}")
warning = pattern(r"W-[A-Za-z0-9-]{1,30}")
sha = pattern(r"[0-9a-f]{64}")
candidate = pattern(r"\d{2,3}")
vkey = Key.parse

CONTEST_LINK = [("election", sha), ("prev", sha), ("contest", id16)]
DESK_LINK = [("election", sha), ("prev", sha)]
TABLE_LINK = [("election", sha), ("station", id16), ("seq", number()), ("prev", sha), ("contest", id16)]


def figures(most):
    return [
        ("ballots", number(most)),
        ("valid", number(most)),
        ("invalid*", words(choice(*GROUNDS), number(most))),
        ("left*", words(number(65535), number(most))),
        ("votes*", words(candidate, number(most))),
        ("agree*", words(candidate, number(most))),
        ("disagree*", words(candidate, number(most))),
        ("unusable*", words(candidate, number(most))),
    ]


KINDS = {
    "manifest": [
        ("origin", str),
        ("title", title),
        ("organisation", dash(title)),
        ("place", dash(title)),
        ("language", choice("vi", "en")),
        ("threshold", number()),
        ("organiser*", vkey),
        ("log", vkey),
        ("tally", vkey),
        ("station*", vkey),
        ("table*", words(id16, title)),
        ("observer*", vkey),
        ("witness-quorum", number()),
        ("witness*", vkey),
        ("disclosure", choice("public", "accredited")),
        ("live-totals", choice("yes", "no")),
        ("min-bundle", number()),
    ],
    "board": DESK_LINK
    + [
        ("board", id16),
        ("title", title),
        ("threshold", number()),
        ("member*", words(id16, choice("head", "deputy", "member", "technician"), title)),
        ("key*", vkey),
    ],
    "key": DESK_LINK + [("key", vkey), ("title", dash(title))],
    "revoke": DESK_LINK + [("key", str), ("last-seq", dash(number())), ("reason", title)],
    "contest": CONTEST_LINK
    + [
        ("board", id16),
        ("kind", choice("first", "continued", "tie", "repeat")),
        ("follows", dash(id16)),
        ("title", title),
        ("form", choice("strike-list", "agree-list", "agree-single", "approve")),
        ("profile", word),
        ("seats", number(65535)),
        ("choices", dash(choices)),
        ("counts", number(3)),
        ("base*", words(word, number())),
        ("candidate*", words(candidate, title)),
        ("born*", words(candidate, day)),
        ("trait*", words(candidate, word)),
    ],
    "papers": CONTEST_LINK
    + [(word_, number()) for word_ in ("received", "issued", "unused", "spoiled", "collected")]
    + [("bundle*", words(id16, number(FIGURE), dash(id16)))],
    "decide": CONTEST_LINK + [("about", about), ("ruling", ruling), ("reason", title)],
    "settle": CONTEST_LINK + [("bundle", id16), ("stands", dash(sha)), ("reason", title)],
    "close": CONTEST_LINK,
    "reopen": CONTEST_LINK + [("reason", title)],
    "annul": CONTEST_LINK + [("reason", title)],
    "certify": CONTEST_LINK
    + [("bulletin", sha), ("elected*", candidate), ("next", following), ("deviation", dash(title))],
    "minutes": CONTEST_LINK
    + [("certify", sha), ("present", number()), ("absent", number()), ("copies", number()), ("seal*", title)]
    + [("accepted*", warning), ("complaint*", dash(title)), ("replaces", dash(sha))],
    "announce": CONTEST_LINK + [("certify", sha)],
    "batch": TABLE_LINK
    + [("bundle", id16), ("counters", dash(counters)), ("passes", number())]
    + figures(FIGURE)
    + [("serials", dash(serials)), ("time", number())],
    "withdraw": TABLE_LINK + [("target", sha), ("reason", title)],
    "bulletin": [("election", sha), ("contest", id16), ("size", number()), ("root", sha)]
    + [("state", choice("counting", "closed")), ("bundles-expected", number()), ("bundles", number())]
    + [(name if name.endswith("*") else name + "?", read) for name, read in figures(SUM)]
    + [("open*", words(choice("conflict", "mismatch"), id16))],
}


def parse(text):
    """(kind, fields): a `*` field is a list, a `?` field may be missing."""
    check_characters(text)
    lines = text.split("\n")[:-1]
    kind = lines[0].removeprefix("kiemphieu/v1/")
    if kind not in KINDS or lines[0] != f"kiemphieu/v1/{kind}":
        raise Wrong("kind", f"`{lines[0]}` is no statement")
    fields, at = {}, 1
    for name, read in KINDS[kind]:
        bare, found = name.rstrip("*?"), []
        while at < len(lines) and lines[at].startswith(bare + " "):
            try:
                found.append(read(lines[at][len(bare) + 1 :]))
            except ValueError as error:
                raise Wrong(bare, str(error)) from None
            at += 1
            if not name.endswith("*"):
                break
        if name.endswith("*"):
            fields[bare] = found
        elif found:
            fields[bare] = found[0]
        elif not name.endswith("?"):
            raise Wrong(bare, "the line is missing")
    if at != len(lines):
        raise Wrong(lines[at].split(" ")[0], "a line that does not belong here")
    check_order(kind, fields)
    return kind, fields


def check_characters(text):
    if not unicodedata.is_normalized("NFC", text) or not text.endswith("\n"):
        raise Wrong("text", "not NFC")
    for line in text[:-1].split("\n"):
        if not line or line != line.strip(" ") or "  " in line:
            raise Wrong("text", "an empty line, or a space too many")
        for c in line:
            if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") or unicodedata.category(c) == "Zs" and c != " ":
                raise Wrong("text", "a character that nobody sees")


def ascending(field, keys, strict=True):
    keys = list(keys)
    if any(a > b or strict and a == b for a, b in zip(keys, keys[1:])):
        raise Wrong(field, "not ascending, or twice")


def check_order(kind, f):
    by_bytes = str.encode
    for field in ("organiser", "station", "observer", "witness"):
        if kind == "manifest":
            ascending(field, (by_bytes(k.name) for k in f[field]))
    if kind == "manifest":
        ascending("table", (by_bytes(t[0]) for t in f["table"]))
    if kind == "board":
        ascending("key", (by_bytes(k.name) for k in f["key"]))
    if kind == "contest":
        width = 2 if len(f["candidate"]) <= 99 else 3
        numbers = [f"{n + 1:0{width}}" for n in range(len(f["candidate"]))]
        if not 1 <= len(numbers) <= 999 or [n for n, _ in f["candidate"]] != numbers:
            raise Wrong("candidate", "not 01, 02 … in order")
        ascending("born", (n for n, _ in f["born"]))
        ascending("trait", f["trait"])
        if any(n not in numbers for n, _ in f["born"] + f["trait"]):
            raise Wrong("born", "no candidate of this list")
    if kind == "papers":
        ascending("bundle", (by_bytes(b[0]) for b in f["bundle"]))
        if len(f["bundle"]) > 3000:
            raise Wrong("bundle", "more than 3,000")
    if kind in ("batch", "bulletin"):
        ascending("invalid", (GROUNDS.index(g) for g, _ in f["invalid"]))
        ascending("left", (k for k, _ in f["left"]))
        for field in ("invalid", "left"):
            if any(n == 0 for _, n in f[field]):
                raise Wrong(field, "a line for what did not occur")
        for field in ("votes", "agree", "disagree", "unusable"):
            width = 2 if len(f[field]) <= 99 else 3
            if [c for c, _ in f[field]] != [f"{n + 1:0{width}}" for n in range(len(f[field]))]:
                raise Wrong(field, "not every candidate in order")
        check_marks(kind, f)
        if kind == "bulletin":
            ascending("open", (by_bytes(b) for _, b in f["open"]))
    if kind == "certify" and f["next"][0] == "tie":
        for number_ in f["next"][1]:
            candidate(number_)
    if kind == "minutes" and (not f["complaint"] or None in f["complaint"] and len(f["complaint"]) > 1):
        raise Wrong("complaint", "at least one line, or one `-`")
    if kind == "decide" and (f["about"][0] == "warning") != (f["ruling"] == ("accepted",)):
        raise Wrong("ruling", "does not fit what it is about")


def check_marks(kind, f):
    """One form's marks, whole: names with what was left, or three blocks of boxes; a bulletin may have none."""
    if kind == "bulletin" and "ballots" not in f:
        if "valid" in f or any(f[b] for b in ("invalid", "left", "votes", "agree", "disagree", "unusable")):
            raise Wrong("ballots", "figures without their beginning")
        return
    if "valid" not in f:
        raise Wrong("valid", "the line is missing")
    boxes = [len(f[b]) for b in ("agree", "disagree", "unusable")]
    if any(boxes) and (len(set(boxes)) > 1 or f["votes"] or f["left"]) or not any(boxes) and not f["votes"]:
        raise Wrong("votes", "not the marks of one form")
    if any(k > 999 for k, _ in f["left"]):
        raise Wrong("left", "more names than a list can have")
