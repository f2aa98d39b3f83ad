import { Alert, InputNumber, Radio, Select } from 'antd';
import type { ProblemError } from '../../kit/api';
import { Problem, Section } from '../../kit/notices';
import { useWords } from '../../kit/words';
import type { Look, Sniff } from './api';
import { letterOf } from './mapping';
import { words } from './words';

const ENCODINGS = ['utf-8', 'gb18030', 'cp1252'] as const;

/** How the file is read: encoding, sheet, header rows, with the first rows to judge by. */
export default function SheetStep({ sniff, look, busy, problem, onLook }: { sniff: Sniff; look: Look; busy: boolean; problem: ProblemError | undefined; onLook: (look: Look) => void }) {
  const t = useWords(words);
  const width = Math.max(...sniff.preview.map((r) => r.cells.length), 1);
  const unsure = (sniff.encoding && !look.encoding && sniff.encoding.confidence < 0.8) || (sniff.table.confidence < 0.7 && !look.header_row);
  const delimiters: Readonly<Record<string, string>> = { ',': t('delimiter.comma'), ';': t('delimiter.semicolon'), '\t': t('delimiter.tab'), '|': t('delimiter.bar') };
  return (
    <Section title={t('read.as', { name: sniff.name })}>
      {problem && <Problem problem={problem} />}
      {unsure && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={t('unsure')} />}
      <div className="filters labelled">
        {sniff.format === 'csv' && (
          <>
            <label>
              <span>{t('encoding')}</span>
              <Select value={look.encoding || sniff.encoding?.encoding || 'utf-8'} onChange={(encoding) => onLook({ ...look, encoding })} options={ENCODINGS.map((e) => ({ value: e, label: t(`encoding.${e}`) }))} aria-label={t('encoding')} />
            </label>
            <label>
              <span>{t('delimiter')}</span>
              <Select value={look.delimiter || sniff.delimiter || ','} onChange={(delimiter) => onLook({ ...look, delimiter })} options={Object.entries(delimiters).map(([value, label]) => ({ value, label }))} aria-label={t('delimiter')} />
            </label>
          </>
        )}
        {sniff.format === 'xlsx' && (
          <label>
            <span>{t('sheet')}</span>
            <Select value={look.sheet || sniff.table.sheet} onChange={(sheet) => onLook({ ...look, sheet, header_row: 0, header_rows: 0 })} options={sniff.sheets.map((s) => ({ value: s.name, label: s.hidden ? t('sheet.hidden', { name: s.name }) : s.name }))} aria-label={t('sheet')} />
          </label>
        )}
        <label>
          <span>{t('header.row')}</span>
          <InputNumber min={1} max={1000} precision={0} value={sniff.table.header_row} onChange={(n) => n && onLook({ ...look, header_row: n })} aria-label={t('header.row')} />
        </label>
        <label>
          <span>{t('header.rows')}</span>
          <Radio.Group value={sniff.table.header_rows} onChange={(e) => onLook({ ...look, header_row: sniff.table.header_row, header_rows: e.target.value as number })} options={[{ value: 1, label: '1' }, { value: 2, label: '2' }]} optionType="button" aria-label={t('header.rows')} />
        </label>
      </div>
      <div className="table-scroll preview" tabIndex={0} role="region" aria-label={t('preview')} aria-busy={busy}>
        <table className="data">
          <caption className="sr-only">{t('preview')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('row.number')}</th>
              <th scope="col">{t('row.kind')}</th>
              {Array.from({ length: width }, (_, i) => (
                <th key={i} scope="col">
                  {letterOf(i)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sniff.preview.map((r) => (
              <tr key={r.number} data-kind={r.kind}>
                <th scope="row" className="figure">
                  {r.number}
                </th>
                <td className="muted">{t.maybe('row.', r.kind)}</td>
                {Array.from({ length: width }, (_, i) => (
                  <td key={i}>{r.cells[i] ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted small">{t('preview.what')}</p>
    </Section>
  );
}
