import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type MailboxReferral, useDoing, useMailboxMessages } from '../../api/mailbox.ts';
import { newKey } from '../../api/messages.ts';
import type { LoopMessage } from '../../api/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { WordsField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { Moment } from '../../components/loop/moment.tsx';
import { useNow } from '../../components/now.tsx';
import { Attachments } from '../loop/conversation/attachments.tsx';
import { excerptOf } from '../loop/conversation/excerpt.ts';
import { attachmentsFrom } from '../loop/conversation/files.ts';
import { FilesField } from '../loop/conversation/files-field.tsx';
import '../loop/conversation/conversation.css';

/** What was said about it, and saying something. */
export function Talk({ referral }: { referral: MailboxReferral }) {
  const { t } = useTranslation();
  const { data: messages = [] } = useMailboxMessages();
  const { haveRead } = useDoing(referral);
  const [answering, setAnswering] = useState<LoopMessage>();
  const [drafts, setDrafts] = useState(0);
  const unread = messages.filter((message) => message.unread).length;
  useEffect(() => {
    if (unread > 0) void haveRead();
  }, [unread, haveRead]);
  const done = () => {
    setDrafts((count) => count + 1);
    setAnswering(undefined);
  };
  return (
    <section className="panel loop__panel" aria-labelledby="talk">
      <h2 id="talk">{t('talk.title')}</h2>
      {messages.length === 0 && <p className="muted">{t('talk.none')}</p>}
      <ol className="talk">
        {messages.toReversed().map((message) => (
          <Said key={message.id} message={message} referral={referral} onAnswer={() => setAnswering(message)} />
        ))}
      </ol>
      <Write
        key={`${drafts} ${answering?.id}`}
        referral={referral}
        answering={answering}
        goesOn={drafts > 0 || answering !== undefined}
        onDone={done}
      />
    </section>
  );
}

interface SaidProps {
  message: LoopMessage;
  referral: MailboxReferral;
  onAnswer: () => void;
}

function Said({ message, referral, onAnswer }: SaidProps) {
  const { t } = useTranslation();
  const now = useNow();
  const isOurs = message.from.id === referral.organization.id;
  return (
    <li className="talk__said">
      <p className="talk__head">
        <strong>{message.by ?? message.from.name}</strong>
        <span className="muted">
          <Moment at={message.sentAt} now={now} />
        </span>
      </p>
      {message.withdrawn && <p className="muted">{t('talk.withdrawn')}</p>}
      {message.text && <p className="talk__text">{message.text}</p>}
      <Attachments of={message} />
      {!isOurs && !message.withdrawn && (
        <Button size="compact-sm" variant="subtle" onClick={onAnswer}>
          {t('talk.answer')}
        </Button>
      )}
    </li>
  );
}

interface WriteProps {
  referral: MailboxReferral;
  answering: LoopMessage | undefined;
  /** Whoever has written, or has chosen to answer, goes on by writing: the keyboard stays here. */
  goesOn: boolean;
  onDone: () => void;
}

function Write({ referral, answering, goesOn, onDone }: WriteProps) {
  const { t } = useTranslation();
  const { write } = useDoing(referral);
  const announce = useAnnounce();
  const files = useRef<HTMLInputElement>(null);
  // Sent again, it is the same message.
  const [key] = useState(newKey);
  return (
    <Form
      submit={t('talk.send')}
      onSubmit={async ({ text = '' }) => {
        const attachments = await attachmentsFrom(files.current?.files);
        await write({
          text,
          key,
          ...(answering ? { inResponseTo: answering.id } : {}),
          ...(attachments.length > 0 ? { attachments } : {}),
        });
        announce(t('talk.sent'));
        onDone();
      }}
      {...(answering ? { onCancel: { words: t('talk.noAnswer'), do: onDone } } : {})}
    >
      {answering && <p className="muted">{t('talk.answering', { excerpt: excerptOf(answering) })}</p>}
      <WordsField name="text" label={t('talk.write')} maxLength={10_000} autoFocus={goesOn} />
      <FilesField input={files} />
    </Form>
  );
}
