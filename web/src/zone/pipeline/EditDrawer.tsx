import { Button, Drawer, Form, Input } from 'antd';
import { DayField } from '../../kit/DayField';
import { useState } from 'react';
import { ProblemError } from '../../kit/api';
import { FieldErrors, StaleDialog, type StaleField } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { amendProject, getProject, type Project } from './api';
import { factsOf, ProjectFields, type ProjectValues, type Typed, valuesOf } from './ProjectForm';
import { words } from './words';

/** Which form field an item of the gate means. */
function fieldFor(hint: string): string {
  if (hint === 'total' || hint === 'fixed') return hint + '_investment';
  return hint === 'identity' ? 'investor' : hint;
}

/** Amends a project. When somebody else saved first, both versions are shown and nothing typed is lost. */
export default function EditDrawer({ project, etag, field, onClose, onSaved }: { project: Project; etag: string; field: string; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<ProjectValues>();
  // What the person began with: a reload behind the drawer must not overwrite typing.
  const [base, setBase] = useState({ project, etag });
  const [newer, setNewer] = useState<{ project: Project; etag: string }>();

  const act = useAct(async (version: { project: Project; etag: string }) => {
    const values = { ...valuesOf(base.project), ...form.getFieldsValue(true) } as ProjectValues;
    const facts = factsOf(values, valuesOf(base.project));
    if (Object.keys(facts).length === 0) return onClose();
    if (facts['total_investment'] || facts['fixed_investment']) for (const name of ['reason', 'effective_on']) facts[name] = (form.getFieldValue(name as never) as string | undefined) ?? '';
    try {
      await amendProject(project.id, facts, version.etag);
    } catch (error) {
      if (error instanceof ProblemError && error.status === 412) {
        const latest = await getProject(project.id);
        setNewer({ project: latest.data, etag: latest.etag });
        return;
      }
      throw error;
    }
    setNewer(undefined);
    onSaved();
    onClose();
  });

  const conflicts = newer ? conflictsOf(valuesOf(base.project), valuesOf(newer.project), { ...valuesOf(base.project), ...form.getFieldsValue(true) } as ProjectValues, (name) => t.maybe('field.', name)) : [];
  return (
    <Drawer
      open
      onClose={onClose}
      size="min(640px, 100vw)"
      title={t('edit.title')}
      mask={{ closable: false }}
      afterOpenChange={(opened) => {
        if (opened && field) form.scrollToField(fieldFor(field).endsWith('_investment') ? [fieldFor(field), 'figure'] : [fieldFor(field)], { focus: true, block: 'center', behavior: 'instant' });
      }}
      footer={
        <div className="actions">
          <Button type="primary" loading={act.busy} onClick={() => void form.validateFields().then(() => act.run(base), () => undefined)}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} layout="vertical" initialValues={valuesOf(base.project)} onFinish={() => void act.run(base)}>
        <div className="stack">
          <FieldErrors form={form} problem={act.error} />
        </div>
        <ProjectFields form={form} masked={project.hidden ?? []} />
        <AmountReason base={base.project} />
      </Form>
      <StaleDialog
        open={newer !== undefined}
        fields={conflicts}
        onCancel={() => setNewer(undefined)}
        onReload={() => {
          if (newer) {
            setBase(newer);
            form.setFieldsValue(valuesOf(newer.project));
          }
          setNewer(undefined);
          onSaved();
        }}
        onAgain={() => newer && void act.run(newer)}
      />
    </Drawer>
  );
}

/** Why and from when an amount changes; asked once one does. */
function AmountReason({ base }: { base: Project }) {
  const t = useWords(words);
  const was = valuesOf(base);
  const total = Form.useWatch('total_investment') as Typed | undefined;
  const fixed = Form.useWatch('fixed_investment') as Typed | undefined;
  const same = (now: Typed | undefined, before: Typed) => !now || JSON.stringify(now) === JSON.stringify(before);
  if (same(total, was.total_investment) && same(fixed, was.fixed_investment)) return null;
  return (
    <>
      <Form.Item name="reason" label={t('revision.reason')} extra={t('revision.why')}>
        <Input maxLength={500} />
      </Form.Item>
      <DayField name="effective_on" label={t('revision.on')} extra={t('figure.effective.why')} />
    </>
  );
}

/** The fields both people changed, or that I changed and they now hold otherwise. */
function conflictsOf(base: ProjectValues, theirs: ProjectValues, mine: ProjectValues, label: (name: string) => string): StaleField[] {
  const say = (value: ProjectValues[keyof ProjectValues]) => (typeof value === 'object' ? `${(value as Typed).figure} ${(value as Typed).currency}` : String(value));
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return (Object.keys(base) as (keyof ProjectValues)[]).filter((n) => !same(mine[n], base[n]) && !same(mine[n], theirs[n]) && !same(theirs[n], base[n])).map((n) => ({ label: label(n), theirs: say(theirs[n]), mine: say(mine[n]) }));
}
