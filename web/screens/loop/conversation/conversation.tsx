import { Button, Skeleton } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMessages, useTalking } from '../../../api/messages.ts';
import { useSignedIn } from '../../../api/people/session.ts';
import { hasRole } from '../../../api/people/who-sees.ts';
import type { LoopDetail, LoopMessage } from '../../../api/types.ts';
import { Problem } from '../../../components/states/problem.tsx';
import { Said } from './said.tsx';
import { Write } from './write.tsx';
import './conversation.css';

/** What those who have a part in a referral have said to each other about it, oldest first, and a place to say more. */
export function Conversation({ loop, now }: { loop: LoopDetail; now: number }) {
  const { t } = useTranslation();
  const messages = useMessages(loop.id);
  const mayWrite = useMayWrite();
  const [answering, setAnswering] = useState<LoopMessage | null>(null);
  const said = (messages.data?.pages ?? []).flatMap((page) => page.messages);
  const addressees = messages.data?.pages[0]?.addressees ?? [];
  const fresh = useFresh(loop.id, said, mayWrite);
  const byId = new Map(said.map((each) => [each.id, each]));
  return (
    <section className="panel loop__panel" aria-labelledby="conversation">
      <h2 id="conversation">{t('talk.title')}</h2>
      {messages.isPending && (
        <div role="status">
          <span className="visually-hidden">{t('talk.loading')}</span>
          <Skeleton height={64} radius={12} aria-hidden="true" />
        </div>
      )}
      {messages.isLoadingError && <Problem heading="h2" error={messages.error} retry={() => void messages.refetch()} />}
      {messages.hasNextPage && (
        <Button variant="default" size="xs" onClick={() => void messages.fetchNextPage()}>
          {t('talk.older')}
        </Button>
      )}
      {messages.isSuccess && said.length === 0 && <p className="muted">{t('talk.none')}</p>}
      <ol className="talk">
        {said.toReversed().map((message) => (
          <Said
            key={message.id}
            message={message}
            answers={byId.get(message.inResponseTo ?? '')}
            isNew={fresh.has(message.id)}
            now={now}
            onAnswer={mayWrite && addressees.some(isOf(message)) ? () => setAnswering(message) : undefined}
          />
        ))}
      </ol>
      {mayWrite && addressees.length > 0 && (
        <Write
          key={answering?.id ?? ''}
          loopId={loop.id}
          addressees={addressees}
          answering={answering}
          onDone={() => setAnswering(null)}
        />
      )}
    </section>
  );
}

/** Whether somebody may be answered: who wrote is one of those that may be written to. */
function isOf({ from }: LoopMessage): (addressee: { organization: { id: string } }) => boolean {
  return ({ organization }) => organization.id === from.id;
}

/** Who reads only under emergency access leaves no trace of having read for the organization. */
function useMayWrite(): boolean {
  const session = useSignedIn();
  return hasRole(session, 'case-manager', 'supervisor', 'agency-worker', 'hospital-viewer');
}

/** Says once that what stands here has been read. @returns those that were unread when this page showed them first */
function useFresh(id: string, said: readonly LoopMessage[], mayRead: boolean): ReadonlySet<string> {
  const { read } = useTalking(id);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const told = useRef('');
  const newest = said.find(({ unread }) => unread)?.id ?? '';
  const unread = said.filter((each) => each.unread).map((each) => each.id);
  const known = unread.join(' ');
  useEffect(() => {
    if (!mayRead || newest === '' || told.current === newest) return;
    told.current = newest;
    setFresh((before) => new Set([...before, ...known.split(' ')]));
    // It stays unread where that did not get through: the next look says so again.
    read(newest).catch(() => {
      told.current = '';
    });
  }, [mayRead, newest, known, read]);
  return fresh;
}
