// Mark, workspace, search, the map of the pages; Help and the account at the foot. Folded to 48 it keeps the icons.
import { Link, useRouter } from '@tanstack/react-router';
import { CircleHelp, icon, PanelLeft, Search, smallIcon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { Kbd } from '@/components/Kbd';
import { Mark } from '@/components/Mark';
import { classes } from '@/lib/classes';
import { words } from '../strings';
import { AccountMenu, WorkspaceMenu } from './menus';
import { ADMIN, type FrameProps, NAV, NavGlyph, SETTINGS, useRunsGoingOn } from './nav';

export type SidebarProps = FrameProps & { folded: boolean; canFold: boolean; onFold: () => void };

export function Sidebar(props: SidebarProps) {
  const { session, workspace, openPalette, openShortcuts, newWorkspace, folded, canFold, onFold } = props;
  const going = useRunsGoingOn(workspace.id);
  const router = useRouter();
  const params = { workspace: workspace.slug };
  const item = classes(
    't-13 flex h-(--row) items-center gap-2 px-3 text-text-2 hover:bg-hover hover:text-text-1 -outline-offset-2',
    folded && 'justify-center px-0',
  );
  return (
    <aside className={classes('flex shrink-0 flex-col border-r border-line-2 bg-bg-0', folded ? 'w-12' : 'w-[216px]')}>
      <div className={classes('flex h-10 items-center', folded ? 'justify-center' : 'pr-1.5 pl-3')}>
        <Link to="/w/$workspace/workflows" params={params} aria-label="Stepmill" className="flex-1 rounded-control">
          <Mark withWord={!folded} className={folded ? 'w-full justify-center' : ''} />
        </Link>
        {!folded && canFold && (
          <IconButton label={words.collapse} keys="[" onClick={onFold}>
            <PanelLeft {...icon} />
          </IconButton>
        )}
      </div>
      <div className={classes('flex flex-col gap-1.5 pb-2', folded ? 'items-center' : 'px-2')}>
        <WorkspaceMenu session={session} workspace={workspace} newWorkspace={newWorkspace} folded={folded} />
        {folded ? (
          <IconButton label={words.search} keys="Mod+K" onClick={openPalette}>
            <Search {...icon} />
          </IconButton>
        ) : (
          <button
            type="button"
            onClick={openPalette}
            className="t-13 flex h-(--control) items-center gap-2 rounded-control border border-line-2 bg-bg-2 px-2 text-left text-text-3 hover:border-line-3"
          >
            <Search {...smallIcon} />
            <span className="flex-1">{words.search}</span>
            <Kbd keys="Mod+K" />
          </button>
        )}
      </div>
      <nav aria-label={words.mainNav} className="flex-1 overflow-y-auto">
        <ul>
          {NAV.map((entry) => {
            const count = entry.id === 'runs' ? going : null;
            return (
              <li key={entry.id}>
                <Link
                  to={entry.to}
                  params={params}
                  className={item}
                  title={folded ? entry.name : undefined}
                  activeProps={{ className: 'tread text-text-1 font-medium', 'aria-current': 'page' }}
                >
                  <NavGlyph path={entry.path} />
                  <span className={folded ? 'sr-only' : 'flex-1'}>{entry.name}</span>
                  {count && (
                    <span className={folded ? 'sr-only' : 't-12 text-text-2'}>
                      {count}
                      <span className="sr-only"> {Number(count) === 1 ? 'goes on' : 'go on'}</span>
                    </span>
                  )}
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
      <div className="flex flex-col py-2">
        <Link
          to={SETTINGS.to}
          params={params}
          className={item}
          title={folded ? SETTINGS.name : undefined}
          activeProps={{ className: 'tread text-text-1 font-medium', 'aria-current': 'page' }}
        >
          <NavGlyph path={SETTINGS.path} />
          <span className={folded ? 'sr-only' : 'flex-1'}>{SETTINGS.name}</span>
        </Link>
        {session.user.admin && (
          <Link
            to="/admin"
            className={item}
            title={folded ? ADMIN.name : undefined}
            activeProps={{ className: 'tread text-text-1 font-medium', 'aria-current': 'page' }}
          >
            <NavGlyph path={ADMIN.path} />
            <span className={folded ? 'sr-only' : 'flex-1'}>{ADMIN.name}</span>
          </Link>
        )}
        <button type="button" className={item} onClick={openShortcuts} title={folded ? words.help : undefined}>
          <CircleHelp {...icon} />
          <span className={folded ? 'sr-only' : 'flex-1 text-left'}>{words.help}</span>
          {!folded && <Kbd keys="?" />}
        </button>
        {folded && canFold && (
          <button
            type="button"
            className={item}
            onClick={onFold}
            aria-label={words.expand}
            title={`${words.expand}  [`}
          >
            <PanelLeft {...icon} />
          </button>
        )}
        <AccountMenu session={session} folded={folded} router={router} />
      </div>
    </aside>
  );
}
