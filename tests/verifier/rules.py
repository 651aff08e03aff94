"""Who is elected (docs/protocol.md §8), from the figures alone. Integers only."""

DELEGATES = ("summoned", "absent-throughout", "convener-absent")
MEMBERS = ("summoned", "transferred", "excused", "suspended", "absent-approved")

# profile: (parts of the base, of what more than half is needed)
PROFILES = {
    "party-190": (DELEGATES, "people"),
    "party-244": (DELEGATES, "people"),
    "party-190-members": (MEMBERS, "people"),
    "party-244-members": (MEMBERS, "people"),
    "party-190-committee": (("in-office", "absent-excused"), "people"),
    "party-244-committee": (("in-office", "absent-excused"), "people"),
    "plurality": (("summoned",), None),
    "majority-valid": (("summoned",), "valid"),
    "union": (("summoned",), "ballots"),
    "youth": (("summoned",), "ballots"),
}


def parts(contest):
    return PROFILES[contest["profile"]][0]


def people(contest):
    first, *rest = (n for _, n in contest["base"])
    return first - sum(rest)


def denominator(contest, totals):
    """D, or None where the most votes win."""
    of = PROFILES[contest["profile"]][1]
    if of is None or contest["kind"] == "tie":
        return None
    return people(contest) if of == "people" else totals[of]


def elect(contest, totals):
    """(elected, next)."""
    base = denominator(contest, totals)
    least = 1 if base is None else base // 2 + 1
    over = sorted(((-votes, name) for name, votes in totals["votes"].items() if votes >= least))
    seats = contest["seats"]
    if len(over) <= seats:
        short = seats - len(over)
        return [name for _, name in over], ("short", short) if short else ("none",)
    last = over[seats - 1][0]
    if last != over[seats][0]:
        return [name for _, name in over[:seats]], ("none",)
    above = [name for votes, name in over if votes < last]
    tied = tuple(name for votes, name in over if votes == last)
    return above, ("tie", tied, seats - len(above))
