// The addresses of the page. Each page is its own chunk, and gets its search checked by app/search.ts.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { Problem } from '@/api/problem';
import type { Session } from '@/api/types';
import { lastWorkspace } from '@/lib/last-workspace';
import { queryClient, sessionQuery } from './queries';
import { PageFailed, PageLoading, PageNotThere, Root } from './Root';
import {
  accountSearch,
  adminSearch,
  builderSearch,
  projectSearch,
  projectsSearch,
  promptSearch,
  runnerSearch,
  runSearch,
  runsSearch,
  settingsSearch,
  signInSearch,
  versionsSearch,
  workflowsSearch,
} from './search';

/** The session, or off to sign in, with the address to come back to. */
async function needSession(href: string): Promise<Session> {
  try {
    return await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) throw redirect({ to: '/sign-in', search: { to: href } });
    throw error;
  }
}

const root = createRootRoute({ component: Root, notFoundComponent: PageNotThere, errorComponent: PageFailed });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ location }) => {
    const session = await needSession(location.href);
    const last = lastWorkspace(session);
    if (last) throw redirect({ to: '/w/$workspace/workflows', params: { workspace: last.slug } });
  },
  component: lazyRouteComponent(() => import('./shell/NoWorkspace'), 'NoWorkspace'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import('@/features/session/SignInPage'), 'SignInPage'),
});

/** Whoever opens it may be signed in or not: the page says what to do. */
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitations/$token',
  beforeLoad: async (): Promise<{ session: Session | null }> => {
    try {
      return { session: await queryClient.ensureQueryData(sessionQuery) };
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return { session: null };
      throw error;
    }
  },
  component: lazyRouteComponent(() => import('@/features/workspace/InvitationPage'), 'InvitationPage'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import('@/features/session/SignUpPage'), 'SignUpPage'),
});

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('@/features/session/ResetPasswordPage'), 'ResetPasswordPage'),
});

const confirmEmail = createRoute({
  getParentRoute: () => root,
  path: '/confirm-email',
  component: lazyRouteComponent(() => import('@/features/session/ConfirmEmailPage'), 'ConfirmEmailPage'),
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspace',
  beforeLoad: async ({ location }) => ({ session: await needSession(location.href) }),
  component: lazyRouteComponent(() => import('./shell/Shell'), 'Shell'),
});

/** In the same shell, with the workspace one was in last. */
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: async ({ location }) => ({ session: await needSession(location.href) }),
  component: lazyRouteComponent(() => import('./shell/Shell'), 'Shell'),
});

const accountHome = createRoute({
  getParentRoute: () => account,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/account/$section', params: { section: 'profile' }, replace: true });
  },
});

const accountSection = createRoute({
  getParentRoute: () => account,
  path: '/$section',
  validateSearch: accountSearch,
  component: lazyRouteComponent(() => import('@/features/account/AccountPage'), 'AccountPage'),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: '/admin',
  beforeLoad: async ({ location }) => ({ session: await needSession(location.href) }),
  component: lazyRouteComponent(() => import('./shell/Shell'), 'Shell'),
});

const adminHome = createRoute({
  getParentRoute: () => admin,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/admin/$section', params: { section: 'people' }, replace: true });
  },
});

const adminSection = createRoute({
  getParentRoute: () => admin,
  path: '/$section',
  validateSearch: adminSearch,
  component: lazyRouteComponent(() => import('@/features/admin/AdminPage'), 'AdminPage'),
});

const workspaceHome = createRoute({
  getParentRoute: () => workspace,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$workspace/workflows', params, replace: true });
  },
});

const workflows = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows',
  validateSearch: workflowsSearch,
  component: lazyRouteComponent(() => import('@/features/workflows/WorkflowsPage'), 'WorkflowsPage'),
});

const newWorkflow = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows/new',
  validateSearch: builderSearch,
  component: lazyRouteComponent(() => import('@/features/workflows/NewWorkflowPage'), 'NewWorkflowPage'),
});

