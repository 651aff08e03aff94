#!/usr/bin/env python3
"""An observer that shares no code with the project: verify.py FOLDER EVENT [--json] [--compare RESULTS.JSON]

FOLDER is a copied log/ (with receipts anywhere below its parent when --receipts names them), EVENT the sid from the
ticket. Written from docs/protocol.md alone; needs `pip install cryptography`. Exit 0: everything verified; 1: not."""

import argparse
import json
import pathlib
import sys

from count import Count
from notes import Checkpoint, Wrong, climb, leaf, open_checkpoint, split, unbase64
from statements import parse


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
        raise Wrong(path, "the file is missing")
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
                raise Wrong(tile_path("entries", index, width), "a damaged bundle")
            taken += 1
            yield note
        if taken != width:
            raise Wrong(tile_path("entries", index, width), f"{taken} entries, not {width}")


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
                raise Wrong(path, "not the hashes of these entries")
        level += 1


def posted(folder):
    """{size: [(path, contest)]} of the bulletins in the folder."""
    found = {}
    for file in sorted(folder.glob("bulletin/*/*")):
        path = file.relative_to(folder).as_posix()
        found.setdefault(int(file.name), []).append((path, file.parent.name))
    return found


def check_posted(folder, count, found, seen):
    size = count.tree.size()
    for path, contest in found.get(size, []):
        text, lines = split(read(folder, path, seen))
        kind, s = parse(text)
        tally = count.manifest["tally"]
        if kind != "bulletin" or s["contest"] != contest or s["size"] != size:
            raise Wrong(path, "another bulletin than its path says")
        if [(n, i) for n, i, _ in lines] != [(tally.name, tally.id)] or not tally.verifies(lines[0][2], text.encode()):
            raise Wrong(path, "not signed by the tally key alone")
        if s["election"] != count.event or s["root"] != count.tree.root().hex():
            raise Wrong(path, "of another log")
        if contest not in count.contests:
            raise Wrong(path, "no such contest")
        count.check_bulletin(s, count.contests[contest])


def check_receipt(path, count, log):
    head, text, below = path.read_text(encoding="utf-8").split("\n\n")
    magic, index, *proof = head.split("\n")
    if magic != "c2sp.org/tlog-proof@v1" or not index.startswith("index "):
        raise Wrong(path.name, "not a receipt")
    checkpoint, _ = open_checkpoint(f"{text}\n\n{below}".encode(), log, [])
    note = path.with_suffix(".note").read_bytes()
    root = climb(int(index[6:]), checkpoint.size, leaf(note), [unbase64(p) for p in proof])
    if root != checkpoint.root or count.tree.size() < checkpoint.size:
        raise Wrong(path.name, "the note is not in the log it names")
    if count.tree.root(checkpoint.size) != root:
        raise Wrong(path.name, "a receipt that this log does not honour")


def verify(folder, event, receipts=None):
    """(count, quorum reached, foreign files, receipts checked)."""
    seen = set()
    note = read(folder, "checkpoint", seen)
    size = Checkpoint.parse(split(note)[0]).size
    count, found = Count(event), posted(folder)
    for index, entry in enumerate(entries(folder, size, seen)):
        try:
            count.take(entry)
        except Wrong as wrong:
            raise Wrong(f"entry {index}, {wrong.field}", wrong.why) from None
        check_posted(folder, count, found, seen)
    if count.manifest is None:
        raise Wrong("entries", "an empty log")
    log = count.manifest["log"]
    witnesses = [count.keys[n] for n, role in count.holders.items() if role == "witness" and n not in count.revoked]
    checkpoint, cosigned = open_checkpoint(note, log, witnesses)
    if (checkpoint.size, checkpoint.root) != (count.tree.size(), count.tree.root()):
        raise Wrong("checkpoint", "other entries than the checkpoint's")
    check_tiles(folder, count.tree, seen)
    late = [p for size_, paths in found.items() if size_ > checkpoint.size or size_ == 0 for p, _ in paths]
    if late:
        raise Wrong(late[0], "beyond the checkpoint")
    proofs = sorted(receipts.rglob("*.tlog-proof")) if receipts else []
    for proof in proofs:
        check_receipt(proof, count, log)
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
    except (Wrong, ValueError) as wrong:
        print(f"MISMATCH: {wrong}", file=sys.stderr)
        return 1
    contests = count.results()
    if args.compare:
        theirs = json.loads(args.compare.read_text())
        by_id = {c["id"]: c for c in theirs["contests"]}
        found = [d for c in contests for d in differences(c, by_id.get(c["id"]), c["id"])]
        flags = {k: v for k, v in theirs.get("flags", count.flags).items() if k != "repeated"}
        found += [] if flags == count.flags else [f"flags: {count.flags} ≠ {flags}"]
        found += [] if len(by_id) == len(contests) else ["contests: another number of them"]
        root = count.tree.root().hex()
        found += [] if theirs["log"] == {"size": count.tree.size(), "root": root} else ["log"]
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
