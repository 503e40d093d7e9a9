// What is wrong with a text, and what is remarked: each with its place.
import { Button } from '@/components/Button';
import { StatusIcon } from '@/components/StatusIcon';
import { plural } from '@/lib/format';
import { sourceWords as words } from '../source-strings';

export type FindingFacts = {
  line: number | null;
  column: number | null;
  message: string;
  hint: string | null;
  path: string;
  serious: boolean;
};

type FindingsProps = {
  findings: readonly FindingFacts[];
  /** Leads to the place, where the text is beside it. */
  onGo?: (line: number, column: number | null) => void;
};

export function Findings({ findings, onGo }: FindingsProps) {
  if (findings.length === 0) return null;
  return (
    <ol className="border-t border-line-1" aria-label={plural(findings.length, 'finding')}>
      {findings.map(({ line, column, message, hint, path, serious }, index) => (
        <li key={index} className="flex items-baseline gap-3 border-b border-line-1 py-1.5">
          <StatusIcon status={serious ? 'failed' : 'waiting'} size={14} decorative className="self-center" />
          {line !== null && onGo ? (
            <Button look="quiet" className="w-36 shrink-0 justify-start" onClick={() => onGo(line, column)}>
              {words.at(line, column)}
            </Button>
          ) : (
            <span className="t-12 w-36 shrink-0 text-text-3">
              {line === null ? path || words.nowhere : words.at(line, column)}
            </span>
          )}
          <span className="t-13 min-w-0 wrap-break-word">
            {message} {hint && <span className="text-text-2">{hint}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
