import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MailboxAnswerInput, type MailboxReferral, useDoing } from '../../api/mailbox.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { ChoiceField, WordsField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { CHOICES, type Choice, type Said } from './choices.ts';

/** How it stands, and what can be said to it now. */
export function WhatNow({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const [saying, setSaying] = useState<Said>();
  const offered = CHOICES.filter(({ status }) =>
    status === 'agrees' || status === 'refuses' ? referral.asks.length > 0 : referral.next.includes(status),
  );
  const choice = offered.find(({ status }) => status === saying);
  const heading = useRef<HTMLHeadingElement>(null);
  const end = () => {
    setSaying(undefined);
    heading.current?.focus();
  };
  return (
    <section className="panel loop__panel" aria-labelledby="now">
      <h2 id="now" ref={heading} tabIndex={-1}>
        {t('mailbox.standing', { status: t(`status.${referral.status}`) })}
      </h2>
      {referral.reason && (
        <p className="stop__reason">
          <q>{referral.reason}</q>
        </p>
      )}
      {choice ? (
        <Saying key={choice.status} referral={referral} choice={choice} onEnd={end} />
      ) : (
        <Offered referral={referral} offered={offered} onChoose={setSaying} />
      )}
    </section>
  );
}

interface OfferedProps {
  referral: MailboxReferral;
  offered: readonly Choice[];
  onChoose: (status: Said) => void;
}

function Offered({ referral, offered, onChoose }: OfferedProps) {
  const { t } = useTranslation();
  if (offered.length === 0) return <p>{t('mailbox.ended')}</p>;
  return (
    <>
      <p className="muted">{t(referral.status === 'requested' ? 'mailbox.decide' : 'mailbox.goOn')}</p>
      <div className="form__buttons">
        {offered.map(({ status }, place) => (
          <Button key={status} {...(place > 0 ? { variant: 'default' } : {})} onClick={() => onChoose(status)}>
            {t(`mailbox.do.${status}`)}
          </Button>
        ))}
      </div>
    </>
  );
}

interface SayingProps {
  referral: MailboxReferral;
  choice: Choice;
  onEnd: () => void;
}

function Saying({ referral, choice, onEnd }: SayingProps) {
  const { t } = useTranslation();
  const { answer } = useDoing(referral);
  const announce = useAnnounce();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { status, of, choosing, asksWords, asksUntil, asksRemains } = choice;
  return (
    <div className="mailbox__saying">
      <h3 ref={heading} tabIndex={-1}>
        {t(`mailbox.do.${status}`)}
      </h3>
      <Form
        submit={t('mailbox.say')}
        onCancel={{ words: t('confirming.cancel'), do: onEnd }}
        onSubmit={async (values) => {
          await answer(saidIn(status, values));
          announce(t('mailbox.kept'));
          onEnd();
        }}
      >
        <p className="muted">{t(`mailbox.lead.${status}`)}</p>
        {choosing && (
          <ChoiceField
            name={choosing}
            label={t(choosing === 'why' ? 'mailbox.why' : 'act.outcome')}
            codes={of}
            wordsFor={(code) => t(`outcome.${code}`)}
          />
        )}
        {asksWords && (
          <WordsField name="text" label={t('act.text')} description={t('mailbox.wordsHint')} maxLength={2000} />
        )}
        {asksUntil && <TextInput type="date" name="until" label={t('mailbox.holdUntil')} />}
        {asksRemains && <WordsField name="remains" label={t('act.remains')} rows={2} maxLength={2000} isOptional />}
      </Form>
    </div>
  );
}

/** What was entered, without what was left empty. */
function saidIn(status: Said, values: Record<string, string>): MailboxAnswerInput {
  const given = Object.entries(values).filter(([, value]) => value.trim() !== '');
  return { status, ...Object.fromEntries(given) } as MailboxAnswerInput;
}
