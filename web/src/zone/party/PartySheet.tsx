import { EditOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { Money, Text, When } from '../../kit/figures';
import { ReasonDialog } from '../../kit/forms';
import { PageHead } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Facts, Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { erase, getParty, type Sheet } from './api';
import Contacts from './Contacts';
import PartyForm from './PartyForm';
import { words } from './words';

/** One party with its contacts; on its own page, or in a drawer beside the list. beside is what happens with it, on its page. */
export function PartySheet({ id, page, beside, onChanged }: { id: string; page?: boolean; beside?: (sheet: Sheet) => ReactNode; onChanged?: () => void }) {
  const t = useWords(words);
  const k = useKit();
  const { can } = useSession();
  const load = useLoad(`party:${id}`, (signal) => getParty(id, signal));
  const [shown, setShown] = useState<Sheet>();
  const [editing, setEditing] = useState(false);
  const [erasing, setErasing] = useState(false);
  useEffect(() => setShown(undefined), [load.data]);
  const sheet = shown ?? load.data?.data;
  if (load.error && !sheet) return <Problem problem={load.error} retry={load.reload} />;
  if (!sheet) return <Loading rows={10} />;
  const etag = load.data?.etag || `"${sheet.version}"`;
  const changed = () => {
    load.reload();
    onChanged?.();
  };
  const gone = sheet.kind === 'person' && !sheet.name;
  const name = gone ? t('erased') : sheet.name;
  const acts = !gone && (
    <div className="actions">
      {can('party.amend') && (
        <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
          {k('edit')}
        </Button>
      )}
      {sheet.kind === 'person' && can('party.erase') && (
        <Button danger onClick={() => setErasing(true)}>
          {t('erase')}
        </Button>
      )}
    </div>
  );
  const list = (values: string[] | null) => <Text value={(values ?? []).join(k('list.join'))} />;
  return (
    <>
      {page && <Title name={name} />}
      {page ? (
        <PageHead title={name} note={t.maybe('kind.', sheet.kind)} actions={acts} />
      ) : (
        <div className="card-line" style={{ display: 'flex', justifyContent: 'space-between', gap: 12, marginBottom: 12 }}>
          <h2>{name}</h2>
          {acts}
        </div>
      )}
      {(sheet.warnings ?? []).length > 0 && (
        <Alert
          type="warning"
          showIcon
          style={{ marginBottom: 16 }}
          title={t('doubts', { n: sheet.warnings?.length ?? 0 })}
          description={
            <ul className="tight">
              {(sheet.warnings ?? []).map((w, i) => (
                <li key={i}>{w.message}</li>
              ))}
            </ul>
          }
        />
      )}
      <div className={beside ? 'columns' : undefined}>
        {beside && <div>{beside(sheet)}</div>}
        <div>
          <Section title={t('facts')}>
            <Facts
              items={[
                [t('field.kind'), t.maybe('kind.', sheet.kind)],
                sheet.kind === 'person' ? null : [t('field.credit_code'), <span key="c" className="mono">{sheet.credit_code || <Text value="" />}</span>],
                sheet.lei ? [t('field.lei'), <span key="l" className="mono">{sheet.lei}</span>] : null,
                sheet.foreign_reg_no ? [t('field.foreign_reg_no'), sheet.foreign_reg_no] : null,
                [t('field.country'), <Text key="co" value={sheet.country} />],
                [t('field.region'), <Text key="re" value={sheet.region} />],
                [t('field.industry'), <Text key="in" value={sheet.industry} />],
                sheet.kind === 'person' ? null : [t('field.registered_capital'), <Money key="ca" amount={sheet.registered_capital} />],
                sheet.name_en ? [t('field.name_en'), sheet.name_en] : null,
                sheet.short_name ? [t('field.short_name'), sheet.short_name] : null,
                (sheet.former_names ?? []).length > 0 ? [t('field.former_names'), list(sheet.former_names)] : null,
                (sheet.aliases ?? []).length > 0 ? [t('field.aliases'), list(sheet.aliases)] : null,
                sheet.founded ? [t('field.founded'), sheet.founded] : null,
                sheet.address ? [t('field.address'), sheet.address] : null,
                (sheet.business ?? []).length > 0 ? [t('field.business'), list(sheet.business)] : null,
                (sheet.tags ?? []).length > 0 ? [t('field.tags'), list(sheet.tags)] : null,
                sheet.headcount > 0 ? [t('field.headcount'), t('headcount', { n: sheet.headcount })] : null,
                sheet.scale ? [t('field.scale'), sheet.scale] : null,
                sheet.listing ? [t('field.listing'), sheet.listing] : null,
                sheet.funding ? [t('field.funding'), sheet.funding] : null,
                (sheet.sources ?? []).length > 0 ? [t('field.sources'), list(sheet.sources)] : null,
                sheet.origin_author || sheet.origin_on ? [t('field.origin'), [sheet.origin_author, sheet.origin_on].filter(Boolean).join(' · ')] : null,
                sheet.origin_run ? [t('field.origin_run'), <Link key="r" to={`/imports/${sheet.origin_run}`}>{t('see.run')}</Link>] : null,
                [t('updated'), <When key="u" at={sheet.updated_at} minute />],
              ]}
            />
          </Section>
          {sheet.kind !== 'person' && <Contacts sheet={sheet} etag={etag} onShown={setShown} onChanged={changed} />}
          {can('pipeline.read') && sheet.kind !== 'person' && (
            <p>
              <Link to={`/projects?investor=${sheet.id}`}>{t('projects.of')}</Link>
            </p>
          )}
        </div>
      </div>
      <PartyForm open={editing} sheet={sheet} etag={etag} onClose={() => setEditing(false)} onSaved={changed} />
      <ReasonDialog
        open={erasing}
        title={t('erase')}
        intro={t('erase.person.what')}
        confirm={t('erase')}
        danger
        onCancel={() => setErasing(false)}
        onConfirm={async (reason) => {
          await erase(sheet.id, '', reason);
          setErasing(false);
          changed();
        }}
      />
    </>
  );
}

function Title({ name }: { name: string }) {
  useTitle(name);
  return null;
}
