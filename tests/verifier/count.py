"""What a log adds up to: docs/protocol.md §4 to §9, entry by entry. Every entry that an honest log would not hold
is an error that names its field."""

import re
from dataclasses import dataclass, field

import rules
from notes import Tree, Wrong, leaf, sha, split
from statements import ZEROS, parse

OPEN = ("counting", "reopened")
DESK_OF_CONTEST = ("contest papers decide settle close reopen certify minutes announce annul").split()
NAMES = ("strike-list", "approve")
RECORDED = {"verdict": "recorded", "code": "OK"}


def check(holds, code, field_, why):
    if not holds:
        raise Wrong(field_, why, code)


def field_check(holds, field_, why):
    check(holds, "R-FIELD", field_, why)


def phase_check(holds, phase):
    check(holds, "R-PHASE", "contest", f"the contest is {phase}")


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
    profile: rules.Profile
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

    def __init__(self, event, own_rules=()):
        self.event, self.tree = event, Tree()
        self.rules = rules.PROFILES | dict(own_rules)
        self.manifest, self.keys, self.revoked, self.holders = None, {}, {}, {}
        self.boards, self.contests = {}, {}
        self.head, self.chains, self.sids = ZEROS, {}, set()
        self.flags = {"duplicate": 0, "conflict": 0, "lookalike": 0, "set-aside": 0}
        self.batches = 0
        self.said = {}

    # -- one entry ---------------------------------------------------------------------------------------------

    def take(self, note):
        """Verifies the next entry and takes it in; what becomes of it, as rulings.json of the golden vectors says it."""
        text, lines = split(note, 65_535)
        sid = sha(text.encode()).hex()
        if self.manifest is None:
            check(self.event in (None, sid), "V-EVENT", "sid", "entry 0 is of another event")
            kind, s = self.read(text)
            check(kind == "manifest", "R-MANIFEST-PLACE", "kind", "entry 0 is no manifest")
            self.keys = {k.name: k for k in s["organiser"]}
            signers = self.signers(text, lines)
            self.found(s, signers)
            ruling = RECORDED
        else:
            signers = self.signers(text, lines)
            kind, s = self.read(text)
            check(kind not in ("batch", "withdraw") or len(note) <= 20_000, "R-OVERSIZED", "text", "too long for a station")
            check(sid not in self.sids, "R-REPEATED", "sid", "it stands in the log already")
            check(kind != "manifest", "R-MANIFEST-PLACE", "kind", "a second manifest")
            check(s["election"] == self.event, "R-OTHER-EVENT", "election", "of another event")
            judge = {"batch": self.batch, "withdraw": self.withdraw, "bulletin": self.bulletin}.get(
                kind, self.desk_of_contest if kind in DESK_OF_CONTEST else self.organisers
            )
            ruling = judge(kind, s, sid, signers) or RECORDED
        self.sids.add(sid)
        self.tree.push(leaf(note))
        return {"kind": kind} | ruling

    @staticmethod
    def read(text):
        try:
            return parse(text)
        except (Wrong, ValueError) as error:
            raise Wrong("text", str(error), "R-MALFORMED") from None

    def signers(self, text, lines):
        names = [name for name, _, _ in lines]
        check(len(lines) <= 16, "R-SIGNATURE-LINES", "signatures", "more than 16 lines")
        check(names == sorted(set(names), key=str.encode), "R-SIGNATURE-LINES", "signatures", "not ascending")
        for name, key_id, _ in lines:
            key = self.keys.get(name)
            check(key is not None and key.id == key_id, "R-UNKNOWN-KEY", "signatures", f"{name} is not known here")
            check(key.type == 1, "R-SIGNATURE-LINES", "signatures", f"{name} is a witness")
        for name, _, signature in lines:
            good = self.keys[name].verifies(signature, text.encode())
            check(good, "R-BAD-SIGNATURE", "signatures", f"{name} has a bad signature")
        return names

    def entitled(self, signers, may, seq=None):
        for name in signers:
            check(may(name), "R-NOT-ENTITLED", "signatures", f"{name} has no say in this")
            if name in self.revoked:
                last = self.revoked[name]
                good = last is not None and seq is not None and seq <= last
                check(good, "R-REVOKED", "signatures" if last is None else "seq", f"{name} was revoked")

    def threshold(self, signers, needed):
        check(len(signers) >= needed, "R-SIGNATURES", "signatures", "a draft: too few have signed")

    # -- the event ---------------------------------------------------------------------------------------------

    def role_of(self, key, origin):
        """Whose key it is, by its name."""
        if key.type == 4:
            return "witness"
        if key.name == origin:
            return "log"
        if key.name == f"{origin}/tally":
            return "tally"
        match = re.fullmatch(r"(organiser|board|station|observer)/([A-Za-z0-9-]{1,16})", key.name.removeprefix(origin + "/"))
        good = key.name.startswith(origin + "/") and match and match[2] != "-"
        field_check(good, "key", f"{key.name} is no name of a key of {origin}")
        return match[1]

    def found(self, s, signers):
        origin = s["origin"]
        good = origin and not set(" +") & set(origin) and not origin.startswith("kiemphieu/v")
        field_check(good, "origin", "a space, a plus, or what looks like a statement")
        listed = [("log", s["log"]), ("tally", s["tally"])]
        listed += [(role, k) for role in ("organiser", "station", "observer", "witness") for k in s[role]]
        for role, key in listed:
            field_check(self.role_of(key, origin) == role, "key", f"{key.name} is no {role}")
        keys = {}
        for role, key in listed:
            taken = key.name in keys or any(k.public == key.public for k in keys.values())
            check(not taken, "R-KEY-TAKEN", "key", f"{key.name} stands twice")
            keys[key.name] = key
        field_check(1 <= s["threshold"] <= min(len(s["organiser"]), 16), "threshold", "nobody, or more than there are")
        field_check(s["witness-quorum"] <= len(s["witness"]), "witness-quorum", "more than there are")
        tables = [k.name.rsplit("/", 1)[1] for k in s["station"]]
        field_check(sorted(tables) == sorted(t for t, _ in s["table"]), "table", "stations and tables differ")
        self.threshold(signers, s["threshold"])
        self.manifest, self.keys = s, keys
        self.holders = {k.name: role for role, k in listed}
        self.chains = {t: (0, ZEROS) for t in tables}

    def organisers_in_force(self):
        return [n for n, role in self.holders.items() if role == "organiser" and n not in self.revoked]

    def organisers(self, kind, s, sid, signers):
        self.entitled(signers, lambda n: self.holders.get(n) == "organiser")
        check(s["prev"] == self.head, "R-WRONG-HEAD", "prev", "it does not follow the election's chain")
        {"board": self.check_board, "key": self.check_key, "revoke": self.check_revoke}[kind](s)
        self.threshold(signers, self.manifest["threshold"])
        {"board": self.board, "key": self.key, "revoke": self.revoke}[kind](s)
        self.head = sid

    def check_board(self, s):
        origin = self.manifest["origin"]
        ids = [m[0] for m in s["member"]]
        field_check(len(set(ids)) == len(ids), "member", "an id twice")
        names = sorted((f"{origin}/board/{m}" for m, role, _ in s["member"] if role != "technician"), key=str.encode)
        field_check([k.name for k in s["key"]] == names, "key", "members and keys differ")
        for key in s["key"]:
            self.comes_in(key, again=True)
            field_check(key.type == 1, "key", "a witness key")
        taken = len({k.public for k in s["key"]}) < len(s["key"])
        check(not taken, "R-KEY-TAKEN", "key", "a public key under two names")
        field_check(1 <= s["threshold"] <= min(len(s["key"]), 16), "threshold", "nobody, or more than there are")

    def board(self, s):
        self.boards[s["board"]] = s
        for key in s["key"]:
            self.keys[key.name], self.holders[key.name] = key, "board"

    def comes_in(self, key, again=False):
        known = self.keys.get(key.name)
        if known is not None:
            good = again and known == key and key.name not in self.revoked
        else:
            good = all(k.public != key.public for k in self.keys.values())
        check(good, "R-KEY-TAKEN", "key", f"{key.name}, or its public key, is in use")

    def check_key(self, s):
        role = self.role_of(s["key"], self.manifest["origin"])
        check(role not in ("log", "tally"), "R-KEY-TAKEN", "key", "the server has its keys")
        field_check(role != "board", "key", "members come in with their board")
        self.comes_in(s["key"])

    def key(self, s):
        key, role = s["key"], self.role_of(s["key"], self.manifest["origin"])
        self.keys[key.name], self.holders[key.name] = key, role
        if role == "station":
            self.chains[key.name.rsplit("/", 1)[1]] = (0, ZEROS)

    def check_revoke(self, s):
        name = s["key"]
        check(name in self.keys, "R-NO-SUCH-KEY", "key", "nothing to revoke")
        if name in self.revoked:
            raise Wrong("signatures" if self.revoked[name] is None else "seq", "revoked already", "R-REVOKED")
        role = self.holders[name]
        check(role not in ("log", "tally"), "R-KEY-FIXED", "key", "log and tally keys stay")
        field_check((role == "station") == (s["last-seq"] is not None), "last-seq", "for stations, and for them alone")
        if role == "organiser":
            left = len(self.organisers_in_force()) - 1
            check(left >= self.manifest["threshold"], "R-TOO-FEW-ORGANISERS", "key", "too few organisers are left")

    def revoke(self, s):
        name = s["key"]
        self.revoked[name] = s["last-seq"]
        if self.holders[name] == "station":
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
        seq, head = self.chains[s["station"]]
        follows = (s["seq"], s["prev"]) == (seq + 1, head)
        check(follows, "R-WRONG-HEAD", "prev", "it does not follow the table's chain")
        self.chains[s["station"]] = (s["seq"], sid)

    def set_aside(self, faults):
        self.flags["set-aside"] += 1
        return {"verdict": "set-aside", "code": faults[0], "faults": faults}

    def batch(self, _kind, s, sid, signers):
        self.of_table(s, sid, signers)
        self.batches += 1
        contest = self.contests.get(s["contest"])
        faults = ["S-UNKNOWN-CONTEST"] if contest is None else self.faults(contest, s)
        if faults:
            return self.set_aside(faults)
        figures = figures_of(s, contest.stated["form"])
        batches = contest.live.setdefault(s["bundle"], [])
        tables, flags = {b.station for b in batches}, []
        if any(b.figures != figures for b in batches):
            flags.append("F-CONFLICT")
        elif s["station"] in tables or len(tables) >= contest.stated["counts"]:
            flags.append("F-DUPLICATE")
        others = [b for name, bs in contest.live.items() if name != s["bundle"] for b in bs]
        if any(b.figures == figures for b in others):
            flags.append("F-LOOKALIKE")
        if any(overlap(b.serials, s["serials"]) for b in others):
            flags.append("F-SERIALS")
        for flag in flags:
            self.flags[{"F-SERIALS": "lookalike"}.get(flag, flag[2:].lower())] += 1
        batch = Batch(sid, s["station"], s["seq"], figures)
        batch.serials = s["serials"]
        batches.append(batch)
        contest.had_live = True
        return {"verdict": "live", "code": "B-" + contest.state(s["bundle"]).upper(), "flags": flags}

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
        block = "votes" if by_name else "agree"
        if not s[block]:
            return faults + ["S-OTHER-FORM"]
        if len(s[block]) != names:
            return faults + ["S-OTHER-LIST"]
        known = self.rules[contest.stated["profile"]].grounds[form]
        unlimited = contest.stated["choices"] == "unlimited"
        faults += ["S-VOID-REASON" for g, _ in s["invalid"] if g not in known or (g == "overvote" and unlimited)]
        found = broken(figures_of(s, form), by_name, most_names(contest.stated))
        void_boxes = form == "agree-list" and {"both-boxes", "no-mark"} <= set(known)
        if void_boxes and any(n for _, n in s["unusable"]) and "S-IDENTITY-5" not in found:
            found.append("S-IDENTITY-5")
        return faults + found

    def withdraw(self, _kind, s, sid, signers):
        self.of_table(s, sid, signers)
        contest = self.contests.get(s["contest"])
        if contest is None:
            return self.set_aside(["S-UNKNOWN-CONTEST"])
        if contest.phase not in OPEN:
            return self.set_aside(["S-NOT-OPEN"])
        for bundle, batches in contest.live.items():
            for batch in batches:
                if (batch.sid, batch.station) == (s["target"], s["station"]):
                    if contest.settled.get(bundle) == batch.sid:
                        return self.set_aside(["S-SETTLED"])
                    batches.remove(batch)
                    return RECORDED
        return self.set_aside(["S-NOT-LIVE"])

    # -- the desk ----------------------------------------------------------------------------------------------

    def desk_of_contest(self, kind, s, sid, signers):
        contest = self.contests.get(s["contest"])
        check(contest is not None or kind == "contest", "R-UNKNOWN-CONTEST", "contest", "no such contest")
        board_id = contest.stated["board"] if contest else s["board"]
        check(board_id in self.boards, "R-UNKNOWN-BOARD", "board", "no such board")
        board = self.boards[board_id]
        names = {k.name for k in board["key"]}
        self.entitled(signers, lambda n: n in names)
        head = contest.head if contest else ZEROS
        check(s["prev"] == head, "R-WRONG-HEAD", "prev", "it does not follow the contest's chain")
        getattr(self, "check_" + kind)(s, contest)
        self.threshold(signers, board["threshold"])
        getattr(self, "do_" + kind, lambda *_: None)(s, contest, sid)
        self.contests[s["contest"]].head = sid

    def check_contest(self, s, old):
        known = s["profile"] in self.rules
        check(known, "R-UNKNOWN-PROFILE", "profile", f"no rules of the name {s['profile']}")
        profile, names, seats, form = self.rules[s["profile"]], len(s["candidate"]), s["seats"], s["form"]
        fits = {
            "strike-list": names > seats,
            "agree-list": names == seats >= 2,
            "agree-single": names == seats == 1,
            "approve": names >= seats,
        }[form]
        field_check(seats >= 1, "seats", "nobody is to be elected")
        field_check(s["counts"] >= 1, "counts", "1, 2 or 3")
        field_check(fits, "seats", "names and seats do not fit the form")
        chosen = s["choices"]
        fits = {
            "strike-list": chosen == seats,
            "approve": chosen == "unlimited" or isinstance(chosen, int) and chosen >= 1,
        }.get(form, chosen is None)
        field_check(fits, "choices", "does not fit the form")
        field_check(tuple(p for p, _ in s["base"]) == profile.parts, "base", "not the parts of the profile")
        field_check(rules.people(profile, s) > 0, "base", "nobody is left to vote")
        field_check(rules.turnout_fits(profile, s), "base", "more voted than are listed, or neither 0 nor 1")
        field_check(form in profile.grounds, "form", "a form that the rules do not list")
        follows = s["follows"]
        field_check((s["kind"] == "first") == (follows is None), "follows", "the first follows none, the others one")
        known = follows is None or follows != s["contest"] and follows in self.contests
        check(known, "R-UNKNOWN-CONTEST", "contest", "it follows what is not there")
        check(s["board"] in self.boards, "R-UNKNOWN-BOARD", "board", "no such board")
        members = {name for _, role, name in self.boards[s["board"]]["member"] if role != "technician"}
        twice = members & {name for _, name in s["candidate"]}
        check(not twice, "R-CANDIDATE-ON-BOARD", "candidate", "a member of the board")
        if old is None:
            return
        phase_check(old.phase in OPEN, old.phase)
        fixed = ["board", "kind", "follows"]
        if old.had_live:
            fixed += ["title", "form", "profile", "seats", "choices", "counts", "candidate", "born", "trait"]
        for name in fixed:
            check(old.stated[name] == s[name], "R-CONTEST-FIXED", name, "cannot change any more")

    def do_contest(self, s, old, _sid):
        if old is None:
            self.contests[s["contest"]] = Contest(s, self.rules[s["profile"]])
            return
        if any(old.stated[name] != s[name] for name in ("candidate", "seats", "profile", "form", "kind")):
            old.accepted = set()
        old.stated, old.profile = s, self.rules[s["profile"]]

    def check_papers(self, s, contest):
        phase_check(contest.phase in OPEN, contest.phase)
        total = sum(n for _, n, _ in s["bundle"])
        check(total == s["collected"], "R-BUNDLES-COLLECTED", "collected", "not the sum of the bundles")
        least = self.manifest["min-bundle"]
        for _, n, table in s["bundle"]:
            check(n > 0 and (n >= least or s["collected"] < least), "R-BUNDLE-TOO-SMALL", "bundle", "too small")
            check(table is None or contest.stated["counts"] == 1, "R-TABLE-NAMED", "bundle", "a table named")
            check(table is None or table in self.chains, "R-UNKNOWN-STATION", "bundle", "no such table")

    def do_papers(self, s, contest, _sid):
        contest.papers = s

    def check_decide(self, _s, contest):
        phase_check(contest.phase in OPEN, contest.phase)

    def do_decide(self, s, contest, _sid):
        if s["about"][0] == "warning":
            contest.accepted.add(s["about"][1])

    def check_settle(self, s, contest):
        self.check_papered(contest)
        check(s["bundle"] in contest.expected(), "R-UNKNOWN-BUNDLE", "bundle", "no such bundle")
        if s["stands"] is not None:
            live = {b.sid: b for b in contest.live.get(s["bundle"], [])}
            check(s["stands"] in live, "R-NOT-LIVE", "stands", "no live batch of this bundle")
            fits = live[s["stands"]].papers() == contest.expected()[s["bundle"]][0]
            check(fits, "R-NOT-THE-PAPERS", "stands", "another number of papers")

    def do_settle(self, s, contest, _sid):
        contest.settled[s["bundle"]] = s["stands"]

    def check_papered(self, contest):
        phase_check(contest.phase in OPEN, contest.phase)
        check(contest.papers is not None, "R-NO-PAPERS", "contest", "no papers were stated")

    def check_close(self, _s, contest):
        self.check_papered(contest)
        for bundle in contest.expected():
            state = contest.state(bundle)
            check(state in ("counted", "given-up"), "R-OPEN-BUNDLES", "contest", f"{bundle} is {state}")
        p = contest.papers
        check(p["received"] == p["issued"] + p["unused"] + p["spoiled"], "E-RECEIVED", "contest", "papers are missing")
        check(p["issued"] <= contest.stated["base"][0][1], "E-ISSUED", "contest", "more papers than people")
        kept = rules.surplus_is_kept(contest.profile, contest.stated) or "W-SURPLUS" in contest.accepted
        check(kept, "W-SURPLUS", "contest", "more names than the rules allow")

    def do_close(self, _s, contest, _sid):
        contest.phase, contest.closed_at, contest.bulletin = "closed", self.tree.size(), None

    def check_reopen(self, _s, contest):
        phase_check(contest.phase in ("closed", "certified", "announced"), contest.phase)

    def do_reopen(self, _s, contest, _sid):
        contest.phase, contest.certify, contest.bulletin, contest.closed_at = "reopened", None, None, None
        waiting, contest.waiting_revokes = contest.waiting_revokes, []
        for station, last in waiting:
            self.set_later_aside(contest, station, last)

    def check_certify(self, s, contest):
        phase_check(contest.phase in ("closed", "certified"), contest.phase)
        latest = contest.bulletin == s["bulletin"] and contest.bulletin
        check(latest, "R-NOT-THE-BULLETIN", "bulletin", "not the one of this close")
        check(not contest.is_blocked(), "R-BLOCKED", "contest", "more papers than were issued")
        self.check_waiting(contest)
        numbers = {n for n, _ in contest.stated["candidate"]}
        tied = s["next"][1] if s["next"][0] == "tie" else ()
        field_check(numbers >= {*s["elected"], *tied}, "elected", "no candidate of this list")
        if s["deviation"] is None:
            elected, _, then = rules.elect(contest.profile, contest.stated, contest.totals())
            check(s["elected"] == elected, "R-NOT-THE-OUTCOME", "elected", f"the rules give {elected}")
            check(s["next"] == then, "R-NOT-THE-OUTCOME", "next", f"the rules give {then}")
        else:
            field_check(len(set(s["elected"])) == len(s["elected"]), "elected", "somebody twice")

    def check_waiting(self, contest):
        waits = contest.waiting_revokes
        check(not waits, "R-REVOKED-AFTER-CLOSE", "contest", "a revocation waits for the reopening")

    def do_certify(self, s, contest, sid):
        contest.phase, contest.certify = "certified", (sid, s)

    def check_certificate(self, s, contest):
        check(contest.certify[0] == s["certify"], "R-NOT-THE-CERTIFICATE", "certify", "not the latest")

    def check_minutes(self, s, contest):
        phase_check(contest.phase in ("certified", "announced"), contest.phase)
        self.check_certificate(s, contest)
        check(contest.minutes == s["replaces"], "R-NOT-THE-MINUTES", "replaces", "not the latest minutes")

    def do_minutes(self, _s, contest, sid):
        contest.minutes = sid

    def check_announce(self, s, contest):
        phase_check(contest.phase == "certified", contest.phase)
        self.check_waiting(contest)
        self.check_certificate(s, contest)

    def do_announce(self, _s, contest, _sid):
        contest.phase = "announced"

    def check_annul(self, _s, contest):
        phase_check(contest.phase != "annulled", contest.phase)

    def do_annul(self, _s, contest, _sid):
        contest.phase, contest.certify = "annulled", None

    # -- bulletins ---------------------------------------------------------------------------------------------

    def bulletin(self, _kind, s, sid, signers):
        self.entitled(signers, lambda n: self.holders.get(n) == "tally")
        said = self.said.get((s["contest"], s["size"]), sid)
        check(said == sid, "V-TWO-BULLETINS", "bulletin", "the tally key said two things")
        contest = self.contests.get(s["contest"])
        check(contest is not None, "R-UNKNOWN-CONTEST", "contest", "no such contest")
        check(contest.bulletin is None, "R-BULLETIN-STANDS", "contest", "this close has its bulletin")
        phase_check(contest.phase == "closed", contest.phase)
        differs = "R-BULLETIN-DIFFERS"
        check(contest.closed_at < s["size"] <= self.tree.size(), differs, "size", "not of this close")
        self.check_bulletin(s, contest, differs)
        root = self.tree.root(s["size"]).hex()
        check(root == s["root"], differs, "root", "another root at this size")
        self.said[s["contest"], s["size"]] = sid
        contest.bulletin = sid

    def check_bulletin(self, s, contest, code):
        """Field by field what the log adds up to now."""
        state = "counting" if contest.phase in OPEN else "closed"
        states = [(b, contest.state(b)) for b in contest.expected()]
        check(s["state"] == state, code, "state", state)
        check(s["bundles-expected"] == len(states), code, "bundles-expected", str(len(states)))
        counted = sum(1 for _, st in states if st == "counted")
        check(s["bundles"] == counted, code, "bundles", str(counted))
        open_ = [(st, b) for b, st in states if st in ("conflict", "mismatch")] if state == "counting" else []
        shows = state == "closed" or self.manifest["live-totals"] == "yes"
        check(("ballots" in s) == shows, code, "figures", "figures shown or withheld against the rule")
        if shows:
            totals, by_name = contest.totals(), contest.stated["form"] in NAMES
            check(s["ballots"] == totals["ballots"], code, "ballots", str(totals["ballots"]))
            check(s["valid"] == totals["valid"], code, "valid", str(totals["valid"]))
            check(dict(s["invalid"]) == totals["invalid"], code, "invalid", str(totals["invalid"]))
            votes = dict(s["votes" if by_name else "agree"])
            check(votes == totals["votes"], code, "votes", str(totals["votes"]))
            for name in ("left", "disagree", "unusable"):
                check(dict(s[name]) == totals.get(name, {}), code, "left", str(totals.get(name)))
        check(s["open"] == open_, code, "open", str(open_))

    # -- results -----------------------------------------------------------------------------------------------

    def results(self):
        """The contests as results.json has them."""
        return [self.result(c) for _, c in sorted(self.contests.items(), key=lambda i: i[0].encode())]

    def result(self, contest):
        totals, s = contest.totals(), contest.stated
        elected, alternates, then = [], [], ("none",)
        blocked = contest.phase not in (*OPEN, "annulled") and contest.is_blocked()
        if contest.phase in ("closed", "certified", "announced") and not blocked:
            elected, alternates, then = rules.elect(contest.profile, s, totals)
        base = rules.denominator(contest.profile, s, totals)
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
            "threshold": rules.threshold(contest.profile, s, totals),
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
    return bool(a and b and int(a[0]) <= int(b[1]) and int(b[0]) <= int(a[1]))
