// Of a workspace itself: settings, members, invitations, variables, secrets, limits, audit log.
import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { api, keys, unwrap } from '@/api/client';
import type {
  InvitationCreate,
  LimitSet,
  LimitUnit,
  Role,
  Session,
  WorkspaceCreate,
  WorkspaceSettings,
  WorkspaceUpdate,
} from '@/api/types';

const of = (workspaceId: string) => ({ params: { path: { workspace_id: workspaceId } } });
const ofPerson = (workspaceId: string, userId: string) => ({
  params: { path: { workspace_id: workspaceId, user_id: userId } },
});
const ofName = (workspaceId: string, name: string) => ({ params: { path: { workspace_id: workspaceId, name } } });

/** What is kept of a workspace beside its prompts, workflows and runs. */
export const placeKeys = (workspaceId: string) => {
  const own = (noun: string) => [...keys.workspace(workspaceId), noun] as const;
  return {
    settings: own('settings'),
    members: own('members'),
    invitations: own('invitations'),
    variables: own('variables'),
    secrets: own('secrets'),
    limits: own('limits'),
    audit: own('audit'),
  };
};

// ---- the workspace ----

export const settingsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).settings,
    queryFn: ({ signal }) => unwrap(api.GET('/workspaces/{workspace_id}', { ...of(workspaceId), signal })),
  });

/** Which workspaces there are, and what they are called, is part of the session: it is read again. */
const renewSession = (client: QueryClient) =>
  client.fetchQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) => unwrap(api.GET('/session', { signal })),
    staleTime: 0,
  });

/** As above, and the pages that show it. */
export function useRenewSession(): () => Promise<Session> {
  const client = useQueryClient();
  const router = useRouter();
  return async () => {
    const session = await renewSession(client);
    await router.invalidate();
    return session;
  };
}

export function useCreateWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, key }: { body: WorkspaceCreate; key: string }) => {
      const made = await unwrap(api.POST('/workspaces', { params: { header: { 'Idempotency-Key': key } }, body }));
      await renewSession(client);
      return made;
    },
  });
}

export function useUpdateWorkspace(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: WorkspaceUpdate) =>
      unwrap(api.PATCH('/workspaces/{workspace_id}', { ...of(workspaceId), body })),
    onSuccess: (now: WorkspaceSettings) => client.setQueryData(placeKeys(workspaceId).settings, now),
  });
}

export function useArchiveWorkspace(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (away: boolean) =>
      unwrap(
        away
          ? api.POST('/workspaces/{workspace_id}/archive', of(workspaceId))
          : api.POST('/workspaces/{workspace_id}/restore', of(workspaceId)),
      ),
    onSuccess: (now: WorkspaceSettings) => client.setQueryData(placeKeys(workspaceId).settings, now),
  });
}

// ---- members ----

export const membersQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).members,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/workspaces/{workspace_id}/members', { ...of(workspaceId), signal }))).data,
  });

/** What changes members is followed by reading them again. */
function useMemberChange<Change, Answer>(workspaceId: string, mutationFn: (change: Change) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId).members }),
  });
}

export const useChangeRole = (workspaceId: string, userId: string) =>
  useMemberChange(workspaceId, (role: Role) =>
    unwrap(
      api.PATCH('/workspaces/{workspace_id}/members/{user_id}', { ...ofPerson(workspaceId, userId), body: { role } }),
    ),
  );

export type Removal = { userId: string; giveTo: string | null };
export type Removed = { given: boolean; notGiven: unknown };

/** Removed, and what they kept private given on, when somebody is named: the first holds even if the second fails. */
export const useRemoveMember = (workspaceId: string) =>
  useMemberChange(workspaceId, async ({ userId, giveTo }: Removal): Promise<Removed> => {
    await unwrap(api.DELETE('/workspaces/{workspace_id}/members/{user_id}', ofPerson(workspaceId, userId)));
    if (!giveTo) return { given: false, notGiven: null };
    try {
      await unwrap(
        api.POST('/workspaces/{workspace_id}/members/{user_id}/reassign', {
          ...ofPerson(workspaceId, userId),
          body: { to: giveTo },
        }),
      );
      return { given: true, notGiven: null };
    } catch (error) {
      return { given: false, notGiven: error };
    }
  });

