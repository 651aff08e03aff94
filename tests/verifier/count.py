"""What a log adds up to: docs/protocol.md §4 to §9, entry by entry. Every entry that an honest log would not hold
is an error that names its field."""

from dataclasses import dataclass, field

import rules
from notes import Key, Tree, Wrong, leaf, split
from statements import ZEROS, parse

OPEN = ("counting", "reopened")
DESK_OF_CONTEST = ("contest papers decide settle close reopen certify minutes announce annul").split()
NAMES = ("strike-list", "approve")
KNOWN_GROUNDS = {
    "strike-list": ("not-issued", "overvote", "blank", "added-name", "identifying-mark"),
    "approve": ("not-issued", "overvote", "blank", "added-name", "identifying-mark"),
    "agree-list": ("not-issued", "blank", "added-name", "identifying-mark"),
    "agree-single": ("not-issued", "both-boxes", "no-mark", "added-name", "identifying-mark"),
}
YOUTH_LIST = ("not-issued", "blank", "both-boxes", "no-mark", "added-name", "identifying-mark")


def check(holds, field_, why):
    if not holds:
        raise Wrong(field_, why)


@dataclass
class Batch:
    sid: str
    station: str
    seq: int
    figures: dict

    def papers(self):
        return self.figures["ballots"]


@dataclass
class Contest:
    stated: dict
    head: str = ZEROS
    phase: str = "counting"
    papers: dict = None
    live: dict = field(default_factory=dict)
    settled: dict = field(default_factory=dict)
    had_live: bool = False
    accepted: set = field(default_factory=set)
    closed_at: int = None
    bulletin: str = None
    certify: tuple = None
    minutes: str = None
    waiting_revokes: list = field(default_factory=list)

    def expected(self):
        return {} if self.papers is None else {b: (n, table) for b, n, table in self.papers["bundle"]}

    def standing(self, bundle):
        batches = self.live.get(bundle, [])
        if bundle in self.settled:
            return next((b for b in batches if b.sid == self.settled[bundle]), None)
        return batches[0] if batches else None

    def state(self, bundle):
        papers, batches = self.expected()[bundle][0], self.live.get(bundle, [])
        one = self.standing(bundle)
        if bundle in self.settled:
            if self.settled[bundle] is None:
                return "given-up"
            return "unsettled" if one is None else "counted" if one.papers() == papers else "mismatch"
        if not batches:
            return "missing"
        if any(b.figures != batches[0].figures for b in batches):
            return "conflict"
        if len({b.station for b in batches}) < self.stated["counts"]:
            return "waiting"
        return "counted" if one.papers() == papers else "mismatch"

    def totals(self):
        names = [n for n, _ in self.stated["candidate"]]
        zeros = {n: 0 for n in names}
        blocks = ("votes",) if self.stated["form"] in NAMES else ("agree", "disagree", "unusable")
        totals = {"ballots": 0, "valid": 0, "invalid": {}, "left": {}} | {b: dict(zeros) for b in blocks}
        for bundle in self.expected():
            if self.state(bundle) == "counted":
                add(totals, self.standing(bundle).figures)
        if "agree" in totals:
            totals["votes"] = totals["agree"]
        return totals

    def is_blocked(self):
        return self.papers is not None and self.papers["collected"] > self.papers["issued"]


def add(totals, figures):
    for name, value in figures.items():
        if isinstance(value, dict):
            for key, n in value.items():
                totals[name][key] = totals[name].get(key, 0) + n
        else:
            totals[name] += value


def figures_of(statement, form):
    blocks = ("invalid", "left", "votes") if form in NAMES else ("invalid", "agree", "disagree", "unusable")
    return {"ballots": statement["ballots"], "valid": statement["valid"]} | {b: dict(statement[b]) for b in blocks}


