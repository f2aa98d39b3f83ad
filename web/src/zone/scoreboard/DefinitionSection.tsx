import { Button } from 'antd';
import { useState } from 'react';
import { DataTable } from '../../kit/DataTable';
import { When } from '../../kit/figures';
import { useLoad } from '../../kit/load';
import { Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { sourceIn, useLang, useWords } from '../../kit/words';
import { type Definition, getDefinitions } from './api';
import DefinitionForm from './DefinitionForm';
import { aimed, parameter } from './settle';
import { words } from './words';

/** How a figure is counted: the version that counted it with facts beside it, every version there is, and the next one for those who settle it. */
export default function DefinitionSection({ id, version, facts, onChanged }: { id: string; version: number; facts: readonly (readonly [string, string])[]; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad('scoreboard-definitions', getDefinitions);
  const [settling, setSettling] = useState(false);
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  const all = (load.data?.items ?? []).filter((d) => d.id === id).sort((a, b) => b.version - a.version || Number(b.own) - Number(a.own));
  const def = all.find((d) => d.version === version);
  const newest = all[0];
  if (!def || !newest) return <Loading rows={4} />;
  return (
    <>
      <Section title={t('drawer.definition')} extra={can('scoreboard.define') && <Button onClick={() => setSettling(true)}>{t('settle')}</Button>}>
        <Said def={def} facts={facts} />
      </Section>
      {all.length > 1 && <Versions all={all} />}
      {can('scoreboard.define') && (
        <DefinitionForm
          def={newest}
          open={settling}
          onClose={() => setSettling(false)}
          onSaved={() => {
            load.reload();
            onChanged();
          }}
        />
      )}
    </>
  );
}

function Said({ def, facts }: { def: Definition; facts: readonly (readonly [string, string])[] }) {
  const t = useWords(words);
  const lang = useLang();
  const zh = lang === 'zh';
  return (
    <>
      <p>{zh ? def.formula_zh : def.formula_en}</p>
      <Facts
        items={[
          [t('definition.version'), `${def.id}@${def.version}`],
          [t('definition.valid'), def.valid_to ? `${def.valid_from} — ${def.valid_to}` : t('definition.valid.open', { from: def.valid_from })],
          ...facts.map(([label, text]): [string, string] => [label, text]),
          ...(def.parameters ?? []).map((p): [string, string] => [zh ? p.zh : p.en, parameter(p, t, lang)]),
          ...(def.exclude_industries?.length ? [[t('definition.exclude'), def.exclude_industries.join(t('list.join'))] as [string, string]] : []),
          ...(def.target === undefined ? [] : [[t('target'), `${t(`aim.${def.aim}`)} ${aimed(def.target, def.target_unit, def.kind, t, lang)}`] as [string, string]]),
          [t('definition.source'), sourceIn(def.source, lang)],
        ]}
      />
    </>
  );
}

/** Every version, the newest first: from when, what it settles, by whom and why. */
function Versions({ all }: { all: readonly Definition[] }) {
  const t = useWords(words);
  const lang = useLang();
  const said = (d: Definition) =>
    [...(d.parameters ?? []).map((p) => `${lang === 'zh' ? p.zh : p.en} ${parameter(p, t, lang)}`), ...(d.exclude_industries?.length ? [`${t('definition.exclude')} ${d.exclude_industries.join(t('list.join'))}`] : []), ...(d.target === undefined ? [] : [`${t('target')} ${aimed(d.target, d.target_unit, d.kind, t, lang)}`])].join(' · ');
  const by = (d: Definition) =>
    d.own ? (
      <>
        {d.by_name} <When at={d.recorded_at} />
        <div className="muted small">{d.reason}</div>
        <div className="muted small">{d.source}</div>
      </>
    ) : (
      t('versions.shipped')
    );
  return (
    <Section title={t('versions')}>
      <DataTable<Definition>
        caption={t('versions')}
        rows={all}
        rowKey={(d) => `${d.version}/${d.own}`}
        columns={[
          { id: 'version', title: t('definition.version'), cell: (d) => <span className="figure">{t('version.n', { n: d.version })}</span> },
          { id: 'from', title: t('definition.valid'), cell: (d) => <span className="figure">{t('definition.valid.open', { from: d.valid_from })}</span> },
          { id: 'said', title: t('versions.said'), cell: (d) => <span className="small">{said(d)}</span> },
          { id: 'by', title: t('versions.by'), cell: by },
        ]}
        card={(d) => (
          <>
            <div className="card-line">
              <span className="strong">{t('version.n', { n: d.version })}</span>
              <span className="figure small">{t('definition.valid.open', { from: d.valid_from })}</span>
            </div>
            <div className="small">{said(d)}</div>
            <div className="small">{by(d)}</div>
          </>
        )}
      />
    </Section>
  );
}
