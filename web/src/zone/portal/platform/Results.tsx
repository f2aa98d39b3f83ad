import { Link } from 'react-router';
import { useLoad } from '../../../kit/load';
import { shortMoney } from '../../../kit/money';
import { Loading, Problem, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { type Lang, type Say, useLang, useWords } from '../../../kit/words';
import type { PlatformDetail } from '../../platform/api';
import { type Figure, getBoard, type Value } from '../../scoreboard/api';
import { decimal, isShare, ofN, percent } from '../../scoreboard/figures';
import { words } from './words';

/** What the platform has come to since it was set up: the scoreboard's figures of it where the reader has them, and the contract tasks accepted. */
export function Results({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const query = { platform: p.id, from: p.since_on };
  const board = useLoad(can('scoreboard.read') ? `/scoreboard?${JSON.stringify(query)}` : null, (signal) => getBoard(query, signal));
  const figures = (board.data?.lights ?? []).flatMap((light) => light.figures ?? []).filter((f) => f.value.state === 'computed');
  return (
    <Section id="results" title={t('results')} extra={can('scoreboard.read') && <Link to={`/scoreboard?platform=${p.id}&from=${p.since_on}`}>{t('results.board')}</Link>}>
      {board.error && board.error.status !== 403 && <Problem problem={board.error} retry={board.reload} />}
      {board.loading && !board.data && <Loading rows={4} />}
      <dl className="facts results">
        {figures.map((f) => (
          <div key={f.id}>
            <dt>
              {f.name} <span className="small figure">{`${f.id}@${f.version}`}</span>
            </dt>
            <dd className="figure">
              {said(f.value, f.kind, lang, t)}
              {f.expansion?.state === 'computed' && Boolean(f.expansion.numerator) && <div className="muted small">{t('result.expansion', { value: said(f.expansion, f.kind, lang, t) })}</div>}
            </dd>
          </div>
        ))}
        <div>
          <dt>{t('result.accepted')}</dt>
          <dd className="figure">{p.tasks_accepted}</dd>
        </div>
      </dl>
      {board.data && (
        <p className="muted small tight">
          {t('results.period', { from: board.data.from, until: board.data.until })}
          {figures.length === 0 && ` ${t('results.none')}`}
        </p>
      )}
    </Section>
  );
}

/** A figure in short: a share with its n, a sum of money, days, or a count. */
function said(v: Value, kind: Figure['kind'], lang: Lang, t: Say<keyof typeof words.zh>): string {
  if (v.days) return t('result.days', { n: v.days.p50 });
  if (v.money && !v.ratio) return shortMoney(v.money, lang);
  if (v.ratio) return `${isShare(kind) ? percent(v.ratio) : decimal(v.ratio)} (${ofN(v)})`;
  return String(v.numerator ?? 0);
}
