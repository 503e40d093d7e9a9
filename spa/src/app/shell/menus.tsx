// The workspace switcher and the account menu, for the sidebar and for the phone's More. The menus themselves come on demand.
import { useQueryClient } from '@tanstack/react-query';
import { type AnyRouter, useMatchRoute, useRouter } from '@tanstack/react-router';
import type { Session, Workspace } from '@/api/types';
import { ChevronDown, LogOut, Plus, smallIcon } from '@/components/Icon';
import { LazyMenu } from '@/components/LazyMenu';
import type { MenuSection } from '@/components/Menu';
import { classes } from '@/lib/classes';
import { setTheme, type Theme, useTheme } from '@/lib/theme';
import { words } from '../strings';
import { signOut } from './sign-out';

/** Two letters in a square: no picture is fetched from anywhere. */
export function Initials({ name, className }: { name: string; className?: string }) {
  const parts = name.trim().split(/\s+/);
  const letters = `${parts[0]?.[0] ?? '?'}${parts.length > 1 ? (parts.at(-1)?.[0] ?? '') : ''}`;
  return (
    <span
      aria-hidden="true"
      className={classes(
        't-11 inline-flex size-5 shrink-0 items-center justify-center bg-bg-3 font-medium text-text-1 uppercase',
        className,
      )}
    >
      {letters}
    </span>
  );
}

export function WorkspaceMenu({
  session,
  workspace,
  newWorkspace,
  folded,
}: {
  session: Session;
  workspace: Workspace;
  newWorkspace: () => void;
  folded?: boolean;
}) {
  const router = useRouter();
  const itemOf = (one: Workspace) => ({
    id: one.id,
    name: one.name,
    note: one.role,
    checked: one.id === workspace.id,
    onSelect: () => void router.navigate({ to: '/w/$workspace/workflows', params: { workspace: one.slug } }),
  });
  const archived = session.workspaces.filter((one) => one.archived_at);
  const sections: MenuSection[] = [
    {
      label: words.switchWorkspace,
      items: session.workspaces.filter((one) => !one.archived_at).map(itemOf),
    },
    // readable, and restored by an owner in its settings
    ...(archived.length > 0 ? [{ label: words.archivedWorkspaces, items: archived.map(itemOf) }] : []),
    { items: [{ id: 'new', name: words.newWorkspace, glyph: Plus, onSelect: newWorkspace }] },
  ];
  return (
    <LazyMenu
      label={words.switchWorkspace}
      sections={sections}
      trigger={
        <button
          type="button"
          title={folded ? workspace.name : undefined}
          className={classes(
            't-13 flex h-(--control) min-w-0 items-center gap-2 rounded-control hover:bg-hover',
            folded ? 'w-(--control) justify-center' : 'px-1.5',
          )}
        >
          <Initials name={workspace.name} className="rounded-badge" />
          <span className={folded ? 'sr-only' : 'min-w-0 flex-1 truncate text-left font-medium'}>
            <span className="sr-only">{words.switchWorkspace}: </span>
            {workspace.name}
          </span>
          {!folded && <ChevronDown {...smallIcon} />}
        </button>
      }
    />
  );
}

export function useAccountSections(router: AnyRouter): MenuSection[] {
  const theme = useTheme();
  const client = useQueryClient();
  const choice = (value: Theme, name: string) => ({
    id: value,
    name,
    checked: theme === value,
    onSelect: () => setTheme(value),
  });
  return [
    {
      label: words.theme,
      items: [choice('light', words.light), choice('dark', words.dark), choice('system', words.system)],
    },
    {
      items: [
        {
          id: 'account',
          name: words.accountSettings,
          keys: 'G U',
          onSelect: () => void router.navigate({ to: '/account' }),
        },
      ],
    },
    { items: [{ id: 'sign-out', name: words.signOut, glyph: LogOut, onSelect: () => void signOut(client, router) }] },
  ];
}

export function AccountMenu({ session, folded, router }: { session: Session; folded: boolean; router: AnyRouter }) {
  const sections = useAccountSections(router);
  const here = useMatchRoute()({ to: '/account', fuzzy: true }) !== false;
  return (
    <LazyMenu
      label={words.account}
      side="top"
      sections={[{ label: session.user.email, items: [] }, ...sections]}
      trigger={
        <button
          type="button"
          aria-current={here ? 'page' : undefined}
          className={classes(
            't-13 flex h-(--row) min-w-0 items-center gap-2 px-2.5 text-text-2 hover:bg-hover hover:text-text-1 -outline-offset-2',
            folded && 'justify-center px-0',
            here && 'tread font-medium text-text-1',
          )}
        >
          <Initials name={session.user.name} className="rounded-full" />
          <span className={folded ? 'sr-only' : 'min-w-0 flex-1 truncate text-left'}>
            <span className="sr-only">{words.account}: </span>
            {session.user.name}
          </span>
        </button>
      }
    />
  );
}
