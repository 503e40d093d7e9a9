// Copies; says so for two seconds in its own place, without moving anything.
import { useEffect, useState } from 'react';
import { announce } from '@/lib/announce';
import { Button } from './Button';
import { Check, Copy, smallIcon } from './Icon';
import { IconButton } from './IconButton';

export type CopyButtonProps = {
  text: string | (() => string);
  what: string;
  withWord?: boolean;
  /** It is in the clipboard now. */
  onCopied?: () => void;
};

export function CopyButton({ text, what, withWord, onCopied }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
      setOutcome('copied');
      onCopied?.();
      announce(`Copied: ${what}`);
    } catch {
      setOutcome('refused');
      announce('The browser refused to copy. Select the text and copy it by hand.');
    }
  };
  const label = outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Not copied' : 'Copy';
  const glyph = outcome === 'copied' ? <Check {...smallIcon} /> : <Copy {...smallIcon} />;
  if (withWord)
    return (
      <Button look="quiet" glyph={glyph} onClick={copy} aria-label={`${label} ${what}`}>
        <span className="inline-block min-w-12 text-left">{label}</span>
      </Button>
    );
  return (
    <IconButton label={outcome ? label : `Copy ${what}`} onClick={copy}>
      {glyph}
    </IconButton>
  );
}
