// The ten recovery codes, shown this once: copy them or download them. Closing asks once when neither was done.
import { useState } from 'react';
import { Button } from '@/components/Button';
import { CopyButton } from '@/components/CopyButton';
import { Dialog } from '@/components/Dialog';
import { saveFile } from '@/lib/save-file';
import { factorWords as words } from '../factor-strings';

export type RecoveryCodesProps = { codes: readonly string[]; email: string; onClose: () => void };

export function RecoveryCodes({ codes, email, onClose }: RecoveryCodesProps) {
  const [kept, setKept] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const close = () => (kept || leaving ? onClose() : setLeaving(true));
  const download = () => {
    const text = [words.fileHead(email), '', ...codes, ''].join('\n');
    saveFile(words.fileName, text);
    setKept(true);
  };
  const foot = leaving ? (
    <>
      <span className="t-13 mr-auto self-center">{words.notKept}</span>
      <Button onClick={() => setLeaving(false)}>{words.backToCodes}</Button>
      <Button look="danger-filled" onClick={onClose}>
        {words.closeAnyway}
      </Button>
    </>
  ) : (
    <Button look="primary" onClick={close}>
      {words.done}
    </Button>
  );
  return (
    <Dialog open title={words.codesTitle} onClose={close} foot={foot}>
      <p className="t-13">{words.codesText}</p>
      <ul className="mono-13 my-3 grid grid-cols-[repeat(auto-fill,minmax(13em,1fr))] gap-x-6 gap-y-1 whitespace-nowrap rounded-control bg-bg-0 p-3">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex gap-2">
        <CopyButton text={codes.join('\n')} what={words.codesCopy} withWord onCopied={() => setKept(true)} />
        <Button look="quiet" onClick={download}>
          {words.download}
        </Button>
      </div>
    </Dialog>
  );
}
