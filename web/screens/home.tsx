import { useTranslation } from 'react-i18next';
import { Navigate } from 'react-router';
import { useSignedIn } from '../api/people/session.ts';
import { hasRole, seesLoops } from '../api/people/who-sees.ts';
import { useArrival } from '../components/use-arrival.ts';
import { Loops } from './loops/loops.tsx';
import '../components/states/states.css';

/** The first page: what somebody's role is about. */
export function Home() {
  const session = useSignedIn();
  if (seesLoops(session)) return <Loops />;
  if (hasRole(session, 'administrator')) return <Navigate to="/people" replace />;
  if (hasRole(session, 'auditor')) return <Navigate to="/emergency" replace />;
  return <NoPageYet />;
}

function NoPageYet() {
  const { t } = useTranslation();
  const heading = useArrival(t('home.nothing'));
  return (
    <div className="page">
      <section className="state panel">
        <h1 ref={heading} tabIndex={-1}>
          {t('home.nothing')}
        </h1>
        <p className="muted">{t('home.nothingDo')}</p>
      </section>
    </div>
  );
}
