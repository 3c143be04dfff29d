import { NativeSelect, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newKey, useTalking } from '../../../api/messages.ts';
import type { LoopMessage, LoopMessages } from '../../../api/types.ts';
import { useAnnounce } from '../../../components/announcer.tsx';
import { WordsField } from '../../../components/form/fields.tsx';
import { Form, useFieldError } from '../../../components/form/form.tsx';
import { excerptOf } from './excerpt.ts';
import { attachmentsFrom } from './files.ts';
import { FilesField } from './files-field.tsx';

interface Props {
  loopId: string;
  addressees: LoopMessages['addressees'];
  /** The message that is answered; null: none is. */
  answering: LoopMessage | null;
  onDone: () => void;
}

/** Says something to one of those who have a part in the referral. */
export function Write(props: Props) {
  const { t } = useTranslation();
  // What was sent leaves an empty form behind.
  const [drafts, setDrafts] = useState(0);
  return (
    <section className="talk__write" aria-label={t('talk.write')}>
      <h3>{t('talk.write')}</h3>
      <Draft {...props} key={drafts} onSent={() => setDrafts((count) => count + 1)} />
    </section>
  );
}

function Draft({ loopId, addressees, answering, onDone, onSent }: Props & { onSent: () => void }) {
  const { t } = useTranslation();
  const { write } = useTalking(loopId);
  const announce = useAnnounce();
  const files = useRef<HTMLInputElement>(null);
  const [key] = useState(newKey);
  const first = addressees.find(({ organization }) => organization.id === answering?.from.id) ?? addressees[0];
  const [to, setTo] = useState(first?.organization.id ?? '');
  const chosen = addressees.find(({ organization }) => organization.id === to);
  const send = async ({ text = '', needs, by }: Record<string, string>) => {
    const attachments = await attachmentsFrom(files.current?.files);
    await write({
      text,
      to,
      key,
      ...(answering ? { inResponseTo: answering.id, taskId: answering.taskId } : {}),
      ...(needs === 'usual' ? { needsAnswer: true } : {}),
      ...(needs === 'by' && by ? { answerBy: new Date(by).toISOString() } : {}),
      ...(attachments.length > 0 ? { attachments } : {}),
    });
    announce(t('talk.sent'));
    onSent();
    onDone();
  };
  return (
    <Form
      onSubmit={send}
      submit={t('talk.send')}
      {...(answering ? { onCancel: { words: t('talk.noAnswer'), do: onDone } } : {})}
    >
      {answering && <p className="muted">{t('talk.answering', { excerpt: excerptOf(answering) })}</p>}
      {addressees.length > 1 && !answering && (
        <NativeSelect
          name="to"
          label={t('talk.to')}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          data={addressees.map(({ organization }) => ({ value: organization.id, label: organization.name }))}
        />
      )}
      <WordsField
        name="text"
        label={`${t('talk.text')}: ${chosen?.organization.name ?? ''}`}
        description={t('talk.textHint')}
        maxLength={10_000}
        // Whoever has chosen to answer goes on by writing.
        autoFocus={answering !== null}
      />
      {chosen?.mayAsk && <Needs />}
      <FilesField input={files} />
    </Form>
  );
}

/** Whether an answer is needed, and until when. */
function Needs() {
  const { t } = useTranslation();
  const [needs, setNeeds] = useState('no');
  const error = useFieldError('answerBy');
  const byError = useFieldError('by');
  return (
    <div className="talk__needs">
      <NativeSelect
        name="needs"
        label={t('talk.needs')}
        value={needs}
        onChange={(event) => setNeeds(event.currentTarget.value)}
        data={(['no', 'usual', 'by'] as const).map((value) => ({ value, label: t(`talk.needs.${value}`) }))}
      />
      {needs === 'by' && (
        <TextInput
          name="by"
          type="datetime-local"
          label={t('talk.by')}
          error={byError ?? error}
          required
          withAsterisk={false}
        />
      )}
    </div>
  );
}
