import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/client.ts';
import { Icon } from '../icon.tsx';
import './states.css';

interface Props {
  error: Error;
  retry: () => void;
  /** The heading of the page, where the page has no other. */
  heading: 'h1' | 'h2';
}

/** What happened and what to do about it. */
export function Problem({ error, retry, heading: Heading }: Props) {
  const { t } = useTranslation();
  const kind = error instanceof ApiError ? error.kind : 'failed';
  // That there is no such loop, the heading says.
  const sentence = error instanceof ApiError && kind !== 'not-found' ? error.sentence : null;
  return (
    <section className="state panel" role="alert">
      <Icon name="alert" size={28} className="state__icon state__icon--late" />
      <Heading>{t(`problem.${kind}`)}</Heading>
      {sentence && <p>{sentence}</p>}
      <p className="muted">{t(`problem.${kind}Do`)}</p>
      {kind !== 'not-found' && (
        <Button variant="default" onClick={retry}>
          {t('problem.retry')}
        </Button>
      )}
    </section>
  );
}
