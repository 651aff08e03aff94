// Notes, tree and receipts of a copied log with nothing but the crypto that comes with Node: notes.mjs FOLDER EVENT [RECEIPTS] [PROOFS]
// Every entry's signatures with the keys known so far, every leaf, the root, the checkpoint, every receipt, and the consistency
// proofs of a file, a line each: old and new size, old and new root, the hashes. The rules of
// the count are verify.py's; this is a third pair of eyes on the record itself (docs/protocol.md §2, §10).
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [folder, event, receipts, proofs] = process.argv.slice(2);
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const fail = (why) => { throw new Error(why); };

function key(line) {
  const [name, id, ...rest] = line.split("+");
  const raw = Buffer.from(rest.join("+"), "base64");
  if (raw.length !== 33 || sha(name + "\n", raw).subarray(0, 4).toString("hex") !== id) fail(`${name} is no key`);
  return { name, id, type: raw[0], der: createPublicKey({ key: Buffer.concat([SPKI, raw.subarray(1)]), format: "der", type: "spki" }) };
}

function split(note) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0) fail("no signatures");
  const lines = note.subarray(at + 2).toString().split("\n").filter(Boolean).map((line) => {
    const [dash, name, body] = line.split(" ");
    const raw = Buffer.from(body, "base64");
    if (dash !== "—" || raw.toString("base64") !== body) fail(`a signature line of another form: ${line}`);
    return { name, id: raw.subarray(0, 4).toString("hex"), signature: raw.subarray(4) };
  });
  return { text: note.subarray(0, at + 1), lines };
}

// One way to write one hash: 32 bytes in standard base64.
function hash(text) {
  const raw = Buffer.from(text, "base64");
  return raw.length === 32 && raw.toString("base64") === text ? raw : fail(`no hash: ${text}`);
}

function root(leaves) {
  if (leaves.length < 2) return leaves[0] ?? sha();
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha(Buffer.from([1]), root(leaves.slice(0, half)), root(leaves.slice(half)));
}

function checkpoint(note, log) {
  const { text, lines } = split(note);
  const [origin, size, said, end] = text.toString().split("\n");
  const own = lines.find((line) => line.name === log.name && line.id === log.id) ?? fail("the log has not signed");
  if (origin !== log.name || end !== "" || !verify(null, text, log.der, own.signature)) fail("a bad checkpoint");
  return { size: Number(size), root: hash(said) };
}

function climb(index, size, node, path) {
  let last = size - 1;
  for (const sibling of path) {
    if (index % 2 === 1 || index === last) {
      node = sha(Buffer.from([1]), sibling, node);
      while (index !== 0 && index % 2 === 0) { index = Math.floor(index / 2); last = Math.floor(last / 2); }
    } else node = sha(Buffer.from([1]), node, sibling);
    index = Math.floor(index / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? node : fail("a proof too short");
}

// RFC 9162 §2.1.4.2.
function consistent(old, size, first, last, path) {
  if (old === size) return path.length === 0 && first.equals(last);
  if (old < 1 || old > size || path.length === 0) return false;
  const hashes = Number.isInteger(Math.log2(old)) ? [first, ...path] : path;
  let [index, end] = [old - 1, size - 1];
  while (index % 2 === 1) [index, end] = [Math.floor(index / 2), Math.floor(end / 2)];
  let [before, now] = [hashes[0], hashes[0]];
  for (const hash of hashes.slice(1)) {
    if (end === 0) return false;
    if (index % 2 === 1 || index === end) {
      before = sha(Buffer.from([1]), hash, before);
      now = sha(Buffer.from([1]), hash, now);
      while (index !== 0 && index % 2 === 0) [index, end] = [index / 2, Math.floor(end / 2)];
    } else now = sha(Buffer.from([1]), now, hash);
    [index, end] = [Math.floor(index / 2), Math.floor(end / 2)];
  }
  return end === 0 && before.equals(first) && now.equals(last);
}

const files = (at) => readdirSync(at, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath ?? f.path, f.name)).sort();
const keys = new Map();
const leaves = [];
for (const file of files(join(folder, "tile/entries"))) {
  for (let rest = readFileSync(file); rest.length > 0; ) {
    const note = rest.subarray(2, 2 + rest.readUInt16BE());
    rest = rest.subarray(2 + note.length);
    const { text, lines } = split(note);
    const said = text.toString().split("\n");
    const states = said.map((line) => line.match(/^(organiser|log|tally|station|observer|witness|key) (\S+\+[0-9a-f]{8}\+\S+)$/)).filter(Boolean).map((m) => key(m[2]));
    if (leaves.length === 0) {
      if (sha(text).toString("hex") !== event) fail("another event");
      for (const known of states) keys.set(known.name, known);
    }
    for (const line of lines) {
      const known = keys.get(line.name) ?? fail(`entry ${leaves.length}: ${line.name} is not known`);
      if (known.id !== line.id || !verify(null, text, known.der, line.signature)) fail(`entry ${leaves.length}: a bad signature`);
    }
    for (const known of states) keys.set(known.name, known);
    leaves.push(sha(Buffer.from([0]), note));
  }
}
const log = key(split(firstEntry()).text.toString().split("\n").find((line) => line.startsWith("log ")).slice(4));
const stated = checkpoint(readFileSync(join(folder, "checkpoint")), log);
if (stated.size !== leaves.length || !stated.root.equals(root(leaves))) fail("other entries than the checkpoint's");
let honoured = 0;
for (const file of receipts ? files(receipts).filter((f) => f.endsWith(".tlog-proof")) : []) {
  const [head, ...note] = readFileSync(file, "utf8").split("\n\n");
  const [magic, place, ...path] = head.split("\n");
  const [, index] = place.match(/^index (0|[1-9][0-9]*)$/) ?? fail(`${file}: no index`);
  const proven = checkpoint(Buffer.from(note.join("\n\n")), log);
  const leaf = sha(Buffer.from([0]), readFileSync(file.replace(/tlog-proof$/, "note")));
  const reached = climb(Number(index), proven.size, leaf, path.map(hash));
  if (magic !== "c2sp.org/tlog-proof@v1" || !reached.equals(proven.root) || !reached.equals(root(leaves.slice(0, proven.size)))) fail(`${file}: a receipt that this log does not honour`);
  honoured += 1;
}
const lines = proofs ? readFileSync(proofs, "utf8").trimEnd().split("\n") : [];
for (const line of lines) {
  const [old, size, ...hashes] = line.split(" ");
  const [first, last, ...path] = hashes.map(hash);
  const are = first.equals(root(leaves.slice(0, old))) && last.equals(root(leaves.slice(0, size)));
  if (!are || !consistent(Number(old), Number(size), first, last, path)) fail(`no consistency of ${old} and ${size}`);
}
console.log(`${leaves.length} entries, root ${root(leaves).toString("hex")}, ${honoured} receipts, ${lines.length} consistency proofs`);

function firstEntry() {
  const bundle = readFileSync(files(join(folder, "tile/entries"))[0]);
  return bundle.subarray(2, 2 + bundle.readUInt16BE());
}
