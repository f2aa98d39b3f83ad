import { HistoryOutlined } from '@ant-design/icons';
import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { dayOf } from '../../kit/when';
import { useWords } from '../../kit/words';
import { words } from './words';

/** Chooses the day as of which one wants to read; today and later is no choice. */
export function AsOfPicker({ value, onChange }: { value: string; onChange: (day: string) => void }) {
  const t = useWords(words);
  const today = dayOf(Date.now());
  return <DatePicker aria-label={t('asof.choose')} placeholder={t('asof.choose')} value={value ? dayjs(value) : null} disabledDate={(d) => d.format('YYYY-MM-DD') >= today} onChange={(d) => onChange(d?.format('YYYY-MM-DD') ?? '')} style={{ width: 170 }} suffixIcon={<HistoryOutlined />} />;
}

/** Says plainly that what is shown is what had been recorded by an earlier day. */
export function AsOfStrip({ day, onBack }: { day: string; onBack: () => void }) {
  const t = useWords(words);
  return (
    <p className="as-of" role="status">
      <HistoryOutlined aria-hidden /> <strong>{t('asof.strip', { day })}</strong> <span>{t('asof.what')}</span>{' '}
      <button type="button" className="as-link" onClick={onBack}>
        {t('asof.back')}
      </button>
    </p>
  );
}
