import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchQuestions, useActing } from '../../../api/acting.ts';
import type { ConfirmationLink, LoopDetail } from '../../../api/types.ts';
import { Form } from '../../../components/form/form.tsx';
import { answersIn, Questions } from '../../../components/form/questions.tsx';
import { Command } from '../../../components/states/command.tsx';
import { useFormat } from '../../../i18n/format.ts';
import './ending.css';

/** What the client was asked and says; while there is no answer, where to write it down, or to hand out a link. */
export function WhatClientSays({ loop, mayAct }: { loop: LoopDetail; mayAct: boolean }) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<'nothing' | 'asking' | ConfirmationLink>('nothing');
  const { makeLink } = useActing(loop.id);
  if (!loop.confirmation) return null;
  const { state, needRemains, answers } = loop.confirmation;
  const isOpen = state === 'asked' && mayAct && !loop.contactProhibited;
  return (
    <section className="panel loop__panel" aria-labelledby="client-says">
      <h2 id="client-says">{t('confirming.title')}</h2>
      <p className="ending__says">
        {t(`confirming.${state}`)}
        {needRemains && <span className="tone tone--late">{t('confirming.remains')}</span>}
      </p>
      {answers.length > 0 && (
        <dl className="facts">
          {answers.map(({ question, answer }) => (
            <div key={question} className="fact">
              <dt className="muted">{question}</dt>
              <dd>{typeof answer === 'boolean' ? t(answer ? 'confirming.yes' : 'confirming.no') : answer}</dd>
            </div>
          ))}
        </dl>
      )}
      {isOpen && doing === 'nothing' && (
        <div className="form__buttons">
          <Button onClick={() => setDoing('asking')}>{t('confirming.ask')}</Button>
          <Button variant="default" onClick={() => void makeLink().then(setDoing)}>
            {t('confirming.makeLink')}
          </Button>
        </div>
      )}
      {isOpen && doing === 'asking' && <Asking loopId={loop.id} onEnd={() => setDoing('nothing')} />}
      {isOpen && typeof doing === 'object' && <HandedOut link={doing} />}
    </section>
  );
}

function Asking({ loopId, onEnd }: { loopId: string; onEnd: () => void }) {
  const { t, i18n } = useTranslation();
  const { answer } = useActing(loopId);
  const lead = useRef<HTMLParagraphElement>(null);
  const form = useQuery({
    queryKey: ['confirmation', loopId, i18n.language],
    queryFn: ({ signal }) => fetchQuestions(loopId, i18n.language, signal),
  }).data;
  const isThere = form !== undefined;
  useEffect(() => {
    if (isThere) lead.current?.focus();
  }, [isThere]);
  if (!form) return null;
  return (
    <>
      <p ref={lead} tabIndex={-1} className="muted">
        {t('confirming.askLead')}
      </p>
      <Form
        submit={t('confirming.save')}
        onCancel={{ words: t('confirming.cancel'), do: onEnd }}
        onSubmit={async (values) => {
          await answer(answersIn(form, values));
          onEnd();
        }}
      >
        <Questions form={form} />
      </Form>
    </>
  );
}

function HandedOut({ link }: { link: ConfirmationLink }) {
  const { t } = useTranslation();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h3 ref={heading} tabIndex={-1}>
        {t('confirming.link')}
      </h3>
      <p className="muted">{t('confirming.linkLead', { when: format.full(link.expiresAt) })}</p>
      <Command text={link.link} />
    </>
  );
}
