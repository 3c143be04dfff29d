import { CopyButton, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAnnounce } from '../announcer.tsx';
import { Icon } from '../icon.tsx';

/** A command to run elsewhere, ready to copy. */
export function Command({ text }: { text: string }) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  return (
    <div className="command">
      <code>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <UnstyledButton
            className="quiet"
            aria-label={`${t('copy.do')}: ${text}`}
            title={t(copied ? 'copy.done' : 'copy.do')}
            onClick={() => {
              copy();
              announce(t('copy.done'));
            }}
          >
            <Icon name={copied ? 'check' : 'copy'} />
          </UnstyledButton>
        )}
      </CopyButton>
    </div>
  );
}
