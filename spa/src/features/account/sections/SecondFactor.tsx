// The second factor: off, with what it would bring; on, with its recovery codes and the ways out.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { SecondFactor as Factor } from '@/api/types';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { FieldOutlines, NotLoaded } from '@/components/NotLoaded';
import { StatusIcon } from '@/components/StatusIcon';
import { useActions } from '@/lib/actions';
import { dateTime } from '@/lib/format';
import { accountQuery, factorQuery, useDisableFactor, useRenewCodes } from '../api';
import { ProofDialog } from '../components/ProofDialog';
import { RecoveryCodes } from '../components/RecoveryCodes';
import { SetUpFactor } from '../components/SetUpFactor';
import { factorWords as words } from '../factor-strings';
import { FEW_CODES } from '../model/factor';
import { words as common } from '../strings';

const route = getRouteApi('/account');

type Asked = 'setUp' | 'renew' | 'off' | null;

export default function SecondFactor() {
  const { session } = route.useRouteContext();
  const query = useQuery(factorQuery);
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const account = useQuery(accountQuery).data;
  // both are known before anything is said
  const factor = account && query.data;
  const may = account?.has_password === true;
  const on = Boolean(factor?.enabled_at);
  useActions([
    {
      id: 'factor.setUp',
      name: words.setUpMore,
      group: common.account,
      when: () => factor !== undefined && !on && may,
      perform: () => setAsked('setUp'),
    },
    {
      id: 'factor.renew',
      name: words.renewMore,
      group: common.account,
      when: () => on,
      perform: () => setAsked('renew'),
    },
    {
      id: 'factor.off',
      name: words.turnOffTitle,
      group: common.account,
      danger: true,
      when: () => on,
      perform: () => setAsked('off'),
    },
  ]);
  return (
    <>
      {factor?.enabled_at ? (
        <On factor={factor} since={factor.enabled_at} onAsk={setAsked} />
      ) : factor ? (
        <EmptyState
          sentence={may ? words.off : words.noPassword}
          action={
            may && (
              <Button look="primary" onClick={() => setAsked('setUp')}>
                {words.setUp}
              </Button>
            )
          }
        />
      ) : (
        <NotLoaded query={query} what={words.failed} sentence={words.loading}>
          <FieldOutlines fields={1} />
        </NotLoaded>
      )}
      {asked === 'setUp' && <SetUpFactor email={session.user.email} onClose={close} />}
      {asked === 'renew' && <Renew email={session.user.email} onClose={close} />}
      {asked === 'off' && <TurnOff onClose={close} />}
    </>
  );
}

function On({ factor, since, onAsk }: { factor: Factor; since: string; onAsk: (asked: Asked) => void }) {
  const few = factor.recovery_codes_left <= FEW_CODES;
  return (
    <div className="flex max-w-160 flex-col gap-4 px-(--gutter) py-6">
      <p className="t-14 flex gap-2">
        <StatusIcon status="completed" decorative className="mt-0.5" />
        {words.on(dateTime(since))}
      </p>
      <div className="flex flex-col border-t border-line-1">
        <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line-1 py-3">
          <p className="t-13 min-w-60 flex-1 text-text-2">
            {words.left(factor.recovery_codes_left)}
            {few && <span className="block text-waiting">{words.few}</span>}
          </p>
          <Button onClick={() => onAsk('renew')}>{words.renewMore}</Button>
        </div>
        <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line-1 py-3">
          <p className="t-13 min-w-60 flex-1 text-text-2">{words.turnOffText}</p>
          <Button look="danger" onClick={() => onAsk('off')}>
            {words.turnOffMore}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Renew({ email, onClose }: { email: string; onClose: () => void }) {
  const renew = useRenewCodes();
  if (renew.data) return <RecoveryCodes codes={renew.data.recovery_codes} email={email} onClose={onClose} />;
  return (
    <ProofDialog
      title={words.renewTitle}
      text={words.renewText}
      verb={words.renew}
      busyVerb={words.renewing}
      busy={renew.isPending}
      notDone={words.notRenewed}
      onProof={(proof, refused) => renew.mutate(proof, { onError: refused })}
      onClose={onClose}
    />
  );
}

function TurnOff({ onClose }: { onClose: () => void }) {
  const disable = useDisableFactor();
  return (
    <ProofDialog
      title={words.turnOffTitle}
      text={words.turnOffText}
      verb={words.turnOff}
      busyVerb={words.turningOff}
      busy={disable.isPending}
      danger
      notDone={words.notOff}
      onProof={(proof, refused) => disable.mutate(proof, { onSuccess: onClose, onError: refused })}
      onClose={onClose}
    />
  );
}
