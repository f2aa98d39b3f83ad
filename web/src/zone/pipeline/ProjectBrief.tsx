import { Day, Money, Text } from '../../kit/figures';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Facts, Loading, Problem } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { getProject } from './api';
import { GateList } from './GateSection';
import { useIndustryName, useUnits } from './lookups';
import { StageTag } from './StageTag';
import { words } from './words';

/** A project in a drawer beside the list: who, how much, how far, what is missing. */
export default function ProjectBrief({ id, asOf = '' }: { id: string; asOf?: string }) {
  const t = useWords(words);
  const k = useKit();
  const { nameOf } = useUnits();
  const industryName = useIndustryName();
  const load = useLoad(`project:${id}?${asOf}`, (signal) => getProject(id, signal, asOf));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading />;
  const p = load.data.data;
  return (
    <>
      <h2 style={{ marginBottom: 4 }}>{p.name}</h2>
      <p className="row muted">
        {p.code} <StageTag stage={p.stage} track={p.track} />
      </p>
      <Facts
        items={[
          [t('field.stage_since'), <Day key="d" on={p.stage_since} />],
          [t('field.investor'), <Text key="i" value={p.investor_name} />],
          [t('field.total_investment'), <Money key="t" amount={p.total_investment} />],
          [t('field.fixed_investment'), <Money key="f" amount={p.fixed_investment} />],
          [t('field.industry'), <Text key="n" value={p.industry ? industryName(p.industry) : p.industry_text} />],
          [t('field.unit'), p.unit_name || nameOf(p.unit) || k('unknown.value')],
          [t('field.owner'), <Text key="o" value={p.owner_name || p.owner} />],
          [t('field.summary'), <Text key="s" value={p.summary} />],
        ]}
      />
      {!asOf && (
        <>
          <h3 style={{ margin: '20px 0 8px' }}>{t('gate.title')}</h3>
          <GateList id={id} base={`/projects/${id}`} track={p.track} />
        </>
      )}
    </>
  );
}
