import { Link } from 'react-router';
import { useLoad } from '../../../kit/load';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { totalProjects } from '../../pipeline/api';
import Platforms from '../../platform/Platforms';
import { words } from './words';

/** The list of platforms, each with its projects counted. */
export default function PlatformList() {
  return <Platforms projects={(platform) => <ProjectCount platform={platform} />} />;
}

function ProjectCount({ platform }: { platform: string }) {
  const t = useWords(words);
  const { can } = useSession();
  const totals = useLoad(can('pipeline.read') ? `/projects/totals?platform=${platform}` : null, (signal) => totalProjects({ platform }, signal)).data;
  return totals && <Link to={`/projects?platform=${platform}`}>{t('card.projects', { n: totals.count })}</Link>;
}
