// Notes, keys, the tree and its proofs with nothing but the crypto that comes with Node (docs/protocol.md §1, §2, §10).
import { createHash, createPublicKey, verify } from "node:crypto";

const SPKI = Buffer.from("302a300506032b6570032100", "hex");
export const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
export const leaf = (note) => sha(Buffer.from([0]), note);
export const fail = (why) => { throw new Error(why); };

export function key(line) {
  const [name, id, ...rest] = line.split("+");
  const raw = Buffer.from(rest.join("+"), "base64");
  if (raw.length !== 33 || sha(name + "\n", raw).subarray(0, 4).toString("hex") !== id) fail(`${name} is no key`);
  return { name, id, type: raw[0], der: createPublicKey({ key: Buffer.concat([SPKI, raw.subarray(1)]), format: "der", type: "spki" }) };
}

// A note as §2 has it: its text and its lines.
export function split(note) {
  const whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  if (/[\x00-\x09\x0b-\x1f]/.test(whole) || !whole.endsWith("\n")) fail("control characters, or no line feed at the end");
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || at + 2 === note.length) fail("no signatures");
  const lines = note.subarray(at + 2, -1).toString().split("\n").map((line) => {
    const [, name, body] = line.match(/^\u2014 (\S+) (\S+)$/u) ?? fail(`a signature line of another form: ${line}`);
    const raw = Buffer.from(body, "base64");
    if (raw.length < 5 || raw.toString("base64") !== body) fail(`a signature line of another form: ${line}`);
    return { name, id: raw.subarray(0, 4).toString("hex"), signature: raw.subarray(4) };
  });
  if (lines.length > 100) fail("more than 100 signature lines");
  return { text: note.subarray(0, at + 1), lines };
}

// One way to write one hash: 32 bytes in standard base64.
export function hash(text) {
  const raw = Buffer.from(text, "base64");
  return raw.length === 32 && raw.toString("base64") === text ? raw : fail(`no hash: ${text}`);
}

export function root(leaves) {
  if (leaves.length < 2) return leaves[0] ?? sha();
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha(Buffer.from([1]), root(leaves.slice(0, half)), root(leaves.slice(half)));
}

export function checkpoint(note, log) {
  const { text, lines } = split(note);
  const [origin, size, said, end, ...more] = text.toString().split("\n");
  const own = lines.filter((line) => line.name === log.name && line.id === log.id);
  if (own.length === 0) fail("the log has not signed");
  if (origin !== log.name || end !== "" || more.length > 0 || !/^(0|[1-9][0-9]*)$/.test(size)) fail("a bad checkpoint");
  if (!own.every((line) => line.signature.length === 64 && verify(null, text, log.der, line.signature))) fail("a bad checkpoint");
  return { size: Number(size), root: hash(said) };
}

// How many of these witnesses cosigned; one bad line of a witness refuses all.
export function cosigned(note, witnesses) {
  const { text, lines } = split(note);
  const found = new Set();
  for (const line of lines) {
    const witness = witnesses.find((key) => key.name === line.name && key.id === line.id);
    if (witness === undefined) continue;
    const time = line.signature.length === 72 ? line.signature.readBigUInt64BE() : fail("a witness's line of another length");
    const said = Buffer.concat([Buffer.from(`cosignature/v1\ntime ${time}\n`), text]);
    if (time >= 2n ** 63n || !verify(null, said, witness.der, line.signature.subarray(8))) fail("a bad line of a witness");
    found.add(line.id);
  }
  return found.size;
}

// A receipt proves its note: the checkpoint that it leads to.
export function receipt(text, note, log) {
  const [head, ...rest] = text.split("\n\n");
  const [magic, place, ...path] = head.split("\n");
  const [, index] = place?.match(/^index (0|[1-9][0-9]*)$/) ?? fail("no index");
  const proven = checkpoint(Buffer.from(rest.join("\n\n")), log);
  if (magic !== "c2sp.org/tlog-proof@v1" || Number(index) >= proven.size) fail("no receipt");
  if (!climb(Number(index), proven.size, leaf(note), path.map(hash)).equals(proven.root)) fail("the note is not in the log it names");
  return proven;
}

export function climb(index, size, node, path) {
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) fail("a proof too long");
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
export function consistent(old, size, first, last, path) {
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
