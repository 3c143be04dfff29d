import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDoor } from '../../api/mailbox.ts';
import { TextField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';
import { Doorstep } from '../doorstep/doorstep.tsx';

/** Says what the link is for, nothing of the client, and has a code sent to the mailbox that the link came to. */
export function Door({ link, onOpen }: { link: string; onOpen: () => void }) {
  const { t } = useTranslation();
  const { askForCode } = useDoor();
  const [isSent, setIsSent] = useState(false);
  if (isSent) return <Enter link={link} onOpen={onOpen} onBack={() => setIsSent(false)} />;
  return (
    <Doorstep title={t('mailbox.title')} lead={t('mailbox.lead')}>
      <Form
        submit={t('mailbox.sendCode')}
        onSubmit={async () => {
          await askForCode(link);
          setIsSent(true);
        }}
      >
        <p>{t('mailbox.sendCodeLead')}</p>
      </Form>
    </Doorstep>
  );
}

function Enter({ link, onOpen, onBack }: { link: string; onOpen: () => void; onBack: () => void }) {
  const { t } = useTranslation();
  const { open } = useDoor();
  return (
    <Doorstep title={t('mailbox.codeTitle')} lead={t('mailbox.codeLead')}>
      <Form
        submit={t('mailbox.open')}
        onSubmit={async ({ code = '', name = '' }) => {
          await open(link, code, name);
          onOpen();
        }}
        onCancel={{ words: t('mailbox.anotherCode'), do: onBack }}
      >
        <TextField name="code" label={t('mailbox.code')} inputMode="numeric" autoComplete="one-time-code" />
        <TextField name="name" label={t('mailbox.name')} description={t('mailbox.nameHint')} autoComplete="name" />
      </Form>
    </Doorstep>
  );
}
