// Where an invitation's link leads: signed in or not. Nothing is told of it before one is signed in.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, unwrap } from '@/api/client';
import { isNotThere, toProblem } from '@/api/problem';
import type { Session } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { Mark } from '@/components/Mark';
import { Loading, Skeleton } from '@/components/Skeleton';
import { StatusIcon } from '@/components/StatusIcon';
import { dateTime } from '@/lib/format';
import { useTitle } from '@/lib/title';
import { invitationQuery, useAccept } from './api';
import { words } from './strings';

const route = getRouteApi('/invitations/$token');

export function InvitationPage() {
  const { session } = route.useRouteContext();
  useTitle({ title: words.invitation });
  return (
    <main
      id="main"
      tabIndex={-1}
      className="flex min-h-dvh flex-col items-center bg-bg-1 px-4 pt-[min(18dvh,160px)] pb-8"
    >
      <div className="w-full max-w-[440px]">
        <Mark withWord size={28} className="t-16" />
        {session ? <Invited session={session} /> : <Visitor />}
      </div>
    </main>
  );
}

function Title({ children }: { children: ReactNode }) {
  return (
    <h1 tabIndex={-1} className="t-24 mt-6 mb-4 wrap-anywhere">
      {children}
    </h1>
  );
}

/** The way back to this page. */
const useHere = () => `/invitations/${route.useParams().token}`;

function Visitor() {
  const to = useHere();
  return (
    <>
      <Title>{words.visitorTitle}</Title>
      <p className="t-14 mb-6 text-text-2">{words.visitorText}</p>
      <div className="flex flex-wrap gap-2">
        <Link to="/sign-in" search={{ to }} className={buttonClass('primary')}>
          {words.signIn}
        </Link>
        <Link to="/sign-up" search={{ to }} className={buttonClass()}>
          {words.signUp}
        </Link>
      </div>
    </>
  );
}

function Invited({ session }: { session: Session }) {
  const { token } = route.useParams();
  const query = useQuery(invitationQuery(token));
  const invitation = query.data;
  if (query.isError && isNotThere(query.error))
    return <NotUsable title={words.invitationGone} why={words.invitationGoneText} />;
  if (query.isError && !invitation)
    return (
      <>
        <Title>{words.invitation}</Title>
        <ErrorState
          error={query.error}
          what={words.invitationFailed}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      </>
    );
  if (!invitation)
    return (
      <>
        <Title>{words.invitation}</Title>
        <Loading sentence={words.invitationLoading}>
          <div className="flex flex-col gap-3">
            <Skeleton className="w-full" />
            <Skeleton className="w-2/3" />
          </div>
        </Loading>
      </>
    );
  if (invitation.refusal) return <NotUsable title={words.notUsable} why={invitation.refusal} />;
  return (
    <>
      <Title>{words.invitedTo(invitation.workspace.name)}</Title>
      <p className="t-14">{words.invitedSentence(invitation.invited_by, invitation.role)}</p>
      <p className="t-13 mt-1 mb-6 text-text-2">{words.goodUntil(dateTime(invitation.expires_at))}</p>
      <Join token={token} session={session} />
    </>
  );
}

function Join({ token, session }: { token: string; session: Session }) {
  const router = useRouter();
  const accept = useAccept(token);
  const perform = () =>
    accept.mutate(undefined, {
      onSuccess: (joined) => router.navigate({ to: '/w/$workspace/workflows', params: { workspace: joined.slug } }),
    });
  return (
    <>
      <Button look="primary" busy={accept.isPending ? words.joining : false} onClick={perform}>
        {words.join}
      </Button>
      {accept.isError && (
        <p role="alert" className="t-13 mt-3 flex gap-2 text-failed">
          <StatusIcon status="failed" decorative className="mt-0.5" />
          <span>
            {words.notJoined} {toProblem(accept.error).detail}
          </span>
        </p>
      )}
      <p className="t-13 mt-6 text-text-2">
        {words.youAre(session.user.email)} <OtherAccount />
      </p>
    </>
  );
}

function OtherAccount() {
  const client = useQueryClient();
  const router = useRouter();
  const to = useHere();
  const change = async () => {
    try {
      await unwrap(api.DELETE('/session'));
    } catch (error) {
      // already signed out is as good
      if (toProblem(error).status !== 401) return;
    }
    client.clear();
    await router.navigate({ to: '/sign-in', search: { to } });
  };
  return (
    <button type="button" className="link min-h-6" onClick={() => void change()}>
      {words.other}
    </button>
  );
}

function NotUsable({ title, why }: { title: string; why: string }) {
  return (
    <>
      <Title>{title}</Title>
      <p className="t-14 mb-6 text-text-2">{why}</p>
      <Link to="/" className={buttonClass()}>
        {words.toWorkspaces}
      </Link>
    </>
  );
}
