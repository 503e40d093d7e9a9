// What keeps a form from being sent, at its top: each line leads to its field. Focus comes here when there is no single first field.
import { type Ref, useId } from 'react';
import { StatusIcon } from './StatusIcon';

export type FieldIssue = { fieldId: string; label: string; message: string };
export type ErrorSummaryProps = {
  issues: readonly FieldIssue[];
  /** What belongs to no field: the refusal as a whole. */
  general?: string;
  requestId?: string | null;
  /** Leads to a field that may not be drawn yet; the focus goes to it when left out. */
  onGo?: (fieldId: string) => void;
  /** Of the box, for focusField. */
  id?: string;
  ref?: Ref<HTMLDivElement>;
};

/** Moves focus to the first field that is wrong. */
export function focusField(fieldId: string) {
  const field = document.getElementById(fieldId);
  field?.focus();
  field?.scrollIntoView({ block: 'center' });
}

export function ErrorSummary({ issues, general, requestId, onGo = focusField, id, ref }: ErrorSummaryProps) {
  const headingId = useId();
  if (issues.length === 0 && !general) return null;
  const heading =
    general ?? (issues.length === 1 ? 'One field needs a change.' : `${issues.length} fields need a change.`);
  return (
    <div
      ref={ref}
      id={id}
      role="alert"
      tabIndex={-1}
      aria-labelledby={headingId}
      className="tint-failed flex gap-2 rounded-card border border-failed p-3"
    >
      <StatusIcon status="failed" decorative className="mt-0.5" />
      <div className="min-w-0">
        <p id={headingId} className="t-13 font-medium text-failed">
          {heading}
        </p>
        {issues.length > 0 && (
          <ul className="t-13 mt-1">
            {issues.map((issue) => (
              <li key={`${issue.fieldId} ${issue.message}`}>
                <a
                  href={`#${issue.fieldId}`}
                  className="text-failed underline"
                  onClick={(event) => {
                    event.preventDefault();
                    onGo(issue.fieldId);
                  }}
                >
                  {issue.label}
                </a>
                : {issue.message}
              </li>
            ))}
          </ul>
        )}
        {requestId && <p className="mono-12 mt-1 break-all text-text-2">{requestId}</p>}
      </div>
    </div>
  );
}