class Count:
    """The state of one event at a size of its log."""

    def __init__(self, event):
        self.event, self.tree = event, Tree()
        self.manifest, self.keys, self.revoked, self.holders = None, {}, {}, {}
        self.boards, self.contests = {}, {}
        self.head, self.chains, self.sids = ZEROS, {}, set()
        self.flags = {"duplicate": 0, "conflict": 0, "lookalike": 0, "set-aside": 0}
        self.batches = 0

    # -- one entry ---------------------------------------------------------------------------------------------

    def take(self, note):
        """Verifies the next entry and takes it in."""
        import hashlib

        text, lines = split(note, 65_535)
        sid = hashlib.sha256(text.encode()).hexdigest()
        if self.manifest is None:
            check(sid == self.event, "sid", "entry 0 is of another event")
            kind, s = parse(text)
            check(kind == "manifest", "kind", "entry 0 is no manifest")
            self.keys = {k.name: k for k in s["organiser"]}
            signers = self.signers(text, lines)
            self.found(s, signers)
        else:
            signers = self.signers(text, lines)
            kind, s = parse(text)
            check(kind not in ("batch", "withdraw") or len(note) <= 20_000, "note", "oversized for a station")
            check(sid not in self.sids, "sid", "it stands in the log already")
            check(kind != "manifest", "kind", "a second manifest")
            check(s["election"] == self.event, "election", "of another event")
            {"batch": self.batch, "withdraw": self.withdraw, "bulletin": self.bulletin}.get(
                kind, self.desk_of_contest if kind in DESK_OF_CONTEST else self.organisers
            )(kind, s, sid, signers)
        self.sids.add(sid)
        self.tree.push(leaf(note))

    def signers(self, text, lines):
        names = [name for name, _, _ in lines]
        check(len(lines) <= 16 and names == sorted(set(names), key=str.encode), "signatures", "not ascending")
        for name, key_id, signature in lines:
            key = self.keys.get(name)
            check(key is not None and key.id == key_id, "signatures", f"{name} is not known here")
            check(key.verifies(signature, text.encode()), "signatures", f"{name} has a bad signature")
        return names

    def entitled(self, signers, may, seq=None):
        for name in signers:
            check(may(name), "signatures", f"{name} has no say in this")
            if name in self.revoked:
                last = self.revoked[name]
                check(last is not None and seq is not None and seq <= last, "signatures", f"{name} was revoked")

    # -- the event ---------------------------------------------------------------------------------------------

    def found(self, s, signers):
        origin = s["origin"]
        roles = [("organiser", k) for k in s["organiser"]] + [("station", k) for k in s["station"]]
        roles += [("observer", k) for k in s["observer"]]
        for role, key in roles:
            start = f"{origin}/{role}/"
            check(key.type == 1 and key.name.startswith(start), role, f"{key.name} is no {role}")
        check(s["log"].name == origin and s["log"].type == 1, "log", "another origin")
        check(s["tally"].name == f"{origin}/tally" and s["tally"].type == 1, "tally", "another origin")
        check(all(k.type == 4 for k in s["witness"]), "witness", "not of type 04")
        keys = [k for _, k in roles] + [s["log"], s["tally"]] + s["witness"]
        check(len({k.name for k in keys}) == len(keys) == len({k.public for k in keys}), "manifest", "a key twice")
        check(1 <= s["threshold"] <= len(s["organiser"]), "threshold", "nobody, or more than there are")
        check(s["witness-quorum"] <= len(s["witness"]), "witness-quorum", "more than there are")
        tables = [k.name.rsplit("/", 1)[1] for k in s["station"]]
        check(sorted(tables) == sorted(t for t, _ in s["table"]), "table", "stations and tables differ")
        check(len(signers) >= s["threshold"], "signatures", "too few organisers")
        self.manifest = s
        self.keys = {k.name: k for k in keys}
        self.holders = {k.name: role for role, k in roles} | {k.name: "witness" for k in s["witness"]}
        self.holders |= {s["log"].name: "log", s["tally"].name: "tally"}
        self.chains = {t: (0, ZEROS) for t in tables}

    def organisers_in_force(self):
        return [n for n, role in self.holders.items() if role == "organiser" and n not in self.revoked]

    def organisers(self, kind, s, sid, signers):
        self.entitled(signers, lambda n: self.holders.get(n) == "organiser")
        check(s["prev"] == self.head, "prev", "it does not follow the election's chain")
        {"board": self.board, "key": self.key, "revoke": self.revoke}[kind](s)
        check(len(signers) >= self.manifest["threshold"], "signatures", "a draft: too few organisers")
        self.head = sid

    def board(self, s):
        origin = self.manifest["origin"]
        ids = [m[0] for m in s["member"]]
        check(len(set(ids)) == len(ids), "member", "an id twice")
        names = {f"{origin}/board/{m}" for m, role, _ in s["member"] if role != "technician"}
        check({k.name for k in s["key"]} == names, "key", "members and keys differ")
        check(1 <= s["threshold"] <= len(s["key"]), "threshold", "nobody, or more than there are")
        for key in s["key"]:
            self.comes_in(key, again=True)
        self.boards[s["board"]] = s
        for key in s["key"]:
            self.keys[key.name], self.holders[key.name] = key, "board"

    def comes_in(self, key, again=False):
        known = self.keys.get(key.name)
        if known is not None:
            check(again and known == key and key.name not in self.revoked, "key", f"{key.name} is in use")
        else:
            check(all(k.public != key.public for k in self.keys.values()), "key", "a public key under two names")

    def key(self, s):
        key, origin = s["key"], self.manifest["origin"]
        role = "witness" if key.type == 4 else key.name.removeprefix(origin + "/").split("/")[0]
        check(role in ("station", "observer", "organiser", "witness"), "key", f"{key.name} is nobody's")
        self.comes_in(key)
        self.keys[key.name], self.holders[key.name] = key, role
        if role == "station":
            self.chains[key.name.rsplit("/", 1)[1]] = (0, ZEROS)

    def revoke(self, s):
        name = s["key"]
        check(name in self.keys and name not in self.revoked, "key", "nothing to revoke")
        role = self.holders[name]
        check(role not in ("log", "tally"), "key", "log and tally keys stay")
        check((role == "station") == (s["last-seq"] is not None), "last-seq", "for stations, and for them alone")
        if role == "organiser":
            left = len(self.organisers_in_force()) - 1
            check(left >= self.manifest["threshold"], "key", "too few organisers are left")
        self.revoked[name] = s["last-seq"]
        if role == "station":
            station = name.rsplit("/", 1)[1]
            for contest in self.contests.values():
                self.set_later_aside(contest, station, s["last-seq"])

    def set_later_aside(self, contest, station, last):
        later = lambda b: b.station == station and b.seq > last
        if contest.phase == "annulled" or not any(later(b) for bs in contest.live.values() for b in bs):
            return
        if contest.phase in OPEN:
            for bundle, batches in contest.live.items():
                contest.live[bundle] = [b for b in batches if not later(b)]
        else:
            contest.waiting_revokes.append((station, last))

    # -- the tables --------------------------------------------------------------------------------------------

    def of_table(self, s, sid, signers):
        own = f"{self.manifest['origin']}/station/{s['station']}"
        self.entitled(signers, lambda n: n == own, s["seq"])
        check(s["station"] in self.chains, "station", "no such table")
        seq, head = self.chains[s["station"]]
        check((s["seq"], s["prev"]) == (seq + 1, head), "prev", "it does not follow the table's chain")
        self.chains[s["station"]] = (s["seq"], sid)

    def batch(self, _kind, s, sid, signers):
        self.of_table(s, sid, signers)
        self.batches += 1
        contest = self.contests.get(s["contest"])
        if contest is None or self.faults(contest, s):
            self.flags["set-aside"] += 1
            return
        figures = figures_of(s, contest.stated["form"])
        batches = contest.live.setdefault(s["bundle"], [])
        if any(b.figures != figures for b in batches):
            self.flags["conflict"] += 1
        elif batches and ({b.station for b in batches} & {s["station"]} or len(batches) >= contest.stated["counts"]):
            self.flags["duplicate"] += 1
        others = (b for name, bs in contest.live.items() if name != s["bundle"] for b in bs)
        mine = (figures, s["serials"])
        if any(b.figures == mine[0] or overlap(b.serials, mine[1]) for b in others):
            self.flags["lookalike"] += 1
        batch = Batch(sid, s["station"], s["seq"], figures)
        batch.serials = s["serials"]
        batches.append(batch)
        contest.had_live = True

    def faults(self, contest, s):
        faults = []
        fault = faults.append
        if contest.phase not in OPEN:
            fault("S-NOT-OPEN")
        if contest.papers is None:
            fault("S-NO-PAPERS")
        elif s["bundle"] not in contest.expected():
            fault("S-UNKNOWN-BUNDLE")
        elif contest.expected()[s["bundle"]][1] not in (None, s["station"]):
            fault("S-OTHER-TABLE")
        form, names = contest.stated["form"], len(contest.stated["candidate"])
        by_name = form in NAMES
        blocks = ("votes",) if by_name else ("agree", "disagree", "unusable")
        others = ("agree", "disagree", "unusable") if by_name else ("votes", "left")
        if any(s[b] for b in others):
            return faults + ["S-OTHER-FORM"]
        if any(len(s[b]) != names for b in blocks):
            return faults + ["S-OTHER-LIST"]
        known = YOUTH_LIST if (contest.stated["profile"], form) == ("youth", "agree-list") else KNOWN_GROUNDS[form]
        unlimited = contest.stated["choices"] == "unlimited"
        if any(g not in known or (g == "overvote" and unlimited) for g, _ in s["invalid"]):
            fault("S-VOID-REASON")
        return faults + broken(figures_of(s, form), by_name, most_names(contest.stated))

    def withdraw(self, _kind, s, sid, signers):
        self.of_table(s, sid, signers)
        contest = self.contests.get(s["contest"])
        if contest is not None and contest.phase in OPEN and contest.papers is not None:
            for bundle, batches in contest.live.items():
                for batch in batches:
                    if (batch.sid, batch.station) == (s["target"], s["station"]):
                        if contest.settled.get(bundle) == batch.sid:
                            break
                        batches.remove(batch)
                        return
        self.flags["set-aside"] += 1

    # -- the desk ----------------------------------------------------------------------------------------------

    def desk_of_contest(self, kind, s, sid, signers):
        contest = self.contests.get(s["contest"])
        check(contest is not None or kind == "contest", "contest", "no such contest")
        board_id = contest.stated["board"] if contest else s["board"]
        check(board_id in self.boards, "board", "no such board")
        board = self.boards[board_id]
        names = {k.name for k in board["key"]}
        self.entitled(signers, lambda n: n in names)
        check(s["prev"] == (contest.head if contest else ZEROS), "prev", "it does not follow the contest's chain")
        getattr(self, kind if kind not in ("close", "reopen") else "do_" + kind)(s, contest, sid)
        check(len(signers) >= board["threshold"], "signatures", "a draft: too few members")
        self.contests[s["contest"]].head = sid

    def contest(self, s, old, _sid):
        check(s["profile"] in rules.PROFILES, "profile", f"no rules of the name {s['profile']}")
        names, seats, form = len(s["candidate"]), s["seats"], s["form"]
        fits = {
            "strike-list": names > seats,
            "agree-list": names == seats >= 2,
            "agree-single": names == seats == 1,
            "approve": names >= seats,
        }[form]
        check(seats >= 1 and fits, "seats", "names and seats do not fit the form")
        check(s["counts"] >= 1, "counts", "1, 2 or 3")
        chosen = s["choices"]
        fits = {
            "strike-list": chosen == seats,
            "approve": chosen == "unlimited" or isinstance(chosen, int) and chosen >= 1,
        }.get(form, chosen is None)
        check(fits, "choices", "does not fit the form")
        check(tuple(p for p, _ in s["base"]) == rules.parts(s), "base", "not the parts of the profile")
        check(rules.people(s) > 0, "base", "nobody is left to vote")
        check((s["kind"] == "first") == (s["follows"] is None), "follows", "the first follows none, the others one")
        follows = s["follows"]
        check(follows is None or follows != s["contest"] and follows in self.contests, "follows", "no such contest")
        check(s["board"] in self.boards, "board", "no such board")
        members = {name for _, role, name in self.boards[s["board"]]["member"] if role != "technician"}
        check(not members & {name for _, name in s["candidate"]}, "candidate", "a member of the board")
        if old is None:
            self.contests[s["contest"]] = Contest(s)
            return
        check(old.phase in OPEN, "contest", "not open")
        fixed = ["board", "kind", "follows"]
        if old.had_live:
            fixed += ["title", "form", "profile", "seats", "choices", "counts", "candidate", "born", "trait"]
        for name in fixed:
            check(old.stated[name] == s[name], name, "cannot change any more")
        if any(old.stated[name] != s[name] for name in ("candidate", "seats", "profile", "form", "kind")):
            old.accepted = set()
        old.stated = s

    def papers(self, s, contest, _sid):
        check(contest.phase in OPEN, "contest", "not open")
        check(sum(n for _, n, _ in s["bundle"]) == s["collected"], "collected", "not the sum of the bundles")
        least = self.manifest["min-bundle"]
        for _, n, table in s["bundle"]:
            check(n > 0 and (n >= least or s["collected"] < least), "bundle", "too small")
            check(table is None or contest.stated["counts"] == 1, "bundle", "a table named")
            check(table is None or table in self.chains, "bundle", "no such table")
        contest.papers = s

    def decide(self, s, contest, _sid):
        check(contest.phase in OPEN, "contest", "not open")
        if s["about"][0] == "warning":
            contest.accepted.add(s["about"][1])

    def settle(self, s, contest, _sid):
        check(contest.phase in OPEN and contest.papers is not None, "contest", "not open, or no papers")
        check(s["bundle"] in contest.expected(), "bundle", "no such bundle")
        if s["stands"] is not None:
            live = {b.sid: b for b in contest.live.get(s["bundle"], [])}
            check(s["stands"] in live, "stands", "no live batch of this bundle")
            check(live[s["stands"]].papers() == contest.expected()[s["bundle"]][0], "stands", "other papers")
        contest.settled[s["bundle"]] = s["stands"]

    def do_close(self, _s, contest, _sid):
        check(contest.phase in OPEN and contest.papers is not None, "contest", "not open, or no papers")
        for bundle in contest.expected():
            check(contest.state(bundle) in ("counted", "given-up"), "bundle", f"{bundle} is {contest.state(bundle)}")
        p = contest.papers
        check(p["received"] == p["issued"] + p["unused"] + p["spoiled"], "received", "E-RECEIVED")
        check(p["issued"] <= contest.stated["base"][0][1], "issued", "E-ISSUED")
        kept = rules.surplus_is_kept(contest.stated) or "W-SURPLUS" in contest.accepted
        check(kept, "candidate", "W-SURPLUS")
        contest.phase, contest.closed_at, contest.bulletin = "closed", self.tree.size(), None

    def do_reopen(self, _s, contest, _sid):
        check(contest.phase in ("closed", "certified", "announced"), "contest", f"is {contest.phase}")
        contest.phase, contest.certify, contest.bulletin, contest.closed_at = "reopened", None, None, None
        waiting, contest.waiting_revokes = contest.waiting_revokes, []
        for station, last in waiting:
            self.set_later_aside(contest, station, last)

    def certify(self, s, contest, sid):
        check(contest.phase in ("closed", "certified"), "contest", f"is {contest.phase}")
        check(contest.bulletin == s["bulletin"] and contest.bulletin, "bulletin", "not the one of this close")
        check(not contest.is_blocked() and not contest.waiting_revokes, "contest", "blocked")
        numbers = {n for n, _ in contest.stated["candidate"]}
        tied = s["next"][1] if s["next"][0] == "tie" else ()
        check(numbers >= {*s["elected"], *tied}, "elected", "no candidate of this list")
        if s["deviation"] is None:
            elected, _, then = rules.elect(contest.stated, contest.totals())
            check(s["elected"] == elected, "elected", f"the rules give {elected}")
            check(s["next"] == then, "next", f"the rules give {then}")
        else:
            check(len(set(s["elected"])) == len(s["elected"]), "elected", "somebody twice")
        contest.phase, contest.certify = "certified", (sid, s)

    def minutes(self, s, contest, sid):
        check(contest.phase in ("certified", "announced"), "contest", f"is {contest.phase}")
        check(contest.certify[0] == s["certify"], "certify", "not the latest")
        check(contest.minutes == s["replaces"], "replaces", "not the latest minutes")
        contest.minutes = sid

    def announce(self, s, contest, _sid):
        check(contest.phase == "certified" and not contest.waiting_revokes, "contest", f"is {contest.phase}")
        check(contest.certify[0] == s["certify"], "certify", "not the latest")
        contest.phase = "announced"

    def annul(self, _s, contest, _sid):
        check(contest.phase != "annulled", "contest", "is annulled")
        contest.phase, contest.certify = "annulled", None

    # -- bulletins ---------------------------------------------------------------------------------------------

    def bulletin(self, _kind, s, sid, signers):
        self.entitled(signers, lambda n: self.holders.get(n) == "tally")
        contest = self.contests.get(s["contest"])
        check(contest is not None, "contest", "no such contest")
        check(contest.bulletin is None, "bulletin", "this close has its bulletin")
        check(contest.phase == "closed", "contest", f"is {contest.phase}")
        check(contest.closed_at < s["size"] <= self.tree.size(), "size", "not of this close")
        check(self.tree.root(s["size"]).hex() == s["root"], "root", "another root at this size")
        self.check_bulletin(s, contest)
        contest.bulletin = sid

    def check_bulletin(self, s, contest):
        """Field by field what the log adds up to now."""
        state = "counting" if contest.phase in OPEN else "closed"
        states = [(b, contest.state(b)) for b in contest.expected()]
        check(s["state"] == state, "state", state)
        check(s["bundles-expected"] == len(states), "bundles-expected", str(len(states)))
        counted = sum(1 for _, st in states if st == "counted")
        check(s["bundles"] == counted, "bundles", str(counted))
        open_ = [(st, b) for b, st in states if st in ("conflict", "mismatch")] if state == "counting" else []
        shows = state == "closed" or self.manifest["live-totals"] == "yes"
        check(("ballots" in s) == shows, "ballots", "figures shown or withheld against the rule")
        if shows:
            totals = contest.totals()
            check(s["ballots"] == totals["ballots"], "ballots", str(totals["ballots"]))
            check(s["valid"] == totals["valid"], "valid", str(totals["valid"]))
            for name in ("invalid", "left", "agree", "disagree", "unusable"):
                check(dict(s[name]) == totals.get(name, {}), name, str(totals.get(name)))
            votes = totals["votes"] if contest.stated["form"] in NAMES else {}
            check(dict(s["votes"]) == votes, "votes", str(votes))
        check(s["open"] == open_, "open", str(open_))

    # -- results -----------------------------------------------------------------------------------------------

    def results(self):
        """The contests as results.json has them."""
        return [self.result(c) for _, c in sorted(self.contests.items(), key=lambda i: i[0].encode())]

    def result(self, contest):
        totals, s = contest.totals(), contest.stated
        elected, alternates, then = [], [], ("none",)
        blocked = contest.phase not in (*OPEN, "annulled") and contest.is_blocked()
        if contest.phase in ("closed", "certified", "announced") and not blocked:
            elected, alternates, then = rules.elect(s, totals)
        base = rules.denominator(s, totals)
        tie = {"candidates": list(then[1]), "seats": then[2]} if then[0] == "tie" else {"candidates": [], "seats": 0}
        return {
            "id": s["contest"],
            "state": contest.phase,
            "certify": contest.certify[0] if contest.certify else None,
            "bundles": sum(1 for b in contest.expected() if contest.state(b) == "counted"),
            "ballots": totals["ballots"],
            "valid": totals["valid"],
            "invalid": totals["invalid"],
            "left": {str(k): n for k, n in totals["left"].items()},
            "votes": totals["votes"],
            "agree": totals.get("agree", {}),
            "disagree": totals.get("disagree", {}),
            "unusable": totals.get("unusable", {}),
            "base": base,
            "threshold": rules.threshold(s, totals),
            "outcome": {
                "elected": elected,
                "alternates": alternates,
                "tie": tie,
                "short": then[1] if then[0] == "short" else 0,
                "blocked": "collected-more-than-issued" if blocked else None,
            },
        }


def most_names(contest):
    names = len(contest["candidate"])
    return names if contest["choices"] in (None, "unlimited") else min(contest["choices"], names)


def broken(figures, by_name, most):
    """The identities of §7 that do not hold."""
    valid, faults = figures["valid"], []
    if figures["ballots"] != valid + sum(figures["invalid"].values()):
        faults.append("S-IDENTITY-1")
    if not by_name:
        blocks = [figures[b] for b in ("agree", "disagree", "unusable")]
        if any(sum(b[n] for b in blocks) != valid for n in blocks[0]):
            faults.append("S-IDENTITY-5")
        return faults
    left, votes = figures["left"], figures["votes"]
    if sum(left.values()) != valid or any(not 1 <= k <= most for k in left):
        faults.append("S-IDENTITY-2")
    if sum(votes.values()) != sum(k * n for k, n in left.items()):
        faults.append("S-IDENTITY-3")
    if any(n > valid for n in votes.values()):
        faults.append("S-IDENTITY-4")
    return faults


def overlap(a, b):
    return bool(a and b and len(a[0]) == len(b[0]) and a[0] <= b[1] and b[0] <= a[1])
