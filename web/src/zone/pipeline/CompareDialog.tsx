import { Alert, Button, Modal, Radio } from 'antd';
import { type ReactNode, useRef, useState } from 'react';
import type { Entry } from '../../infra/journal/api';
import type { ProblemError } from '../../kit/api';
import { Day, Text, When } from '../../kit/figures';
import { useKit } from '../../kit/locale';
import { exactMoney, parseFigure } from '../../kit/money';
import { Problem } from '../../kit/notices';
import { useLang, useWords } from '../../kit/words';
import type { Project } from './api';
import { changedBy, type Choices, choose, type Difference, type Field, groupOf, movedBy, type Side, undecided } from './compare';
import { useActivity, useIndustryName, useNamed, useTracks, useUnits } from './lookups';
import { type ProjectValues, type Typed, useOfficials, valuesOf } from './ProjectForm';
import { useStageName } from './tracks';
import { words } from './words';

/** A project somebody else saved while it was being edited, beside what was typed. */
export interface Comparison {
  base: Project;
  now: Project;
  etag: string;
  mine: ProjectValues;
  all: readonly Difference[];
  choices: Choices;
  /** What happened to the project, newest first. */
  acts: readonly Entry[];
  /** It was saved once more while this was being compared. */
  again: boolean;
}

/** Whether a project can be changed no more. */
const ended = (p: Pick<Project, 'stage'>) => p.stage === 'lost' || p.stage === 'terminated';

