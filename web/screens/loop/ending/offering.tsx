import { Button, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fetchCandidates, type OfferMode, useActing } from '../../../api/acting.ts';
import { ApiError } from '../../../api/client.ts';
import type { Candidate, LoopDetail } from '../../../api/types.ts';
import { useAnnounce } from '../../../components/announcer.tsx';
import { Form, useFieldError } from '../../../components/form/form.tsx';
import '../../../components/form/questions.css';
import './ending.css';

type Chosen = ReadonlyMap<string, Candidate>;

/** Asks one organization, or several: each for its part, or all for the same. */
export function Offering({ loop, onEnd }: { loop: LoopDetail; onEnd: () => void }) {
  const { t } = useTranslation();
  const { offer } = useActing(loop.id);
  const announce = useAnnounce();
  const [chosen, setChosen] = useState<Chosen>(new Map());
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const choose = (each: Candidate, isChosen: boolean) => {
    const others = [...chosen.values()].filter(({ id }) => id !== each.id);
    setChosen(new Map([...others, ...(isChosen ? [each] : [])].map((one) => [one.id, one])));
  };
  const submit = async ({ mode }: Record<string, string>) => {
    if (chosen.size === 0) throw missing(t('offer.nobody'));
    await offer([...chosen.keys()], mode === 'open' ? 'open' : 'parallel');
    announce(t('offer.done'));
    onEnd();
  };
  return (
    <div className="ending">
      <h3 ref={heading} tabIndex={-1}>
        {t('act.offer')}
      </h3>
      <p className="muted">{t('act.offerLead')}</p>
      <Form submit={t('offer.send')} onCancel={{ words: t('confirming.cancel'), do: onEnd }} onSubmit={submit}>
        <Candidates loopId={loop.id} chosen={chosen} onChoose={choose} />
        {chosen.size > 1 && <Mode />}
      </Form>
    </div>
  );
}

function missing(sentence: string): ApiError {
  return new ApiError('failed', { code: null, issues: [{ field: 'organizationId', sentence }] });
}

interface CandidatesProps {
  loopId: string;
  chosen: Chosen;
  onChoose: (each: Candidate, isChosen: boolean) => void;
}

/** Those whose service matches, those found by name, and those that are chosen already. */
function Candidates({ loopId, chosen, onChoose }: CandidatesProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const error = useFieldError('organizationId');
  const errorId = useId();
  const matching = useCandidates(loopId, '');
  const named = useCandidates(loopId, name);
  const shown = new Map(
    [...(matching ?? []), ...chosen.values(), ...(name ? (named ?? []) : [])].map((each) => [each.id, each]),
  );
  return (
    <>
      <fieldset className="question" aria-describedby={error ? errorId : undefined}>
        <legend>{t('offer.whom')}</legend>
        {matching?.length === 0 && <p className="muted">{t('offer.noMatch')}</p>}
        {[...shown.values()].map((each) => (
          <Choice key={each.id} candidate={each} isChosen={chosen.has(each.id)} onChoose={onChoose} />
        ))}
        {name && named?.length === 0 && <p role="status">{t('offer.notFound', { name })}</p>}
        {error && (
          <p id={errorId} className="question__error" role="alert">
            {error}
          </p>
        )}
      </fieldset>
      <Find onFind={setName} />
    </>
  );
}

/** @param name of an organization; empty: those whose service matches */
function useCandidates(loopId: string, name: string): Candidate[] | undefined {
  return useQuery({
    queryKey: ['loop', loopId, 'candidates', name],
    queryFn: ({ signal }) => fetchCandidates(loopId, name, signal),
    placeholderData: keepPreviousData,
  }).data;
}

interface ChoiceProps {
  candidate: Candidate;
  isChosen: boolean;
  onChoose: (each: Candidate, isChosen: boolean) => void;
}

function Choice({ candidate, isChosen, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const { id, name, service, asked } = candidate;
  return (
    <label className="question__option">
      <input
        type="checkbox"
        name="organizationId"
        value={id}
        checked={isChosen}
        disabled={asked === 'now'}
        onChange={(event) => onChoose(candidate, event.currentTarget.checked)}
      />
      <span>
        <bdi>{name}</bdi>
        {service && service !== name && <span className="muted offer__service">{service}</span>}
      </span>
      {asked && <span className="tone">{t(`offer.asked.${asked}`)}</span>}
    </label>
  );
}

function Find({ onFind }: { onFind: (name: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [isShort, setShort] = useState(false);
  const find = () => {
    const name = text.trim();
    setShort(name.length === 1);
    if (name.length !== 1) onFind(name);
  };
  return (
    <div className="offer__find">
      <TextInput
        label={t('offer.find')}
        error={isShort ? t('offer.short') : undefined}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          // It looks for somebody; nobody is asked by it.
          event.preventDefault();
          find();
        }}
      />
      <Button variant="default" onClick={find}>
        {t('offer.findDo')}
      </Button>
    </div>
  );
}

const modes: readonly OfferMode[] = ['parallel', 'open'];

function Mode() {
  const { t } = useTranslation();
  return (
    <fieldset className="question">
      <legend>{t('offer.mode')}</legend>
      {modes.map((mode) => (
        <label key={mode} className="question__option">
          <input type="radio" name="mode" value={mode} defaultChecked={mode === 'parallel'} />
          {t(`offer.mode.${mode}`)}
        </label>
      ))}
    </fieldset>
  );
}
