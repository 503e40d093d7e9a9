// What stands beside an event, in a few words: a browser, a token's name, which settings.
import type { Activity } from '@/api/types';
import { activityWords as words } from '../activity-strings';
import { agentName } from './agent';

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export function noteOf({ event, details }: Pick<Activity, 'event' | 'details'>): string | null {
  const facts = details as Record<string, unknown>;
  switch (event) {
    case 'session.began':
      return text(facts.agent) && agentName(String(facts.agent));
    case 'session.ended':
      return typeof facts.sessions === 'number' ? words.sessions(facts.sessions) : null;
    case 'sign_in.failed':
      return facts.second_factor === true ? words.wrongCode : null;
    case 'email.changed':
      return text(facts.before) && text(facts.now) && words.fromTo(String(facts.before), String(facts.now));
    case 'installation.changed':
      return Object.entries(facts)
        .map(([name, value]) => `${name}: ${String(value)}`)
        .join(', ');
    default:
      return text(facts.name);
  }
}
