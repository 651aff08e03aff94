"""Who is elected (docs/protocol.md §8), from the figures alone. Integers only."""

import tomllib
from dataclasses import dataclass, field

from notes import Wrong, sha

GROUNDS = {
    "strike-list": ("not-issued", "overvote", "blank", "added-name", "identifying-mark"),
    "approve": ("not-issued", "overvote", "blank", "added-name", "identifying-mark"),
    "agree-list": ("not-issued", "blank", "added-name", "identifying-mark"),
    "agree-single": ("not-issued", "both-boxes", "no-mark", "added-name", "identifying-mark"),
}
YOUTH = GROUNDS | {"agree-list": ("not-issued", "blank", "both-boxes", "no-mark", "added-name", "identifying-mark")}


@dataclass(frozen=True)
class Profile:
    """The rules of a contest, as far as they decide anything."""

    parts: tuple
    of: str  # people, ballots, valid or none
    share: tuple = (1, 2)
    less: tuple = ()
    tie_needs_share: bool = False
    older_wins: bool = False
    poll: bool = False
    turnout: tuple = None  # part, share, the part that exempts
    surplus: tuple = None  # percent, at least
    alternates: str = None
    grounds: dict = field(default_factory=lambda: GROUNDS)


def _party(first, *less, **more):
    beside = (more["alternates"],) if "alternates" in more else ()
    return Profile((first, *less, *beside), "people", less=less, **more)


PROFILES = {
    "opinion-poll": Profile(("summoned",), "people", (3, 10), tie_needs_share=True, poll=True),
    "state-85-2015": Profile(
        ("listed-voters", "voted", "re-election"),
        "valid",
        tie_needs_share=True,
        older_wins=True,
        turnout=("voted", (1, 2), "re-election"),
        grounds={"strike-list": GROUNDS["strike-list"]},
    ),
    "union": Profile(("summoned",), "ballots"),
    "youth": Profile(("summoned",), "ballots", grounds=YOUTH),
    "majority-valid": Profile(("summoned",), "valid"),
    "plurality": Profile(("summoned",), "none"),
}
DELEGATES = ("summoned", "absent-throughout", "convener-absent")
for decision in ("party-190", "party-244"):
    PROFILES[decision] = _party(*DELEGATES, surplus=(30, 1))
    PROFILES[decision + "-members"] = _party(
        "summoned", "transferred", "excused", "suspended", "absent-approved", surplus=(30, 1)
    )
    PROFILES[decision + "-committee"] = _party("in-office", "absent-excused", surplus=(30, 1))
    PROFILES[decision + "-delegation"] = _party(*DELEGATES, alternates="alternate-seats")


def own(files):
    """{word: rules} of an event's own rule files, {file name: bytes}."""
    found = {}
    for name, raw in files.items():
        word = "r" + sha(raw).hex()[:31]
        if name != word + ".toml":
            raise Wrong("sha256", f"profiles/{name} is not what its name says", "V-RULES")
        found[word] = _read(tomllib.loads(raw.decode("utf-8")))
    return found


def _read(f):
    parts, turnout, tie = f["base"]["parts"], f.get("turnout"), f["tie"]
    return Profile(
        tuple(p["part"] for p in parts),
        f["base"]["of"],
        tuple(f["majority"]["more-than"]) if "majority" in f else None,
        tuple(p["part"] for p in parts if p["counts"] == "less"),
        tie["round-needs-majority"],
        tie["older-wins"],
        "poll" in f,
        (turnout["part"], tuple(turnout["more-than"]), turnout.get("unless")) if turnout else None,
        (f["surplus"]["percent"], f["surplus"]["at-least"]) if "surplus" in f else None,
        f["alternates"]["part"] if "alternates" in f else None,
        {form: tuple(f["grounds"][form]) for form in GROUNDS if form in f["grounds"]},
    )


def people(profile, contest):
    """The first part less those taken off it."""
    return contest["base"][0][1] - sum(n for part, n in contest["base"] if part in profile.less)


def beside(contest, part):
    return dict(contest["base"]).get(part, 0)


def least_over(number, share):
    """The fewest that are more than the share: exactly the share is too few."""
    return number * share[0] // share[1] + 1


def denominator(profile, contest, totals):
    """D, or None where the most votes win."""
    draws = contest["kind"] == "tie" and not profile.tie_needs_share
    if profile.of == "none" or draws:
        return None
    return people(profile, contest) if profile.of == "people" else totals[profile.of]


def threshold(profile, contest, totals):
    base = denominator(profile, contest, totals)
    return None if base is None else least_over(base, profile.share)


def enough_voted(profile, contest):
    if profile.turnout is None:
        return True
    part, share, unless = profile.turnout
    return beside(contest, unless) > 0 or beside(contest, part) >= least_over(contest["base"][0][1], share)


def turnout_fits(profile, contest):
    """No more voted than may vote, and what exempts from the turnout is 0 or 1."""
    if profile.turnout is None:
        return True
    part, _, unless = profile.turnout
    return beside(contest, part) <= contest["base"][0][1] and beside(contest, unless) <= 1


def surplus_is_kept(profile, contest):
    """A first strike list has no more names over its seats than the rules allow."""
    if profile.surplus is None or (contest["kind"], contest["form"]) != ("first", "strike-list"):
        return True
    percent, least = profile.surplus
    return len(contest["candidate"]) <= contest["seats"] + max(least, contest["seats"] * percent // 100)


def elect(profile, contest, totals):
    """(elected, alternates, next)."""
    seats, least = contest["seats"], threshold(profile, contest, totals) or 1
    over = sorted((-votes, name) for name, votes in totals["votes"].items() if votes >= least)
    if not enough_voted(profile, contest):
        over = []
    if len(over) <= seats:
        short = 0 if profile.poll else seats - len(over)
        return [name for _, name in over], [], ("short", short) if short else ("none",)
    last = over[seats - 1][0]
    if last != over[seats][0]:
        return [name for _, name in over[:seats]], alternates(profile, contest, over), ("none",)
    above = [name for votes, name in over if votes < last]
    tied = [name for votes, name in over if votes == last]
    if profile.older_wins:
        older, tied = by_age(contest, tied, seats - len(above))
        above = [name for _, name in over if name in {*above, *older}]
    left = seats - len(above)
    return above, [], ("tie", tuple(tied), left) if left else ("none",)


def by_age(contest, tied, seats):
    """(the older who take seats, those who stay tied)."""
    born = dict(contest["born"])
    if any(name not in born for name in tied):
        return [], tied
    days = sorted(born[name] for name in tied)
    if days[seats - 1] != days[seats]:
        return [name for name in tied if born[name] <= days[seats - 1]], []
    return [n for n in tied if born[n] < days[seats - 1]], [n for n in tied if born[n] == days[seats - 1]]


def alternates(profile, contest, over):
    rest, most = over[contest["seats"] :], beside(contest, profile.alternates)
    if len(rest) > most and most and rest[most - 1][0] == rest[most][0]:
        return [name for votes, name in rest if votes < rest[most - 1][0]]
    return [name for _, name in rest[:most]]
