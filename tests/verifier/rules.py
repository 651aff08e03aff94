"""Who is elected (docs/protocol.md §8), from the figures alone. Integers only."""

DELEGATES = ("summoned", "absent-throughout", "convener-absent")
MEMBERS = ("summoned", "transferred", "excused", "suspended", "absent-approved")
COMMITTEE = ("in-office", "absent-excused")
BESIDE = ("alternate-seats", "voted", "re-election")

# profile: (parts of the base, of what a share is needed, more than so many of so many)
PROFILES = {
    "opinion-poll": (("summoned",), "people", (3, 10)),
    "state-85-2015": (("listed-voters", "voted", "re-election"), "valid", (1, 2)),
    "union": (("summoned",), "ballots", (1, 2)),
    "youth": (("summoned",), "ballots", (1, 2)),
    "majority-valid": (("summoned",), "valid", (1, 2)),
    "plurality": (("summoned",), None, None),
}
for decision in ("party-190", "party-244"):
    PROFILES[decision] = (DELEGATES, "people", (1, 2))
    PROFILES[decision + "-members"] = (MEMBERS, "people", (1, 2))
    PROFILES[decision + "-committee"] = (COMMITTEE, "people", (1, 2))
    PROFILES[decision + "-delegation"] = (DELEGATES + ("alternate-seats",), "people", (1, 2))


def parts(contest):
    return PROFILES[contest["profile"]][0]


def people(contest):
    """The first part less those taken off it."""
    first, *rest = contest["base"]
    return first[1] - sum(n for part, n in rest if part not in BESIDE)


def beside(contest, part):
    return dict(contest["base"]).get(part, 0)


def denominator(contest, totals):
    """D, or None where the most votes win."""
    _, of, _ = PROFILES[contest["profile"]]
    draws = contest["kind"] != "tie" or contest["profile"] in ("opinion-poll", "state-85-2015")
    if of is None or not draws:
        return None
    return people(contest) if of == "people" else totals[of]


def threshold(contest, totals):
    base = denominator(contest, totals)
    if base is None:
        return None
    a, b = PROFILES[contest["profile"]][2]
    return base * a // b + 1


def enough_voted(contest):
    if contest["profile"] != "state-85-2015" or beside(contest, "re-election"):
        return True
    return beside(contest, "voted") * 2 > contest["base"][0][1]


def surplus_is_kept(contest):
    """A first strike list of the Party exceeds the seats by 30 % at most, and by one always."""
    party = contest["profile"].startswith("party-") and not contest["profile"].endswith("-delegation")
    asked = party and (contest["kind"], contest["form"]) == ("first", "strike-list")
    seats = contest["seats"]
    return not asked or len(contest["candidate"]) <= seats + max(1, seats * 30 // 100)


def elect(contest, totals):
    """(elected, alternates, next)."""
    seats, least = contest["seats"], threshold(contest, totals) or 1
    over = sorted((-votes, name) for name, votes in totals["votes"].items() if votes >= least)
    if not enough_voted(contest):
        over = []
    if len(over) <= seats:
        short = 0 if contest["profile"] == "opinion-poll" else seats - len(over)
        return [name for _, name in over], [], ("short", short) if short else ("none",)
    last = over[seats - 1][0]
    if last != over[seats][0]:
        return [name for _, name in over[:seats]], alternates(contest, over), ("none",)
    above = [name for votes, name in over if votes < last]
    tied = [name for votes, name in over if votes == last]
    if contest["profile"] == "state-85-2015":
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


def alternates(contest, over):
    rest, most = over[contest["seats"] :], beside(contest, "alternate-seats")
    if len(rest) > most and most and rest[most - 1][0] == rest[most][0]:
        return [name for votes, name in rest if votes < rest[most - 1][0]]
    return [name for _, name in rest[:most]]
