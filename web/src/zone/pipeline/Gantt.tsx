import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Loading, Problem } from '../../kit/notices';
import { dayNumber, dayOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import { datesOf, type Project } from './api';
import { DueMark, useDue } from './DueMark';
import { cellsOf, csvCell, GANTT_KINDS, type Line, lineOf, type Mark, spanOf, stagesOf } from './gantt';
import { StageTag } from './StageTag';
import { useStageName } from './tracks';
import { words } from './words';

const ROW = 44;
const AXIS = 34;

/** A page of projects along time: planned, forecast and actual dates of their stages, limits and today. */
export default function Gantt({ projects, onOpen }: { projects: readonly Project[]; onOpen: (id: string) => void }) {
  const t = useWords(words);
  const k = useKit();
  const id = useId();
  const name = useStageName();
  const [zoom, setZoom] = useState<'quarter' | 'year'>('quarter');
  const ids = projects.map((p) => p.id);
  const load = useLoad(`dates?${ids.join(',')}`, (signal) => datesOf(ids, signal));
  const today = dayOf(Date.now());
  const lines = useMemo(() => {
    const dates = new Map((load.data?.items ?? []).map((d) => [d.project, d.items ?? []]));
    return projects.map((p) => lineOf(p, dates.get(p.id) ?? [], today));
  }, [projects, load.data, today]);
  const [from, until] = spanOf(lines, today);
  const cells = cellsOf(from, until, zoom);
  const scale = zoom === 'quarter' ? 0.72 : 0.3; // pixels a day
  const width = Math.ceil((until - from) * scale);
  const x = (day: number) => (day - from) * scale;
  const now = dayNumber(today) ?? from;
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = scroller.current;
    const names = node?.querySelector<HTMLElement>('.gantt-names');
    if (node && names) node.scrollLeft = Math.max(0, x(now) - (node.clientWidth - names.offsetWidth) * 0.45);
  }, [zoom, from, load.data === undefined]);
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={10} />;
  const height = lines.length * ROW;
  return (
    <div className="gantt">
      <div className="board-line">
        <span className="switch" role="group" aria-label={t('gantt.zoom')}>
          {(['quarter', 'year'] as const).map((z) => (
            <button key={z} type="button" aria-pressed={z === zoom} onClick={() => setZoom(z)}>
              {t(`gantt.${z}`)}
            </button>
          ))}
        </span>
        <Legend />
        <Button type="text" icon={<DownloadOutlined />} onClick={() => save(lines, t, name)}>
          {k('export.csv')}
        </Button>
      </div>
      <div className="gantt-scroll" ref={scroller} tabIndex={0} role="region" aria-label={t('gantt.title')}>
        <div className="gantt-names">
          <div className="gantt-corner" style={{ height: AXIS }} />
          {lines.map(({ project: p }) => (
            <div key={p.id} className="gantt-name" style={{ height: ROW }}>
              <Link
                to={`/projects/${p.id}`}
                title={p.name}
                onClick={(e) => {
                  if (e.metaKey || e.ctrlKey || e.shiftKey) return;
                  e.preventDefault();
                  onOpen(p.id);
                }}
              >
                {p.name}
              </Link>
              <span className="gantt-state">
                <StageTag stage={p.stage} track={p.track} /> <DueMark project={p} />
              </span>
            </div>
          ))}
        </div>
        <div className="gantt-chart">
          <svg width={width} height={AXIS} aria-hidden="true" className="chart gantt-axis">
            {cells.map((c) => (
              <g key={c.from}>
                <line x1={x(c.from)} x2={x(c.from)} y1={0} y2={AXIS} className="grid" />
                <text x={x(c.from) + 6} y={14} className="axis">{c.label}</text>
              </g>
            ))}
            <text x={x(now) + 4} y={AXIS - 3} className="axis today-label">{t('chart.today')}</text>
          </svg>
          <svg width={width} height={height} role="img" aria-labelledby={`${id}-t ${id}-d`} className="chart">
            <title id={`${id}-t`}>{t('gantt.title')}</title>
            <desc id={`${id}-d`}>{t('gantt.desc', { n: lines.length })}</desc>
            {cells.map((c) => (
              <line key={c.from} x1={x(c.from)} x2={x(c.from)} y1={0} y2={height} className="grid" />
            ))}
            {lines.map((line, i) => (
              <LineShape key={line.project.id} line={line} y={i * ROW} x={x} width={width} />
            ))}
            <line x1={x(now)} x2={x(now)} y1={0} y2={height} className="today" />
          </svg>
        </div>
      </div>
      <TableTwin lines={lines} />
    </div>
  );
}

