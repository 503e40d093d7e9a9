// Confirms an address by the link of a mail. It takes a click: what looks at links by itself, as mail servers do, confirms nothing.
import { Link, useLocation } from '@tanstack/react-router';
import { useId } from 'react';
import { toProblem } from '@/api/problem';
import { Button, buttonClass } from '@/components/Button';
import { StatusIcon } from '@/components/StatusIcon';
import { useConfirmEmail } from './api';
import { Outside, Refused } from './components/Outside';
import { words } from './mail-strings';

export function ConfirmEmailPage() {
  const confirm = useConfirmEmail();
  const token = useLocation({ select: ({ hash }) => hash });
  const id = useId();
  if (confirm.isSuccess)
    return (
      <Outside title={words.confirmTitle} heading={words.confirmHeading}>
        <p role="status" className="t-14 mb-4 flex gap-2">
          <StatusIcon status="completed" decorative className="mt-0.5 text-completed" />
          {words.confirmed}
        </p>
        <Link to="/" className={buttonClass('primary', true)}>
          {words.goOn}
        </Link>
      </Outside>
    );
  const problem = confirm.isError && !confirm.isPending ? toProblem(confirm.error) : null;
  const used = token === '' || problem?.errors.some((place) => place.path === '/token');
  const text = used ? words.confirmNotGood : problem && `${words.notConfirmed} ${problem.detail}`;
  return (
    <Outside title={words.confirmTitle} heading={words.confirmHeading} intro={words.confirmIntro}>
      {!used && (
        <Button
          look="primary"
          wide
          busy={confirm.isPending ? words.confirming : false}
          onClick={() => confirm.mutate({ token })}
        >
          {words.confirm}
        </Button>
      )}
      <Refused id={id} text={text} requestId={used ? null : problem?.request_id} />
      <Link to="/" className="link t-13 inline-flex min-h-(--control) items-center">
        {words.goOn}
      </Link>
    </Outside>
  );
}
