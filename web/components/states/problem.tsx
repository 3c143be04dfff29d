import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ApiError } from '../../api/client.ts';
import { Icon } from '../icon.tsx';
import './states.css';

/** What happened and what to do about it. */
export function Problem({ error, retry }: { error: Error; retry: () => void }) {
  const { t } = useTranslation();
  const kind = error instanceof ApiError ? error.kind : 'failed';
  const sentence = error instanceof ApiError ? error.sentence : null;
  return (
    <section className="state panel" role="alert">
      <Icon name="alert" size={28} className="state__icon state__icon--late" />
      <h2>{t(`problem.${kind}`)}</h2>
      {sentence && <p>{sentence}</p>}
      <p className="muted">{t(`problem.${kind}Do`)}</p>
      {kind === 'not-found' ? (
        <Link to="/">{t('nav.back')}</Link>
      ) : (
        <Button variant="default" onClick={retry}>
          {t('problem.retry')}
        </Button>
      )}
    </section>
  );
}
