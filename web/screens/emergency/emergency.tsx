import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../api/people/session.ts';
import { hasRole } from '../../api/people/who-sees.ts';
import { useArrival } from '../../components/use-arrival.ts';
import { Begin } from './begin.tsx';
import { UnderWay } from './under-way.tsx';
import { Uses } from './uses.tsx';
import './emergency.css';

/** Reading what is not for one's role: for who may begin it, and for who looks at that it was done. */
export function Emergency() {
  const { t } = useTranslation();
  const heading = useArrival(t('emergency.title'));
  const session = useSignedIn();
  const mayBegin = hasRole(session, 'administrator');
  return (
    <div className="page emergency">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {t('emergency.title')}
        </h1>
        <p className="muted">{t('emergency.lead')}</p>
      </div>
      {session.brokenGlass ? <UnderWay glass={session.brokenGlass} /> : mayBegin && <Begin />}
      {(hasRole(session, 'supervisor', 'auditor') || !mayBegin) && <Uses />}
    </div>
  );
}
