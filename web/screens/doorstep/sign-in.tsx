import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, useLocation, useNavigate, useSearchParams } from 'react-router';
import { ApiError, getJson } from '../../api/client.ts';
import { useBegin, useSend, useSession } from '../../api/people/session.ts';
import type { Session, SignInWays } from '../../api/people/types.ts';
import { CodeField, EmailField, PasswordField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { useRefusalWords } from '../../components/form/refusal.ts';
import { returnTo } from '../../components/shell/return-to.ts';
import { ByLink } from './by-link.tsx';
import { Doorstep } from './doorstep.tsx';
import { useCode } from './use-code.ts';

/** Signs in by password, and a second factor where there is one; by a provider; or by a link. */
export function SignIn() {
  const code = useCode();
  const [query] = useSearchParams();
  const { data: session } = useSession();
  const enter = useEnter();
  if (code) return <ByLink key={code} code={code} onEnter={enter} otherwise={<ByPassword onEnter={enter} />} />;
  if (session) return <Navigate to={returnTo(query)} replace />;
  return (
    <>
      <ProviderProblem />
      <ByPassword onEnter={enter} />
    </>
  );
}

/** Why an identity provider that somebody comes back from has not signed them in. */
function ProviderProblem() {
  const { hash } = useLocation();
  const words = useRefusalWords();
  const code = /^#problem=([\w.-]+)$/.exec(hash)?.[1];
  if (!code) return null;
  return (
    <p className="doorstep__refusal" role="alert">
      {words('failed', code, undefined)}
    </p>
  );
}

/** Begins as somebody, and goes on to where they were. */
function useEnter(): (session: Session) => void {
  const begin = useBegin();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  return (session) => {
    begin(session);
    void navigate(returnTo(query), { replace: true });
  };
}

interface Credentials {
  email: string;
  password: string;
}

function ByPassword({ onEnter }: { onEnter: (session: Session) => void }) {
  const send = useSend();
  const [first, setFirst] = useState<Credentials>();
  const signIn = async (said: Credentials & { code?: string }) => {
    onEnter(await send<Session>('POST', '/api/session', said));
  };
  if (first) return <SecondFactor onCode={(code) => signIn({ ...first, code })} onBack={() => setFirst(undefined)} />;
  return (
    <Password
      onSubmit={async (said) => {
        try {
          await signIn(said);
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'people.second-factor-needed') throw error;
          setFirst(said);
        }
      }}
    />
  );
}

function Password({ onSubmit }: { onSubmit: (said: Credentials) => Promise<void> }) {
  const { t } = useTranslation();
  const ways = useQuery({
    queryKey: ['sign-in'],
    queryFn: async ({ signal }) => (await getJson<SignInWays>('/api/sign-in', signal)).body,
  });
  if (ways.data?.setUp) return <Doorstep title={t('signIn.setUp')}>{t('signIn.setUpDo')}</Doorstep>;
  const { providers = [] } = ways.data ?? {};
  return (
    <Doorstep title={t('signIn.title')}>
      <Form
        submit={t('signIn.do')}
        blames="password"
        onSubmit={({ email = '', password = '' }) => onSubmit({ email, password })}
      >
        <EmailField />
        <PasswordField name="password" label={t('field.password')} />
      </Form>
      {providers.length > 0 && <Providers providers={providers} />}
      <p className="doorstep__note">{t('signIn.lost')}</p>
    </Doorstep>
  );
}

function Providers({ providers }: Pick<SignInWays, 'providers'>) {
  const { t } = useTranslation();
  const [query] = useSearchParams();
  const back = new URLSearchParams({ returnTo: returnTo(query) });
  return (
    <>
      <p className="doorstep__or">{t('signIn.or')}</p>
      <div className="doorstep__providers">
        {providers.map(({ id, name }) => (
          <Button key={id} component="a" variant="default" href={`/api/sign-in/oidc/${encodeURIComponent(id)}?${back}`}>
            {t('signIn.with', { provider: name })}
          </Button>
        ))}
      </div>
    </>
  );
}

function SecondFactor({ onCode, onBack }: { onCode: (code: string) => Promise<void>; onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <Doorstep title={t('signIn.codeTitle')} lead={t('signIn.codeLead')}>
      <Form
        submit={t('signIn.do')}
        blames="code"
        onSubmit={({ code = '' }) => onCode(code.trim())}
        onCancel={{ words: t('signIn.back'), do: onBack }}
      >
        <CodeField />
      </Form>
    </Doorstep>
  );
}
