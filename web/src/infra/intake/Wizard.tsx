import { InboxOutlined } from '@ant-design/icons';
import { Alert, Button, Radio, Spin, Steps, Upload } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { submitKey } from '../../kit/api';
import { PageHead } from '../../kit/ListPage';
import { aborted, useAct, useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { Loading, Problem, SecrecyNotice, Section } from '../../kit/notices';
import { usePhone } from '../../kit/theme';
import { useTitle } from '../../kit/title';
import { useWords } from '../../kit/words';
import { beginRun, type Kind, listKinds, type Look, lookInto, type Sniff, uploadFile } from './api';
import { type Duplicates, type Mapping, mappingOf, settingsOf } from './mapping';
import MapStep from './MapStep';
import SheetStep from './SheetStep';
import { words } from './words';

const STEPS = ['file', 'sheet', 'map', 'run'] as const;
const FOUND_OUT: Look = { encoding: '', delimiter: '', sheet: '', header_row: 0, header_rows: 0 };

/** From a file to a dry run: choose it, see how it is read, map its columns. */
export default function Wizard() {
  const t = useWords(words);
  const k = useKit();
  const phone = usePhone();
  const navigate = useNavigate();
  const kinds = useLoad('kinds', listKinds);
  const [kindID, setKindID] = useState('');
  const [step, setStep] = useState(0);
  const [sniff, setSniff] = useState<Sniff>();
  const [look, setLook] = useState<Look>(FOUND_OUT);
  const [mapping, setMapping] = useState<Mapping>({});
  const [options, setOptions] = useState<Record<string, string>>({});
  const [duplicates, setDuplicates] = useState<Duplicates>('');
  const going = useRef<AbortController>(undefined);
  const head = useRef<HTMLDivElement>(null);
  useTitle(t('new'));

  const kind: Kind | undefined = (kinds.data?.items ?? []).find((x) => x.id === kindID) ?? kinds.data?.items?.[0];
  const taken = (found: Sniff) => {
    setSniff(found);
    setMapping(mappingOf(found.mapping));
    setDuplicates((found.duplicates ?? '') as Duplicates);
  };
  const upload = useAct(async (file: File) => {
    going.current = new AbortController();
    try {
      const { data } = await uploadFile(kind?.id ?? '', file, going.current.signal);
      setLook(FOUND_OUT);
      setOptions({});
      taken(data);
      setStep(1);
    } catch (error) {
      if (!aborted(error)) throw error;
    }
  });
  const again = useAct(async (next: Look) => {
    setLook(next);
    if (!sniff) return;
    going.current?.abort();
    going.current = new AbortController();
    taken(await lookInto(sniff.id, kind?.id ?? '', next, going.current.signal));
  });
  const begin = useAct(async () => {
    if (!sniff || !kind) return;
    const { data } = await beginRun({ file: sniff.id, kind: kind.id, settings: settingsOf(look, mapping, options, duplicates) }, submitKey());
    void navigate(`/imports/${data.id}`);
  });
  useEffect(() => () => going.current?.abort(), []);
  useEffect(() => {
    if (step > 0) head.current?.focus();
  }, [step]);

  if (kinds.error) return <Problem problem={kinds.error} retry={kinds.reload} />;
  if (!kinds.data) return <Loading />;
  return (
    <>
      <PageHead title={t('new')} />
      <div className="wizard-steps" ref={head} tabIndex={-1}>
        {phone ? <p className="muted tight">{t('step.of', { n: step + 1, all: STEPS.length })}</p> : <Steps size="small" current={step} items={STEPS.map((s) => ({ title: t(`step.${s}`) }))} />}
      </div>
      {step === 0 && (
        <Section title={t('step.file')}>
          <div className="stack">
            <SecrecyNotice />
            {upload.error && <Problem problem={upload.error} />}
          </div>
          <fieldset className="bare">
            <legend>{t('kind.which')}</legend>
            <Radio.Group value={kind?.id ?? ''} onChange={(e) => setKindID(e.target.value as string)} options={(kinds.data.items ?? []).map((x) => ({ value: x.id, label: x.label }))} />
          </fieldset>
          <Spin spinning={upload.busy} description={t('uploading')}>
            <Upload.Dragger accept=".xlsx,.csv,.gz,.txt,.tsv" maxCount={1} fileList={[]} disabled={upload.busy} beforeUpload={(file) => { void upload.run(file); return false; }}>
              <p className="tight">
                <InboxOutlined aria-hidden style={{ fontSize: 32 }} />
              </p>
              <p className="tight">{t('drop')}</p>
              <p className="muted small tight">{t('formats')}</p>
            </Upload.Dragger>
          </Spin>
          {upload.busy && (
            <p>
              <Button onClick={() => going.current?.abort()}>{k('cancel')}</Button>
            </p>
          )}
        </Section>
      )}
      {step === 1 && sniff && (
        <>
          <SheetStep sniff={sniff} look={look} busy={again.busy} problem={again.error} onLook={(next) => void again.run(next)} />
          <div className="actions">
            <Button onClick={() => setStep(0)}>{t('back')}</Button>
            <Button type="primary" disabled={again.busy || again.error !== undefined} onClick={() => setStep(2)}>
              {t('next.map')}
            </Button>
          </div>
        </>
      )}
      {step === 2 && sniff && kind && (
        <>
          <MapStep sniff={sniff} look={look} kind={kind} mapping={mapping} options={options} duplicates={duplicates} onMapping={setMapping} onOptions={setOptions} onDuplicates={setDuplicates} />
          {begin.error && (
            <div className="stack">
              <Problem problem={begin.error} />
            </div>
          )}
          <Alert type="info" showIcon style={{ marginBottom: 16 }} title={t('dry')} />
          <div className="actions">
            <Button onClick={() => setStep(1)}>{t('back')}</Button>
            <Button type="primary" loading={begin.busy} onClick={() => void begin.run()}>
              {t('begin')}
            </Button>
          </div>
        </>
      )}
    </>
  );
}
