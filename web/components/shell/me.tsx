import { UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useBegin, useSend, useSignedIn } from '../../api/people/session.ts';
import { Icon } from '../icon.tsx';

/** Who is signed in, and the way out. */
export function Me() {
  const { t } = useTranslation();
  const { person } = useSignedIn();
  const send = useSend();
  const begin = useBegin();
  const { pathname } = useLocation();

  const signOut = async () => {
    // Where the hub does not answer, this browser forgets all the same: the session ends by itself.
    await send('DELETE', '/api/session').catch(() => undefined);
    begin(null);
  };

  return (
    <div className="me">
      <Link
        to="/account"
        className="me__name"
        aria-label={`${t('nav.account')}: ${person.name}`}
        title={`${person.name}, ${person.organization.name}`}
        aria-current={pathname === '/account' ? 'page' : undefined}
      >
        <Icon name="person" size={18} />
        <span className="me__word">{person.name}</span>
      </Link>
      <UnstyledButton
        className="quiet"
        aria-label={t('nav.signOut')}
        title={t('nav.signOut')}
        onClick={() => void signOut()}
      >
        <Icon name="leave" size={18} />
      </UnstyledButton>
    </div>
  );
}
