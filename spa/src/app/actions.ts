// What can be done from anywhere. Pages add theirs by useActions; palette, shortcut sheet and keys are made from the registry.
import { CircleHelp, LogOut, Monitor, Moon, PanelLeft, Plus, Search, Sun } from '@/components/Icon';
import type { Action } from '@/lib/actions';
import { words } from './strings';

export type ShellDeeds = {
  goAccount: () => void;
  goAdmin: () => void;
  isAdmin: () => boolean;
  go: (where: 'workflows' | 'runs' | 'workflows/new' | 'prompts' | 'projects' | 'agents' | 'settings') => void;
  newWorkspace: () => void;
  openPalette: () => void;
  openShortcuts: () => void;
  toggleSidebar: () => void;
  setTheme: (theme: 'light' | 'dark' | 'system') => void;
  signOut: () => void;
  mayEdit: () => boolean;
  sidebarCanFold: () => boolean;
};

export const EVERYWHERE = 'Everywhere';

export function shellActions(deeds: ShellDeeds): Action[] {
  return [
    {
      id: 'palette.open',
      name: words.openPalette,
      glyph: Search,
      keys: 'Mod+K',
      group: EVERYWHERE,
      perform: deeds.openPalette,
      inFields: true,
    },
    {
      id: 'shortcuts.open',
      name: words.shortcuts,
      glyph: CircleHelp,
      keys: '?',
      group: EVERYWHERE,
      perform: deeds.openShortcuts,
    },
    {
      id: 'go.workflows',
      name: words.goWorkflows,
      keys: 'G W',
      group: EVERYWHERE,
      perform: () => deeds.go('workflows'),
    },
    { id: 'go.prompts', name: words.goPrompts, keys: 'G P', group: EVERYWHERE, perform: () => deeds.go('prompts') },
    { id: 'go.projects', name: words.goProjects, keys: 'G J', group: EVERYWHERE, perform: () => deeds.go('projects') },
    { id: 'go.agents', name: words.goAgents, keys: 'G E', group: EVERYWHERE, perform: () => deeds.go('agents') },
    { id: 'go.runs', name: words.goRuns, keys: 'G R', group: EVERYWHERE, perform: () => deeds.go('runs') },
    { id: 'go.account', name: words.goAccount, keys: 'G U', group: EVERYWHERE, perform: deeds.goAccount },
    { id: 'go.settings', name: words.goSettings, keys: 'G S', group: EVERYWHERE, perform: () => deeds.go('settings') },
    { id: 'go.admin', name: words.goAdmin, group: EVERYWHERE, when: deeds.isAdmin, perform: deeds.goAdmin },
    {
      id: 'workflow.new',
      name: words.newWorkflow,
      glyph: Plus,
      keys: 'C',
      group: EVERYWHERE,
      when: deeds.mayEdit,
      perform: () => deeds.go('workflows/new'),
    },
    { id: 'workspace.new', name: words.newWorkspace, group: EVERYWHERE, perform: deeds.newWorkspace },
    {
      id: 'sidebar.fold',
      name: words.collapse,
      glyph: PanelLeft,
      keys: '[',
      group: EVERYWHERE,
      when: deeds.sidebarCanFold,
      perform: deeds.toggleSidebar,
    },
    {
      id: 'reference.open',
      name: words.apiReference,
      group: EVERYWHERE,
      perform: () => void window.open('/api/docs', '_blank', 'noopener'),
    },
    {
      id: 'theme.light',
      name: `${words.theme}: ${words.light.toLowerCase()}`,
      glyph: Sun,
      group: EVERYWHERE,
      perform: () => deeds.setTheme('light'),
    },
    {
      id: 'theme.dark',
      name: `${words.theme}: ${words.dark.toLowerCase()}`,
      glyph: Moon,
      group: EVERYWHERE,
      perform: () => deeds.setTheme('dark'),
    },
    {
      id: 'theme.system',
      name: `${words.theme}: ${words.system.toLowerCase()}`,
      glyph: Monitor,
      group: EVERYWHERE,
      perform: () => deeds.setTheme('system'),
    },
    { id: 'session.end', name: words.signOut, glyph: LogOut, group: EVERYWHERE, perform: deeds.signOut },
  ];
}
