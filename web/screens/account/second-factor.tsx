import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionKey, useSend, useSignedIn } from '../../api/people/session.ts';
import type { SecondFactorOffer, Session } from '../../api/people/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { CodeField, PasswordField, WhoseField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

type Step =
  | { kind: 'rest' }
  | { kind: 'begin' }
  | { kind: 'scan'; offer: SecondFactorOffer }
  | { kind: 'codes'; codes: string[] }
  | { kind: 'remove' };

export function SecondFactor() {
  const { t } = useTranslation();
  const { secondFactor } = useSignedIn();
  const send = useSend();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [step, setStep] = useState<Step>({ kind: 'rest' });
  const rest = () => setStep({ kind: 'rest' });
  const know = (has: boolean) =>
    queries.setQueryData<Session | null>(sessionKey, (session) => session && { ...session, secondFactor: has });

  const begin = async (password: string) =>
    setStep({ kind: 'scan', offer: await send<SecondFactorOffer>('POST', '/api/account/second-factor', { password }) });
  const confirm = async (code: string) => {
    const { recoveryCodes } = await send<{ recoveryCodes: string[] }>('PUT', '/api/account/second-factor', { code });
    know(true);
    setStep({ kind: 'codes', codes: recoveryCodes });
  };
  const remove = async (password: string) => {
    await send('DELETE', '/api/account/second-factor', { password });
    know(false);
    rest();
    announce(t('factor.removed'));
  };

  return (
    <section className="account__part panel" aria-labelledby="second-factor">
      <h2 id="second-factor">{t('factor.title')}</h2>
      {step.kind === 'rest' && (
        <>
          <p className="muted">{t(secondFactor ? 'factor.on' : 'factor.off')}</p>
          <div>
            {secondFactor ? (
              <Button variant="default" onClick={() => setStep({ kind: 'remove' })}>
                {t('factor.remove')}
              </Button>
            ) : (
              <Button onClick={() => setStep({ kind: 'begin' })}>{t('factor.begin')}</Button>
            )}
          </div>
        </>
      )}
      {step.kind === 'begin' && (
        <WithPassword lead={t('factor.beginLead')} submit={t('factor.next')} onPassword={begin} onCancel={rest} />
      )}
      {step.kind === 'scan' && <Scan offer={step.offer} onCode={confirm} onCancel={rest} />}
      {step.kind === 'codes' && <RecoveryCodes codes={step.codes} onKept={rest} />}
      {step.kind === 'remove' && (
        <WithPassword lead={t('factor.removeLead')} submit={t('factor.remove')} onPassword={remove} onCancel={rest} />
      )}
    </section>
  );
}

function Scan({
  offer,
  onCode,
  onCancel,
}: {
  offer: SecondFactorOffer;
  onCode: (code: string) => Promise<void>;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="factor__scan">
      <QrCode text={offer.uri} label={t('factor.qr')} />
      <div>
        <p>{t('factor.scan')}</p>
        <p>
          {t('factor.key')}: <code>{offer.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
        </p>
        <Form
          submit={t('factor.confirm')}
          blames="code"
          onSubmit={({ code = '' }) => onCode(code.replaceAll(' ', ''))}
          onCancel={{ words: t('factor.cancel'), do: onCancel }}
        >
          <CodeField />
        </Form>
      </div>
    </div>
  );
}

/** A browser somebody left open is not them. */
function WithPassword({
  lead,
  submit,
  onPassword,
  onCancel,
}: {
  lead: string;
  submit: string;
  onPassword: (password: string) => Promise<void>;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const { person } = useSignedIn();
  return (
    <>
      <p className="muted">{lead}</p>
      <Form
        submit={submit}
        onSubmit={({ password = '' }) => onPassword(password)}
        onCancel={{ words: t('factor.cancel'), do: onCancel }}
      >
        <WhoseField email={person.email} />
        <PasswordField name="password" label={t('field.password')} />
      </Form>
    </>
  );
}
