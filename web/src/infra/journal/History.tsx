import type { ReactNode } from 'react';
import { Section } from '../../kit/notices';
import type { Page } from '../../kit/types';
import type { Entry } from './api';
import { PagedTimeline } from './PagedTimeline';

/** What happened to one thing, as a section of its page, newest first. name says what is fetched: another one fetches anew. */
export function History({ name, title, page, tell, extra }: { name: string; title: string; page: (cursor: string, signal: AbortSignal) => Promise<Page<Entry>>; tell?: (entry: Entry) => string; extra?: ReactNode }) {
  return (
    <Section id="timeline" title={title} extra={extra}>
      <PagedTimeline name={name} read={page} {...(tell ? { tell } : {})} />
    </Section>
  );
}
