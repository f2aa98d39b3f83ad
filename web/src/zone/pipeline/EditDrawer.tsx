import { Button, Drawer, Form, Input } from 'antd';
import { useState } from 'react';
import type { Entry } from '../../infra/journal/api';
import { ProblemError } from '../../kit/api';
import { DayField } from '../../kit/DayField';
import { FieldErrors } from '../../kit/forms';
import { useAct } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { useWords } from '../../kit/words';
import { amendProject, getProject, getTimeline, type Project } from './api';
import { carried, differences, merged, preselected, same } from './compare';
import { CompareDialog, type Comparison } from './CompareDialog';
import { factsOf, ProjectFields, type ProjectValues, type Typed, valuesOf } from './ProjectForm';
import { words } from './words';

/** Which form field an item of the gate means. */
function fieldFor(hint: string): string {
  if (hint === 'total' || hint === 'fixed') return hint + '_investment';
  return hint === 'identity' ? 'investor' : hint;
}

/** How many pages of the timeline are read at most to find who changed what. */
const PAGES = 5;

/** The acts on a project after since (ms UTC), newest first; none where they cannot be read. */
async function actsSince(id: string, since: number): Promise<readonly Entry[]> {
  const acts: Entry[] = [];
  const { signal } = new AbortController();
  try {
    for (let page = 0, cursor = ''; page < PAGES && (page === 0 || cursor); page++) {
      const { items, next_cursor } = await getTimeline(id, cursor, signal);
      acts.push(...(items ?? []));
      cursor = (acts.at(-1)?.at ?? 0) > since ? (next_cursor ?? '') : '';
    }
  } catch {
    // Who changed it is told where it is known; the comparison does not wait for it.
  }
  return acts;
}

/** Amends a project. When somebody else saved first, both versions are compared field by field and nothing typed is lost. */
export default function EditDrawer({ project, etag, field, onClose, onSaved }: { project: Project; etag: string; field: string; onClose: () => void; onSaved: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const [form] = Form.useForm<ProjectValues>();
  // What the person began with: a reload behind the drawer must not overwrite typing.
  const [base, setBase] = useState({ project, etag });
  const [comparison, setComparison] = useState<Comparison>();

  /** Sets what is now on record beside what was typed; choices made before stand where nothing changed under them. */
  const compare = async (mine: ProjectValues, before: Comparison | undefined) => {
    const [latest, acts] = await Promise.all([getProject(project.id), actsSince(project.id, base.project.updated_at)]);
    const hidden = [...(base.project.hidden ?? []), ...(latest.data.hidden ?? [])];
    const all = differences(valuesOf(base.project), mine, valuesOf(latest.data), hidden);
    setComparison({ base: base.project, now: latest.data, etag: latest.etag, mine, all, choices: before ? carried(before.choices, before.all, all) : preselected(all), acts, again: before !== undefined });
  };

  const act = useAct(async (chosen?: Comparison) => {
    const typed = { ...valuesOf(base.project), ...form.getFieldsValue(true) } as ProjectValues;
    const before = valuesOf(chosen ? chosen.now : base.project);
    const values = chosen ? merged(before, chosen.all, chosen.choices) : typed;
    const facts = factsOf(values, before);
    if (facts['total_investment'] || facts['fixed_investment']) for (const name of ['reason', 'effective_on']) facts[name] = (form.getFieldValue(name as never) as string | undefined) ?? '';
    try {
      if (Object.keys(facts).length > 0) await amendProject(project.id, facts, chosen ? chosen.etag : base.etag);
      else if (!chosen) return onClose();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.status === 412) return compare(typed, chosen);
      if (chosen && error.errors.some((e) => e.field)) {
        // What was chosen is mended in the form, on top of the version now on record.
        setBase({ project: chosen.now, etag: chosen.etag });
        form.setFieldsValue(values);
        setComparison(undefined);
      }
      throw error;
    }
    setComparison(undefined);
    onSaved();
    onClose();
  });

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
          <Button type="primary" loading={act.busy} onClick={() => void form.validateFields().then(() => act.run(), () => undefined)}>
            {k('save')}
          </Button>
          <Button onClick={onClose}>{k('cancel')}</Button>
        </div>
      }
    >
      <Form form={form} layout="vertical" initialValues={valuesOf(base.project)} onFinish={() => void act.run()}>
        <div className="stack">
          <FieldErrors form={form} problem={comparison ? undefined : act.error} />
        </div>
        <ProjectFields form={form} masked={project.hidden ?? []} />
        <AmountReason base={base.project} />
      </Form>
      {comparison && (
        <CompareDialog
          comparison={comparison}
          busy={act.busy}
          problem={act.error}
          onChoose={(choices) => setComparison({ ...comparison, choices })}
          onSave={() => void act.run(comparison)}
          onBack={() => {
            setComparison(undefined);
            act.clear();
          }}
        />
      )}
    </Drawer>
  );
}

/** Why and from when an amount changes; asked once one does. */
function AmountReason({ base }: { base: Project }) {
  const t = useWords(words);
  const was = valuesOf(base);
  const total = Form.useWatch('total_investment') as Typed | undefined;
  const fixed = Form.useWatch('fixed_investment') as Typed | undefined;
  const kept = (now: Typed | undefined, before: Typed) => !now || same(now, before);
  if (kept(total, was.total_investment) && kept(fixed, was.fixed_investment)) return null;
  return (
    <>
      <Form.Item name="reason" label={t('revision.reason')} extra={t('revision.why')}>
        <Input maxLength={500} />
      </Form.Item>
      <DayField name="effective_on" label={t('revision.on')} extra={t('figure.effective.why')} />
    </>
  );
}
