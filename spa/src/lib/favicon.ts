// The mark as favicon, its stone in the shape of a run's state. Loaded where a page is about a run.
import type { Status } from '@/api/types';

const TREADS = 'M2 3h8v4H2zM6 10h8v4H6zM10 17h12v4H10z';

/** The stone by state; what has no form of its own keeps the plain stone. */
function stone(status: Status | undefined, ink: (name: string) => string): string {
  switch (status) {
    case 'running':
      return `<circle cx="18.5" cy="12" r="3" fill="none" stroke="${ink('--running')}" stroke-width="2"/>`;
    case 'waiting':
      return `<path d="M15 8h7l-3.5 4zM15 16h7l-3.5-4z" fill="${ink('--waiting')}"/>`;
    case 'failed':
      return `<path d="M18.5 8l-1 3h2l-1-3a4 4 0 1 1-.1 0z" fill="${ink('--failed')}"/>`;
    case 'completed':
      return `<circle cx="18.5" cy="12" r="3.25" fill="none" stroke="${ink('--accent')}" stroke-width="1.5"/><path d="M17 12l1.2 1.2 2-2.2" fill="none" stroke="${ink('--accent')}" stroke-width="1.2"/>`;
    default:
      return `<circle cx="18.5" cy="12" r="3.5" fill="${ink('--accent')}"/>`;
  }
}

/** Resolves light-dark() too, which a custom property keeps as written. */
function inkReader(): (name: string) => string {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  return (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

export function iconOf(status: Status): string {
  const ink = inkReader();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="${TREADS}" fill="${ink('--accent')}"/>${stone(status, ink)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
