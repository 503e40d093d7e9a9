// Title and favicon say the state: "▸ 4/7 Content pipeline · Stepmill", and the stone of the mark takes its shape.
import { useEffect } from 'react';
import type { Status } from '@/api/types';
import { STATUS } from './status';

export type TitleFacts = {
  title: string;
  /** Of the run that the page is about. */
  status?: Status;
  /** "4/7" */
  progress?: string;
};

export function documentTitle({ title, status, progress }: TitleFacts): string {
  const lead = [status && STATUS[status].sign, progress].filter(Boolean).join(' ');
  return `${lead ? `${lead} ` : ''}${title} · Stepmill`;
}

export function useTitle({ title, status, progress }: TitleFacts) {
  useEffect(() => {
    document.title = documentTitle({ title, status, progress });
  }, [title, status, progress]);
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (!link || status === undefined) return;
    let shown = true;
    // without it the plain mark stays
    import('./favicon').then(
      ({ iconOf }) => {
        if (shown) link.href = iconOf(status);
      },
      () => {},
    );
    return () => {
      shown = false;
      link.href = '/favicon.svg';
    };
  }, [status]);
}
