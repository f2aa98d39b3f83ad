import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { Drawer } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { When } from '../../kit/figures';
import { useLoad } from '../../kit/load';
import { Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { checkSignature, fromBase64, leafHash, nodeHash, parseCheckpoint, rootFromInclusion, sameBytes, type SignatureResult, toBase64, toHex } from '../../kit/proof';
import { useWords } from '../../kit/words';
import { type Entry, getEntry, getProof, type Proof } from './api';
import { kindOf, pageOf, shortID } from './object';
import { words } from './words';

/** What the browser itself recomputed from a proof. */
export interface Check {
  leafHash: string;
  /** The hash after each step of the audit path, leaf first. */
  steps: { sibling: string; side: 'left' | 'right'; result: string }[];
  root: string;
  origin: string;
  /** The leaf is about this entry. */
  about: boolean;
  /** The recomputed root is the root in the signed checkpoint, for the same size. */
  rootMatches: boolean;
  signature: SignatureResult;
}

/** Recomputes a proof from its leaf; trusts no hash the server sent except as a sibling. */
export async function checkProof(proof: Proof, entryID: string): Promise<Check> {
  const leaf = await leafHash(new TextEncoder().encode(proof.leaf));
  const path = (proof.hashes ?? []).map(fromBase64);
  const root = await rootFromInclusion(proof.index, proof.size, leaf, path);
  const checkpoint = parseCheckpoint(proof.checkpoint);
  const keys = (proof.keys ?? []).toReversed();
  let signature: SignatureResult = 'invalid';
  for (const key of keys) {
    const result = await checkSignature(checkpoint, key);
    if (result !== 'invalid') signature = result;
    if (result === 'valid') break;
  }
  return {
    leafHash: toHex(leaf),
    steps: await steps(proof, leaf, path),
    root: toBase64(root),
    origin: checkpoint.origin,
    about: (JSON.parse(proof.leaf) as { id?: string }).id === entryID,
    rootMatches: sameBytes(root, checkpoint.root) && checkpoint.size === proof.size,
    signature,
  };
}

async function steps(proof: Proof, leaf: Uint8Array, path: readonly Uint8Array[]): Promise<Check['steps']> {
  const list: Check['steps'] = [];
  let fn = proof.index;
  let sn = proof.size - 1;
  let hash = leaf;
  for (const sibling of path) {
    const left = fn % 2 === 1 || fn === sn;
    hash = left ? await nodeHash(sibling, hash) : await nodeHash(hash, sibling);
    if (left) {
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
    list.push({ sibling: toHex(sibling), side: left ? 'left' : 'right', result: toHex(hash) });
  }
  return list;
}

/** The drawer behind “prove this”: the entry, its proof, and the recomputation. */
export default function ProofDrawer({ id, entry, onClose }: { id: string; entry?: Entry | undefined; onClose: () => void }) {
  const t = useWords(words);
  return (
    <Drawer open={id !== ''} onClose={onClose} size="min(720px, 100vw)" title={t('proof.title')} destroyOnHidden>
      {id && <ProofBody id={id} known={entry} />}
    </Drawer>
  );
}

function ProofBody({ id, known }: { id: string; known: Entry | undefined }) {
  const t = useWords(words);
  const proof = useLoad(`proof:${id}`, async (signal) => {
    const p = await getProof(id, signal);
    return { p, check: await checkProof(p, id) };
  });
  return (
    <>
      {proof.error ? (
        <Problem problem={proof.error} retry={proof.reload} />
      ) : proof.data ? (
        <Verdict check={proof.data.check} />
      ) : (
        <Loading rows={3} />
      )}
      <EntrySection id={id} known={known} />
      {proof.data && <ProofSections proof={proof.data.p} check={proof.data.check} />}
      <p className="muted small">{t('proof.how')}</p>
    </>
  );
}

function Verdict({ check }: { check: Check }) {
  const t = useWords(words);
  return (
    <div role="status">
      <ul className="verdict" data-testid="verdict">
        <Finding good={check.about}>{check.about ? t('proof.about.yes') : t('proof.about.no')}</Finding>
        <Finding good={check.rootMatches}>{check.rootMatches ? t('proof.root.yes') : t('proof.root.no')}</Finding>
        <Finding good={check.signature === 'unsupported' ? null : check.signature === 'valid'}>{t(`proof.signature.${check.signature}`)}</Finding>
      </ul>
    </div>
  );
}

function Finding({ good, children }: { good: boolean | null; children: ReactNode }) {
  return (
    <li className={good === null ? 'muted' : good ? 'ok' : 'bad'}>
      {good === null ? <MinusCircleOutlined aria-hidden /> : good ? <CheckCircleFilled aria-hidden /> : <CloseCircleFilled aria-hidden />} {children}
    </li>
  );
}

function EntrySection({ id, known }: { id: string; known: Entry | undefined }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad(known && (known.images || !can('journal.read')) ? null : `entry:${id}`, (signal) => getEntry(id, signal));
  const entry = load.data ?? known;
  if (!entry) return load.error ? null : <Loading rows={4} />;
  return <EntryFacts entry={entry} title={t('entry')} />;
}

/** An entry with everything it recorded. */
export function EntryFacts({ entry, title }: { entry: Entry; title: string }) {
  const t = useWords(words);
  const page = pageOf(entry.object);
  const name = `${t.maybe('kind.', kindOf(entry.object))} ${shortID(entry.object)}`;
  return (
    <Section title={title}>
      <Facts
        items={[
          [t('entry.verb'), <span key="v">{t.maybe('verb.', entry.verb)} <span className="mono muted">{entry.verb}</span></span>],
          [t('entry.object'), page ? <Link key="o" to={page}>{name}</Link> : name],
          [t('entry.actor'), entry.actor_name || entry.actor],
          [t('entry.via'), t.maybe('via.', entry.via)],
          [t('entry.at'), <When key="w" at={entry.at} minute />],
          entry.reason ? [t('entry.reason'), entry.reason] : null,
          [t('entry.seq'), entry.seq === null || entry.seq === undefined ? t('entry.waiting') : <span key="s" className="figure">{entry.seq}</span>],
          [t('entry.private'), t(`private.${entry.private}`)],
          [t('entry.id'), <span key="i" className="mono">{entry.id}</span>],
        ]}
      />
      {entry.detail !== undefined && entry.detail !== null && <Code label={t('entry.detail')} value={entry.detail} />}
      {(entry.images ?? []).map((image) => (
        <details key={image.t + image.k} className="after-image">
          <summary>
            {t('entry.after')} <span className="mono">{image.t}</span> {image.v === null && <span className="bad">{t('entry.dropped')}</span>}
          </summary>
          <pre className="code" tabIndex={0}>{JSON.stringify(image.v, null, 2)}</pre>
        </details>
      ))}
    </Section>
  );
}

function Code({ label, value }: { label: string; value: unknown }) {
  return (
    <details className="after-image">
      <summary>{label}</summary>
      <pre className="code" tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}

function ProofSections({ proof, check }: { proof: Proof; check: Check }) {
  const t = useWords(words);
  return (
    <>
      <Section title={t('proof.leaf')}>
        <pre className="code" tabIndex={0}>{proof.leaf}</pre>
        <Facts items={[[t('proof.leaf.hash'), <span key="h" className="mono">{check.leafHash}</span>], [t('proof.index'), <span key="i" className="figure">{t('proof.index.of', { index: proof.index, size: proof.size })}</span>]]} />
      </Section>
      <Section title={t('proof.path', { n: check.steps.length })}>
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t('proof.path', { n: check.steps.length })}>
          <table className="plain path">
            <caption className="sr-only">{t('proof.path', { n: check.steps.length })}</caption>
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">{t('proof.side')}</th>
                <th scope="col">{t('proof.sibling')}</th>
                <th scope="col">{t('proof.result')}</th>
              </tr>
            </thead>
            <tbody>
              {check.steps.map((s, i) => (
                <tr key={i}>
                  <td className="figure">{i + 1}</td>
                  <td>{t(`proof.side.${s.side}`)}</td>
                  <td className="mono" title={s.sibling}>{s.sibling.slice(0, 16)}…</td>
                  <td className="mono" title={s.result}>{s.result.slice(0, 16)}…</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Facts items={[[t('proof.recomputed'), <span key="r" className="mono">{check.root}</span>], [t('proof.signed'), <span key="s" className="mono">{proof.root}</span>]]} />
      </Section>
      <Section title={t('proof.checkpoint')}>
        <pre className="code" tabIndex={0}>{proof.checkpoint}</pre>
        {(proof.keys ?? []).map((key) => (
          <p key={key} className="mono muted tight">{t('proof.key')} {key}</p>
        ))}
      </Section>
    </>
  );
}
