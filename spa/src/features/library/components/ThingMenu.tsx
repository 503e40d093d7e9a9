// What can be done to a prompt or a workflow as a whole: share, clone, archive; as a menu and in the palette. The dialogs come on demand.
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Ellipsis, icon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import type { MenuItem } from '@/components/Menu';
import { type Action, possible, useActions } from '@/lib/actions';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { mayChange, type Thing } from '../model/thing';
import { words } from '../strings';

const ShareDialog = lazy(() => import('./ShareDialog'));
const CloneDialog = lazy(() => import('./CloneDialog'));
const ArchiveDialog = lazy(() => import('./ArchiveDialog'));
const route = getRouteApi('/w/$workspace');

const itemOf = ({ id, name, keys, danger, perform }: Action): MenuItem => ({
  id,
  name,
  keys,
  danger,
  onSelect: perform,
});

export type ThingMenuProps = {
  thing: Thing;
  /** "This prompt": where its actions stand in the palette. */
  group: string;
  /** Before the others. */
  more?: readonly Action[];
};

export function ThingMenu({ thing, group, more = [] }: ThingMenuProps) {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const [asked, setAsked] = useState<'share' | 'clone' | 'archive' | null>(null);
  const may = mayChange(thing, session.user.id, workspace.role);
  const close = () => setAsked(null);
  const actions: Action[] = [
    { id: `${thing.noun}.share`, name: words.share, group, when: () => may, perform: () => setAsked('share') },
    {
      id: `${thing.noun}.clone`,
      name: words.clone,
      group,
      when: () => mayEdit(workspace),
      perform: () => setAsked('clone'),
    },
    {
      id: `${thing.noun}.archive`,
      name: words.archive,
      group,
      danger: true,
      when: () => may,
      perform: () => setAsked('archive'),
    },
  ];
  useActions(actions);
  const offered = [...more, ...actions].filter(possible);
  if (offered.length === 0) return null;
  const safe = offered.filter((action) => !action.danger);
  const dangerous = offered.filter((action) => action.danger);
  return (
    <>
      <LazyMenu
        label={words.actionsOf(thing.name)}
        align="end"
        trigger={
          <IconButton label={words.actionsOf(thing.name)}>
            <Ellipsis {...icon} />
          </IconButton>
        }
        sections={[{ items: safe.map(itemOf) }, ...(dangerous.length > 0 ? [{ items: dangerous.map(itemOf) }] : [])]}
      />
      <Suspense fallback={null}>
        {asked === 'share' && <ShareDialog thing={thing} onClose={close} />}
        {asked === 'clone' && <CloneDialog thing={thing} onClose={close} />}
        {asked === 'archive' && <ArchiveDialog thing={thing} onClose={close} />}
      </Suspense>
    </>
  );
}
