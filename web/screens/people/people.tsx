import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePeople } from '../../api/people/people.ts';
import type { Invitation, Person } from '../../api/people/types.ts';
import { Problem } from '../../components/states/problem.tsx';
import { useArrival } from '../../components/use-arrival.ts';
import { InvitationLink } from './invitation-link.tsx';
import { Invite } from './invite.tsx';
import { PersonRow } from './person-row.tsx';
import './people.css';

/** For administrators: who may sign in, and as what. */
export function People() {
  const { t } = useTranslation();
  const heading = useArrival(t('people.title'));
  const people = usePeople();
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ name: string; invitation: Invitation }>();
  const showLink = ({ name }: Pick<Person, 'name'>, invitation: Invitation) => {
    setInviting(false);
    setLink({ name, invitation });
    window.scrollTo({ top: 0 });
  };
  return (
    <div className="page people">
      <div className="people__head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {t('people.title')}
          </h1>
          <p className="muted">{t('people.lead')}</p>
        </div>
        {!inviting && <Button onClick={() => setInviting(true)}>{t('people.invite')}</Button>}
      </div>
      {link && <InvitationLink {...link} key={link.invitation.invitation} onDone={() => setLink(undefined)} />}
      {inviting && <Invite onInvited={showLink} onCancel={() => setInviting(false)} />}
      {people.isLoadingError && <Problem heading="h2" error={people.error} retry={() => void people.refetch()} />}
      {people.data && (
        <ul className="people__list panel" aria-label={t('people.list')}>
          {people.data.map((person) => (
            <PersonRow key={person.id} person={person} onLink={(invitation) => showLink(person, invitation)} />
          ))}
        </ul>
      )}
    </div>
  );
}
