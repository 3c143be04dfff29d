import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useSignedIn } from '../../api/people/session.ts';
import { hasRole, seesLoops } from '../../api/people/who-sees.ts';
import { useLiveState } from '../../api/use-live.ts';
import { EmergencyNotice } from './emergency-notice.tsx';
import { Frame } from './frame.tsx';
import { LiveMark } from './live-mark.tsx';
import { Me } from './me.tsx';

/** The frame of what is behind the door: the places for whoever is signed in, and the way out. */
export function Shell() {
  const { t } = useTranslation();
  const session = useSignedIn();
  const hears = useLiveState() !== 'asking';
  return (
    <Frame
      notice={<EmergencyNotice />}
      nav={
        <>
          {seesLoops(session) && <Place to="/" also="/loops/" words={t('nav.loops')} />}
          {seesLoops(session) && <Place to="/measures" words={t('nav.measures')} />}
          {hasRole(session, 'administrator') && <Place to="/people" words={t('nav.people')} />}
          {hasRole(session, 'administrator', 'supervisor', 'auditor') && (
            <Place to="/emergency" words={t('nav.emergency')} />
          )}
        </>
      }
    >
      {hears && <LiveMark />}
      <Me />
    </Frame>
  );
}

/** A place of the navigation: the page itself, or the place the page belongs to. */
function Place({ to, also, words }: { to: string; also?: string; words: string }) {
  const { pathname } = useLocation();
  const current = pathname === to ? 'page' : also && pathname.startsWith(also) ? 'true' : undefined;
  return (
    <Link to={to} className="banner__link" aria-current={current}>
      {words}
    </Link>
  );
}
