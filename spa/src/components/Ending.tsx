// At the foot of settings: what ends something, with the sentence that says what follows, and its button, which asks.
import { Button } from './Button';

type EndingProps = { text: string; verb: string; disabled?: boolean; onAsk: () => void };

export function Ending({ text, verb, disabled, onAsk }: EndingProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line-1 py-3">
      <p className="t-13 min-w-60 flex-1 text-text-2">{text}</p>
      <Button look="danger" disabled={disabled} onClick={onAsk}>
        {verb}
      </Button>
    </div>
  );
}
