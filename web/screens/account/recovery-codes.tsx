import { Button, CopyButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '../../components/announcer.tsx';

/** What stands in for a lost device; shown once. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  return (
    <>
      <h3>{t('factor.codes')}</h3>
      <p className="muted">{t('factor.codesLead')}</p>
      <ul className="factor__codes" aria-label={t('factor.codes')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="form__buttons">
        <Button onClick={onKept}>{t('factor.kept')}</Button>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              onClick={() => {
                copy();
                announce(t('copy.done'));
              }}
            >
              {t(copied ? 'copy.done' : 'factor.copyCodes')}
            </Button>
          )}
        </CopyButton>
      </div>
    </>
  );
}
