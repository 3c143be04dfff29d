import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend, useSignedIn } from '../../api/people/session.ts';
import { PasswordField, WhoseField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { Icon } from '../../components/icon.tsx';
import { sessionsKey } from './sessions.tsx';

export function Password() {
  const { t } = useTranslation();
  const { person } = useSignedIn();
  const send = useSend();
  const queries = useQueryClient();
  const [changes, setChanges] = useState(0);
  return (
    <section className="account__part panel" aria-labelledby="password">
      <h2 id="password">{t('account.password')}</h2>
      <p className="muted">{t('account.passwordLead')}</p>
      {changes > 0 && (
        <p className="account__done" role="status">
          <Icon name="check" />
          {t('account.passwordDone')}
        </p>
      )}
      <Form
        key={changes}
        submit={t('account.passwordDo')}
        onSubmit={async (values) => {
          await send('PUT', '/api/account/password', { current: values.current, new: values.password });
          setChanges(changes + 1);
          await queries.invalidateQueries({ queryKey: sessionsKey });
        }}
      >
        <WhoseField email={person.email} />
        <PasswordField name="current" label={t('field.currentPassword')} />
        <PasswordField name="password" label={t('field.newPassword')} isNew />
      </Form>
    </section>
  );
}
