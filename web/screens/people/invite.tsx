import { NativeSelect } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLookAfterPeople, useOrganizations } from '../../api/people/people.ts';
import { useSignedIn } from '../../api/people/session.ts';
import type { Invitation, Person, Role } from '../../api/people/types.ts';
import { EmailField, TextField } from '../../components/form/fields.tsx';
import { Form, useFieldError } from '../../components/form/form.tsx';
import { RolesField, rolesAt } from './roles-field.tsx';

interface Props {
  onInvited: (person: Person, invitation: Invitation) => void;
  onCancel: () => void;
}

/** Adds somebody who may sign in; what comes of it is a link. */
export function Invite({ onInvited, onCancel }: Props) {
  const { t } = useTranslation();
  // Administrators are people of the hub's own organization.
  const hub = useSignedIn().person.organization;
  const { invite } = useLookAfterPeople();
  const [organizationId, setOrganizationId] = useState(hub.id);
  const [chosen, setChosen] = useState<Role[]>([]);
  const offered = rolesAt(organizationId === hub.id);
  const roles = chosen.filter((role) => offered.includes(role));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="people__part panel" aria-labelledby="invite">
      <h2 id="invite" ref={heading} tabIndex={-1}>
        {t('people.invite')}
      </h2>
      <Form
        submit={t('people.inviteDo')}
        onCancel={{ words: t('people.cancel'), do: onCancel }}
        onSubmit={async ({ name = '', email = '', patientId }) => {
          const client = roles.includes('client') && patientId ? { patientId } : {};
          const { person, ...invitation } = await invite({ name, email, organizationId, roles, ...client });
          onInvited(person, invitation);
        }}
      >
        <TextField name="name" label={t('field.name')} autoComplete="off" />
        <EmailField />
        <OrganizationField hub={hub} value={organizationId} onChange={setOrganizationId} />
        <RolesField offered={offered} roles={roles} onChange={setChosen} />
        {roles.includes('client') && (
          <TextField name="patientId" label={t('field.patientId')} description={t('field.patientIdHint')} />
        )}
      </Form>
    </section>
  );
}

interface OrganizationProps {
  hub: { id: string; name: string };
  value: string;
  onChange: (id: string) => void;
}

function OrganizationField({ hub, value, onChange }: OrganizationProps) {
  const { t } = useTranslation();
  const organizations = useOrganizations();
  const others = (organizations.data ?? []).filter(({ id }) => id !== hub.id);
  return (
    <NativeSelect
      name="organizationId"
      label={t('field.organization')}
      error={useFieldError('organizationId')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {[hub, ...others].map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </NativeSelect>
  );
}
