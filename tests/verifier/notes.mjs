// Notes, tree and receipts of a copied log with nothing but the crypto that comes with Node: notes.mjs FOLDER EVENT [RECEIPTS] [PROOFS]
// Every entry's signatures with the keys known so far, every leaf, the root, the checkpoint, every receipt, and the consistency
// proofs of a file, a line each: old and new size, old and new root, the hashes. The rules of
// the count are verify.py's; this is a third pair of eyes on the record itself (docs/protocol.md §2, §10).
import { verify } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { checkpoint, consistent, fail, hash, key, leaf, receipt, root, sha, split } from "./record.mjs";

const [folder, event, receipts, proofs] = process.argv.slice(2);

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
    leaves.push(leaf(note));
  }
}
const log = key(split(firstEntry()).text.toString().split("\n").find((line) => line.startsWith("log ")).slice(4));
const stated = checkpoint(readFileSync(join(folder, "checkpoint")), log);
if (stated.size !== leaves.length || !stated.root.equals(root(leaves))) fail("other entries than the checkpoint's");
let honoured = 0;
for (const file of receipts ? files(receipts).filter((f) => f.endsWith(".tlog-proof")) : []) {
  const proven = receipt(readFileSync(file, "utf8"), readFileSync(file.replace(/tlog-proof$/, "note")), log);
  if (!proven.root.equals(root(leaves.slice(0, proven.size)))) fail(`${file}: a receipt that this log does not honour`);
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
