// The frame of a workspace's pages: sidebar (or bottom bar on the phone), top bar, the page in its own scroller; palette and sheet on demand.
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useParams, useRouteContext, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { Session } from '@/api/types';
import { PHONE_ACTION_ID } from '@/components/PageHeader';
import { Loading } from '@/components/Skeleton';
import { useActions } from '@/lib/actions';
import { useKept } from '@/lib/kept';
import { lastWorkspace, rememberWorkspace } from '@/lib/last-workspace';
import { useShellWidth } from '@/lib/phone';
import { setTheme } from '@/lib/theme';
import { mayEdit, WorkspaceContext } from '@/lib/workspace';
import { shellActions } from '../actions';
import { PageNotThere } from '../Root';
import { words } from '../strings';
import { Notices } from './Notices';
import { PhoneBar } from './PhoneBar';
import { Sidebar } from './Sidebar';
import { signOut } from './sign-out';
import { TopBar } from './TopBar';
import { useKeyHandling } from './use-keys';
import { useSessionKept } from './use-session';

const Palette = lazy(() => import('./Palette'));
const WithoutWorkspace = lazy(() => import('./WithoutWorkspace'));
const ShortcutSheet = lazy(() => import('./ShortcutSheet'));
const NewWorkspace = lazy(() => import('@/features/workspace/components/NewWorkspaceDialog'));

export function Shell() {
  const { session } = useRouteContext({ strict: false }) as { session?: Session | null };
  // the pages of the account and of administrators name none
  const { workspace: named } = useParams({ strict: false });
  const workspace = session && (named ? session.workspaces.find((one) => one.slug === named) : lastWorkspace(session));
  const slug = workspace?.slug ?? '';
  useEffect(() => {
    if (named && slug) rememberWorkspace(slug);
  }, [named, slug]);
  const router = useRouter();
  const client = useQueryClient();
  const width = useShellWidth();
  const [folded, setFolded] = useKept<boolean>('sidebar.folded', false);
  const [over, setOver] = useState<'palette' | 'shortcuts' | 'workspace' | null>(null);

  useKeyHandling();
  useSessionKept(session);
  useActions(
    shellActions({
      go: (where) => void router.navigate({ to: `/w/$workspace/${where}`, params: { workspace: slug } }),
      goAccount: () => void router.navigate({ to: '/account' }),
      goAdmin: () => void router.navigate({ to: '/admin' }),
      isAdmin: () => session?.user.admin === true,
      newWorkspace: () => setOver('workspace'),
      openPalette: () => setOver('palette'),
      openShortcuts: () => setOver('shortcuts'),
      toggleSidebar: () => setFolded(!folded),
      setTheme,
      signOut: () => void signOut(client, router),
      mayEdit: () => Boolean(workspace && mayEdit(workspace)),
      sidebarCanFold: () => width === 'desk',
    }),
    { everywhere: true },
  );

  if (!session || (!workspace && named)) return <PageNotThere />;
  if (!workspace) return <WithoutWorkspace />;
  const frame = {
    session,
    workspace,
    openPalette: () => setOver('palette'),
    openShortcuts: () => setOver('shortcuts'),
    newWorkspace: () => setOver('workspace'),
  };
  return (
    <WorkspaceContext value={workspace}>
      <a href="#main" className="skip-link t-13">
        {words.skip}
      </a>
      <div className="flex h-dvh overflow-hidden bg-bg-1">
        {width !== 'phone' && (
          <Sidebar
            {...frame}
            folded={folded || width === 'tablet'}
            canFold={width === 'desk'}
            onFold={() => setFolded(!folded)}
          />
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar {...frame} phone={width === 'phone'} />
          <Notices />
          {/* keyed, so that nothing of one workspace is left in another */}
          <main
            id="main"
            key={workspace.id}
            tabIndex={-1}
            data-scroller
            data-scroll-restoration-id="main"
            className="@container relative min-h-0 flex-1 overflow-y-auto overflow-x-clip"
          >
            <Suspense fallback={<Loading sentence={words.loadingPage}>{null}</Loading>}>
              <Outlet />
            </Suspense>
          </main>
          <div id={PHONE_ACTION_ID} />
          {width === 'phone' && <PhoneBar {...frame} />}
        </div>
      </div>
      <Suspense fallback={null}>
        {over === 'palette' && <Palette workspace={workspace} onClose={() => setOver(null)} />}
        {over === 'workspace' && <NewWorkspace onClose={() => setOver(null)} />}
        {over === 'shortcuts' && <ShortcutSheet onClose={() => setOver(null)} />}
      </Suspense>
    </WorkspaceContext>
  );
}