/** One project's bar and dates. */
function LineShape({ line, y, x, width }: { line: Line; y: number; x: (day: number) => number; width: number }) {
  const t = useWords(words);
  const name = useStageName();
  const mid = y + ROW / 2;
  const told = useDue(line.project);
  return (
    <g>
      <line x1={0} x2={width} y1={y + ROW} y2={y + ROW} className="grid" />
      {line.done && <line x1={x(line.done[0])} x2={Math.max(x(line.done[1]), x(line.done[0]) + 2)} y1={mid} y2={mid} className="bar done" />}
      {line.ahead && <line x1={x(line.ahead[0])} x2={x(line.ahead[1])} y1={mid} y2={mid} className="bar ahead" />}
      {line.due !== null && told && (
        <g className={`due ${told.due.state}`}>
          <title>{`${t('due.on', { day: line.project.due_on })} · ${told.text}`}</title>
          <path d={`M${x(line.due)} ${mid - 15}v30`} />
          <path d={`M${x(line.due)} ${mid - 15}l9 4l-9 4z`} className="flag" />
        </g>
      )}
      {line.marks.map((m) => (
        <g key={`${m.stage}/${m.kind}`}>
          <title>{`${name(m.stage, line.project.track)} ${t(`milestone.${m.kind}`)} ${m.on}`}</title>
          <MarkShape mark={m} x={x(m.day)} y={mid} />
        </g>
      ))}
    </g>
  );
}

function MarkShape({ mark, x, y }: { mark: Pick<Mark, 'kind'>; x: number; y: number }) {
  if (mark.kind === 'planned') return <path d={`M${x} ${y - 6.5}L${x + 6.5} ${y}L${x} ${y + 6.5}L${x - 6.5} ${y}Z`} className="planned" />;
  if (mark.kind === 'forecast') return <circle cx={x} cy={y} r={5.5} className="forecast" />;
  return <circle cx={x} cy={y} r={5} className="actual" />;
}

function Legend() {
  const t = useWords(words);
  return (
    <ul className="legend" aria-hidden="true">
      {GANTT_KINDS.map((kind) => (
        <li key={kind}>
          <svg width="14" height="14" viewBox="0 0 14 14" className="chart">
            <MarkShape mark={{ kind }} x={7} y={7} />
          </svg>
          {t(`milestone.${kind}`)}
        </li>
      ))}
      <li>
        <svg width="14" height="14" viewBox="0 0 14 14" className="chart">
          <g className="due running"><path d="M4 0v14" /><path d="M4 0l9 4l-9 4z" className="flag" /></g>
        </svg>
        {t('gantt.due')}
      </li>
    </ul>
  );
}

/** What the chart shows, as a table. */
function TableTwin({ lines }: { lines: readonly Line[] }) {
  const t = useWords(words);
  const k = useKit();
  const name = useStageName();
  const used = stagesOf(lines);
  return (
    <details className="after-image">
      <summary>{k('chart.table')}</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t('gantt.table')}>
        <table className="data">
          <caption className="sr-only">{t('gantt.table')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('field.name')}</th>
              <th scope="col">{t('field.stage')}</th>
              <th scope="col">{t('gantt.due')}</th>
              {used.map((s) => (
                <th key={s} scope="col">{name(s)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((l) => (
              <tr key={l.project.id}>
                <th scope="row">{l.project.name}</th>
                <td>{name(l.project.stage, l.project.track)}</td>
                <td className="figure">{l.project.due_on || k('empty.value')}</td>
                {used.map((s) => (
                  <td key={s}>
                    {l.marks.filter((m) => m.stage === s).map((m) => (
                      <div key={m.kind} className="figure">
                        <span className="muted">{t(`milestone.${m.kind}`)}</span> {m.on}
                      </div>
                    ))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Saves the dates of this page as CSV, one date a line. */
function save(lines: readonly Line[], t: ReturnType<typeof useWords<keyof typeof words.zh>>, name: ReturnType<typeof useStageName>): void {
  const rows = [[t('field.code'), t('field.name'), t('field.stage'), t('gantt.due'), t('gantt.of.stage'), t('milestone.kind'), t('milestone.on')]];
  for (const { project: p, marks } of lines) for (const m of marks) rows.push([p.code, p.name, name(p.stage, p.track), p.due_on, name(m.stage, p.track), t(`milestone.${m.kind}`), m.on]);
  const text = '\uFEFF' + rows.map((r) => r.map(csvCell).join(',')).join('\r\n') + '\r\n';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = `${t('gantt.title')}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
