import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../api/people/session.ts';
import type { Form as Questionnaire } from '../../api/types.ts';
import { Form } from '../../components/form/form.tsx';
import { answersIn, Questions } from '../../components/form/questions.tsx';
import { refusalOf, useRefusalWords } from '../../components/form/refusal.ts';
import { Doorstep } from './doorstep.tsx';
import { useCode } from './use-code.ts';

/** The page of a client who was given a link: a few questions, and nothing that says who it is. */
export function YourExperience() {
  const { t } = useTranslation();
  const code = useCode();
  if (!code) return <Doorstep title={t('experience.title')}>{<p>{t('experience.noCode')}</p>}</Doorstep>;
  return <Asking key={code} code={code} />;
}

function Asking({ code }: { code: string }) {
  const { t, i18n } = useTranslation();
  const send = useSend();
  const words = useRefusalWords();
  const [sent, setSent] = useState(false);
  const language = i18n.language;
  const looked = useQuery({
    queryKey: ['client-answers', code, language],
    queryFn: () => send<Questionnaire>('POST', '/api/client-answers/look', { code, language }),
    gcTime: 0,
    retry: false,
    enabled: !sent,
  });
  if (sent) return <Told words={t('experience.thanks')} />;
  if (looked.error)
    return <Told words={refusalOf(looked.error, { names: [], blames: undefined, words }).whole ?? ''} />;
  const form = looked.data;
  if (!form) return null;
  return (
    <Doorstep title={form.title} lead={t('experience.lead')}>
      <Form
        submit={t('experience.send')}
        onSubmit={async (values) => {
          await send('POST', '/api/client-answers', { code, answers: answersIn(form, values) });
          setSent(true);
        }}
      >
        <Questions form={form} />
      </Form>
    </Doorstep>
  );
}

function Told({ words }: { words: string }) {
  const { t } = useTranslation();
  return (
    <Doorstep title={t('experience.title')}>
      <p role="status">{words}</p>
    </Doorstep>
  );
}
