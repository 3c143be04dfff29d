import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type MailboxReferral, useDoing } from '../../api/mailbox.ts';
import { Icon } from '../../components/icon.tsx';
import { Moment } from '../../components/loop/moment.tsx';
import { Priority } from '../../components/loop/priority.tsx';
import { useNow } from '../../components/now.tsx';
import { useArrival } from '../../components/use-arrival.ts';
import { useFormat } from '../../i18n/format.ts';
import { Attachments } from '../loop/conversation/attachments.tsx';
import { Talk } from './talk.tsx';
import { WhatNow } from './what-now.tsx';
import '../loop/loop.css';
import './mailbox.css';

/** What is asked, for whom, how it stands, and what to say to it. */
export function Referral({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const heading = useArrival(t('mailbox.title'), true);
  return (
    <div className="page mailbox">
      <header className="loop__head">
        <h1 ref={heading} tabIndex={-1}>
          {referral.client?.name || t('mailbox.title')}
        </h1>
        <p className="muted">
          {referral.service} <Priority code={referral.priority} />
        </p>
      </header>
      <Who referral={referral} />
      {referral.asks.map(({ change, why }) => (
        <Notice key={change} words={[t(`mailbox.asks.${change}`), why].filter(Boolean).join(' ')} />
      ))}
      {referral.contactProhibited && <Notice words={t('fact.contactProhibited')} />}
      <WhatNow referral={referral} />
      <Asked referral={referral} />
      <Talk referral={referral} />
      <Steps referral={referral} />
      {referral.notices.map((text) => (
        <p key={text} className="mailbox__law muted" lang="en">
          {text}
        </p>
      ))}
    </div>
  );
}

function Notice({ words }: { words: string }) {
  return (
    <p className="mailbox__notice">
      <Icon name="alert" />
      {words}
    </p>
  );
}

/** In whose name one is here, and the way out. */
function Who({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { leave } = useDoing(referral);
  const { name, organization, endsAt } = referral;
  return (
    <p className="mailbox__who muted">
      <span>{t('mailbox.who', { name, organization: organization.name, when: format.time(endsAt) })}</span>
      <Button size="compact-sm" variant="subtle" onClick={() => void leave()}>
        {t('mailbox.leave')}
      </Button>
    </p>
  );
}

function Asked({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const { client, details, sentAlong, until, contactProhibited } = referral;
  const format = useFormat();
  const now = useNow();
  const contacts = client?.contacts ?? [];
  const facts: readonly { name: string; value: ReactNode }[] = [
    { name: t('mailbox.details'), value: details.join('\n') },
    { name: t('mailbox.until'), value: until ? <Moment at={until} now={now} /> : null },
    {
      name: t('mailbox.contact'),
      value: contacts.length > 0 && <Contacts of={contacts} mayReach={!contactProhibited} />,
    },
    { name: t('mailbox.address'), value: client?.address.join('\n') },
    { name: t('mailbox.born'), value: client?.birthDate && format.date(client.birthDate) },
    { name: t('language.label'), value: client?.language },
    { name: t('mailbox.sentAlong'), value: sentAlong.length > 0 && <SentAlong of={sentAlong} /> },
  ];
  const said = facts.filter(({ value }) => value);
  if (said.length === 0) return null;
  return (
    <section className="panel loop__panel" aria-labelledby="asked">
      <h2 id="asked">{t('mailbox.asked')}</h2>
      <dl className="facts">
        {said.map(({ name, value }) => (
          <div key={name} className="fact">
            <dt className="muted">{name}</dt>
            <dd className="mailbox__lines">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type Contact = NonNullable<MailboxReferral['client']>['contacts'][number];

/** How the client is reached: on a telephone by a tap, unless nobody may. */
function Contacts({ of, mayReach }: { of: readonly Contact[]; mayReach: boolean }) {
  return (
    <ul className="mailbox__list">
      {of.map((contact) => {
        const href = mayReach ? hrefOf(contact) : undefined;
        return (
          <li key={`${contact.kind} ${contact.text}`}>{href ? <a href={href}>{contact.text}</a> : contact.text}</li>
        );
      })}
    </ul>
  );
}

function hrefOf({ kind, text }: Contact): string | undefined {
  if (kind === 'phone') return `tel:${text.replace(/[^+\d]/g, '')}`;
  return kind === 'email' ? `mailto:${encodeURIComponent(text).replace('%40', '@')}` : undefined;
}

function SentAlong({ of }: { of: MailboxReferral['sentAlong'] }) {
  return (
    <ul className="mailbox__list">
      {of.map(({ text, kind, files }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: it stands in the order in which it was sent
        <li key={index}>
          {text || kind}
          <Attachments of={{ attachments: files }} />
        </li>
      ))}
    </ul>
  );
}

function Steps({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <section className="panel loop__panel" aria-labelledby="steps">
      <h2 id="steps">{t('mailbox.steps')}</h2>
      <ol className="mailbox__steps">
        {referral.steps.map(({ status, at, by }) => (
          <li key={`${status} ${at}`}>
            {t(`status.${status}`)}{' '}
            <span className="muted">
              <Moment at={at} now={now} /> {by}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
