import { Button, Form } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { submitKey, submitOnce } from '../../kit/api';
import { draftName, readDraft } from '../../kit/draft';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { SecrecyNotice } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { openProject } from './api';
import { ORIGINS } from './brought';
import { BLANK, factsOf, ProjectFields, type ProjectValues } from './ProjectForm';
import { trackOf, useTrackList } from './tracks';
import { words } from './words';

/** The form that opens a project; a draft is kept in this tab until it is submitted. The address may name the platform, activity, method and campaign it begins with. */
export default function NewProject() {
  const [search] = useSearchParams();
  return <Opening key={search.toString()} named={Object.fromEntries(ORIGINS.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])))} />;
}

function Opening({ named }: { named: Partial<ProjectValues> }) {
  const t = useWords(words);
  const k = useKit();
  const navigate = useNavigate();
  const { session } = useSession();
  const [form] = Form.useForm<ProjectValues>();
  const draft = draftName(['project', ...Object.values(named)].join('/'), session?.account.id); // what begins elsewhere is another draft
  const key = useRef(submitKey());
  // What the first stage of the chosen pipeline asks for.
  const track = trackOf(useTrackList(), (Form.useWatch('track', form) as string | undefined) ?? '');
  const needed = (track?.gates ?? []).filter((g) => g.stage === 'lead' && g.kind === 'field').map((g) => g.id);
  useTitle(t('new'));
  const [fresh] = useState(() => !readDraft(draft));
  const start: ProjectValues = { ...BLANK, unit: session?.account.unit ?? '', ...named };
  useEffect(() => {
    const kept = readDraft<ProjectValues>(draft);
    if (kept) form.setFieldsValue(kept);
  }, [form, draft]);
  const act = useAct(async (values: ProjectValues) => {
    const made = await submitOnce(key, (once) => openProject({ ...factsOf({ ...BLANK, ...values }, BLANK), name: values.name, kind: values.kind, builds: values.builds, track: values.track }, once));
    sessionStorage.removeItem(draft);
    void navigate(`/projects/${made.id}`);
  });
  return (
    <>
      <PageHead title={t('new')} />
      <div className="section form-narrow">
        <Form form={form} layout="vertical" initialValues={start} scrollToFirstError={{ focus: true }} onValuesChange={(_, all) => sessionStorage.setItem(draft, JSON.stringify(all))} onFinish={(values) => void act.run(values)}>
          <div className="stack">
            <SecrecyNotice />
            <FieldErrors form={form} problem={act.error} />
          </div>
          <ProjectFields form={form} needed={needed} fresh={fresh} />
          <div className="actions">
            <Button type="primary" htmlType="submit" loading={act.busy}>
              {t('open.it')}
            </Button>
            <Button
              onClick={() => {
                sessionStorage.removeItem(draft);
                void navigate('/projects');
              }}
            >
              {k('cancel')}
            </Button>
          </div>
        </Form>
      </div>
    </>
  );
}
