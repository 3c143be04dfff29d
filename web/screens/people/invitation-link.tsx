import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invitation } from '../../api/people/types.ts';
import { Command } from '../../components/states/command.tsx';
import { useFormat } from '../../i18n/format.ts';
import '../../components/states/states.css';

interface Props {
  name: string;
  invitation: Invitation;
  onDone: () => void;
}

/** The link that an administrator hands on; it is shown once, and the keyboard goes to it. */
export function InvitationLink({ name, invitation, onDone }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="people__part panel" aria-labelledby="link">
      <h2 id="link" ref={heading} tabIndex={-1}>
        {t('people.link', { name })}
      </h2>
      <p className="muted">{t('people.linkLead', { name, when: format.full(invitation.expiresAt) })}</p>
      <Command text={invitation.invitation} />
      <div>
        <Button variant="default" onClick={onDone}>
          {t('people.linkDone')}
        </Button>
      </div>
    </section>
  );
}
