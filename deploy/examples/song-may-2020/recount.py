#!/usr/bin/env python3
"""Counts the papers of an event folder again and writes expected.json: python3 recount.py [FOLDER]

It shares no code with the counting program; it knows the few rules this congress needs and nothing of logs or keys.
"""

import csv
import json
import pathlib
import sys
import tomllib
from collections import Counter

GROUNDS = ["not-issued", "overvote", "blank", "both-boxes", "no-mark", "added-name", "identifying-mark"]


def ground(form, marks, seats, decided):
    """Why a paper is invalid, or None; the first ground of the list stands."""
    found = {decided} - {""}
    if form == "strike-list":
        left = len(marks.split())
        found |= {"blank"} if left == 0 else {"overvote"} if left > seats else set()
    elif form == "agree-single":
        found |= {"B": {"both-boxes"}, "-": {"no-mark"}}.get(marks, set())
    elif not {"A", "D"} & set(marks.split()):
        found.add("blank")
    return next((g for g in GROUNDS if g in found), None)


def count(folder, contest):
    form, seats, names = contest["form"], contest["seats"], len(contest["candidates"])
    numbers = [f"{n:02}" for n in range(1, names + 1)]
    papers = [
        (line["marks"], line["ground"])
        for file in sorted((folder / "ballots" / contest["id"]).glob("*.csv"))
        for line in csv.DictReader(file.open(encoding="utf-8"))
    ]
    judged = [(marks, ground(form, marks, seats, decided)) for marks, decided in papers]
    valid = [marks for marks, why in judged if why is None]
    result = {"id": contest["id"], "ballots": len(papers), "valid": len(valid),
              "invalid": dict(Counter(why for _, why in judged if why))}
    if form == "strike-list":
        result["left"] = dict(Counter(str(len(marks.split())) for marks in valid))
        result["votes"] = {n: sum(n in marks.split() for marks in valid) for n in numbers}
    else:
        letters = {n: Counter(marks.split()[place] for marks in valid) for place, n in enumerate(numbers)}
        result["agree"] = result["votes"] = {n: letters[n]["A"] for n in numbers}
        result["disagree"] = {n: letters[n]["D"] for n in numbers}
        result["unusable"] = {n: letters[n]["B"] + letters[n]["-"] for n in numbers}
    return result


def elect(contest, votes, base):
    """Most votes first; over one half of the base where there is one; equals across the last seat are a tie."""
    least = 1 if base is None else base // 2 + 1
    over = sorted((n for n, v in votes.items() if v >= least), key=lambda n: (-votes[n], n))
    seats, alternates = contest["seats"], contest["base"].get("alternate-seats", 0)
    outcome = {"elected": over[:seats], "tie": {"candidates": [], "seats": 0}, "short": max(0, seats - len(over)),
               "blocked": None}
    if len(over) > seats and votes[over[seats - 1]] == votes[over[seats]]:
        tied = [n for n in over if votes[n] == votes[over[seats]]]
        outcome["elected"] = [n for n in over if votes[n] > votes[over[seats]]]
        outcome["tie"] = {"candidates": sorted(tied), "seats": seats - len(outcome["elected"])}
    elif alternates:
        outcome["alternates"] = over[seats : seats + alternates]
    return outcome


def main(folder):
    event = tomllib.loads((folder / "event.toml").read_text(encoding="utf-8"))
    contests = event["contest"]
    repeated = {c["follows"] for c in contests if c.get("kind") == "repeat"}
    results = []
    for contest in contests:
        result = count(folder, contest)
        kept = [n for part, n in contest["base"].items() if part != "alternate-seats"]
        base = kept[0] - sum(kept[1:])
        if contest.get("kind") == "tie":  # among the tied more votes win: there is no line to pass
            base, result["threshold"] = None, None
        else:
            result |= {"base": base, "threshold": base // 2 + 1}
        result["outcome"] = elect(contest, result["votes"], base)
        result["state"] = "announced"
        if contest["id"] in repeated:
            result["state"] = "annulled"
            result["outcome"] = {"elected": [], "tie": {"candidates": [], "seats": 0}, "short": 0, "blocked": None}
        results.append(result)
    text = json.dumps({"contests": results}, ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent))
