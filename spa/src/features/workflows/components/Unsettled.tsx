// Over the steps, while it is the text that is changed: it says something that they do not show, or it is code that asks for them.
import type { ReactNode } from 'react';
import { Button } from '@/components/Button';
import { sourceWords as words } from '../source-strings';
import type { SourceState } from '../useSource';

type UnsettledProps = { state: SourceState; onGo: () => void; onDrop: () => void };

export function Unsettled({ state, onGo, onDrop }: UnsettledProps) {
  return (
    <Told
      what={state.checking ? words.unsettledChecking : words.unsettled(state.line)}
      why={words.lastValid}
      onGo={onGo}
      className="border-waiting"
    >
      <Button look="quiet" onClick={onDrop}>
        {words.dropText}
      </Button>
    </Told>
  );
}

export const WrittenAsCode = ({ onGo }: { onGo: () => void }) => (
  <Told what={words.coded} why={words.codedWhy} onGo={onGo} className="border-line-2" />
);

type ToldProps = { what: string; why: string; onGo: () => void; className: string; children?: ReactNode };

function Told({ what, why, onGo, className, children }: ToldProps) {
  return (
    <div className="px-(--gutter) pt-4">
      <div
        role="status"
        className={`t-13 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-card border px-3 py-2 ${className}`}
      >
        <span className="min-w-0 flex-1">
          <strong className="font-medium">{what}</strong> <span className="text-text-2">{why}</span>
        </span>
        <Button onClick={onGo}>{words.goToSource}</Button>
        {children}
      </div>
    </div>
  );
}
