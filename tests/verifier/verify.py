#!/usr/bin/env python3
"""An observer that shares no code with the project: verify.py FOLDER EVENT [--json] [--compare RESULTS.JSON]

FOLDER is a copied log/ (with receipts anywhere below its parent when --receipts names them), EVENT the sid from the
ticket. Written from docs/protocol.md alone; needs `pip install cryptography`. Exit 0: everything verified; 1: not."""

import argparse
import json
import pathlib
import sys

import rules
from count import Count
from notes import Checkpoint, Wrong, climb, leaf, open_checkpoint, sha, split, unbase64


class Finding(Exception):
    """Why a folder is not believed: the verdict, its code, and the first wrong entry, file and field (§12)."""

    def __init__(self, wrong, verdict="MISMATCH", entry=None, file=None):
        place = "" if entry is None else f"entry {entry}, "
        super().__init__(f"{place}{file + ', ' if file else ''}{wrong}")
        self.verdict, self.code, self.field, self.entry, self.file = verdict, wrong.code, wrong.field, entry, file


def spelled(number):
    groups = []
    while True:
        number, last = divmod(number, 1000)
        groups.append(f"{last:03}")
        if number == 0:
            break
    first, *rest = groups
    return "/".join([f"x{g}" for g in reversed(rest)] + [first])


def tile_path(level, index, width):
    return f"tile/{level}/{spelled(index)}" + (f".p/{width}" if width < 256 else "")


def read(folder, path, seen):
    file = folder / path
    if not file.is_file():
        raise Finding(Wrong("", "the file is missing", "V-MISSING"), "TROUBLE", file=path)
    seen.add(path)
    return file.read_bytes()


def entries(folder, size, seen):
    """Every entry, from the bundles of the log."""
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        rest, taken = read(folder, tile_path("entries", index, width), seen), 0
        while rest:
            length = int.from_bytes(rest[:2], "big")
            note, rest = rest[2 : 2 + length], rest[2 + length :]
            if len(note) != length:
                raise Finding(Wrong("", "a damaged bundle", "V-BUNDLE"), file=tile_path("entries", index, width))
            taken += 1
            yield note
        if taken != width:
            raise Finding(Wrong("", f"{taken} entries, not {width}", "V-BUNDLE"), file=tile_path("entries", index, width))


