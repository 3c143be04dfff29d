import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '../../api/people/session.ts';
import type { Session } from '../../api/people/types.ts';
import { refusalOf, useRefusalWords } from '../../components/form/refusal.ts';
import { Doorstep } from './doorstep.tsx';

interface Props {
  code: string;
  onEnter: (session: Session) => void;
  /** What is shown below why the link is not good. */
  otherwise: ReactNode;
}

/** Signs in by a link that is good once. */
export function ByLink({ code, onEnter, otherwise }: Props) {
  const { t } = useTranslation();
  const send = useSend();
  const words = useRefusalWords();
  const asked = useRef(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    // It is good once: asked twice, the second answer would be a refusal.
    if (asked.current) return;
    asked.current = true;
    send<Session>('POST', '/api/session/link', { code }).then(onEnter, (error: unknown) =>
      setRefusal(refusalOf(error, { names: [], blames: undefined, words }).whole),
    );
  });
  if (refusal === null) return <Doorstep title={t('signIn.byLink')}>{null}</Doorstep>;
  return (
    <>
      <p className="doorstep__refusal" role="alert">
        {refusal}
      </p>
      {otherwise}
    </>
  );
}
