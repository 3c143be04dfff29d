import { useTranslation } from 'react-i18next';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { ColourButton } from './colour-button.tsx';
import { LanguagePicker } from './language-picker.tsx';
import { LiveMark } from './live-mark.tsx';
import { Logo } from './logo.tsx';
import './shell.css';

/** The frame of every screen: skip link, banner with navigation, main. */
export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <>
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <header className="banner">
        <div className="banner__inner">
          <Logo />
          <nav aria-label={t('nav.main')} className="banner__nav">
            <Link to="/" className="banner__link" aria-current={placeIn(pathname)}>
              {t('nav.loops')}
            </Link>
          </nav>
          <div className="banner__tools">
            <LiveMark />
            <LanguagePicker />
            <ColourButton />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </>
  );
}

/** "Loops" is the page itself, or the place the page belongs to. */
function placeIn(pathname: string): 'page' | 'true' | undefined {
  if (pathname === '/') return 'page';
  return pathname.startsWith('/loops/') ? 'true' : undefined;
}
