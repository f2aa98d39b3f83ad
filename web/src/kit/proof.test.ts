import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSignature, fromBase64, leafHash, nodeHash, parseCheckpoint, rootFromInclusion, sameBytes, toBase64, toHex } from './proof';

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (b) => Number.parseInt(b, 16));

// The eight leaves and the roots of the reference test vectors of Certificate
// Transparency (google/certificate-transparency, merkle_tree_test).
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(bytes);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** MTH of RFC 6962, section 2.1, written as the RFC writes it. */
async function mth(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 1) return leafHash(leaves[0] ?? new Uint8Array());
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(await mth(leaves.slice(0, k)), await mth(leaves.slice(k)));
}

/** PATH(m, D[n]) of RFC 6962, section 2.1.1. */
async function path(m: number, leaves: readonly Uint8Array[]): Promise<Uint8Array[]> {
  if (leaves.length === 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return m < k ? [...(await path(m, leaves.slice(0, k))), await mth(leaves.slice(k))] : [...(await path(m - k, leaves.slice(k))), await mth(leaves.slice(0, k))];
}

describe('Merkle tree of RFC 6962', () => {
  it('has the roots of the reference vectors', async () => {
    for (let n = 1; n <= LEAVES.length; n++) expect(toHex(await mth(LEAVES.slice(0, n)))).toBe(ROOTS[n - 1]);
  });

  it('recomputes the root from every leaf of every tree size', async () => {
    for (let n = 1; n <= LEAVES.length; n++) {
      for (let m = 0; m < n; m++) {
        const root = await rootFromInclusion(m, n, await leafHash(LEAVES[m] ?? new Uint8Array()), await path(m, LEAVES.slice(0, n)));
        expect(toHex(root), `leaf ${m} of ${n}`).toBe(ROOTS[n - 1]);
      }
    }
  });

  it('gives another root for a changed leaf or a sibling in the wrong place', async () => {
    const proof = await path(2, LEAVES.slice(0, 7));
    expect(toHex(await rootFromInclusion(2, 7, await leafHash(bytes('11')), proof))).not.toBe(ROOTS[6]);
    expect(toHex(await rootFromInclusion(3, 7, await leafHash(LEAVES[2] ?? bytes('')), proof))).not.toBe(ROOTS[6]);
  });

  it('refuses a path of the wrong length and an index outside the tree', async () => {
    const leaf = await leafHash(LEAVES[0] ?? bytes(''));
    const proof = await path(0, LEAVES);
    await expect(rootFromInclusion(0, 8, leaf, proof.slice(1))).rejects.toThrow('path too short');
    await expect(rootFromInclusion(0, 8, leaf, [...proof, leaf])).rejects.toThrow('path too long');
    await expect(rootFromInclusion(8, 8, leaf, proof)).rejects.toThrow('index outside the tree');
  });
});

describe('signed checkpoint', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const keyed = Buffer.concat([Buffer.of(1), raw]);
  const name = 'example.org/log';
  const hash = createHash('sha256').update(`${name}\n`).update(keyed).digest().subarray(0, 4);
  const verifier = `${name}+${hash.toString('hex')}+${keyed.toString('base64')}`;
  const text = `${name}\n8\n${toBase64(bytes(ROOTS[7] ?? ''))}\n`;
  const note = `${text}\n— ${name} ${Buffer.concat([hash, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`;

  it('reads origin, size and root', () => {
    const checkpoint = parseCheckpoint(note);
    expect([checkpoint.origin, checkpoint.size, toHex(checkpoint.root)]).toEqual([name, 8, ROOTS[7]]);
  });

  it('accepts the log’s signature and refuses any other', async () => {
    expect(await checkSignature(parseCheckpoint(note), verifier)).toBe('valid');
    expect(await checkSignature(parseCheckpoint(note.replace('\n8\n', '\n9\n')), verifier)).toBe('invalid');
    expect(await checkSignature(parseCheckpoint(note), verifier.replace(name, 'example.org/other'))).toBe('invalid');
  });

  it('refuses what is no checkpoint', () => {
    expect(() => parseCheckpoint('nothing')).toThrow('no signature block');
    expect(() => parseCheckpoint('a\nb\nc\n\n')).toThrow('malformed checkpoint');
    expect(sameBytes(fromBase64('AAE='), bytes('0001'))).toBe(true);
  });
});
