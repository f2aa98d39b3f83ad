import { useParams } from 'react-router';
import { PartySheet } from './PartySheet';

/** The page of one enterprise, institution or person. */
export default function Party() {
  const { id = '' } = useParams();
  return <PartySheet id={id} page />;
}
