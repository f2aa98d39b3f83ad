import { DatePicker, Form } from 'antd';
import dayjs from 'dayjs';

/** A calendar day kept as the text YYYY-MM-DD; needed is what is said when it is left out, absent when it may be. */
export function DayField({ name, label, needed, extra }: { name: string; label: string; needed?: string; extra?: string }) {
  return (
    <Form.Item
      name={name}
      label={label}
      {...(extra ? { extra } : {})}
      rules={needed ? [{ required: true, message: needed }] : []}
      getValueProps={(value: string) => ({ value: value ? dayjs(value) : null })}
      normalize={(value: dayjs.Dayjs | null) => value?.format('YYYY-MM-DD') ?? ''}
    >
      {/* Enter takes the typed day; it does not submit the form. */}
      <DatePicker style={{ width: 180 }} onKeyDown={(e) => e.key === 'Enter' && e.preventDefault()} />
    </Form.Item>
  );
}
