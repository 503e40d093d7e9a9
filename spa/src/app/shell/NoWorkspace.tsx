// Signed in, but nowhere to go.
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { Mark } from '@/components/Mark';
import { useTitle } from '@/lib/title';
import { words } from '../strings';
import { signOut } from './sign-out';

const NewWorkspace = lazy(() => import('@/features/workspace/components/NewWorkspaceDialog'));

export function NoWorkspace() {
  useTitle({ title: words.workflows });
  const router = useRouter();
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-160 p-8">
      <Mark withWord />
      <h1 tabIndex={-1} className="sr-only">
        Stepmill
      </h1>
      <EmptyState
        sentence={words.noWorkspace}
        action={
          <div className="flex gap-2">
            <Button look="primary" onClick={() => setMaking(true)}>
              {words.newWorkspace}
            </Button>
            <Button onClick={() => void signOut(client, router)}>{words.signOut}</Button>
          </div>
        }
      />
      <Suspense fallback={null}>{making && <NewWorkspace onClose={() => setMaking(false)} />}</Suspense>
    </main>
  );
}
