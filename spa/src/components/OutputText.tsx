// A plain text output with Copy; while it streams it ends in a grain block.
import { CopyButton } from './CopyButton';

export type OutputTextProps = {
  text: string;
  streaming?: boolean;
  /** Named in "Copy …" and in the label: "output of Summarise". */
  what: string;
  /** Cut to this many lines until opened by its owner. */
  lines?: number;
  /** Copy stands elsewhere. */
  withoutCopy?: boolean;
};

export function OutputText({ text, streaming, what, lines, withoutCopy }: OutputTextProps) {
  return (
    <div role="group" aria-label={what} className="group/output relative min-w-0">
      <p
        className="t-14 max-w-[72ch] wrap-break-word whitespace-pre-wrap text-text-1"
        style={
          lines
            ? { display: '-webkit-box', WebkitBoxOrient: 'vertical', WebkitLineClamp: lines, overflow: 'hidden' }
            : undefined
        }
      >
        {text}
        {streaming && <span className="grain-block" role="img" aria-label="still being written" />}
      </p>
      {!withoutCopy && !streaming && text !== '' && (
        <div className="mt-1 -ml-2.5">
          <CopyButton text={text} what={what} withWord />
        </div>
      )}
    </div>
  );
}
