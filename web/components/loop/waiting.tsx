import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { LoopSummary, NextStep } from '../../api/types.ts';
import { type Format, useFormat } from '../../i18n/format.ts';
import { latenessOf } from './lateness.ts';

/** "Waiting for Harvest Food Bank to accept" */
function stepSentence(t: TFunction<'console'>, loop: LoopSummary, { step, waitingOn }: NextStep): string {
  const names = {
    party: waitingOn.party?.name ?? t(`party.${waitingOn.kind}`),
    receiver: loop.receiver?.name ?? t('party.receiver'),
    sender: loop.sender.name,
  };
  const byHub = waitingOn.kind === 'hub';
  if (step === 'deliver' && byHub) return t('step.deliver.hub', names);
  if (step === 'confirm-closing' && byHub) return t('step.confirm-closing.hub', names);
  return t(`step.${step}`, names);
}

function latenessWords(t: TFunction<'console'>, format: Format, step: NextStep, now: number): string | null {
  const { late, ms } = latenessOf(step, now);
  if (late) return ms === null ? t('late.plain') : t('late.by', { duration: format.span(ms) });
  return ms === null ? null : t('due.when', { when: format.ahead(ms) });
}

/** "Waiting for Harvest Food Bank to accept: 1 day late", or the outcome of a closed loop, as plain text. */
export function useSentence(): (loop: LoopSummary, now: number) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (loop, now) => {
    if (!loop.nextStep) return loop.outcome ? t(`outcome.${loop.outcome.code}`) : t('mark.closed');
    const words = latenessWords(t, format, loop.nextStep, now);
    const sentence = stepSentence(t, loop, loop.nextStep);
    return words ? `${sentence}${t('step.colon')}${words}` : sentence;
  };
}

/** The same sentence, with what is late set apart. */
export function Waiting({ loop, now }: { loop: LoopSummary; now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sentence = useSentence();
  if (!loop.nextStep) return <>{sentence(loop, now)}</>;
  const words = latenessWords(t, format, loop.nextStep, now);
  const { late } = latenessOf(loop.nextStep, now);
  return (
    <>
      {stepSentence(t, loop, loop.nextStep)}
      {words && (
        <>
          {t('step.colon')}
          <span className={late ? 'late' : 'muted'}>{words}</span>
        </>
      )}
    </>
  );
}