/** As opened, mine and now on record, field by field; the reader says which is saved. Closing it goes back to what was typed. */
export function CompareDialog({ comparison: c, busy, problem, onChoose, onSave, onBack }: { comparison: Comparison; busy: boolean; problem: ProblemError | undefined; onChoose: (choices: Choices) => void; onSave: () => void; onBack: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const list = useRef<HTMLUListElement>(null);
  const [told, setTold] = useState(false);
  const over = ended(c.now);
  const show = useShow(c.base, c.now);
  const open = undecided(c.all, c.choices);
  const label = (field: Field) => t(`field.${field}`);
  const every = (side: Side) => onChoose(Object.fromEntries(c.all.map((d) => [d.field, side])));
  const save = () => {
    setTold(true);
    if (open.length === 0) return onSave();
    list.current?.querySelector<HTMLInputElement>(`[data-field="${open[0]}"] input`)?.focus();
  };
  return (
    <Modal
      open
      title={k('stale.title')}
      width={880}
      onCancel={onBack}
      mask={{ closable: false }}
      footer={[
        <Button key="back" onClick={onBack}>
          {t('compare.back')}
        </Button>,
        over ? null : (
          <Button key="save" type="primary" loading={busy} onClick={save}>
            {t('compare.save')}
          </Button>
        ),
      ]}
    >
      <div className="stack">
        {over ? <Alert role="alert" type="warning" showIcon title={t('compare.final', { stage: t.maybe('stage.', c.now.stage) })} description={<Moved comparison={c} />} /> : c.again ? <Alert role="alert" type="warning" showIcon title={t('compare.again')} /> : <p className="tight">{t('compare.what')}</p>}
        {!over && c.base.stage !== c.now.stage && <Moved comparison={c} />}
        {problem && <Problem problem={problem} />}
        {c.all.length === 0 && <p className="tight muted">{t('compare.none')}</p>}
        {!over && c.all.length > 1 && (
          <div className="actions">
            <Button size="small" onClick={() => every('mine')}>
              {t('compare.all.mine')}
            </Button>
            <Button size="small" onClick={() => every('theirs')}>
              {t('compare.all.theirs')}
            </Button>
          </div>
        )}
      </div>
      <ul className="compare" ref={list}>
        {c.all.map((d) => (
          <Row key={d.field} comparison={c} difference={d} show={show} fixed={over} lacking={told && open.includes(d.field)} onPick={(side) => onChoose(choose(c.choices, c.all, d.field, side))} />
        ))}
      </ul>
      {told && open.length > 0 && (
        <p className="bad tight" role="alert">
          {t('compare.undecided', { fields: open.map(label).join(k('list.join')) })}
        </p>
      )}
    </Modal>
  );
}

/** One field: its three contents, and the choice between two of them. */
function Row({ comparison: c, difference: d, show, fixed, lacking, onPick }: { comparison: Comparison; difference: Difference; show: (field: Field, of: ProjectValues) => ReactNode; fixed: boolean; lacking: boolean; onPick: (side: Side) => void }) {
  const t = useWords(words);
  const k = useKit();
  const id = `compare-${d.field}`;
  const theirs = valuesOf(c.now);
  const act = d.by === 'mine' ? undefined : changedBy(c.acts, d.field, c.base.updated_at);
  const undecidedHere = !fixed && c.choices[d.field] === undefined;
  const others = groupOf(d.field).filter((f) => f !== d.field && c.all.some((x) => x.field === f));
  const cell = (side: Side, of: ProjectValues) => {
    const body = (
      <>
        <span className="compare-head">{t(`compare.${side}`)}</span>
        <span className="compare-value">
          {show(d.field, of)}
        </span>
        {side === 'theirs' && act && (
          <span className="muted small">
            {act.actor_name || act.actor} · <When at={act.at} minute />
          </span>
        )}
      </>
    );
    return fixed ? <div className="compare-cell">{body}</div> : <Radio className="compare-cell" value={side}>{body}</Radio>;
  };
  const cells = (
    <>
      <div className="compare-cell">
        <span className="compare-head">{t('compare.base')}</span>
        <span className="compare-value">
          {show(d.field, valuesOf(c.base))}
        </span>
      </div>
      {cell('mine', c.mine)}
      {cell('theirs', theirs)}
    </>
  );
  return (
    <li data-field={d.field} data-open={undecidedHere || undefined}>
      <div className="card-line">
        <span className="strong" id={id}>
          {t(`field.${d.field}`)}
        </span>
        <span className={lacking ? 'bad small' : undecidedHere ? 'warn small' : 'muted small'}>
          {t(`compare.by.${d.by}`)}
          {undecidedHere && ` · ${t('compare.choose')}`}
          {!fixed && others.length > 0 && ` · ${t('compare.together', { fields: others.map((f) => t(`field.${f}`)).join(k('list.join')) })}`}
        </span>
      </div>
      {fixed ? (
        <div className="compare-cells">{cells}</div>
      ) : (
        <Radio.Group className="compare-cells" aria-labelledby={id} name={id} value={c.choices[d.field] ?? null} onChange={(e) => onPick(e.target.value as Side)}>
          {cells}
        </Radio.Group>
      )}
    </li>
  );
}

/** That the project stands elsewhere than it did, by whom and when. */
function Moved({ comparison: c }: { comparison: Comparison }) {
  const t = useWords(words);
  const name = useStageName();
  const act = movedBy(c.acts, c.now.stage, c.base.updated_at);
  return (
    <p className="tight">
      {t('compare.moved', { from: name(c.base.stage, c.base.track), to: name(c.now.stage, c.now.track) })}
      {act && (
        <span className="muted small">
          {' '}
          {act.actor_name || act.actor} · <When at={act.at} minute />
        </span>
      )}
    </p>
  );
}

/** Shows what stands in a field; the lists it reads from are read once for all. */
function useShow(base: Project, now: Project): (field: Field, of: ProjectValues) => ReactNode {
  const t = useWords(words);
  const lang = useLang();
  const { nameOf: unitName } = useUnits();
  const { nameOf: trackName } = useTracks();
  const { nameOf: platformName } = useNamed('/platforms');
  const { nameOf: methodName } = useNamed('/methods');
  const { nameOf: campaignName } = useNamed('/campaigns');
  const industryName = useIndustryName();
  const officials = useOfficials();
  return (field, of) => {
    const value = of[field];
    if (typeof value === 'object') return <Text value={said(value, lang)} />;
    if (field === 'builds') return t(value ? 'builds.yes' : 'builds.no');
    if (!value) return field === 'platform' ? t('platform.none') : <Text value="" />;
    const text = String(value);
    switch (field) {
      case 'kind':
        return t.maybe('kind.', text);
      case 'found_on':
        return <Day on={text} />;
      case 'unit':
        return unitName(text);
      case 'track':
        return trackName(text);
      case 'platform':
        return platformName(text);
      case 'method':
        return methodName(text);
      case 'campaign':
        return campaignName(text);
      case 'activity':
        return <ActivityName id={text} />;
      case 'industry':
        return industryName(text);
      case 'investor':
        return of.investor_name || text;
      case 'owner':
        return officials.find((o) => o.account === text)?.name ?? [now, base].find((p) => p.owner === text)?.owner_name ?? text;
      default:
        return text;
    }
  };
}

/** The activity of an id by its name and day. */
function ActivityName({ id }: { id: string }) {
  const t = useWords(words);
  const activity = useActivity(id);
  return activity === null ? t('activity.hidden') : activity ? `${activity.name} · ${activity.on_date}` : '…';
}

/** An amount in full, so that two that are nearly the same are told apart. */
function said(typed: Typed, lang: 'zh' | 'en'): string {
  if (!typed.figure.trim()) return '';
  const minor = parseFigure(typed.figure, typed.currency);
  return minor === null ? `${typed.figure} ${typed.currency}` : exactMoney({ minor, currency: typed.currency }, lang);
}
