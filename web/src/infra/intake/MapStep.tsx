import { App, Button, Input, Select, Tooltip } from 'antd';
import { useState } from 'react';
import { Loading, Problem, Section } from '../../kit/notices';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { distinctValues, type Field, type Kind, listProfiles, type Look, saveProfile, type Sniff } from './api';
import { applyProfile, columnLabel, type Duplicates, headersOf, letterOf, type Mapping, NONE, settingsOf, type Source } from './mapping';
import { words } from './words';

const UNITS = ['元', '万元', '亿元', '百万', '千'] as const;
const CURRENCIES = ['CNY', 'USD', 'EUR', 'JPY', 'HKD', 'KRW', 'GBP'] as const;

interface Props {
  sniff: Sniff;
  look: Look;
  kind: Kind;
  mapping: Mapping;
  options: Readonly<Record<string, string>>;
  duplicates: Duplicates;
  onMapping: (mapping: Mapping) => void;
  onOptions: (options: Record<string, string>) => void;
  onDuplicates: (duplicates: Duplicates) => void;
}

/** Which column states which field; suggested, to be corrected, kept as a profile. */
export default function MapStep({ sniff, look, kind, mapping, options, duplicates, onMapping, onOptions, onDuplicates }: Props) {
  const t = useWords(words);
  const k = useKit();
  const { message } = App.useApp();
  const profiles = useLoad(`profiles:${kind.id}`, (signal) => listProfiles(kind.id, signal));
  const [name, setName] = useState('');
  const columns = sniff.table.columns ?? [];
  const used = new Set(Object.values(mapping).map((s) => s.column));
  const unmapped = columns.filter((c) => !c.serial && (c.name || (c.samples ?? []).length > 0) && !used.has(c.index));
  const set = (field: string, patch: Partial<Source>) => onMapping({ ...mapping, [field]: { ...NONE, ...mapping[field], ...patch } });
  const save = useAct(async () => {
    await saveProfile({ kind: kind.id, name: name.trim(), settings: settingsOf(look, mapping, options, duplicates), headers: headersOf(sniff.table) });
    void message.success(t('profile.saved'));
    profiles.reload();
  });
  return (
    <>
      <Section
        title={t('step.map')}
        extra={
          <Select
            aria-label={t('profile.apply')}
            placeholder={t('profile.apply')}
            value={null}
            style={{ minWidth: 200 }}
            options={(profiles.data?.items ?? []).map((p) => ({ value: p.name, label: p.name }))}
            onChange={(chosen: string | null) => {
              const profile = (profiles.data?.items ?? []).find((p) => p.name === chosen);
              if (!profile) return;
              onMapping(applyProfile(profile, sniff.table));
              onOptions({ ...options, ...profile.settings.options });
              onDuplicates(profile.settings.duplicates ?? '');
            }}
          />
        }
      >
        <p className="muted">{sniff.profile ? t('map.by.profile', { name: sniff.profile }) : t('map.suggested')}</p>
        <ul className="mapping">
          {kind.fields.map((field) => (
            <FieldRow key={field.id} field={field} source={mapping[field.id] ?? NONE} sniff={sniff} look={look} onChange={(patch) => set(field.id, patch)} />
          ))}
        </ul>
        {unmapped.length > 0 && <p className="warn">{t('map.unused', { names: unmapped.map((c) => c.name || t('map.unnamed', { letter: letterOf(c.index) })).join(k('list.join')) })}</p>}
      </Section>
      <Section title={t('options')}>
        <div className="filters labelled">
          {kind.options.map((o) => (
            <label key={o.id}>
              <span>{o.label}</span>
              {o.choices.length > 0 ? (
                <Select allowClear aria-label={o.label} value={options[o.id] || undefined} onChange={(v?: string) => onOptions({ ...options, [o.id]: v ?? '' })} options={o.choices.map((c) => ({ value: c.id, label: c.label }))} style={{ minWidth: 180 }} />
              ) : (
                <Input aria-label={o.label} value={options[o.id] ?? ''} onChange={(e) => onOptions({ ...options, [o.id]: e.target.value })} {...(o.type === 'date' ? { placeholder: 'YYYY-MM-DD' } : {})} />
              )}
            </label>
          ))}
          <label>
            <span>{t('duplicates')}</span>
            <Select aria-label={t('duplicates')} value={duplicates || ('fill' as const)} onChange={(v: Duplicates) => onDuplicates(v)} options={(['fill', 'later', 'reject'] as const).map((v) => ({ value: v, label: t(`duplicates.${v}`) }))} style={{ minWidth: 240 }} />
          </label>
        </div>
      </Section>
      <Section title={t('profile.save')}>
        {save.error && <Problem problem={save.error} />}
        <div className="row">
          <Input aria-label={t('profile.name')} placeholder={t('profile.name')} value={name} onChange={(e) => setName(e.target.value)} maxLength={100} style={{ maxWidth: 320 }} />
          <Button loading={save.busy} disabled={!name.trim()} onClick={() => void save.run()}>
            {t('profile.save')}
          </Button>
        </div>
      </Section>
    </>
  );
}

