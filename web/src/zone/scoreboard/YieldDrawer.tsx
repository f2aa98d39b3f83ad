import { Drawer, Select } from 'antd';
import { useState } from 'react';
import { ExportMenu } from '../../kit/Download';
import { Section } from '../../kit/notices';
import { useWords } from '../../kit/words';
import type { Yield, YieldRow } from './api';
import DefinitionSection from './DefinitionSection';
import { RecordList } from './FigureDrawer';
import { words } from './words';

/** What is behind a row of yields: the definition, and the records of each of its numbers; without a row the definition alone. */
export default function YieldDrawer({ yields: y, row, part, query, onClose, onChanged }: { yields: Yield; row: YieldRow | undefined; part: string; query: object; onClose: () => void; onChanged: () => void }) {
  const t = useWords(words);
  return (
    <Drawer open onClose={onClose} size="min(760px, 100vw)" title={row?.name ? `${y.name} · ${row.name}` : y.name} destroyOnHidden>
      {!row && <DefinitionSection id={y.figure} version={y.version} facts={[[t('definition.asof'), y.as_of]]} onChanged={onChanged} />}
      {row && <Behind yields={y} row={row} first={part} query={query} />}
    </Drawer>
  );
}

function Behind({ yields: y, row, first, query }: { yields: Yield; row: YieldRow; first: string; query: object }) {
  const t = useWords(words);
  const [part, setPart] = useState(first);
  const counts: [string, number][] = [['leads', row.leads], ['talked', row.talked.numerator ?? 0], ['signed', row.signed.numerator ?? 0], ['held', row.held], ...(row.apart ?? []).map((a): [string, number] => [a.id, a.count])];
  const name = `apart:${part}:${row.id}`;
  return (
    <Section title={t('records')} extra={<ExportMenu path="/scoreboard/records/export" query={{ ...query, figure: y.figure, part: name }} />}>
      <Select aria-label={t('records.part')} value={part} onChange={setPart} options={counts.filter(([, n]) => n > 0).map(([id, n]) => ({ value: id, label: `${t.maybe('yield.', id)} (${n})` }))} style={{ minWidth: 240, marginBottom: 12 }} />
      <RecordList key={name} figure={y.figure} part={name} query={query} />
    </Section>
  );
}
