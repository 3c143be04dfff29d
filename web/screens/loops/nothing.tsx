import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../components/icon.tsx';
import { Command } from '../../components/states/command.tsx';
import '../../components/states/states.css';

/** For a newcomer: what this page will show and how to make it show something. */
export function NothingYet() {
  const { t } = useTranslation();
  const post = `curl ${location.origin}/fhir/R4 -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/fhir+json' -d @referral.json`;
  return (
    <section className="state panel">
      <svg width="44" height="44" viewBox="0 0 32 32" className="state__icon" aria-hidden="true" focusable="false">
        <path
          d="M22.2 11.2A8 8 0 1 0 24 16"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
          strokeDasharray="3 3.6"
        />
        <circle cx="22.6" cy="10.6" r="2.2" fill="currentColor" />
      </svg>
      <h2>{t('empty.title')}</h2>
      <p className="muted">{t('empty.lead')}</p>
      <div className="state__steps">
        <div>
          {t('empty.demo')}
          <Command text="npm run demo" />
        </div>
        <div>
          {t('empty.post')}
          <Command text={post} />
        </div>
      </div>
      <p className="muted">{t('empty.wait')}</p>
    </section>
  );
}

/** There are loops, but none in this view. */
export function NothingHere({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="state panel">
      <Icon name="check" size={28} className="state__icon" />
      <h2>{t('filter.nothing')}</h2>
      <p className="muted">{t('filter.nothingLead')}</p>
      <Button variant="default" onClick={onClear}>
        {t('filter.clear')}
      </Button>
    </section>
  );
}
