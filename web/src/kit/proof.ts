/**
 * Merkle tree proofs of RFC 6962, section 2.1, recomputed in the browser: the
 * reader need not believe the server's word for them.
 */

/** SHA-256. */
async function sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

/** Bytes of standard base64; throws on anything else. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Standard base64. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** MTH of one leaf: SHA-256(0x00 ‖ leaf). */
export function leafHash(leaf: Uint8Array): Promise<Uint8Array> {
  return sha256(Uint8Array.of(0), leaf);
}

/** MTH of two subtrees: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return sha256(Uint8Array.of(1), left, right);
}

/**
 * The root that follows from a leaf hash, its index, the tree size and the audit
 * path (RFC 9162, section 2.1.3.2); throws when the path cannot belong to them.
 */
export async function rootFromInclusion(index: number, size: number, leaf: Uint8Array, path: readonly Uint8Array[]): Promise<Uint8Array> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) throw new Error('index outside the tree');
  let fn = BigInt(index);
  let sn = BigInt(size - 1);
  let root = leaf;
  for (const sibling of path) {
    if (sn === 0n) throw new Error('path too long');
    if ((fn & 1n) === 1n || fn === sn) {
      root = await nodeHash(sibling, root);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      root = await nodeHash(root, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) throw new Error('path too short');
  return root;
}

/** A checkpoint (C2SP tlog-checkpoint) as far as the pages read it. */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
  /** The signed text: everything before the empty line, its last newline included. */
  text: string;
  signatures: { name: string; bytes: Uint8Array }[];
}

/** Reads a signed checkpoint note; throws when it is not one. */
export function parseCheckpoint(note: string): Checkpoint {
  const split = note.indexOf('\n\n');
  if (split < 0) throw new Error('no signature block');
  const [origin = '', sizeText = '', rootText = ''] = note.slice(0, split).split('\n');
  if (!origin || !/^(0|[1-9]\d*)$/.test(sizeText)) throw new Error('malformed checkpoint');
  const root = fromBase64(rootText);
  if (root.length !== 32) throw new Error('malformed root');
  const signatures = note.slice(split + 2).split('\n').flatMap((line) => {
    const match = /^— (\S+) (\S+)$/.exec(line);
    return match?.[1] && match[2] ? [{ name: match[1], bytes: fromBase64(match[2]) }] : [];
  });
  return { origin, size: Number(sizeText), root, text: note.slice(0, split + 1), signatures };
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What the signature check found; "unsupported" when this browser has no Ed25519. */
export type SignatureResult = 'valid' | 'invalid' | 'unsupported';

/** Checks the checkpoint's signature by a note verifier key: name+hash+base64(0x01 ‖ Ed25519 key). */
export async function checkSignature(checkpoint: Checkpoint, verifier: string): Promise<SignatureResult> {
  const [name = '', hash = '', ...rest] = verifier.split('+');
  const encoded = fromBase64(rest.join('+'));
  if (encoded[0] !== 1 || encoded.length !== 33) return 'unsupported';
  const own = checkpoint.signatures.find((s) => s.name === name && toHex(s.bytes.slice(0, 4)) === hash);
  if (!own) return 'invalid';
  try {
    const key = await crypto.subtle.importKey('raw', encoded.slice(1), { name: 'Ed25519' }, false, ['verify']);
    const valid = await crypto.subtle.verify({ name: 'Ed25519' }, key, own.bytes.slice(4), new TextEncoder().encode(checkpoint.text));
    return valid ? 'valid' : 'invalid';
  } catch {
    return 'unsupported';
  }
}
