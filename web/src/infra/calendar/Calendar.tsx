import { UploadOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Form, Input, Upload } from 'antd';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { Day } from '../../kit/figures';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useLang, useWords } from '../../kit/words';
import { getDays, type Imported, importYears, listYears, type Year } from './api';
import { weeksOf } from './months';
import { words } from './words';

/** The calendar of working days: the years covered, one year as twelve months, and the import of further years. */
export default function Calendar() {
  const t = useWords(words);
  const { can } = useSession();
  const [search, setSearch] = useSearchParams();
  const [importing, setImporting] = useState(false);
  const years = useLoad('calendar-years', listYears);
  useTitle(t('title'));
  const items = years.data?.items ?? [];
  const year = Number(search.get('year')) || items.at(-1)?.year || 0;
  const shown = items.find((y) => y.year === year);
  return (
    <>
      <PageHead
        title={t('title')}
        actions={
          can('calendar.manage') && (
            <Button type="primary" icon={<UploadOutlined />} onClick={() => setImporting(true)}>
              {t('import')}
            </Button>
          )
        }
      />
      <p className="muted">{t('what')}</p>
      {years.error ? (
        <Problem problem={years.error} retry={years.reload} />
      ) : !years.data ? (
        <Loading rows={10} />
      ) : (
        <>
          <Section title={t('years')}>
            <Years items={items} />
          </Section>
          {year > 0 && <Months year={year} version={shown?.version ?? 0} firm={shown?.firm_until ?? ''} />}
        </>
      )}
      <ImportDrawer
        open={importing}
        onClose={() => setImporting(false)}
        onDone={(first) => {
          years.reload();
          setImporting(false);
          if (first) setSearch({ year: String(first) });
        }}
      />
    </>
  );
}

function Years({ items }: { items: readonly Year[] }) {
  const t = useWords(words);
  const [, setSearch] = useSearchParams();
  return (
    <DataTable
      caption={t('years.caption')}
      rows={[...items].reverse()}
      rowKey={(y) => String(y.year)}
      columns={[
        {
          id: 'year',
          title: t('year'),
          cell: (y) => (
            <button type="button" className="as-link" aria-label={t('show', { year: y.year })} onClick={() => setSearch({ year: String(y.year) })}>
              {t('year.n', { year: y.year })}
            </button>
          ),
        },
        { id: 'working', title: t('working'), numeric: true, cell: (y) => t('days.n', { n: y.working_days }) },
        { id: 'off', title: t('off'), numeric: true, cell: (y) => t('days.n', { n: y.days_off }) },
        { id: 'work', title: t('work'), numeric: true, cell: (y) => t('days.n', { n: y.make_up }) },
        { id: 'firm', title: t('firm'), cell: (y) => <span title={t('firm.what')}><Day on={y.firm_until} /></span> },
        { id: 'source', title: t('source'), cell: (y) => y.source },
        { id: 'version', title: t('version'), cell: (y) => (y.version === 0 ? t('version.0') : t('version.n', { n: y.version, name: y.imports?.[0]?.by_name ?? '' })) },
      ]}
    />
  );
}

function Months({ year, version, firm }: { year: number; version: number; firm: string }) {
  const lang = useLang();
  const t = useWords(words);
  const load = useLoad(`calendar-days:${year}:${version}`, (signal) => getDays(year, signal));
  const listed = load.data?.items ?? [];
  const before = listed.filter((d) => !d.date.startsWith(String(year)));
  return (
    <Section title={t('year.n', { year })} extra={<span className="muted small">{t('legend')}</span>}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={8} />
      ) : (
        <>
          {!load.data.covered && <p className="warn">{t('not.covered', { year })}</p>}
          {before.length > 0 && (
            <p className="small">
              {t('before')}
              {before.map((d) => `${d.date} ${t(`kind.${d.kind}`)}`).join(' · ')}
            </p>
          )}
          <div className="months">
            {Array.from({ length: 12 }, (_, i) => (
              <Month key={i} weeks={weeksOf(year, i + 1, listed, firm)} name={t('month', { n: lang === 'zh' ? i + 1 : new Date(Date.UTC(year, i)).toLocaleString('en', { month: 'long', timeZone: 'UTC' }) })} />
            ))}
          </div>
        </>
      )}
    </Section>
  );
}

const MONDAY_FIRST = [1, 2, 3, 4, 5, 6, 0] as const;

