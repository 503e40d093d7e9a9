// Over the steps, while the text says something that they do not show.
import { Button } from '@/components/Button';
import { sourceWords as words } from '../source-strings';
import type { SourceState } from '../useSource';

type UnsettledProps = { state: SourceState; onGo: () => void; onDrop: () => void };

export function Unsettled({ state, onGo, onDrop }: UnsettledProps) {
  return (
    <div className="px-(--gutter) pt-4">
      <div
        role="status"
        className="t-13 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-card border border-waiting px-3 py-2"
      >
        <span className="min-w-0 flex-1">
          <strong className="font-medium">
            {state.checking ? words.unsettledChecking : words.unsettled(state.line)}
          </strong>{' '}
          <span className="text-text-2">{words.lastValid}</span>
        </span>
        <Button onClick={onGo}>{words.goToSource}</Button>
        <Button look="quiet" onClick={onDrop}>
          {words.dropText}
        </Button>
      </div>
    </div>
  );
}
