import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Switch } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { Day, Text } from '../../kit/figures';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { type Duty, listDuties, listOfficials, listUnits, type Official, type Unit } from './api';
import OfficeForm, { type Asked } from './OfficeForm';
import { words } from './words';

/** The units' tree; of the chosen unit, who is in office and what they answer for. */
export default function Organisation() {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const [search, setSearch] = useSearchParams();
  const [past, setPast] = useState(false);
  const today = dayOf(Date.now());
  const [asked, setAsked] = useState<Asked>();
  const units = useLoad(`units?${past}`, (signal) => listUnits(past, signal));
  const all = units.data?.items ?? [];
  const nameOf = (u: Unit) => (lang === 'zh' ? u.name_zh : u.name_en || u.name_zh);
  const chosen = all.find((u) => u.id === search.get('unit')) ?? all.find((u) => u.kind === 'zone') ?? all[0];
  const officials = useLoad(chosen ? `officials:${chosen.id}?${past}` : null, (signal) => listOfficials({ unit: chosen?.id, ended: past }, signal));
  const duties = useLoad(chosen ? `duties:${chosen.id}?${past}` : null, (signal) => listDuties({ unit: chosen?.id, ended: past }, signal));
  const manage = can('office.manage');
  useTitle(t('title'));
  const reload = () => {
    units.reload();
    officials.reload();
    duties.reload();
  };
  if (units.error) return <Problem problem={units.error} retry={units.reload} />;
  if (!units.data) return <Loading rows={10} />;
  const officialName = (id: string) => officials.data?.items?.find((o) => o.id === id)?.name ?? id;
  return (
    <>
      <PageHead
        title={t('title')}
        actions={
          <label className="row">
            <Switch size="small" checked={past} onChange={setPast} /> {t('past')}
          </label>
        }
      />
      {all.length === 0 ? (
        <Empty title={t('empty')}>{t('empty.what')}</Empty>
      ) : (
        <div className="columns tree-first">
          <Section
            title={t('units')}
            extra={
              manage &&
              chosen && (
                <Button icon={<PlusOutlined />} onClick={() => setAsked({ what: 'unit.new', unit: chosen })}>
                  {t('unit.new')}
                </Button>
              )
            }
          >
            <nav aria-label={t('units')}>
              <Branch units={all} parent="" chosen={chosen?.id ?? ''} nameOf={nameOf} onChoose={(id) => setSearch({ unit: id }, { replace: true })} />
            </nav>
          </Section>
          {chosen && (
            <div>
              <Section
                title={
                  <>
                    {nameOf(chosen)} <span className="muted small">{t(`kind.${chosen.kind}`)}</span>
                  </>
                }
                extra={
                  manage && (
                    <>
                      <Button icon={<EditOutlined />} onClick={() => setAsked({ what: 'unit.rename', unit: chosen })}>
                        {t('unit.rename')}
                      </Button>
                      {!['province', 'city', 'zone'].includes(chosen.kind) && (
                        <>
                          <Button onClick={() => setAsked({ what: 'unit.move', unit: chosen, units: all })}>{t('unit.move')}</Button>
                          {!chosen.closed_on && <Button onClick={() => setAsked({ what: 'unit.close', unit: chosen })}>{t('unit.close')}</Button>}
                        </>
                      )}
                    </>
                  )
                }
              >
                {chosen.closed_on ? <p className="warn tight">{t('closed', { day: chosen.closed_on })}</p> : <p className="muted tight">{t(`kind.what.${chosen.kind}`)}</p>}
              </Section>
              <Section
                title={t('officials')}
                extra={
                  manage && (
                    <Button icon={<PlusOutlined />} onClick={() => setAsked({ what: 'official.new', unit: chosen })}>
                      {t('official.new')}
                    </Button>
                  )
                }
              >
                {officials.error ? (
                  <Problem problem={officials.error} retry={officials.reload} />
                ) : !officials.data ? (
                  <Loading rows={3} />
                ) : (officials.data.items ?? []).length === 0 ? (
                  <p className="muted tight">{t('officials.none')}</p>
                ) : (
                  <DataTable
                    caption={t('officials')}
                    rows={officials.data.items ?? []}
                    rowKey={(o: Official) => o.id}
                    columns={[
                      { id: 'name', title: t('field.name'), cell: (o) => o.name },
                      { id: 'position', title: t('field.position'), cell: (o) => <Text value={o.position} /> },
                      { id: 'since', title: t('field.since_on'), numeric: true, cell: (o) => <Day on={o.since_on} /> },
                      { id: 'until', title: t('field.until_on'), numeric: true, cell: (o) => (o.until_on ? <Day on={o.until_on} /> : o.since_on > today ? t('not.yet') : t('now')) },
                      { id: 'account', title: t('field.account'), cell: (o) => (o.account ? t('account.yes') : <span className="muted">{t('account.no')}</span>) },
                      ...(manage
                        ? [
                            {
                              id: 'acts',
                              title: t('acts'),
                              cell: (o: Official) =>
                                o.until_on ? null : (
                                  <span className="row">
                                    <Button type="link" size="small" className="inline" onClick={() => setAsked({ what: 'official.edit', unit: chosen, official: o })} aria-label={`${t('official.edit')} ${o.name}`}>
                                      {t('official.edit')}
                                    </Button>
                                    <Button type="link" size="small" className="inline" onClick={() => setAsked({ what: 'official.relieve', unit: chosen, official: o })} aria-label={`${t('official.relieve')} ${o.name}`}>
                                      {t('official.relieve')}
                                    </Button>
                                  </span>
                                ),
                            },
                          ]
                        : []),
                    ]}
                  />
                )}
              </Section>
              <Section
                title={t('duties')}
                extra={
                  manage && (
                    <Button icon={<PlusOutlined />} onClick={() => setAsked({ what: 'duty.new', unit: chosen, officials: officials.data?.items ?? [] })}>
                      {t('duty.new')}
                    </Button>
                  )
                }
              >
                {duties.error ? (
                  <Problem problem={duties.error} retry={duties.reload} />
                ) : !duties.data ? (
                  <Loading rows={3} />
                ) : (duties.data.items ?? []).length === 0 ? (
                  <p className="muted tight">{t('duties.none')}</p>
                ) : (
                  <ul className="papers">
                    {(duties.data.items ?? []).map((d: Duty) => (
                      <li key={d.id}>
                        <div className="card-line">
                          <span>{lang === 'zh' ? d.text_zh : d.text_en || d.text_zh}</span>
                          <span className="muted figure">
                            {d.since_on} – {d.until_on || t('now')}
                          </span>
                        </div>
                        <div className="muted small">
                          {d.official ? officialName(d.official) : t('duty.whole')}
                          {d.industry && ` · ${t('field.industry')} ${d.industry}`}
                          {d.area && ` · ${d.area}`} · {t('duty.source', { source: d.source })}
                          {manage && !d.until_on && (
                            <>
                              {' · '}
                              <Button type="link" size="small" className="inline" onClick={() => setAsked({ what: 'duty.end', unit: chosen, duty: d })}>
                                {t('duty.end')}
                              </Button>
                            </>
                          )}
                        </div>
                      </li>
                    ))}
                  </ul>
                )}
              </Section>
            </div>
          )}
        </div>
      )}
      <OfficeForm asked={asked} onClose={() => setAsked(undefined)} onSaved={reload} />
    </>
  );
}

function Branch({ units, parent, chosen, nameOf, onChoose }: { units: readonly Unit[]; parent: string; chosen: string; nameOf: (u: Unit) => string; onChoose: (id: string) => void }) {
  const t = useWords(words);
  const known = new Set(units.map((u) => u.id));
  // A unit whose superior the reader may not see stands at the top.
  const here = units.filter((u) => (parent ? u.parent === parent : !known.has(u.parent))).toSorted((a, b) => a.position - b.position || a.name_zh.localeCompare(b.name_zh, 'zh-CN'));
  if (here.length === 0) return null;
  return (
    <ul className="tree">
      {here.map((u) => (
        <li key={u.id}>
          <button type="button" aria-current={u.id === chosen || undefined} onClick={() => onChoose(u.id)}>
            {nameOf(u)} <span className="muted small">{u.closed_on ? t('closed.short') : t(`kind.${u.kind}`)}</span>
          </button>
          <Branch units={units} parent={u.id} chosen={chosen} nameOf={nameOf} onChoose={onChoose} />
        </li>
      ))}
    </ul>
  );
}
