import { Checkbox } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { hubRoles, otherRoles, partnerRoles, type Role } from '../../api/people/types.ts';
import { useFieldError } from '../../components/form/form.tsx';

/** The roles that people of an organization may have. */
export function rolesAt(isHub: boolean): readonly Role[] {
  return [...(isHub ? hubRoles : partnerRoles), ...otherRoles];
}

interface Props {
  offered: readonly Role[];
  roles: readonly Role[];
  onChange: (roles: Role[]) => void;
}

/** Which roles somebody has, each with what it lets do. */
export function RolesField({ offered, roles, onChange }: Props) {
  const { t } = useTranslation();
  const error = useFieldError('roles');
  const errorId = useId();
  const toggle = (role: Role, has: boolean) =>
    onChange(offered.filter((each) => (each === role ? has : roles.includes(each))));
  return (
    <fieldset className="roles" aria-describedby={error ? errorId : undefined}>
      <legend>{t('field.roles')}</legend>
      {offered.map((role) => (
        <Checkbox
          key={role}
          name="roles"
          value={role}
          label={t(`role.${role}`)}
          description={t(`roleDo.${role}`)}
          checked={roles.includes(role)}
          onChange={(event) => toggle(role, event.currentTarget.checked)}
        />
      ))}
      {error && (
        <p id={errorId} className="roles__error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
