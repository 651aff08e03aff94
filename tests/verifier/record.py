"""The record of a copied log by the C2SP tools of other people: record.py FOLDER EVENT [RECEIPTS] [PROOFS]

PyPI aics-tlog reads the notes, checks every tile and bundle against the signed root, counts the witnesses' cosignatures, proves
each receipt and that its log goes on to this one, from the tiles and, where PROOFS is given, by the proofs of the program.
It shares no code with verify.py. Exit 0: believed; else the first thing that is not, on standard error.
"""
import hashlib
import pathlib
import sys

import aics_tlog as tlog


def must(holds, why):
    if not holds:
        sys.exit(f"record.py: {why}")


def statement(note):
    return [line.split(" ", 1) for line in tlog.parse_note(note).text.splitlines() if " " in line]


def manifest(reader, size, event):
    first = tlog.read_entry(reader, 0, size)
    text = tlog.parse_note(first).text
    must(hashlib.sha256(text.encode()).hexdigest() == event, "another event")
    said = statement(first)
    keys = lambda word: [tlog.parse_vkey(value) for key, value in said if key == word]
    (quorum,) = [int(value) for key, value in said if key == "witness-quorum"]
    return keys("log")[0], keys("witness"), quorum


def receipt(path):
    head, note = path.read_text().split("\n\n", 1)
    magic, index, *proof = head.split("\n")
    must(magic == "c2sp.org/tlog-proof@v1" and index.startswith("index "), f"{path.name} is no receipt")
    return int(index[6:]), [tlog.note.b64_decode(line) for line in proof], note


def goes_on(reader, old, new, what):
    proof = tlog.consistency_proof_from_tiles(reader, old.size, new.size, new.size)
    must(tlog.verify_consistency(old.size, new.size, old.root, new.root, proof), f"{what}: not the beginning of this log")


def main(folder, event, receipts=None, proofs=None):
    log_folder = pathlib.Path(folder)
    note = tlog.parse_note((log_folder / "checkpoint").read_bytes())
    stated = tlog.parse_checkpoint(note.text)
    reader = tlog.FileSystemTileReader(log_folder)
    log, witnesses, quorum = manifest(reader, stated.size, event)
    checked = tlog.verify_checkpoint(note, log, witnesses, quorum, expected_origin=log.name)
    must(checked.ok, f"checkpoint: {checked.error}")
    audited = tlog.audit_tiles(reader, stated.size, stated.root)
    count = 0
    for path in sorted(pathlib.Path(receipts).rglob("*.tlog-proof")) if receipts else []:
        index, proof, rest = receipt(path)
        seen = tlog.parse_note(rest)
        told = tlog.parse_checkpoint(seen.text)
        must(tlog.verify_checkpoint(seen, log, witnesses, expected_origin=log.name).ok, f"{path.name}: not signed by the log")
        leaf = tlog.leaf_hash(path.with_suffix(".note").read_bytes())
        must(tlog.verify_inclusion(leaf, index, told.size, proof, told.root), f"{path.name}: does not prove its note")
        goes_on(reader, told, stated, path.name)
        count += 1
    for line in pathlib.Path(proofs).read_text().splitlines() if proofs else []:
        old, new, *hashes = line.split(" ")
        first, last, *path = [tlog.note.b64_decode(text) for text in hashes]
        must(tlog.verify_consistency(int(old), int(new), first, last, path), f"consistency of {old} and {new}")
    must(checked.cosignature_count >= quorum, "too few witnesses")
    print(f"{stated.size} entries, {audited.tiles} tiles, {audited.bundles} bundles, {checked.cosignature_count} witnesses, {count} receipts")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ValueError, OSError, KeyError) as error:
        sys.exit(f"record.py: {error}")
