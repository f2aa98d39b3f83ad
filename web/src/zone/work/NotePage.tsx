import { Button, Checkbox, Form, Input, Result } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { keyAfter, submitKey } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { draftName, readDraft } from '../../kit/draft';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { SecrecyNotice, Section } from '../../kit/notices';
import { pageOf } from '../../infra/journal/object';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { dayOf } from '../../kit/when';
import { get } from '../../kit/api';
import { useWords } from '../../kit/words';
import { type Found, giveTask, listNotes, writeNote } from './api';
import { SubjectField } from './SubjectField';
import { words } from './words';
import { NoteLine } from './WorkSection';

interface Values {
  subject?: string;
  firm_name?: string;
  on: string;
  place?: string;
  people?: string;
  text: string;
  next?: boolean;
  next_title?: string;
  next_due?: string;
}

/** 记一笔: the note of a visit on one screen, for the phone; a draft is kept in this tab until it is filed. */
export default function NotePage() {
  const t = useWords(words);
  const { can, session } = useSession();
  const draft = draftName('note', session?.account.id);
  const [search, setSearch] = useSearchParams();
  const [form] = Form.useForm<Values>();
  const [filed, setFiled] = useState<{ subject: string; task: boolean }>();
  const key = useRef(submitKey());
  const taskKey = useRef(submitKey());
  const object = search.get('object') ?? '';
  const known = useKnown(object);
  const next = Form.useWatch('next', form);
  const subject = Form.useWatch('subject', form);
  const mine = useLoad('notes:mine', (signal) => listNotes({ limit: 5, kind: 'visit' }, signal));
  useTitle(t('note.page'));
  useEffect(() => {
    form.setFieldsValue({ on: dayOf(Date.now()), ...readDraft<Partial<Values>>(draft), ...(object ? { subject: object } : {}) });
  }, [form, object, draft]);
  const act = useAct(async (v: Values) => {
    try {
      const firm = v.subject?.startsWith('party.party/') ? v.subject.slice('party.party/'.length) : '';
      await writeNote({ kind: 'visit', subject: v.subject ?? '', firm, firm_name: v.subject ? '' : (v.firm_name ?? ''), on: v.on, place: v.place ?? '', people: v.people ?? '', text: v.text }, key.current);
    } catch (error) {
      key.current = keyAfter(key.current, error);
      throw error;
    }
    if (v.next && v.next_title) {
      try {
        await giveTask({ title: v.next_title, subject: v.subject ?? '', due_on: v.next_due ?? '' }, taskKey.current);
      } catch (error) {
        taskKey.current = keyAfter(taskKey.current, error); // the note is filed; filing again with its key does nothing twice
        throw error;
      }
    }
    sessionStorage.removeItem(draft);
    key.current = submitKey();
    taskKey.current = submitKey();
    setFiled({ subject: v.subject ?? '', task: Boolean(v.next && v.next_title) });
    mine.reload();
  });
  if (filed) {
    const to = pageOf(filed.subject);
    return (
      <Result
        status="success"
        title={<h1>{t('note.filed')}</h1>}
        subTitle={filed.task ? t('note.filed.task') : undefined}
        extra={
          <span className="row" style={{ justifyContent: 'center' }}>
            <Button
              type="primary"
              onClick={() => {
                form.resetFields();
                form.setFieldsValue({ on: dayOf(Date.now()) });
                setSearch({});
                setFiled(undefined);
              }}
            >
              {t('note.another')}
            </Button>
            {to && <Link to={to}>{t('note.see')}</Link>}
          </span>
        }
      />
    );
  }
  return (
    <>
      <PageHead title={t('note.page')} />
      <div className="section form-narrow">
        <Form form={form} name="visit" layout="vertical" onValuesChange={(_, all) => sessionStorage.setItem(draft, JSON.stringify(all))} onFinish={(values) => void act.run(values)} scrollToFirstError={{ focus: true }}>
          <FieldErrors form={form} problem={act.error} />
          <SubjectField name="subject" label={t('visit.whom')} known={known} />
          {!subject && (
            <Form.Item name="firm_name" label={t('visit.firm')} extra={t('visit.firm.why')}>
              <Input maxLength={200} />
            </Form.Item>
          )}
          <DayField name="on" label={t('visit.on')} needed={t('day.needed')} />
          <Form.Item name="text" label={t('visit.text')} rules={[{ required: true, whitespace: true, message: t('text.needed') }]}>
            <Input.TextArea autoSize={{ minRows: 4, maxRows: 14 }} maxLength={8000} />
          </Form.Item>
          <Form.Item name="people" label={t('field.people')} extra={t('people.why')}>
            <Input maxLength={500} autoComplete="off" />
          </Form.Item>
          <Form.Item name="place" label={t('field.place')}>
            <Input maxLength={200} />
          </Form.Item>
          {can('work.assign') && (
            <>
              <Form.Item name="next" valuePropName="checked">
                <Checkbox>{t('visit.next')}</Checkbox>
              </Form.Item>
              {next && (
                <>
                  <Form.Item name="next_title" label={t('visit.next.title')} rules={[{ required: true, whitespace: true, message: t('title.needed') }]}>
                    <Input maxLength={200} />
                  </Form.Item>
                  <DayField name="next_due" label={t('field.due_on')} needed={t('due.needed')} />
                </>
              )}
            </>
          )}
          <div className="actions">
            <Button type="primary" htmlType="submit" size="large" loading={act.busy} block>
              {t('note.file')}
            </Button>
          </div>
          <p className="muted small">{t('note.draft')}</p>
          <SecrecyNotice />
        </Form>
      </div>
      {(mine.data?.items ?? []).length > 0 && (
        <Section title={t('note.mine')}>
          <ul className="papers">
            {(mine.data?.items ?? []).map((n) => (
              <NoteLine key={n.id} note={n} />
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

/** The project or firm an address names, by its title. */
function useKnown(object: string): Found | undefined {
  const path = object.startsWith('pipeline.project/') ? object.replace('pipeline.project/', '/projects/') : object.startsWith('party.party/') ? object.replace('party.party/', '/parties/') : '';
  const load = useLoad(path ? `known:${path}` : null, (signal) => get<{ name: string }>(path, undefined, signal));
  return load.data ? { object, name: load.data.name, note: '' } : undefined;
}