function Month({ weeks, name }: { weeks: ReturnType<typeof weeksOf>; name: string }) {
  const t = useWords(words);
  return (
    <div className="month">
      <table>
        <caption>{name}</caption>
        <thead>
          <tr>
            {MONDAY_FIRST.map((d) => (
              <th key={d} scope="col">
                {t(`dow.${d}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, w) => (
            <tr key={w}>
              {week.map((c, i) =>
                c ? (
                  <td key={i} data-kind={c.kind} data-open={c.open || undefined} title={[c.name, c.open && t('open')].filter(Boolean).join(' · ') || undefined}>
                    {c.n}
                    {(c.kind === 'off' || c.kind === 'work') && <span className="what">{t(`mark.${c.kind}`)}</span>}
                  </td>
                ) : (
                  <td key={i} />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Values {
  source: string;
  reason: string;
}

function ImportDrawer({ open, onClose, onDone }: { open: boolean; onClose: () => void; onDone: (firstYear: number | undefined) => void }) {
  const t = useWords(words);
  const k = useKit();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [file, setFile] = useState<File>();
  const [result, setResult] = useState<Imported>();
  useEffect(() => {
    if (!open) return;
    form.resetFields();
    setFile(undefined);
    setResult(undefined);
  }, [open, form]);
  const attempt = useAct(async () => {
    if (file) setResult(await importYears(file, { source: '', reason: '', dry: true }));
  });
  const act = useAct(async (values: Values) => {
    if (!file) return;
    const done = await importYears(file, { ...values, dry: false });
    void message.success(t('import.done'));
    onDone(done.years?.[0]?.year);
  });
  const changes = (result?.years ?? []).some((y) => !y.known || (y.changes ?? []).length > 0);
  return (
    <Drawer
      open={open}
      onClose={onClose}
      size="min(560px, 100vw)"
      title={t('import')}
      forceRender
      footer={
        <div className="actions">
          {result && changes ? (
            <Button type="primary" loading={act.busy} onClick={() => form.submit()}>
              {t('import.now')}
            </Button>
          ) : (
            <Button type="primary" disabled={!file} loading={attempt.busy} onClick={() => void attempt.run()}>
              {t('import.try')}
            </Button>
          )}
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <p className="muted">{t('import.what')}</p>
      {attempt.error && (
        <div className="stack">
          <Problem problem={attempt.error} />
        </div>
      )}
      <Form form={form} name="calendar-import" layout="vertical" onFinish={(values) => void act.run(values)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <Form.Item label={t('import.file')}>
          <Upload
            maxCount={1}
            accept=".csv,.xlsx"
            fileList={file ? [{ uid: '1', name: file.name }] : []}
            beforeUpload={(chosen) => {
              setFile(chosen);
              setResult(undefined);
              attempt.clear();
              return false;
            }}
            onRemove={() => {
              setFile(undefined);
              setResult(undefined);
            }}
          >
            <Button icon={<UploadOutlined />}>{t('import.choose')}</Button>
          </Upload>
        </Form.Item>
        {result && <Effect result={result} />}
        {result && changes && (
          <>
            <Form.Item name="source" label={t('import.source')} rules={[{ required: true, whitespace: true, message: t('import.source.needed') }]}>
              <Input maxLength={300} />
            </Form.Item>
            <Form.Item name="reason" label={t('import.reason')} rules={[{ required: true, whitespace: true, message: t('import.reason.needed') }]}>
              <Input.TextArea rows={2} maxLength={300} />
            </Form.Item>
          </>
        )}
      </Form>
    </Drawer>
  );
}

/** What a dry run found, year by year. */
function Effect({ result }: { result: Imported }) {
  const t = useWords(words);
  return (
    <Section title={t('import.result')}>
      {(result.years ?? []).map((y) => {
        const changes = y.changes ?? [];
        const facts = { n: changes.length, was: y.working_days_was, is: y.working_days };
        return (
          <div key={y.year}>
            <p className="tight">
              <span className="strong">{t('year.n', { year: y.year })}</span> {!y.known ? t('import.new', facts) : changes.length > 0 ? t('import.changed', facts) : t('import.same')}
            </p>
            {changes.length > 0 && (
              <ul className="tight small">
                {changes.slice(0, 60).map((c) => (
                  <li key={c.date}>
                    {t('change', { day: c.date, was: t(`kind.${c.was}` as 'kind.'), is: t(`kind.${c.is}` as 'kind.') })} {c.name}
                  </li>
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </Section>
  );
}
