// 40 px: the path, and only what is out of the ordinary. On the phone the workspace and the search.

import { CircleHelp, icon, Search } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { Mark } from '@/components/Mark';
import { PATH_ID } from '@/components/PageHeader';
import { useConnection } from '@/lib/connection';
import { timeOfDaySeconds } from '@/lib/format';
import { words } from '../strings';
import { WorkspaceMenu } from './menus';
import type { FrameProps } from './nav';

export function TopBar({
  session,
  workspace,
  openPalette,
  openShortcuts,
  newWorkspace,
  phone,
}: FrameProps & { phone: boolean }) {
  return (
    <header className="flex h-10 shrink-0 items-center gap-2 border-b border-line-2 bg-bg-0 px-(--gutter) pointer-coarse:h-12">
      {phone ? (
        <>
          <Mark size={18} />
          <div className="min-w-0 flex-1">
            <WorkspaceMenu session={session} workspace={workspace} newWorkspace={newWorkspace} />
          </div>
          <ConnectionNote />
          <IconButton label={words.search} keys="Mod+K" onClick={openPalette}>
            <Search {...icon} />
          </IconButton>
        </>
      ) : (
        <>
          <div className="t-12 flex min-w-0 flex-1 items-center gap-1.5 text-text-3">
            <span className="truncate">{workspace.name}</span>
            <div id={PATH_ID} className="contents" />
          </div>
          <ConnectionNote />
          <IconButton label={words.shortcuts} keys="?" onClick={openShortcuts}>
            <CircleHelp {...icon} />
          </IconButton>
        </>
      )}
    </header>
  );
}

function ConnectionNote() {
  const connection = useConnection();
  if (!connection) return null;
  if (connection.state === 'reconnecting')
    return (
      <span className="t-12 truncate text-waiting">
        {words.reconnecting(timeOfDaySeconds(connection.asOf ?? Date.now()))}
      </span>
    );
  if (connection.state === 'asking') return <span className="t-12 truncate text-text-2">{words.asking}</span>;
  return connection.note ? <span className="t-12 truncate text-text-2">{connection.note}</span> : null;
}
