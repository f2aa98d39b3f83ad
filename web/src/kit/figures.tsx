import { Tooltip } from 'antd';
import { useKit } from './locale';
import { type Amount, exactMoney, shortMoney } from './money';
import { dayOf, minuteOf, secondOf } from './when';
import { useLang } from './words';

/** An amount by size, exact on hover; unknown is told as such. */
export function Money({ amount }: { amount: Amount | null | undefined }) {
  const lang = useLang();
  const k = useKit();
  if (!amount || !amount.currency) return <span className="muted">{k('unknown.value')}</span>;
  const exact = exactMoney(amount, lang);
  const short = shortMoney(amount, lang);
  if (exact === short) return <span className="figure">{exact}</span>;
  return (
    <Tooltip title={exact}>
      <span className="figure">
        {short}
        <span className="sr-only"> ({exact})</span>
      </span>
    </Tooltip>
  );
}

/** A calendar day, or 未填. */
export function Day({ on }: { on: string | null | undefined }) {
  const k = useKit();
  return on ? (
    <time className="figure" dateTime={on}>
      {on}
    </time>
  ) : (
    <span className="muted">{k('unknown.value')}</span>
  );
}

/** An instant (ms UTC): the day, or day and minute; the second and time zone on hover. */
export function When({ at, minute }: { at: number | null | undefined; minute?: boolean }) {
  const k = useKit();
  if (!at) return <span className="muted">{k('empty.value')}</span>;
  return (
    <time className="figure" dateTime={new Date(at).toISOString()} title={`${secondOf(at)} ${k('timezone')}`}>
      {minute ? minuteOf(at) : dayOf(at)}
    </time>
  );
}

/** A text, or 未填. */
export function Text({ value }: { value: string | null | undefined }) {
  const k = useKit();
  return value ? <span>{value}</span> : <span className="muted">{k('unknown.value')}</span>;
}

/** 1,234,567 bytes → 1.2 MB. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
