import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useActing } from '../../../api/acting.ts';
import { useSignedIn } from '../../../api/people/session.ts';
import type { LoopDetail, OutcomeCode } from '../../../api/types.ts';
import { ChoiceField, WordsField } from '../../../components/form/fields.tsx';
import { Form } from '../../../components/form/form.tsx';
import { Offering } from './offering.tsx';

/** What people say themselves of how it ended; the others say something of who was asked, and follow from that. */
const outcomes = [
  'services-provided',
  'partially-provided',
  'enrolled-ongoing',
  'client-declined',
  'client-unreachable',
  'not-eligible',
  'no-capacity',
  'duplicate',
  'client-moved',
  'client-died',
  'withdrawn-by-sender',
  'unresponsive-receiver',
  'entered-in-error',
] as const satisfies readonly OutcomeCode[];

type Deed = 'offer' | 'takeOn' | 'close' | 'settle' | 'reopen';

const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'rejected', 'cancelled', 'entered-in-error']);

/** What a case manager may do with a loop: ask others, do it themselves, end it, say why nobody is waited for any more, or ask again for what remains. */
export function WhatToDo({ loop }: { loop: LoopDetail }) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<Deed | 'nothing'>('nothing');
  const hub = useSignedIn().person.organization;
  const isEnded = ended.has(loop.status);
  const offered: readonly Deed[] = isEnded
    ? [...(loop.state === 'open' ? (['settle'] as const) : []), 'reopen']
    : [...(isPlacedHere(loop) ? placing(loop, hub.id) : []), 'close'];
  if (loop.status === 'draft') return null;
  return (
    <section className="panel loop__panel" aria-labelledby="act">
      <h2 id="act">{t('act.title')}</h2>
      {doing !== 'nothing' && offered.includes(doing) ? (
        <Doing key={doing} doing={doing} loop={loop} onEnd={() => setDoing('nothing')} />
      ) : (
        <div className="form__buttons">
          {offered.map((each) => (
            <Button key={each} variant="default" onClick={() => setDoing(each)}>
              {t(`act.${each}`)}
            </Button>
          ))}
        </div>
      )}
    </section>
  );
}

/** Whether the hub chooses who does it; what its sender addressed to one organization stays with that. */
function isPlacedHere({ legs, receiver }: LoopDetail): boolean {
  return legs.length > 0 || receiver === null;
}

/** Others can always be asked; what the hub's people do already, they cannot take on. */
function placing({ legs }: LoopDetail, hubOrg: string): readonly Deed[] {
  const isOurs = legs.some(({ organization, status }) => organization.id === hubOrg && !ended.has(status));
  return isOurs ? ['offer'] : ['offer', 'takeOn'];
}

interface DoingProps<What extends Deed = Deed> {
  doing: What;
  loop: LoopDetail;
  onEnd: () => void;
}

function Doing({ doing, ...props }: DoingProps) {
  return doing === 'offer' ? <Offering {...props} /> : <Saying {...props} doing={doing} />;
}

function Saying({ doing, loop, onEnd }: DoingProps<Exclude<Deed, 'offer'>>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { close, reopen, takeOn } = useActing(loop.id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const submit = async ({ outcome, text = '', remains }: Record<string, string>) => {
    if (doing === 'reopen') return navigate(`/loops/${await reopen(text)}`);
    if (doing === 'takeOn') await takeOn();
    else await close((outcome as OutcomeCode) || loop.outcome?.code || 'not-provided', text, remains);
    onEnd();
  };
  return (
    <div className="ending">
      <h3 ref={heading} tabIndex={-1}>
        {t(`act.${doing}`)}
      </h3>
      <p className="muted">{t(`act.${doing}Lead`)}</p>
      <Form
        submit={t(`act.${doing}`)}
        onCancel={{ words: t('confirming.cancel'), do: onEnd }}
        onSubmit={async (values) => void (await submit(values))}
      >
        {doing === 'close' && (
          <ChoiceField
            name="outcome"
            label={t('act.outcome')}
            codes={outcomes}
            wordsFor={(code) => t(`outcome.${code}`)}
          />
        )}
        {doing !== 'takeOn' && (
          <WordsField
            name="text"
            label={t('act.text')}
            defaultValue={(doing === 'reopen' && loop.outcome?.remains) || ''}
          />
        )}
        {doing === 'close' && <WordsField name="remains" label={t('act.remains')} rows={2} isOptional />}
      </Form>
    </div>
  );
}
