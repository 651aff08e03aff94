// The golden vectors of notes, receipts, checkpoints and consistency: golden.mjs FOLDER, which is tests/fixtures/golden. Needs
// nothing but Node. What the rules of the count say of a note is golden.py's; here every note is opened as docs/protocol.md §2
// says, with the keys that the log knew at that size. Exit 0: all of it as expected; 1: each line names a file and what differs.
import { verify } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkpoint, consistent, cosigned, hash, key, leaf, receipt, root, split } from "./record.mjs";

const folder = process.argv[2];
const json = (path) => JSON.parse(readFileSync(join(folder, path), "utf8"));
const differs = [];
let checked = 0;
function same(path, name, ours, theirs) {
  checked += 1;
  if (ours !== theirs) differs.push(`${path}: ${name}: ${ours} is not ${theirs}`);
}
function value(compute) {
  try { return compute(); } catch { return null; }
}

// The entries, the keys as they come in, and the root.
const files = readdirSync(join(folder, "log/tile/entries"), { recursive: true, withFileTypes: true });
const entries = [];
for (const file of files.filter((f) => f.isFile()).map((f) => join(f.parentPath ?? f.path, f.name)).sort()) {
  for (let rest = readFileSync(file); rest.length > 0; ) {
    const note = rest.subarray(2, 2 + rest.readUInt16BE());
    rest = rest.subarray(2 + note.length);
    entries.push(note);
  }
}
const KEYS = /^(organiser|log|tally|station|observer|witness|key) (\S+\+[0-9a-f]{8}\+\S+)$/;
const stated = (text) => text.toString().split("\n").map((line) => line.match(KEYS)).filter(Boolean).map((m) => ({ word: m[1], ...key(m[2]) }));
function known(size) {
  const keys = new Map();
  for (const entry of entries.slice(0, size)) for (const one of stated(split(entry).text)) if (!keys.has(one.name)) keys.set(one.name, one);
  return keys;
}

// What §2 makes of a note: a code, or null when it can be opened.
function refused(note, at) {
  if (note.length > 65_535) return "R-OVERSIZED";
  const opened = value(() => split(note));
  if (opened === null) return "R-MALFORMED";
  const { text, lines } = opened;
  const names = lines.map((line) => Buffer.from(line.name));
  if (lines.length > 16 || names.some((name, i) => i > 0 && Buffer.compare(names[i - 1], name) >= 0)) return "R-SIGNATURE-LINES";
  // Entry 0 says whose signatures it needs: it is read first, and what is no manifest is refused by the rules.
  if (at === 0 && !text.toString().startsWith("kiemphieu/v1/manifest\n")) return null;
  const keys = at > 0 ? known(at) : new Map(stated(text).filter((one) => one.word === "organiser").map((one) => [one.name, one]));
  for (const line of lines) {
    const signer = keys.get(line.name);
    if (signer === undefined || signer.id !== line.id) return "R-UNKNOWN-KEY";
    if (signer.type !== 1) return "R-SIGNATURE-LINES";
  }
  const good = (line) => line.signature.length === 64 && verify(null, text, keys.get(line.name).der, line.signature);
  return lines.every(good) ? null : "R-BAD-SIGNATURE";
}
const OPENING = ["R-SIGNATURE-LINES", "R-UNKNOWN-KEY", "R-BAD-SIGNATURE"];
for (const { name, rule, at, note, note_hex, code } of json("notes.json")) {
  const bytes = note === undefined ? Buffer.from(note_hex, "hex") : Buffer.from(note);
  // A table's note may be too long for a table alone, and a text may be no statement: both can be opened.
  const expected = OPENING.includes(code) || (rule === "§2" && code === "R-MALFORMED") || bytes.length > 65_535 ? code : null;
  same("notes.json", name, refused(bytes, at), expected);
}

const all = [...known(entries.length).values()];
const log = all.find((one) => one.word === "log");
// w3 was revoked; the line of a revocation names it.
const revoked = entries.map((entry) => split(entry).text.toString()).filter((text) => text.startsWith("kiemphieu/v1/revoke\n")).map((text) => text.match(/^key (.*)$/m)[1]);
const witnesses = all.filter((one) => one.type === 4 && !revoked.includes(one.name));
const leaves = entries.map(leaf);
same("log", "root", checkpoint(readFileSync(join(folder, "log/checkpoint")), log).root.equals(root(leaves)), true);
same("log", "quorum", cosigned(readFileSync(join(folder, "log/checkpoint")), witnesses) >= 2, true);
for (const item of json("receipts/expected.json")) {
  const read = (path) => readFileSync(join(folder, "receipts", path));
  same("receipts", item.receipt, value(() => receipt(read(item.receipt).toString(), read(item.note), log)) !== null, item.proves);
}
for (const { file, signed, witnesses: count } of json("checkpoints/expected.json")) {
  const note = readFileSync(join(folder, "checkpoints", file));
  const opened = value(() => checkpoint(note, log)) !== null;
  same("checkpoints", file, opened, signed);
  same("checkpoints", file, opened ? value(() => cosigned(note, witnesses)) : null, count);
}
for (const { old, new: size, old_root, new_root, proof, holds, why } of json("consistency.json")) {
  const ours = value(() => consistent(old, size, hash(old_root), hash(new_root), proof.map(hash))) === true;
  same("consistency.json", `${old} to ${size}, ${why}`, ours, holds);
}
for (const line of differs) console.error(line);
console.log(`${checked} vectors, ${differs.length} differ`);
process.exit(differs.length > 0 ? 1 : 0);