def check_tiles(folder, tree, seen):
    """Every tile of hashes, byte for byte."""
    level, size = 0, tree.size()
    while size >> 8 * level:
        count = size >> 8 * level
        hashes = tree.levels[8 * level]
        for index in range((count + 255) // 256):
            width = min(256, count - index * 256)
            path = tile_path(level, index, width)
            if read(folder, path, seen) != b"".join(hashes[index * 256 : index * 256 + width]):
                raise Finding(Wrong("", "not the hashes of these entries", "V-TILE"), file=path)
        level += 1


def posted(folder):
    """{size: [(path, contest)]} of the bulletins in the folder."""
    found = {}
    for file in sorted(folder.glob("bulletin/*/*")):
        path = file.relative_to(folder).as_posix()
        found.setdefault(int(file.name), []).append((path, file.parent.name))
    return found


def check_posted(folder, count, found, seen):
    """Every bulletin that the folder has of this size; the first whose figures differ, which is said once all is read: a
    second bulletin of its contest and size, here or among the entries, weighs more."""
    differs = []
    for path, contest in found.get(count.tree.size(), []):
        try:
            check_bulletin(read(folder, path, seen), contest, count)
        except Wrong as wrong:
            finding = Finding(wrong, verdict_of(wrong), file=path)
            if wrong.code != "V-BULLETIN":
                raise finding from None
            differs.append(finding)
    return differs


def verdict_of(wrong):
    return "EQUIVOCATION" if wrong.code == "V-TWO-BULLETINS" else "MISMATCH"


def check_bulletin(note, contest, count):
    text, lines = split(note)
    signers = count.signers(text, lines)
    kind, s = count.read(text)
    place = "V-BULLETIN-PLACE"
    must(kind == "bulletin", "kind", "no bulletin", place)
    must(all(count.holders[name] == "tally" for name in signers), "signatures", "not the tally key's alone", place)
    must(s["contest"] == contest, "contest", "of another contest than its path says", place)
    must(s["size"] == count.tree.size(), "size", "of another size than its path says", place)
    sid = sha(text.encode()).hex()
    before = count.said.setdefault((contest, s["size"]), sid)
    if before != sid:
        raise Wrong("bulletin", "the tally key said two things", "V-TWO-BULLETINS")
    code = "V-BULLETIN"
    must(contest in count.contests, "contest", "no such contest", code)
    must(s["election"] == count.event, "election", "of another event", code)
    must(s["root"] == count.tree.root().hex(), "root", "of another log", code)
    count.check_bulletin(s, count.contests[contest], code)


def must(holds, field, why, code):
    if not holds:
        raise Wrong(field, why, code)


def prove(text, note, log, witnesses=()):
    """The checkpoint of a receipt that proves its note."""
    index, proof, checkpoint, _ = open_receipt(text, log, witnesses)
    must(climb(index, checkpoint.size, leaf(note), proof) == checkpoint.root, "root", "the note is not in it", "V-RECEIPT")
    return index, checkpoint


def open_receipt(text, log, witnesses=()):
    parts = text.split("\n\n")
    must(len(parts) == 3, "", "not a receipt", "V-RECEIPT")
    magic, index, *proof = parts[0].split("\n")
    number = index.removeprefix("index ")
    good = magic == "c2sp.org/tlog-proof@v1" and index.startswith("index ") and number.isdecimal()
    must(good and str(int(number)) == number, "", "not a receipt", "V-RECEIPT")
    checkpoint, cosigned = open_checkpoint(f"{parts[1]}\n\n{parts[2]}".encode(), log, witnesses)
    must(int(number) < checkpoint.size, "", "there is no such entry", "V-RECEIPT")
    return int(number), [unbase64(p) for p in proof], checkpoint, cosigned


def check_receipt(path, count, log):
    try:
        index, checkpoint = prove(path.read_text(encoding="utf-8"), path.with_suffix(".note").read_bytes(), log)
    except Wrong as wrong:
        raise Finding(wrong, file=path.name) from None
    if count.tree.size() < checkpoint.size:
        raise Finding(Wrong("size", "a receipt of a larger log", "V-SHOWS-LESS"), "PROVISIONAL", file=path.name)
    if count.tree.root(checkpoint.size) != checkpoint.root:
        wrong = Wrong("root", "a receipt that this log does not honour", "V-RECEIPT-DISHONOURED")
        raise Finding(wrong, "EQUIVOCATION", file=path.name)


def own_rules(folder, seen):
    files = {f.name: f for f in sorted(folder.glob("profiles/*.toml"))}
    seen.update(f"profiles/{name}" for name in files)
    return rules.own({name: f.read_bytes() for name, f in files.items()})


def replay(folder, event, seen, rulings=None):
    """The count of a folder's entries, the checkpoint's note, and the bulletins that reach beyond them."""
    note = read(folder, "checkpoint", seen)
    try:
        size = Checkpoint.parse(split(note)[0]).size
    except Wrong as wrong:
        raise Finding(Wrong("text", wrong.why, "V-CHECKPOINT"), file="checkpoint") from None
    count, found, differs = Count(event, own_rules(folder, seen)), posted(folder), []
    for index, entry in enumerate(entries(folder, size, seen)):
        try:
            ruling = count.take(entry)
        except Wrong as wrong:
            raise Finding(wrong, verdict_of(wrong), None if verdict_of(wrong) == "EQUIVOCATION" else index) from None
        if rulings is not None:
            rulings.append({"entry": index} | ruling)
        if index == 0:
            opened(note, count)
        differs += check_posted(folder, count, found, seen)
    if differs:
        raise differs[0]
    late = [path for size_, paths in found.items() if size_ > size or size_ == 0 for path, _ in paths]
    return count, note, late


def opened(note, count):
    """The checkpoint and who cosigned it, by the keys known now."""
    witnesses = [count.keys[n] for n, role in count.holders.items() if role == "witness" and n not in count.revoked]
    try:
        return open_checkpoint(note, count.manifest["log"], witnesses)
    except Wrong as wrong:
        raise Finding(wrong, file="checkpoint") from None


def verify(folder, event, receipts=None, rulings=None):
    """(count, quorum reached, foreign files, receipts checked)."""
    seen = set()
    count, note, late = replay(folder, event, seen, rulings)
    if count.manifest is None:
        raise Finding(Wrong("origin", "an empty log", "V-NO-MANIFEST"), file="checkpoint")
    checkpoint, cosigned = opened(note, count)
    if (checkpoint.size, checkpoint.root) != (count.tree.size(), count.tree.root()):
        raise Finding(Wrong("root", "other entries than the checkpoint's", "V-ROOT"), file="checkpoint")
    check_tiles(folder, count.tree, seen)
    if late:
        raise Finding(Wrong("size", "beyond the checkpoint", "V-BULLETIN-SIZE"), file=late[0])
    proofs = sorted(receipts.rglob("*.tlog-proof")) if receipts else []
    for proof in proofs:
        check_receipt(proof, count, count.manifest["log"])
    everything = {f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()}
    return count, cosigned >= count.manifest["witness-quorum"], sorted(everything - seen), len(proofs)


def differences(ours, theirs, at=""):
    """Every place in which our results are not in theirs (they may say more); zeros in maps may be left out."""
    if isinstance(ours, dict):
        theirs = {} if theirs is None and not any(ours.values()) else theirs
        if not isinstance(theirs, dict):
            return [f"{at} is missing"]
        keys = [k for k in ours if ours[k] != 0 or k in theirs]
        extra = [k for k in theirs if k not in ours and theirs[k] != 0 and at.rsplit(".", 1)[-1] in MAPS]
        return [d for k in keys for d in differences(ours[k], theirs.get(k), f"{at}.{k}")] + [f"{at}.{k}" for k in extra]
    return [] if ours == theirs or (ours == [] and theirs is None) else [f"{at}: {ours} ≠ {theirs}"]


def compared(count, theirs):
    """Every place in which a results.json says something else."""
    contests, by_id = count.results(), {c["id"]: c for c in theirs["contests"]}
    found = [d for c in contests for d in differences(c, by_id.get(c["id"]), c["id"])]
    flags = {k: v for k, v in theirs.get("flags", count.flags).items() if k != "repeated"}
    found += [] if flags == count.flags else [f"flags: {count.flags} ≠ {flags}"]
    found += [] if len(by_id) == len(contests) else ["contests: another number of them"]
    root = count.tree.root().hex()
    return found + ([] if theirs["log"] == {"size": count.tree.size(), "root": root} else ["log"])


MAPS = ("invalid", "left", "votes", "agree", "disagree", "unusable")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("event")
    parser.add_argument("--receipts", type=pathlib.Path)
    parser.add_argument("--compare", type=pathlib.Path, help="a results.json")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        count, quorum, foreign, receipts = verify(args.folder, args.event, args.receipts)
    except (Finding, Wrong, ValueError) as wrong:
        print(f"{getattr(wrong, 'verdict', 'MISMATCH')}: {wrong}", file=sys.stderr)
        return 1
    contests = count.results()
    if args.compare:
        found = compared(count, json.loads(args.compare.read_text()))
        for difference in found:
            print(f"DIFFERS: {difference}", file=sys.stderr)
        if found:
            return 1
    if args.json:
        print(json.dumps({"contests": contests, "flags": count.flags}, ensure_ascii=False, indent=1))
    print(
        f"{count.tree.size()} entries, root {count.tree.root().hex()}, {receipts} receipts, "
        f"quorum {'reached' if quorum else 'missing'}, {len(foreign)} foreign files",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
