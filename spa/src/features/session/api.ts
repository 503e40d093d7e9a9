// Getting in: signing in and up, and a new password by a link.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, keys, unwrap } from '@/api/client';
import type {
  EmailConfirmation,
  PasswordReset,
  PasswordResetRequest,
  SecondFactorCode,
  Session,
  SignIn,
  SignUp,
} from '@/api/types';

/** Nothing that was read before, by whoever was signed in, is left. */
function useSignedIn() {
  const client = useQueryClient();
  return (session: Session) => {
    client.clear();
    client.setQueryData(keys.session, session);
  };
}

export function useSignIn() {
  const signedIn = useSignedIn();
  return useMutation({
    mutationFn: (body: SignIn) => unwrap(api.POST('/session', { body })),
    onSuccess: signedIn,
  });
}

/** From the browser that did the first half. */
export function useSignInCode() {
  const signedIn = useSignedIn();
  return useMutation({
    mutationFn: (body: SecondFactorCode) => unwrap(api.POST('/session/second-factor', { body })),
    onSuccess: signedIn,
  });
}

export function useSignUp() {
  const signedIn = useSignedIn();
  return useMutation({
    mutationFn: (body: SignUp) => unwrap(api.POST('/account', { body })),
    onSuccess: signedIn,
  });
}

export function useAskForReset() {
  return useMutation({
    mutationFn: (body: PasswordResetRequest) => unwrap(api.POST('/password-reset-request', { body })),
  });
}

export function useConfirmEmail() {
  return useMutation({
    mutationFn: (body: EmailConfirmation) => unwrap(api.POST('/email-confirmation', { body })),
  });
}

export function useResetPassword() {
  return useMutation({
    mutationFn: (body: PasswordReset) => unwrap(api.POST('/password-reset', { body })),
  });
}
