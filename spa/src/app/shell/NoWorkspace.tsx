// Signed in, but nowhere to go.
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { Mark } from '@/components/Mark';
import { useTitle } from '@/lib/title';
import { words } from '../strings';
import { signOut } from './sign-out';

export function NoWorkspace() {
  useTitle({ title: words.workflows });
  const router = useRouter();
  const client = useQueryClient();
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-160 p-8">
      <Mark withWord />
      <h1 tabIndex={-1} className="sr-only">
        Stepmill
      </h1>
      <EmptyState
        sentence={words.noWorkspace}
        action={<Button onClick={() => void signOut(client, router)}>{words.signOut}</Button>}
      />
    </main>
  );
}
