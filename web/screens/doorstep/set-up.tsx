import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useBegin, useSend } from '../../api/people/session.ts';
import type { Session } from '../../api/people/types.ts';
import { EmailField, PasswordField, TextField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { Doorstep } from './doorstep.tsx';
import { useCode } from './use-code.ts';

/** Makes the first account of a hub, by the link that its start printed. */
export function SetUp() {
  const { t } = useTranslation();
  const code = useCode();
  const send = useSend();
  const begin = useBegin();
  const navigate = useNavigate();
  if (!code) return <Doorstep title={t('setUp.title')}>{t('setUp.noCode')}</Doorstep>;
  return (
    <Doorstep title={t('setUp.title')} lead={t('setUp.lead')}>
      <Form
        submit={t('setUp.do')}
        onSubmit={async ({ name, email, password }) => {
          begin(await send<Session>('POST', '/api/setup', { code, name, email, password }));
          await navigate('/', { replace: true });
        }}
      >
        <TextField name="name" label={t('field.name')} autoComplete="name" />
        <EmailField />
        <PasswordField name="password" label={t('field.password')} isNew />
      </Form>
    </Doorstep>
  );
}
