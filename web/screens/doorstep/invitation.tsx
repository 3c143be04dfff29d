import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useBegin, useSend } from '../../api/people/session.ts';
import type { Invited, Session } from '../../api/people/types.ts';
import { PasswordField, WhoseField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { refusalOf, useRefusalWords } from '../../components/form/refusal.ts';
import { Doorstep } from './doorstep.tsx';
import { useCode } from './use-code.ts';

/** Takes an invitation: whoever has the link chooses a password. */
export function Invitation() {
  const { t } = useTranslation();
  const code = useCode();
  if (!code) return <Doorstep title={t('invitation.title')}>{t('invitation.noCode')}</Doorstep>;
  return <Taking key={code} code={code} />;
}

function Taking({ code }: { code: string }) {
  const { t } = useTranslation();
  const send = useSend();
  const begin = useBegin();
  const navigate = useNavigate();
  const words = useRefusalWords();
  const invited = useQuery({
    queryKey: ['invitation', code],
    queryFn: () => send<Invited>('POST', '/api/invitations/look', { code }),
    gcTime: 0,
  });
  if (invited.error) {
    const { whole } = refusalOf(invited.error, { names: [], blames: undefined, words });
    return (
      <Doorstep title={t('invitation.title')}>
        <p role="alert">{whole}</p>
      </Doorstep>
    );
  }
  if (!invited.data) return null;
  const { name, email, organization } = invited.data;
  return (
    <Doorstep title={t('invitation.title')} lead={t('invitation.lead', { name, organization: organization.name })}>
      <Form
        submit={t('invitation.do')}
        onSubmit={async ({ password }) => {
          begin(await send<Session>('POST', '/api/invitations/accept', { code, password }));
          await navigate('/', { replace: true });
        }}
      >
        <WhoseField email={email} />
        <PasswordField name="password" label={t('field.newPassword')} isNew />
      </Form>
    </Doorstep>
  );
}
