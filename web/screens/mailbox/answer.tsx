import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useReferral } from '../../api/mailbox.ts';
import { Problem } from '../../components/states/problem.tsx';
import { Doorstep } from '../doorstep/doorstep.tsx';
import { useCode } from '../doorstep/use-code.ts';
import { Door } from './door.tsx';
import { Referral } from './referral.tsx';

/** The page of an agency that has only a mailbox: what its link is for, once the code that came there was entered. */
export function Answer() {
  const { t } = useTranslation();
  const link = useCode();
  const [isOpen, setIsOpen] = useState(false);
  const referral = useReferral();
  if (referral.isPending) return null;
  if (referral.isLoadingError)
    return <Problem heading="h1" error={referral.error} retry={() => void referral.refetch()} />;
  // Who follows a link wants what that is for, whatever was opened before.
  if (referral.data && (isOpen || !link)) return <Referral referral={referral.data} />;
  if (!link)
    return (
      <Doorstep title={t('mailbox.title')}>
        <p>{t('mailbox.noLink')}</p>
      </Doorstep>
    );
  return <Door key={link} link={link} onOpen={() => setIsOpen(true)} />;
}
