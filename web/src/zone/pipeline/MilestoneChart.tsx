import { useEffect, useId, useRef, useState } from 'react';
import { When } from '../../kit/figures';
import { useKit } from '../../kit/locale';
import { dayNumber } from '../../kit/when';
import { useWords } from '../../kit/words';
import type { Milestone } from './api';
import { chartRows, ticksBetween } from './milestones';
import { chainOf, trackOf, useStageName, useTrackList } from './tracks';
import { words } from './words';

const ROW = 30;
const TOP = 26;

function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useEffect(() => {
    const node = box.current;
    if (!node) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(280, Math.floor(entry.contentRect.width))));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** Planned, forecast and actual date of each stage on one time axis that tells today, or the day it is shown as of; the table behind it holds everything ever recorded. */
export function MilestoneChart({ milestones, today, asOf = '', track }: { milestones: readonly Milestone[]; today: string; asOf?: string; track: string }) {
  const t = useWords(words);
  const k = useKit();
  const id = useId();
  const [box, width] = useWidth();
  const day = asOf || today;
  const rows = chartRows(milestones, day, chainOf(trackOf(useTrackList(), track)));
  const name = useStageName();
  const days = rows.flatMap((r) => [r.planned, r.forecast, r.actual, r.proposed]).flatMap((m) => (m ? [dayNumber(m.on) ?? []].flat() : []));
  const now = dayNumber(day) ?? 0;
  const low = Math.min(...days, now);
  const high = Math.max(...days, now);
  const pad = Math.max(20, Math.round((high - low) * 0.04));
  const [from, until] = [low - pad, high + pad];
  const left = width < 480 ? 76 : 104;
  const right = width < 480 ? 90 : 104;
  const x = (day: number) => left + ((day - from) / (until - from)) * (width - left - right);
  const height = TOP + rows.length * ROW + 14;
  const ticks = ticksBetween(from, until, Math.max(2, Math.floor((width - left - right) / 76)));
  return (
    <div ref={box}>
      {rows.length > 0 && (
        <svg width={width} height={height} role="img" aria-labelledby={`${id}-t ${id}-d`} className="chart">
          <title id={`${id}-t`}>{t('chart.title')}</title>
          <desc id={`${id}-d`}>{rows.map((r) => `${name(r.stage, track)}: ${(['planned', 'forecast', 'actual', 'proposed'] as const).flatMap((kind) => (r[kind] ? [`${t(`milestone.${kind}`)} ${r[kind].on}`] : [])).join(', ')}`).join('; ')}</desc>
          {ticks.map((tick) => (
            <g key={tick.day}>
              <line x1={x(tick.day)} x2={x(tick.day)} y1={TOP - 6} y2={height - 6} className="grid" />
              <text x={x(tick.day)} y={14} textAnchor="middle" className="axis">{tick.label}</text>
            </g>
          ))}
          <line x1={x(now)} x2={x(now)} y1={TOP - 6} y2={height - 15} className="today" />
          <text x={x(now)} y={height - 4} textAnchor="middle" className="axis today-label">{asOf || t('chart.today')}</text>
          {rows.map((r, i) => {
            const y = TOP + i * ROW + ROW / 2;
            const spots = [r.planned, r.forecast, r.actual, r.proposed].flatMap((m) => (m ? [x(dayNumber(m.on) ?? from)] : []));
            return (
              <g key={r.stage}>
                <text x={0} y={y + 4} className="label">{name(r.stage, track)}</text>
                <line x1={Math.min(...spots)} x2={Math.max(...spots)} y1={y} y2={y} className={r.late !== null && r.late > 0 ? 'span late' : 'span'} />
                {r.planned && <path d={diamond(x(dayNumber(r.planned.on) ?? from), y)} className="planned" />}
                {r.forecast && <circle cx={x(dayNumber(r.forecast.on) ?? from)} cy={y} r={5.5} className="forecast" />}
                {r.proposed && <rect x={x(dayNumber(r.proposed.on) ?? from) - 5} y={y - 5} width={10} height={10} className="proposed" />}
                {r.actual && <circle cx={x(dayNumber(r.actual.on) ?? from)} cy={y} r={5} className="actual" />}
                {r.late !== null && (
                  <text x={width} y={y + 4} textAnchor="end" className={r.late > 0 ? 'note late' : 'note'}>
                    {r.late === 0 ? t('chart.on.time') : r.late > 0 ? t(r.actual ? 'chart.late' : 'chart.overdue', { n: r.late }) : t('chart.early', { n: -r.late })}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      {rows.length > 0 && (
        <ul className="legend" aria-hidden="true">
          {(['planned', 'forecast', 'actual', 'proposed'] as const).map((kind) => (
            <li key={kind}>
              <svg width="14" height="14" viewBox="0 0 14 14" className="chart">
                {kind === 'planned' && <path d={diamond(7, 7)} className="planned" />}
                {kind === 'forecast' && <circle cx="7" cy="7" r="5.5" className="forecast" />}
                {kind === 'actual' && <circle cx="7" cy="7" r="5" className="actual" />}
                {kind === 'proposed' && <rect x="2" y="2" width="10" height="10" className="proposed" />}
              </svg>
              {t(`milestone.${kind}`)}
            </li>
          ))}
        </ul>
      )}
      {milestones.length > 0 && (
        <details className="after-image">
          <summary>{k('chart.table')}</summary>
          <div className="table-scroll" tabIndex={0} role="region" aria-label={t('milestones.caption')}>
            <table className="data">
              <caption className="sr-only">{t('milestones.caption')}</caption>
              <thead>
                <tr>
                  {(['field.stage', 'milestone.kind', 'milestone.on', 'milestone.note', 'milestone.by', 'milestone.recorded'] as const).map((h) => (
                    <th key={h} scope="col">{t(h)}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {milestones.toSorted((a, b) => b.seq - a.seq).map((m) => (
                  <tr key={m.seq}>
                    <th scope="row">{name(m.stage, track)}</th>
                    <td>{t(`milestone.${m.kind}`)}</td>
                    <td className="figure">{m.on ? precise(m) : t('milestone.retracted')}</td>
                    <td>{m.note}</td>
                    <td>{m.by_name || m.by}</td>
                    <td><When at={m.recorded_at} minute /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </div>
  );
}

function precise(m: Milestone): string {
  return m.precision === 'month' ? m.on.slice(0, 7) : m.precision === 'year' ? m.on.slice(0, 4) : m.on;
}

function diamond(x: number, y: number): string {
  return `M${x} ${y - 6.5}L${x + 6.5} ${y}L${x} ${y + 6.5}L${x - 6.5} ${y}Z`;
}
