import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLookAfterPeople } from '../../api/people/people.ts';
import { useSignedIn } from '../../api/people/session.ts';
import type { Invitation, Person, Role } from '../../api/people/types.ts';
import { useAnnounce } from '../../components/announcer.tsx';
import { TextField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { refusalOf, useRefusalWords } from '../../components/form/refusal.ts';
import { RolesField, rolesAt } from './roles-field.tsx';

interface Props {
  person: Person;
  onLink: (invitation: Invitation) => void;
  onDone: () => void;
}

/** Changes what somebody is called and may do; a client stays one. */
export function EditPerson({ person, onLink, onDone }: Props) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const { change } = useLookAfterPeople();
  const hub = useSignedIn().person.organization;
  const [roles, setRoles] = useState<Role[]>(person.roles);
  const isClient = person.roles.includes('client');
  const offered = rolesAt(person.organization.id === hub.id).filter((role) => role !== 'client');
  return (
    <div className="person__edit">
      <Form
        submit={t('people.save')}
        onCancel={{ words: t('people.cancel'), do: onDone }}
        onSubmit={async ({ name = person.name }) => {
          const rolesChanged = [...roles].sort().join() !== [...person.roles].sort().join();
          await change(person.id, { name, ...(rolesChanged ? { roles } : {}) });
          announce(t('people.saved'));
          onDone();
        }}
      >
        <TextField name="name" label={t('field.name')} autoComplete="off" defaultValue={person.name} />
        {!isClient && <RolesField offered={offered} roles={roles} onChange={setRoles} />}
        {!isClient && <p className="people__note">{t('people.saveLead')}</p>}
      </Form>
      <Others person={person} onLink={onLink} />
    </div>
  );
}

/** What is done at once: a new link, signing out, and whether somebody may sign in at all. */
function Others({ person, onLink }: Omit<Props, 'onDone'>) {
  const { t } = useTranslation();
  const announce = useAnnounce();
  const words = useRefusalWords();
  const { change, inviteAgain, signOut } = useLookAfterPeople();
  const [refusal, setRefusal] = useState<string | null>(null);
  const { id, name, active } = person;
  const act = (work: () => Promise<void>) => () => {
    setRefusal(null);
    work().catch((error: unknown) => setRefusal(refusalOf(error, { names: [], blames: undefined, words }).whole));
  };
  return (
    <div className="person__others">
      {active && <p className="people__note">{t('people.newLinkLead')}</p>}
      <div className="form__buttons">
        {active && (
          <>
            <Button variant="default" size="xs" onClick={act(async () => onLink(await inviteAgain(id)))}>
              {t('people.newLink')}
            </Button>
            <Button
              variant="default"
              size="xs"
              onClick={act(async () => {
                await signOut(id);
                announce(t('people.signedOut', { name }));
              })}
            >
              {t('people.signOut')}
            </Button>
          </>
        )}
        <Button variant="default" size="xs" onClick={act(() => change(id, { active: !active }))}>
          {t(active ? 'people.deactivate' : 'people.activate')}
        </Button>
      </div>
      {refusal && (
        <p className="form__refusal" role="alert">
          {refusal}
        </p>
      )}
    </div>
  );
}