function FieldRow({ field, source, sniff, look, onChange }: { field: Field; source: Source; sniff: Sniff; look: Look; onChange: (patch: Partial<Source>) => void }) {
  const t = useWords(words);
  const columns = sniff.table.columns ?? [];
  const column = columns.find((c) => c.index === source.column);
  const [open, setOpen] = useState(false);
  const unitless = field.type === 'money' && column !== undefined && !column.unit && !sniff.table.unit && !source.unit;
  return (
    <li>
      <div className="mapping-name">
        {field.label}
        {field.required && <span className="bad small"> {t('map.required')}</span>}
        {field.personal && (
          <Tooltip title={t('map.personal.why')}>
            <span className="muted small" tabIndex={0}>
              {' '}
              {t('map.personal')}
            </span>
          </Tooltip>
        )}
      </div>
      <div className="mapping-source">
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          aria-label={t('map.column', { field: field.label })}
          placeholder={t('map.none')}
          value={source.column >= 0 ? source.column : undefined}
          status={field.required && source.column < 0 && !source.constant ? 'error' : ''}
          onChange={(index?: number) => onChange({ column: index ?? -1, constant: '' })}
          options={columns.map((c) => ({ value: c.index, label: columnLabel(c) }))}
          style={{ minWidth: 220 }}
        />
        {source.column < 0 && <Input aria-label={t('map.constant', { field: field.label })} placeholder={t('map.constant.short')} value={source.constant} onChange={(e) => onChange({ constant: e.target.value })} style={{ maxWidth: 180 }} />}
        {column && field.type === 'money' && (
          <>
            {unitless && <span className="warn small">{t('map.unit.needed')}</span>}
            <Select allowClear {...(unitless ? { status: 'warning' as const } : {})} aria-label={t('map.unit')} placeholder={column.unit || sniff.table.unit || t('map.unit')} value={source.unit || undefined} onChange={(unit?: string) => onChange({ unit: unit ?? '' })} options={UNITS.map((u) => ({ value: u, label: u }))} style={{ width: 110 }} />
            <Select allowClear aria-label={t('map.currency')} placeholder={t('map.currency')} value={source.currency || undefined} onChange={(currency?: string) => onChange({ currency: currency ?? '' })} options={CURRENCIES.map((c) => ({ value: c, label: c }))} style={{ width: 110 }} />
          </>
        )}
        {column && field.type === 'date' && <Select allowClear aria-label={t('map.order')} placeholder={t('map.order')} value={source.order === '' ? undefined : source.order} onChange={(order?: 'dmy' | 'mdy') => onChange({ order: order ?? '' })} options={(['dmy', 'mdy'] as const).map((o) => ({ value: o, label: t(`map.order.${o}`) }))} style={{ width: 150 }} />}
        {column && field.type === 'enum' && (
          <Button type="link" className="inline" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t('map.values', { n: Object.keys(source.values).length })}
          </Button>
        )}
      </div>
      <div className="mapping-samples muted small">{(column?.samples ?? []).slice(0, 3).join(' · ')}</div>
      {open && column && field.type === 'enum' && <ValueMap field={field} source={source} file={sniff.id} look={look} onChange={onChange} />}
    </li>
  );
}

/** Which text of the file means which choice. */
function ValueMap({ field, source, file, look, onChange }: { field: Field; source: Source; file: string; look: Look; onChange: (patch: Partial<Source>) => void }) {
  const t = useWords(words);
  const load = useLoad(`values:${file}:${source.column}`, (signal) => distinctValues(file, source.column, look, signal));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={3} />;
  return (
    <table className="plain value-map">
      <caption className="sr-only">{t('map.values', { n: Object.keys(source.values).length })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('map.text')}</th>
          <th scope="col">{t('map.count')}</th>
          <th scope="col">{t('map.means')}</th>
        </tr>
      </thead>
      <tbody>
        {(load.data.items ?? []).map((v) => (
          <tr key={v.text}>
            <th scope="row">{v.text}</th>
            <td className="figure">{v.count}</td>
            <td>
              <Select
                allowClear
                aria-label={t('map.means.of', { text: v.text })}
                placeholder={t('map.by.words')}
                value={source.values[v.text]}
                onChange={(choice?: string) => {
                  const { [v.text]: _, ...rest } = source.values;
                  onChange({ values: choice === undefined ? rest : { ...rest, [v.text]: choice } });
                }}
                options={[...field.choices.map((c) => ({ value: c.id, label: c.label })), { value: '', label: t('map.blank') }]}
                style={{ minWidth: 180 }}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
