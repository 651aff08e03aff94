#!/usr/bin/env python3
"""Checks the golden vectors: golden.py FOLDER, which is tests/fixtures/golden.

Everything in it must be believed or refused as its expectations say. Written from docs/protocol.md alone; needs `pip install
cryptography`. Exit 0: all of it; 1: each line on standard error names a file and what differs."""

import copy
import json
import pathlib
import sys

import evidence
import rules
from count import Count
from notes import Wrong, consistent, open_checkpoint, sid, unbase64
from statements import following
from verify import Finding, compared, entries, own_rules, prove, verify


class Golden:
    """The folder, its log as it was replayed, and whatever differs."""

    def __init__(self, folder):
        self.folder, self.found, self.checked = folder, [], 0
        self.results = self.read("results.json")

    def read(self, path):
        return json.loads((self.folder / path).read_text(encoding="utf-8"))

    def same(self, path, name, ours, theirs):
        self.checked += 1
        if ours != theirs:
            self.found.append(f"{path}: {name}: {ours} ≠ {theirs}")

    def log(self):
        rulings = []
        count, quorum, foreign, _ = verify(self.folder / "log", self.results["event"], rulings=rulings)
        self.same("log", "quorum and foreign files", (quorum, foreign), (True, []))
        for difference in compared(count, self.results):
            self.same("results.json", difference, "ours", "theirs")
        self.same("rulings.json", "entries", len(rulings), len(self.read("rulings.json")))
        for ours, theirs in zip(rulings, self.read("rulings.json")):
            self.same("rulings.json", f"entry {ours['entry']}", ours, theirs)
        self.keys = count.manifest["log"]
        self.witnesses = [count.keys[n] for n, r in count.holders.items() if r == "witness" and n not in count.revoked]

    def notes(self):
        """What becomes of each note, offered to the log as it was at that size."""
        offers, seen = self.read("notes.json"), set()
        count, size = Count(None, own_rules(self.folder / "log", seen)), self.results["log"]["size"]
        after = iter(entries(self.folder / "log", size, seen))
        for offer in offers:
            while count.tree.size() < offer["at"]:
                if count.event is None:
                    first = next(after)
                    count.event = sid(first)
                    count.take(first)
                else:
                    count.take(next(after))
            note = offer["note"].encode() if "note" in offer else bytes.fromhex(offer["note_hex"])
            ours = judged(copy.deepcopy(count), note)
            self.same("notes.json", offer["name"], ours, {k: v for k, v in offer.items() if k in TOLD})

    def receipts(self):
        for case in self.read("receipts/expected.json"):
            text, note = ((self.folder / "receipts" / case[key]).read_bytes() for key in ("receipt", "note"))
            proves = holds(lambda: prove(text.decode(), note, self.keys, self.witnesses))
            self.same("receipts", case["receipt"], proves, case["proves"])

    def checkpoints(self):
        for case in self.read("checkpoints/expected.json"):
            note, cosigned = (self.folder / "checkpoints" / case["file"]).read_bytes(), None
            self.same("checkpoints", case["file"], holds(lambda: open_checkpoint(note, self.keys, [])), case["signed"])
            if case["signed"] and holds(lambda: open_checkpoint(note, self.keys, self.witnesses)):
                cosigned = open_checkpoint(note, self.keys, self.witnesses)[1]
            self.same("checkpoints", case["file"], cosigned, case["witnesses"])

    def consistency(self):
        for case in self.read("consistency.json"):
            roots = [unbase64(case[key]) for key in ("old_root", "new_root")]
            ours = consistent(case["old"], case["new"], *roots, [unbase64(h) for h in case["proof"]])
            self.same("consistency.json", f"{case['old']} to {case['new']}, {case['why']}", ours, case["holds"])

    def false(self):
        for case in self.read("false/expected.json"):
            folder = self.folder / "false" / case["folder"]
            ours = {"verdict": "OK", "code": None, "entry": None, "field": None}
            try:
                _, quorum, _, _ = verify(folder, case["event"], receipts=folder)
                if not quorum:
                    ours = {"verdict": "PROVISIONAL", "code": "V-QUORUM", "entry": None, "field": "signatures"}
            except Finding as f:
                ours = {"verdict": f.verdict, "code": f.code, "entry": f.entry, "field": f.field}
            self.same("false", case["folder"], ours, {k: case[k] for k in ours})

    def evidence(self):
        expected = self.read("evidence/expected.json")
        for case in expected["folders"]:
            try:
                key = evidence.judge(self.folder / "evidence" / case["folder"], expected["event"])
                ours = f"{key.name}+{key.id.hex()}"
            except Wrong:
                ours = None
            self.same("evidence", case["folder"], ours, case["convicts"] and short(case["convicts"]))

    def outcomes(self):
        for case in self.read("outcomes.json"):
            contest = {
                "base": [tuple(part) for part in case["base"]],
                "born": [tuple(day) for day in case["born"]],
                "kind": case["kind"],
                "seats": case["seats"],
            }
            totals = {"ballots": case["ballots"], "valid": case["valid"], "votes": case["votes"]}
            elected, alternates, then = rules.elect(rules.PROFILES[case["profile"]], contest, totals)
            theirs = (case["elected"], case["alternates"], following(case["next"]))
            self.same("outcomes.json", case["name"], (elected, alternates, then), theirs)


TOLD = ("verdict", "code", "field", "faults", "flags")


def short(vkey):
    """Name and id of a printed key."""
    name, key_id, _ = vkey.split("+", 2)
    return f"{name}+{key_id}"


def holds(check):
    try:
        check()
    except (Wrong, ValueError):
        return False
    return True


def judged(count, note):
    """What becomes of a note, in the words of §5."""
    try:
        ruling = count.take(note)
    except Wrong as wrong:
        verdict = {"R-SIGNATURES": "draft", "R-REPEATED": "repeated"}.get(wrong.code, "refused")
        return {"verdict": verdict, "code": wrong.code, "field": wrong.field}
    return {key: value for key, value in ruling.items() if key in TOLD}


def main(folder):
    golden = Golden(pathlib.Path(folder))
    golden.log()
    for part in ("notes", "receipts", "checkpoints", "consistency", "false", "evidence", "outcomes"):
        getattr(golden, part)()
    for difference in golden.found:
        print(difference, file=sys.stderr)
    print(f"{golden.checked} vectors, {len(golden.found)} differ")
    return 1 if golden.found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
