import { App, Button, Checkbox, Form, Input, Radio } from 'antd';
import { useState } from 'react';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct, useLoad } from '../../kit/load';
import { Loading, Problem, Section } from '../../kit/notices';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { getPreferences, type Preferences as Chosen, putPreferences } from './api';
import { isChosen, type Ways, waysOf, withWay } from './ways';
import { words } from './words';

/** What reaches the signed-in person where: in the product, by e-mail, in their department's groups; quiet hours and digest. */
export default function Preferences() {
  const t = useWords(words);
  useTitle(t('settings'));
  const load = useLoad('notice-preferences', getPreferences);
  return (
    <>
      <PageHead title={t('settings')} />
      {load.error ? <Problem problem={load.error} retry={load.reload} /> : !load.data ? <Loading rows={10} /> : <PreferencesForm chosen={load.data} />}
    </>
  );
}

interface Values {
  address: string;
  quiet_from: string;
  quiet_until: string;
  digest: Chosen['digest'];
  urgent_passes: boolean;
}

function PreferencesForm({ chosen }: { chosen: Chosen }) {
  const t = useWords(words);
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [ways, setWays] = useState<Ways>(() => waysOf(chosen));
  const act = useAct(async (values: Values) => {
    const topics = (chosen.topics ?? []).map((topic) => ({ topic: topic.topic, ways: ways[topic.topic] ?? [] }));
    setWays(waysOf(await putPreferences({ ...values, address: values.address.trim(), topics })));
    void message.success(t('saved'));
  });
  return (
    <Form form={form} layout="vertical" initialValues={chosen} requiredMark={false} onFinish={(values) => void act.run(values)}>
      <div className="stack">
        <FieldErrors form={form} problem={act.error} />
      </div>
      <Section title={t('out')}>
        <div className="form-narrow">
          <Form.Item name="address" label={t('address')} extra={chosen.mail ? t('address.what') : t('address.none')}>
            <Input inputMode="email" autoComplete="email" maxLength={254} />
          </Form.Item>
          <Form.Item name="digest" label={t('digest')} extra={t('digest.what')}>
            <Radio.Group
              options={[
                { value: 'none', label: t('digest.none') },
                { value: 'hour', label: t('digest.hour') },
                { value: 'daily', label: t('digest.daily') },
              ]}
            />
          </Form.Item>
          <div className="form-grid">
            <Form.Item name="quiet_from" label={t('quiet.from')}>
              <Input type="time" />
            </Form.Item>
            <Form.Item name="quiet_until" label={t('quiet.until')}>
              <Input type="time" />
            </Form.Item>
          </div>
          <p className="muted small">{t('quiet.what')}</p>
          <Form.Item name="urgent_passes" valuePropName="checked">
            <Checkbox>{t('urgent.passes')}</Checkbox>
          </Form.Item>
        </div>
      </Section>
      <Section title={t('topics')}>
        <p className="muted">{t('topics.what')}</p>
        <WaysTable chosen={chosen} ways={ways} onChange={setWays} />
      </Section>
      <Button type="primary" htmlType="submit" loading={act.busy}>
        {t('save')}
      </Button>
    </Form>
  );
}

/** A row for each topic, a box for each way. */
function WaysTable({ chosen, ways, onChange }: { chosen: Chosen; ways: Ways; onChange: (ways: Ways) => void }) {
  const t = useWords(words);
  const columns = [{ id: 'product', name: t('way.product') }, { id: 'email', name: t('way.email') }, ...(chosen.channels ?? [])];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t('topics')}>
      <table className="data ways">
        <caption className="sr-only">{t('topics')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('topic')}</th>
            {columns.map((c) => (
              <th key={c.id} scope="col">
                {c.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(chosen.topics ?? []).map((topic) => (
            <tr key={topic.topic}>
              <th scope="row">{topic.name}</th>
              {columns.map((c) => (
                <td key={c.id}>
                  <Checkbox aria-label={t('way.of', { way: c.name, topic: topic.name ?? '' })} checked={isChosen(ways, topic.topic, c.id)} onChange={(e) => onChange(withWay(ways, topic.topic, c.id, e.target.checked))} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
