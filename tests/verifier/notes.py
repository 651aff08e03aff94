"""Signed notes, Ed25519 as strict as docs/protocol.md §1 asks, the RFC 6962 tree. Knows nothing of ballots."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19


class Wrong(Exception):
    """What an honest log would not hold: which field, why, and the code of docs/protocol.md §5 or §12."""

    def __init__(self, field, why, code="R-MALFORMED"):
        super().__init__(f"{field}: {why} ({code})")
        self.field, self.why, self.code = field, why, code


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("base64", str(error)) from None
    if base64.b64encode(raw).decode() != text:
        raise Wrong("base64", "not canonical")
    return raw


# The y of the eight points of small order, and their spellings with y >= p; either sign bit: fourteen spellings.
_SMALL_Y = (
    0,
    1,
    P - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
)
_SMALL = {
    (y + extra | sign << 255).to_bytes(32, "little")
    for y in _SMALL_Y
    for extra in (0, P)
    if y + extra < 2**255
    for sign in (0, 1)
}
_ZERO_X = (1, P - 1)


def check_public(raw):
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P or (sign and y in _ZERO_X):
        raise Wrong("key", "a second spelling of a point")
    if raw in _SMALL:
        raise Wrong("key", "a point of small order")


@dataclass(frozen=True)
class Key:
    """A C2SP verifier key."""

    name: str
    id: bytes
    type: int
    public: bytes

    @classmethod
    def parse(cls, text):
        name, _, rest = text.partition("+")
        short, _, body = rest.partition("+")
        raw = unbase64(body)
        if len(raw) != 33 or raw[0] not in (1, 4):
            raise Wrong("key", f"{name} is no Ed25519 verifier key")
        if not name or any(c.isspace() or ord(c) < 32 or ord(c) == 127 for c in name):
            raise Wrong("key", "a name with white space")
        if sha(name.encode(), b"\n", raw)[:4].hex() != short:
            raise Wrong("key", f"{name}: the id is not of this key")
        check_public(raw[1:])
        return cls(name, bytes.fromhex(short), raw[0], raw[1:])

    def verifies(self, signature, message):
        if len(signature) != 64 or signature[:32] in _SMALL:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def split(note, most=1 << 20):
    """(text, [(name, id, rest)]) of a note's bytes."""
    if len(note) > most:
        raise Wrong("text", "oversized", "R-OVERSIZED")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("text", "not UTF-8") from None
    if any(ord(c) < 32 and c != "\n" for c in whole) or not whole.endswith("\n"):
        raise Wrong("text", "control characters, or no end of line")
    text, gap, below = whole.rpartition("\n\n")
    if not gap or not below:
        raise Wrong("text", "no signatures")
    lines = []
    for line in below[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or not parts[1]:
            raise Wrong("text", "a signature line of another form")
        try:
            raw = unbase64(parts[2])
        except Wrong as wrong:
            raise Wrong("text", wrong.why) from None
        if len(raw) < 5:
            raise Wrong("text", "a signature too short")
        lines.append((parts[1], raw[:4], raw[4:]))
    if len(lines) > 100:
        raise Wrong("text", "more than 100 signature lines")
    return text + "\n", lines


def sid(note):
    return sha(split(note)[0].encode()).hex()


def leaf(note):
    return sha(b"\0", note)


class Tree:
    """Leaves as they come; the root of any prefix."""

    def __init__(self):
        self.levels = [[]]

    def push(self, leaf):
        self.levels[0].append(leaf)
        level = 0
        while len(self.levels[level]) % 2 == 0:
            pair = self.levels[level][-2:]
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(sha(b"\1", *pair))
            level += 1

    def size(self):
        return len(self.levels[0])

    def root(self, size=None):
        size = self.size() if size is None else size
        if size == 0:
            return sha()
        node, start = None, size
        for level, hashes in enumerate(self.levels):
            if size >> level & 1:
                start -= 1 << level
                subtree = hashes[start >> level]
                node = subtree if node is None else sha(b"\1", subtree, node)
        return node


def consistent(old, new, first, last, path):
    """Whether a proof leads from the root of `old` entries to that of `new` (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path and first == last
    if not 0 < old < new or not path:
        return False
    hashes = list(path) if old & (old - 1) else [first, *path]
    at, end = old - 1, new - 1
    while at & 1:
        at, end = at >> 1, end >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if end == 0:
            return False
        if at & 1 or at == end:
            before, after = sha(b"\1", sibling, before), sha(b"\1", sibling, after)
            while at and not at & 1:
                at, end = at >> 1, end >> 1
        else:
            after = sha(b"\1", after, sibling)
        at, end = at >> 1, end >> 1
    return end == 0 and (before, after) == (first, last)


def climb(index, size, leaf, path):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Wrong("proof", "too long")
        if at & 1 or at == last:
            node = sha(b"\1", sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = sha(b"\1", node, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise Wrong("proof", "too short")
    return node


@dataclass(frozen=True)
class Checkpoint:
    """Origin, size and root, and who cosigned."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text):
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise Wrong("checkpoint", "not three lines")
        if not lines[1].isdecimal() or str(int(lines[1])) != lines[1] or int(lines[1]) >= 2**63:
            raise Wrong("checkpoint", "the size is no number")
        root = unbase64(lines[2])
        if len(root) != 32:
            raise Wrong("checkpoint", "the root is no hash")
        return cls(lines[0], int(lines[1]), root)


def open_checkpoint(note, log, witnesses):
    """(checkpoint, how many witnesses cosigned); signed by the log's key, foreign lines passed over."""
    text, lines = split(note)
    try:
        checkpoint, signed, cosigned = Checkpoint.parse(text), False, set()
    except Wrong as wrong:
        raise Wrong("text", wrong.why, "V-CHECKPOINT") from None
    if checkpoint.origin != log.name:
        raise Wrong("origin", "the checkpoint is of another log", "V-ORIGIN")
    for name, key_id, rest in lines:
        if (name, key_id) == (log.name, log.id):
            if not log.verifies(rest, text.encode()):
                raise Wrong("signatures", "the log's signature is bad", "V-CHECKPOINT")
            signed = True
        for witness in witnesses:
            if (name, key_id) == (witness.name, witness.id):
                time = int.from_bytes(rest[:8], "big")
                message = f"cosignature/v1\ntime {time}\n{text}".encode()
                if len(rest) != 72 or time >= 2**63 or not witness.verifies(rest[8:], message):
                    raise Wrong("signatures", f"{name} has a bad line", "V-COSIGNATURE")
                cosigned.add(witness.public)
    if not signed:
        raise Wrong("signatures", "the log has not signed it", "V-CHECKPOINT")
    return checkpoint, len(cosigned)
