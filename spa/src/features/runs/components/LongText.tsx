// The beginning of an input or output that is too long to come with its run, and the way to all of it: shown here when a
// page can bear it, else as a file.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { StepRun } from '@/api/types';
import { OutputText } from '@/components/OutputText';
import { bytes } from '@/lib/format';
import { useWorkspace } from '@/lib/workspace';
import { type KeptText, keptTextAddress, keptTextQuery } from '../api';
import { previewText, textOf } from '../model/facts';
import { words } from '../strings';

/** Above it the page would be slow to scroll. */
const SHOWN_MOST = 1_000_000;

type LongTextProps = { runId: string; step: StepRun; side: KeptText['side']; what: string; lines?: number };

export function LongText({ runId, step, side, what, lines }: LongTextProps) {
  const workspace = useWorkspace();
  const [asked, setAsked] = useState(false);
  const kept: KeptText = { path: step.path, attempt: step.attempt, side };
  const size = (side === 'input' ? step.input_bytes : step.output_bytes) ?? 0;
  const preview = (side === 'input' ? step.input_preview : step.output_preview) ?? '';
  const whole = useQuery({ ...keptTextQuery(workspace.id, runId, kept), enabled: asked });
  const shown = whole.data !== undefined;
  return (
    <div className="min-w-0">
      <OutputText
        text={shown ? textOf(whole.data) : previewText(preview)}
        what={what}
        lines={shown ? undefined : lines}
        withoutCopy={!shown}
      />
      {!shown && (
        <p className="t-12 mt-1 flex min-h-6 flex-wrap items-center gap-x-3 text-text-2">
          <span>{words.beginningOf(bytes(size))}</span>
          {size <= SHOWN_MOST && (
            <button type="button" className="link min-h-6" aria-busy={whole.isFetching} onClick={() => setAsked(true)}>
              {words.showAllOf(what)}
            </button>
          )}
          <a
            className="link inline-flex min-h-6 items-center"
            href={keptTextAddress(workspace.id, runId, kept)}
            download={`${step.path.replaceAll('/', '-')}-${step.attempt}-${side}.json`}
          >
            {words.download}
          </a>
          {whole.error && <span role="alert">{words.longFailed}</span>}
        </p>
      )}
    </div>
  );
}
