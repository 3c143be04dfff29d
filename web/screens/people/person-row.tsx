import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../api/people/session.ts';
import type { Invitation, Person } from '../../api/people/types.ts';
import { EditPerson } from './edit-person.tsx';

interface Props {
  person: Person;
  onLink: (invitation: Invitation) => void;
}

/** One person: who, of which organization, as what; and below, when asked for, what can be changed. */
export function PersonRow({ person, onLink }: Props) {
  const { t } = useTranslation();
  const { person: me } = useSignedIn();
  const [open, setOpen] = useState(false);
  const { name, email, organization, roles, active, invited, secondFactor } = person;
  const marks = [
    ...(person.id === me.id ? [t('people.you')] : []),
    ...(active ? [] : [t('people.inactive')]),
    ...(active && invited ? [t('people.invited')] : []),
    ...(secondFactor ? [t('people.factor')] : []),
  ];
  return (
    <li className="person">
      <div className="person__line">
        <div className="person__who">
          <p className={active ? 'person__name' : 'person__name muted'}>
            {name}
            {marks.map((mark) => (
              <span key={mark} className="mark-word">
                {mark}
              </span>
            ))}
          </p>
          <p className="person__more">
            {email} · {organization.name}
          </p>
          <p className="person__more">{roles.map((role) => t(`role.${role}`)).join(', ')}</p>
        </div>
        <Button
          variant="default"
          size="xs"
          aria-label={t('people.editLabel', { name })}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {t('people.edit')}
        </Button>
      </div>
      {open && <EditPerson person={person} onLink={onLink} onDone={() => setOpen(false)} />}
    </li>
  );
}
