import { CheckCircleFilled, RightOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { Link } from 'react-router';
import { useLoad } from '../../kit/load';
import { Loading, Problem } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { type Gate, type GateItem, getGate } from './api';
import { useStageName } from './tracks';
import { words } from './words';

/** The address of where an item is supplied, on the project's page. */
export function supplyAddress(base: string, item: GateItem): string {
  const what = item.kind === 'field' ? `edit:${item.hint_field}` : item.kind === 'evidence' ? `evidence:${item.id}` : `sign:${item.stage}:${item.id}`;
  return `${base}?do=${encodeURIComponent(what)}`;
}

/** Whether the reader may supply an item: fields and evidence by permission, a signature only in an office they hold. */
export function useSupply(): (item: GateItem) => boolean {
  const { can, session } = useSession();
  return (item) => {
    if (item.kind === 'field') return can('pipeline.amend');
    if (item.kind === 'evidence') return can('pipeline.evidence');
    return can('pipeline.sign') && (session?.account.roles ?? []).includes(item.id);
  };
}

/** Fetches and shows what is needed to move on. */
export function GateList({ id, base, track }: { id: string; base: string; track: string }) {
  const load = useLoad(`gate:${id}`, (signal) => getGate(id, signal));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={4} />;
  return <GateView gate={load.data} base={base} track={track} />;
}

/** The checklist of the next stage, and what earlier stages still lack. */
export function GateView({ gate, base, track }: { gate: Gate; base: string; track?: string }) {
  const t = useWords(words);
  const name = useStageName();
  const items = gate.items ?? [];
  const earlier = (gate.missing_earlier ?? []).filter((e) => !items.some((i) => i.stage === e.stage && i.id === e.id && i.kind === e.kind));
  const open = items.filter((i) => !i.met).length;
  return (
    <>
      {gate.next && (
        <>
          <p className={open > 0 ? 'warn strong' : 'ok strong'}>{open > 0 ? t('gate.open', { stage: name(gate.next, track), n: open }) : t('gate.ready', { stage: name(gate.next, track) })}</p>
          <Checklist items={items} base={base} label={t('gate.title')} />
        </>
      )}
      {!gate.next && earlier.length === 0 && <p className="muted">{t('gate.none')}</p>}
      {earlier.length > 0 && (
        <>
          <p className="warn strong" style={{ marginTop: 12 }}>
            {t('gate.earlier', { n: earlier.length })}
          </p>
          <Checklist items={earlier} base={base} label={t('gate.earlier', { n: earlier.length })} withStage={(stage) => name(stage, track)} />
        </>
      )}
    </>
  );
}

function Checklist({ items, base, label, withStage }: { items: readonly GateItem[]; base: string; label: string; withStage?: (stage: string) => string }) {
  const t = useWords(words);
  const supply = useSupply();
  return (
    <ul className="checklist" aria-label={label}>
      {items.map((item) => (
        <li key={`${item.stage}/${item.kind}/${item.id}`} data-met={item.met}>
          {item.met ? <CheckCircleFilled className="ok" aria-label={t('gate.met')} /> : <span className="todo" role="img" aria-label={t('gate.unmet')} />}
          <span className="what">
            {withStage && <span className="muted">{withStage(item.stage)} · </span>}
            {item.met ? (
              <span>{item.label}</span>
            ) : !supply(item) ? (
              <span>
                {item.label} {item.kind === 'signoff' && <span className="muted small">{t('need.signoff.by')}</span>}
              </span>
            ) : (
              <Link to={supplyAddress(base, item)}>
                {item.label} <RightOutlined style={{ fontSize: 10 }} aria-hidden />
              </Link>
            )}
          </span>
          <Tooltip title={t('gate.source', { source: item.source })}>
            <span className="muted small" tabIndex={0}>
              {t(`need.${item.kind}`)}
            </span>
          </Tooltip>
        </li>
      ))}
    </ul>
  );
}
