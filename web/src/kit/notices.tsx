import { CheckOutlined, CopyOutlined, EyeInvisibleOutlined, SafetyOutlined } from '@ant-design/icons';
import { Alert, App, Button, Skeleton, Tag, Tooltip } from 'antd';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import type { ProblemError } from './api';
import { useKit } from './locale';

/** What went wrong, what is safe and what to do; an offer to retry where that can help. */
export function Problem({ problem, retry }: { problem: ProblemError; retry?: (() => void) | undefined }) {
  const k = useKit();
  const kind = kindOf(problem);
  const more = problem.errors.filter((e) => e.message !== problem.detail);
  return (
    <Alert
      role="alert"
      type={kind === 'denied' ? 'warning' : 'error'}
      showIcon
      title={kind === 'other' && problem.title ? problem.title : k(`problem.${kind}`)}
      description={
        <>
          <p className="tight">{problem.detail || (kind === 'other' ? problem.code : k(`problem.${kind}.what`))}</p>
          {more.length > 0 && (
            <ul className="tight">
              {more.map((e, i) => (
                <li key={i}>{e.message}</li>
              ))}
            </ul>
          )}
          {kind !== 'offline' && kind !== 'unexpected' && (
            <p className="tight muted small">
              {k('problem.code', { code: problem.code })}
              {problem.requestID && ` · ${k('problem.request', { id: problem.requestID })}`}
            </p>
          )}
        </>
      }
      action={
        retry && kind !== 'denied' && kind !== 'missing' ? (
          <Button size="small" onClick={retry}>
            {k('retry')}
          </Button>
        ) : undefined
      }
    />
  );
}

/** A page that could not be opened: what went wrong, the way back and, unless ask is false, whom to ask for it. */
export function DeadEnd({ problem, retry, back, to, ask = true }: { problem: ProblemError; retry?: (() => void) | undefined; back: string; to: string; ask?: boolean }) {
  const k = useKit();
  const kind = kindOf(problem);
  return (
    <div className="stack">
      <Problem problem={problem} retry={retry} />
      <p className="row tight">
        <Link to={to}>{back}</Link>
        {ask && (kind === 'missing' || kind === 'denied') && <span className="muted">{k('problem.ask')}</span>}
      </p>
    </div>
  );
}

function kindOf(problem: ProblemError): 'offline' | 'denied' | 'missing' | 'unexpected' | 'other' {
  if (problem.code === 'web.offline') return 'offline';
  if (problem.code === 'web.unexpected') return 'unexpected';
  if (problem.status === 403) return 'denied';
  if (problem.status === 404) return 'missing';
  return 'other';
}

/** Nothing here yet: what this is for and the first thing to do. */
export function Empty({ title, children, action }: { title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <svg width="72" height="48" viewBox="0 0 72 48" aria-hidden="true">
        <path d="M12 2v44M36 2v44M60 2v44M2 12h68M2 36h68" stroke="currentColor" strokeWidth="1" opacity=".35" />
        <circle cx="36" cy="12" r="7" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <circle cx="60" cy="36" r="7" fill="currentColor" opacity=".35" />
      </svg>
      <div className="strong">{title}</div>
      {children && <div className="muted">{children}</div>}
      {action && <div>{action}</div>}
    </div>
  );
}

/** A block being fetched. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const k = useKit();
  return (
    <div aria-busy="true" className="loading">
      <span className="sr-only" role="status">
        {k('loading')}
      </span>
      <Skeleton active={false} title={false} paragraph={{ rows }} />
    </div>
  );
}

/** The mark every page carries when the zone holds fictional data. */
export function DemoMark() {
  const k = useKit();
  return (
    <Tooltip title={k('demo.why')}>
      <Tag className="demo-mark" tabIndex={0}>
        {k('demo')}
      </Tag>
    </Tooltip>
  );
}

/** What must not be entered; stands on every page that takes files. */
export function SecrecyNotice() {
  const k = useKit();
  return <Alert type="warning" showIcon icon={<SafetyOutlined />} title={k('secrecy.title')} description={k('secrecy.what')} />;
}

/** A value the reader sees only in part. */
export function Masked({ value }: { value: string }) {
  const k = useKit();
  return (
    <span className="figure">
      {value} <EyeInvisibleOutlined className="muted" aria-label={k('masked')} />
    </span>
  );
}

/** Text to hand on, with a button that copies it; shown is an abbreviation of it. */
export function Copyable({ text, shown = text }: { text: string; shown?: string }) {
  const k = useKit();
  const { message } = App.useApp();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    void message.success(k('copied'));
  };
  return (
    <span className="copyable">
      <span className="mono" title={text}>
        {shown}
      </span>
      <Button size="small" type="text" icon={done ? <CheckOutlined /> : <CopyOutlined />} aria-label={k('copy')} onClick={() => void copy()} />
    </span>
  );
}

/** A titled part of a page. */
export function Section({ title, extra, children, id }: { title: ReactNode; extra?: ReactNode; children: ReactNode; id?: string }) {
  return (
    <section className="section" id={id} tabIndex={id ? -1 : undefined}>
      <header>
        <h2>{title}</h2>
        {extra && <div className="actions">{extra}</div>}
      </header>
      {children}
    </section>
  );
}

/** Facts as name and value. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode] | null)[] }) {
  return (
    <dl className="facts">
      {items.map((item) =>
        item ? (
          <div key={item[0]}>
            <dt>{item[0]}</dt>
            <dd>{item[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
