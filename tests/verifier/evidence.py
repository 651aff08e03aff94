#!/usr/bin/env python3
"""A judge that shares no code with the project: evidence.py FOLDER [EVENT]

Checks an evidence folder of any kind. Written from docs/protocol.md alone; needs `pip install cryptography`. Exit 0: it convicts the key that is
printed; 1: it does not."""

import pathlib
import sys

import rules
from count import Count
from notes import Checkpoint, Key, Wrong, climb, leaf, sha, sid, split, unbase64

MAGIC = "kiemphieu/evidence/v1 "


def read(folder, name, most=65_535):
    file = folder / name
    if file.is_symlink() or not file.is_file():
        raise Wrong(name, "the file is missing")
    raw = file.read_bytes()
    if len(raw) > most:
        raise Wrong(name, "more bytes than it may have")
    return raw


def values(text, key):
    return [line[len(key) + 1 :] for line in text.split("\n") if line.startswith(key + " ")]


def value(text, key):
    found = values(text, key)
    if len(found) != 1:
        raise Wrong(key, "not exactly one line of it")
    return found[0]


class Event:
    """What the manifest vouches for: signed by enough of the organisers it names."""

    def __init__(self, note):
        text, lines = split(note)
        if not text.startswith("kiemphieu/v1/manifest\n"):
            raise Wrong("manifest.note", "no manifest")
        organisers = {key.name: key for key in map(Key.parse, values(text, "organiser"))}
        names = [name for name, _, _ in lines]
        if names != sorted(set(names), key=str.encode) or len(names) > 16:
            raise Wrong("manifest.note", "signature lines")
        if len(names) < int(value(text, "threshold")):
            raise Wrong("manifest.note", "too few organisers")
        for name, key_id, signature in lines:
            key = organisers.get(name)
            if key is None or key.id != key_id or not key.verifies(signature, text.encode()):
                raise Wrong("manifest.note", f"{name} has not signed it")
        self.sid, self.title = sid(note), value(text, "title")
        self.log, self.tally = Key.parse(value(text, "log")), Key.parse(value(text, "tally"))
        if self.log.name != value(text, "origin"):
            raise Wrong("log", "not the key of this log")

    def one_line(self, name, note, key):
        """The text, under the one line of this key."""
        text, lines = split(note)
        if len(lines) != 1 or lines[0][:2] != (key.name, key.id) or not key.verifies(lines[0][2], text.encode()):
            raise Wrong(name, f"not signed by {key.name} alone")
        return text

    def checkpoint(self, name, note):
        stated = Checkpoint.parse(self.one_line(name, note, self.log))
        if stated.origin != self.log.name:
            raise Wrong(name, "another log")
        return stated

    def bulletin(self, name, note):
        text = self.one_line(name, note, self.tally)
        if not text.startswith(f"kiemphieu/v1/bulletin\nelection {self.sid}\n"):
            raise Wrong(name, "no bulletin of this event")
        return value(text, "contest"), int(value(text, "size")), sid(note)