export const useTransfer = (workspaceId: string) =>
  useMemberChange(workspaceId, (userId: string) =>
    unwrap(api.POST('/workspaces/{workspace_id}/transfer', { ...of(workspaceId), body: { user_id: userId } })),
  );

export const useLeave = (workspaceId: string) =>
  useMutation({ mutationFn: () => unwrap(api.POST('/workspaces/{workspace_id}/leave', of(workspaceId))) });

// ---- invitations ----

export const invitationsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).invitations,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/workspaces/{workspace_id}/invitations', { ...of(workspaceId), signal }))).data,
  });

export function useInvite(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: InvitationCreate) =>
      unwrap(api.POST('/workspaces/{workspace_id}/invitations', { ...of(workspaceId), body })),
    onSuccess: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId).invitations }),
    // the link is shown once: nothing keeps it
    gcTime: 0,
  });
}

export function useRevokeInvitation(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invitationId: string) =>
      unwrap(
        api.DELETE('/workspaces/{workspace_id}/invitations/{invitation_id}', {
          params: { path: { workspace_id: workspaceId, invitation_id: invitationId } },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId).invitations }),
  });
}

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token] as const,
    queryFn: ({ signal }) => unwrap(api.GET('/invitations/{token}', { params: { path: { token } }, signal })),
  });

export function useAccept(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const joined = await unwrap(api.POST('/invitations/{token}/accept', { params: { path: { token } } }));
      await renewSession(client);
      return joined;
    },
    onError: () => client.invalidateQueries({ queryKey: invitationQuery(token).queryKey }),
  });
}

// ---- variables and secrets ----

export const variablesQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).variables,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/workspaces/{workspace_id}/variables', { ...of(workspaceId), signal }))).data,
  });

export const secretsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).secrets,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/workspaces/{workspace_id}/secrets', { ...of(workspaceId), signal }))).data,
  });

export type Setting = { name: string; value: string };
export type SettingKind = 'variable' | 'secret';

export function useSetSetting(workspaceId: string, kind: SettingKind) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, value }: Setting): Promise<void> => {
      const request = { ...ofName(workspaceId, name), body: { value } };
      if (kind === 'variable') await unwrap(api.PUT('/workspaces/{workspace_id}/variables/{name}', request));
      else await unwrap(api.PUT('/workspaces/{workspace_id}/secrets/{name}', request));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId)[`${kind}s`] }),
    // what was written into a secret is not kept here either
    gcTime: 0,
  });
}

export function useDeleteSetting(workspaceId: string, kind: SettingKind) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      unwrap(
        kind === 'variable'
          ? api.DELETE('/workspaces/{workspace_id}/variables/{name}', ofName(workspaceId, name))
          : api.DELETE('/workspaces/{workspace_id}/secrets/{name}', ofName(workspaceId, name)),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId)[`${kind}s`] }),
  });
}

// ---- limits ----

const LIMITS_EVERY_MS = 10_000;

export const limitsQuery = (workspaceId: string) =>
  queryOptions({
    queryKey: placeKeys(workspaceId).limits,
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/workspaces/{workspace_id}/limits', { ...of(workspaceId), signal }))).data,
    // what is in use moves while one looks
    refetchInterval: LIMITS_EVERY_MS,
  });

export type LimitPlace = { unit: LimitUnit; scope: string };
const ofLimit = (workspaceId: string, { unit, scope }: LimitPlace) => ({
  params: { path: { workspace_id: workspaceId, unit }, query: { scope } },
});

export function useSetLimit(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ place, body }: { place: LimitPlace; body: LimitSet }) =>
      unwrap(api.PUT('/workspaces/{workspace_id}/limits/{unit}', { ...ofLimit(workspaceId, place), body })),
    onSuccess: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId).limits }),
  });
}

export function useDeleteLimit(workspaceId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (place: LimitPlace) =>
      unwrap(api.DELETE('/workspaces/{workspace_id}/limits/{unit}', ofLimit(workspaceId, place))),
    onSettled: () => client.invalidateQueries({ queryKey: placeKeys(workspaceId).limits }),
  });
}

// ---- audit ----

export type AuditFilter = { user_id?: string; operation?: string; kind?: string; since?: string; until?: string };
const AUDIT_PAGE = 50;

export const auditQuery = (workspaceId: string, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...placeKeys(workspaceId).audit, filter] as const,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/audit', {
          params: { path: { workspace_id: workspaceId }, query: { ...filter, limit: AUDIT_PAGE, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