const uploadWorkflows = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows/upload',
  component: lazyRouteComponent(() => import('@/features/workflows/UploadPage'), 'UploadPage'),
});

const editWorkflow = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows/$workflow/edit',
  validateSearch: builderSearch,
  component: lazyRouteComponent(() => import('@/features/workflows/EditWorkflowPage'), 'EditWorkflowPage'),
});

const workflowVersions = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows/$workflow/versions',
  validateSearch: versionsSearch,
  component: lazyRouteComponent(() => import('@/features/workflows/WorkflowVersionsPage'), 'WorkflowVersionsPage'),
});

const runner = createRoute({
  getParentRoute: () => workspace,
  path: '/workflows/$workflow',
  validateSearch: runnerSearch,
  component: lazyRouteComponent(() => import('@/features/runner/RunnerPage'), 'RunnerPage'),
});

const prompts = createRoute({
  getParentRoute: () => workspace,
  path: '/prompts',
  validateSearch: workflowsSearch,
  component: lazyRouteComponent(() => import('@/features/prompts/PromptsPage'), 'PromptsPage'),
});

const prompt = createRoute({
  getParentRoute: () => workspace,
  path: '/prompts/$prompt',
  validateSearch: promptSearch,
  component: lazyRouteComponent(() => import('@/features/prompts/PromptPage'), 'PromptPage'),
});

const agents = createRoute({
  getParentRoute: () => workspace,
  path: '/agents',
  validateSearch: projectsSearch,
  component: lazyRouteComponent(() => import('@/features/agents/AgentsPage'), 'AgentsPage'),
});

const newAgent = createRoute({
  getParentRoute: () => workspace,
  path: '/agents/new',
  component: lazyRouteComponent(() => import('@/features/agents/NewAgentPage'), 'NewAgentPage'),
});

const agent = createRoute({
  getParentRoute: () => workspace,
  path: '/agents/$agent',
  component: lazyRouteComponent(() => import('@/features/agents/AgentPage'), 'AgentPage'),
});

const projects = createRoute({
  getParentRoute: () => workspace,
  path: '/projects',
  validateSearch: projectsSearch,
  component: lazyRouteComponent(() => import('@/features/projects/ProjectsPage'), 'ProjectsPage'),
});

const project = createRoute({
  getParentRoute: () => workspace,
  path: '/projects/$project',
  validateSearch: projectSearch,
  component: lazyRouteComponent(() => import('@/features/projects/ProjectPage'), 'ProjectPage'),
});

const runs = createRoute({
  getParentRoute: () => workspace,
  path: '/runs',
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import('@/features/runs/RunsPage'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => workspace,
  path: '/runs/$run',
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import('@/features/runs/RunPage'), 'RunPage'),
});

const settings = createRoute({
  getParentRoute: () => workspace,
  path: '/settings',
  beforeLoad: ({ params }) => {
    throw redirect({
      to: '/w/$workspace/settings/$section',
      params: { ...params, section: 'general' },
      replace: true,
    });
  },
});

const settingsSection = createRoute({
  getParentRoute: () => workspace,
  path: '/settings/$section',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('@/features/workspace/SettingsPage'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    signIn,
    signUp,
    resetPassword,
    confirmEmail,
    account.addChildren([accountHome, accountSection]),
    admin.addChildren([adminHome, adminSection]),
    invitation,
    workspace.addChildren([
      workspaceHome,
      prompts,
      prompt,
      workflows,
      newWorkflow,
      uploadWorkflows,
      editWorkflow,
      workflowVersions,
      runner,
      agents,
      newAgent,
      agent,
      projects,
      project,
      runs,
      run,
      settings,
      settingsSection,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 400,
  defaultPendingComponent: PageLoading,
  defaultNotFoundComponent: PageNotThere,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
  scrollToTopSelectors: ['#main'],
});

// The chunks of the first page are fetched beside the session, not after it.
for (const route of router.getMatchedRoutes(router.latestLocation.pathname, undefined).matchedRoutes)
  void router.loadRouteChunk(route);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
