import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LoopMessage } from '../../../api/types.ts';
import { Icon } from '../../../components/icon.tsx';
import { Moment } from '../../../components/loop/moment.tsx';
import { useFormat } from '../../../i18n/format.ts';
import { Attachments } from './attachments.tsx';
import { excerptOf } from './excerpt.ts';

interface Props {
  message: LoopMessage;
  /** The message that it answers, where that is shown too. */
  answers: LoopMessage | undefined;
  isNew: boolean;
  now: number;
  onAnswer: (() => void) | undefined;
}

/** One message: who wrote it to whom, what, what is attached, how far it has come, and whether it needs an answer. */
export function Said({ message, answers, isNew, now, onAnswer }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const when = format.moment(message.sentAt, now);
  return (
    <li id={`m${message.id}`} className="talk__said">
      <p className="talk__head">
        {message.by && <strong>{message.by}</strong>}
        <span className={message.by ? 'muted' : 'talk__route'}>
          {t('talk.route', { from: message.from.name, to: message.to.name })}
        </span>
        <span className="muted">
          <Moment at={message.sentAt} now={now} />
        </span>
        {isNew && <span className="tone tone--good">{t('talk.new')}</span>}
      </p>
      {answers && (
        <p className="muted talk__answers">
          <a href={`#m${answers.id}`}>{t('talk.isAnswer', { excerpt: excerptOf(answers) })}</a>
        </p>
      )}
      {message.withdrawn && <p className="muted">{t('talk.withdrawn')}</p>}
      {message.text && <p className="talk__text">{message.text}</p>}
      <Attachments of={message} />
      <p className="talk__about muted">
        <Stage message={message} now={now} />
        <Needed message={message} now={now} />
        {onAnswer && (
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={onAnswer}
            aria-label={t('talk.answerTo', { from: message.from.name, when })}
          >
            {t('talk.answer')}
          </Button>
        )}
      </p>
    </li>
  );
}

const TONES: Partial<Record<LoopMessage['stage'], string>> = {
  'waits-for-consent': 'late',
  failed: 'late',
  read: 'good',
  delivered: 'good',
};

/** Whether it was delivered, and whether it was read, are two things. */
function Stage({ message, now }: { message: LoopMessage; now: number }) {
  const { t } = useTranslation();
  const { stage, stageAt, readers } = message;
  return (
    <span>
      {stage === 'read' && <Icon name="check" size={14} />}{' '}
      <span className={`tone tone--${TONES[stage] ?? 'neutral'}`}>{t(`talk.stage.${stage}`)}</span>{' '}
      {stageAt && <Moment at={stageAt} now={now} />}
      {readers.length > 0 && ` · ${t('talk.readers', { names: readers.map(({ name }) => name).join(', ') })}`}
    </span>
  );
}

function Needed({ message, now }: { message: LoopMessage; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { answerBy, answeredBy, withdrawn } = message;
  if (!answerBy || withdrawn) return null;
  if (answeredBy) return <span className="tone tone--good">{t('talk.answered')}</span>;
  const isLate = Date.parse(answerBy) < now;
  const phrase = isLate ? 'talk.neededAnswer' : 'talk.needsAnswer';
  return <strong className={isLate ? 'late' : undefined}>{t(phrase, { when: format.moment(answerBy, now) })}</strong>;
}