def beginning(folder, old, new):
    """The root of the first old.size entries, proved from new (RFC 9162, 2.1.4.2)."""
    text = read(folder, "beginning", 65 * 45).decode()
    if not text.endswith("\n"):
        raise Wrong("beginning", "no end of line")
    root, *path = map(unbase64, text[:-1].split("\n"))
    if any(len(h) != 32 for h in (root, *path)) or old.size > new.size or old.size == 0:
        raise Wrong("beginning", "hashes, or sizes")
    if old.size == new.size:
        if path or root != new.root:
            raise Wrong("beginning", "not the later root")
        return root
    power = old.size & -old.size
    first = root if power == old.size else path.pop(0) if path else None
    if first is None:
        raise Wrong("beginning", "too short")
    # The proof climbs from the last complete subtree of the old tree: its place is that of a leaf, `power` being one leaf.
    at, last = old.size // power - 1, (new.size - 1) // power
    before, after = first, first
    for sibling in path:
        if last == 0:
            raise Wrong("beginning", "too long")
        if at & 1 or at == last:
            before, after = sha(b"\1", sibling, before), sha(b"\1", sibling, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = sha(b"\1", after, sibling)
        at, last = at >> 1, last >> 1
    if last or before != root or after != new.root:
        raise Wrong("beginning", "it is not proved from the later checkpoint")
    return root


def contradicts(folder, old, new):
    if old.size > new.size:
        raise Wrong("checkpoint", "the earlier one is the larger one")
    if beginning(folder, old, new) == old.root:
        raise Wrong("beginning", "nothing contradicts")


def two_checkpoints(folder, event):
    one, other = (event.checkpoint(n, read(folder, n)) for n in ("checkpoint-1.note", "checkpoint-2.note"))
    if one.size != other.size or one.root == other.root:
        raise Wrong("checkpoint-2.note", "nothing contradicts")
    return event.log


def no_consistency(folder, event):
    one, other = (event.checkpoint(n, read(folder, n)) for n in ("checkpoint-1.note", "checkpoint-2.note"))
    contradicts(folder, one, other)
    return event.log


def receipt_dishonoured(folder, event):
    raw = read(folder, "receipt.tlog-proof", 1 << 14)
    head, _, note = raw.decode().partition("\n\n")
    magic, index, *path = head.split("\n")
    number = index.removeprefix("index ")
    if magic != "c2sp.org/tlog-proof@v1" or not index.startswith("index ") or str(int(number)) != number or len(path) > 63:
        raise Wrong("receipt.tlog-proof", "no receipt")
    old = event.checkpoint("receipt.tlog-proof", note.encode())
    statement = read(folder, "statement.note")
    split(statement)
    if int(number) >= old.size or climb(int(number), old.size, leaf(statement), map(unbase64, path)) != old.root:
        raise Wrong("statement.note", "the receipt is not of this statement")
    contradicts(folder, old, event.checkpoint("checkpoint.note", read(folder, "checkpoint.note")))
    return event.log


def two_bulletins(folder, event):
    one, other = (event.bulletin(n, read(folder, n)) for n in ("bulletin-1.note", "bulletin-2.note"))
    if one[:2] != other[:2] or one[2] == other[2]:
        raise Wrong("bulletin-2.note", "nothing contradicts")
    return event.tally


def replayed(folder, event, size=None):
    """(count, entries): the entries of the folder, taken in for as long as the rules allow them."""
    raw = {f.name: f.read_bytes() for f in sorted(folder.glob("profiles/*.toml"))}
    count, notes = Count(event.sid, rules.own(raw)), []
    for bundle in bundles(folder):
        rest = bundle.read_bytes()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            notes.append(rest[2 : 2 + length])
            if len(notes[-1]) != length:
                raise Wrong("tile/entries", "a damaged bundle")
            rest = rest[2 + length :]
    if not notes or notes[0] != read(folder, "manifest.note") or size is not None and len(notes) != size:
        raise Wrong("tile/entries", "not the entries it speaks of")
    for note in notes[:-1] if size is None else notes:
        count.take(note)
    return count, notes


def bundles(folder):
    """Full bundles in order, then the partial one."""
    files = [f for f in (folder / "tile/entries").rglob("*") if f.is_file()]
    return sorted(files, key=lambda f: f.relative_to(folder).as_posix().replace("x", "").replace(".p", ""))


def wrong_bulletin(folder, event):
    note = read(folder, "bulletin.note")
    contest, size, _ = event.bulletin("bulletin.note", note)
    count, _ = replayed(folder, event, size)
    _, s = count.read(split(note)[0])
    if count.tree.root().hex() != s["root"]:
        raise Wrong("bulletin.note", "of other entries")
    if contest not in count.contests:
        return event.tally
    try:
        count.check_bulletin(s, count.contests[contest], "V-BULLETIN")
    except Wrong:
        return event.tally
    raise Wrong("bulletin.note", "it says what the entries add up to")


def refused_entry(folder, event):
    stated = event.checkpoint("checkpoint.note", read(folder, "checkpoint.note"))
    count, notes = replayed(folder, event)
    try:
        count.take(notes[-1])
    except Wrong as wrong:
        if wrong.code == "R-UNKNOWN-PROFILE":
            raise
        count.tree.push(leaf(notes[-1]))
    else:
        raise Wrong("tile/entries", "every entry is allowed")
    if beginning(folder, Checkpoint(stated.origin, len(notes), b""), stated) != count.tree.root():
        raise Wrong("beginning", "the checkpoint is of other entries")
    return event.log


KINDS = {
    "two-checkpoints": two_checkpoints,
    "no-consistency": no_consistency,
    "receipt-dishonoured": receipt_dishonoured,
    "two-bulletins": two_bulletins,
    "wrong-bulletin": wrong_bulletin,
    "refused-entry": refused_entry,
}


def judge(folder, expected=None):
    """The key that the folder convicts."""
    said = read(folder, "evidence", 256).decode()
    kind = KINDS.get(said.removeprefix(MAGIC).removesuffix("\n"))
    if kind is None or not said.startswith(MAGIC) or not said.endswith("\n"):
        raise Wrong("evidence", "no kind of evidence")
    event = Event(read(folder, "manifest.note"))
    if expected not in (None, event.sid):
        raise Wrong("manifest.note", f"evidence of another event, {event.sid}")
    return kind(folder, event)


def main(folder, expected=None):
    guilty = judge(pathlib.Path(folder), expected)
    print(f"CONVICTS {guilty.name}+{guilty.id.hex()}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Wrong, OSError, ValueError) as error:
        print(f"convicts nobody: {error}", file=sys.stderr)
        sys.exit(1)
