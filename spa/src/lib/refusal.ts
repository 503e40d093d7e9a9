// What keeps a form from being sent: found here, or said by the server, each at its field; the rest belongs to the form as a whole.
import { toProblem } from '@/api/problem';
import type { FieldIssue } from '@/components/ErrorSummary';

export type Refusal = { issues: readonly FieldIssue[]; general?: string; requestId?: string | null };
export const NO_REFUSAL: Refusal = { issues: [] };

/** A place of the server's ("/name", "path.name", "query.scope") → the field that is meant. */
export type FieldPlaces = Readonly<Record<string, { fieldId: string; label: string }>>;

/** `notDone`: "Not saved." */
export function refusalOf(error: unknown, notDone: string, places: FieldPlaces): Refusal {
  const problem = toProblem(error);
  const issues: FieldIssue[] = [];
  const others: string[] = [];
  for (const { path, message } of problem.errors) {
    const place = places[path];
    if (place) issues.push({ ...place, message });
    else others.push(`${path}: ${message}`);
  }
  if (issues.length > 0 && others.length === 0) return { issues, requestId: problem.request_id };
  return { issues, general: [notDone, problem.detail, ...others].join(' '), requestId: problem.request_id };
}

export const errorAt = (refusal: Refusal, fieldId: string): string | undefined =>
  refusal.issues.find((issue) => issue.fieldId === fieldId)?.message;
