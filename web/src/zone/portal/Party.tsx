import { useState } from 'react';
import { useParams } from 'react-router';
import { History } from '../../infra/journal/History';
import { useWords } from '../../kit/words';
import { partyTimeline, type Sheet } from '../party/api';
import { PartySheet } from '../party/PartySheet';
import { useTell as usePartyTell } from '../party/tell';
import { useTell } from '../work/tell';
import WorkSection from '../work/WorkSection';
import { words } from './words';

/** The page of one enterprise, institution or person: what is done with it, visits to it among them, beside what it is. */
export default function Party() {
  const { id = '' } = useParams();
  const [round, setRound] = useState(0);
  const changed = () => setRound((r) => r + 1);
  return <PartySheet key={id} id={id} page onChanged={changed} beside={(sheet) => <Happening sheet={sheet} round={round} onChanged={changed} />} />;
}

function Happening({ sheet, round, onChanged }: { sheet: Sheet; round: number; onChanged: () => void }) {
  const t = useWords(words);
  const tellWork = useTell();
  const tellParty = usePartyTell();
  return (
    <>
      {sheet.kind !== 'person' && <WorkSection object={`party.party/${sheet.id}`} name={sheet.name} onChanged={onChanged} />}
      <History name={`party-timeline:${sheet.id}?${round}`} title={t('timeline')} page={(cursor, signal) => partyTimeline(sheet.id, cursor, signal)} tell={(e) => (e.verb.startsWith('work.') ? tellWork(e) : tellParty(e))} />
    </>
  );
}
