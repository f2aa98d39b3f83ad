import { Button, Form } from 'antd';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { submitKey } from '../../kit/api';
import { FieldErrors } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { SecrecyNotice } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { openProject } from './api';
import { BLANK, factsOf, ProjectFields, type ProjectValues } from './ProjectForm';
import { trackOf, useTrackList } from './tracks';
import { words } from './words';

const DRAFT = 'sente.draft.project';

function draft(): ProjectValues | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT) ?? '') as ProjectValues;
  } catch {
    return undefined;
  }
}

/** The form that opens a project; a draft is kept in this tab until it is submitted. */
export default function NewProject() {
  const t = useWords(words);
  const k = useKit();
  const navigate = useNavigate();
  const { session } = useSession();
  const [form] = Form.useForm<ProjectValues>();
  const key = useRef(submitKey());
  // What the first stage of the chosen pipeline asks for.
  const track = trackOf(useTrackList(), (Form.useWatch('track', form) as string | undefined) ?? '');
  const needed = (track?.gates ?? []).filter((g) => g.stage === 'lead' && g.kind === 'field').map((g) => g.id);
  useTitle(t('new'));
  const start: ProjectValues = { ...BLANK, unit: session?.account.unit ?? '' };
  useEffect(() => {
    const kept = draft();
    if (kept) form.setFieldsValue(kept);
  }, [form]);
  const act = useAct(async (values: ProjectValues) => {
    try {
      const made = await openProject({ ...factsOf({ ...BLANK, ...values }, BLANK), name: values.name, kind: values.kind, builds: values.builds, track: values.track }, key.current);
      sessionStorage.removeItem(DRAFT);
      void navigate(`/projects/${made.id}`);
    } catch (error) {
      key.current = submitKey(); // a corrected form is another submit
      throw error;
    }
  });
  return (
    <>
      <PageHead title={t('new')} />
      <div className="section form-narrow">
        <Form form={form} layout="vertical" initialValues={start} scrollToFirstError={{ focus: true }} onValuesChange={(_, all) => sessionStorage.setItem(DRAFT, JSON.stringify(all))} onFinish={(values) => void act.run(values)}>
          <div className="stack">
            <SecrecyNotice />
            <FieldErrors form={form} problem={act.error} />
          </div>
          <ProjectFields form={form} needed={needed} />
          <div className="actions">
            <Button type="primary" htmlType="submit" loading={act.busy}>
              {t('open.it')}
            </Button>
            <Button
              onClick={() => {
                sessionStorage.removeItem(DRAFT);
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
