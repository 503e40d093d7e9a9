// The phone's bottom bar: the pages, and More with what else the shell can do.
import { Link, useRouter } from '@tanstack/react-router';
import { MenuIcon } from '@/components/Icon';
import { LazyMenu } from '@/components/LazyMenu';
import { words } from '../strings';
import { useAccountSections } from './menus';
import { ADMIN, type FrameProps, NAV, NavGlyph, SETTINGS, useRunsGoingOn } from './nav';

export function PhoneBar({ session, workspace }: FrameProps) {
  const going = useRunsGoingOn(workspace.id);
  const router = useRouter();
  const sections = useAccountSections(router);
  const settings = {
    id: SETTINGS.id,
    name: SETTINGS.name,
    onSelect: () => void router.navigate({ to: '/w/$workspace/settings', params: { workspace: workspace.slug } }),
  };
  const admin = { id: 'admin', name: ADMIN.name, onSelect: () => void router.navigate({ to: '/admin' }) };
  const others = NAV.filter((entry) => entry.inMenu).map((entry) => ({
    id: entry.id,
    name: entry.name,
    onSelect: () => void router.navigate({ to: entry.to, params: { workspace: workspace.slug } }),
  }));
  const pages = [...others, settings, ...(session.user.admin ? [admin] : [])];
  const item =
    't-11 relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-text-2 -outline-offset-2';
  return (
    <nav
      aria-label={words.mainNav}
      className="flex shrink-0 border-t border-line-2 bg-bg-0 pb-[env(safe-area-inset-bottom)]"
    >
      {NAV.filter((entry) => !entry.inMenu).map((entry) => (
        <Link
          key={entry.id}
          to={entry.to}
          params={{ workspace: workspace.slug }}
          className={item}
          activeProps={{ className: 'tread text-text-1 font-medium', 'aria-current': 'page' }}
        >
          <NavGlyph path={entry.path} />
          <span>
            {entry.name}
            {entry.id === 'runs' && going && ` ${going}`}
          </span>
        </Link>
      ))}
      <LazyMenu
        label={words.more}
        side="top"
        align="end"
        sections={[{ items: pages }, { label: session.user.email, items: [] }, ...sections]}
        trigger={
          <button type="button" className={item}>
            <MenuIcon size={16} strokeWidth={1.5} aria-hidden="true" />
            <span>{words.more}</span>
          </button>
        }
      />
    </nav>
  );
}
