// Quiet bars over the page: the connection is gone for more than a minute; a new build was deployed.
import { Button } from '@/components/Button';
import { useNow } from '@/lib/clock';
import { useConnection } from '@/lib/connection';
import { words } from '../strings';
import { useOutdated } from '../version';

const LONG_MS = 60_000;

export function Notices() {
  const outdated = useOutdated();
  return (
    <>
      {outdated && (
        <Bar>
          <span className="flex-1">{words.newVersion}</span>
          <Button onClick={() => window.location.reload()}>{words.reload}</Button>
        </Bar>
      )}
      <LongDropped />
    </>
  );
}

function LongDropped() {
  const connection = useConnection();
  const down = connection?.state === 'reconnecting' && connection.asOf !== undefined;
  const now = useNow(down);
  if (!down || now - (connection.asOf ?? now) < LONG_MS) return null;
  return (
    <Bar>
      <span className="flex-1">{words.dropped}</span>
      {connection.tryNow && <Button onClick={connection.tryNow}>{words.tryNow}</Button>}
    </Bar>
  );
}

function Bar({ children }: { children: React.ReactNode }) {
  return (
    <div className="t-13 tint-waiting flex items-center gap-3 border-b border-line-2 px-(--gutter) py-1.5">
      {children}
    </div>
  );
}
