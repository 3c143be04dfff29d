import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Outlet, ScrollRestoration } from 'react-router';
import { ColourButton } from './colour-button.tsx';
import { LanguagePicker } from './language-picker.tsx';
import { Logo } from './logo.tsx';
import './shell.css';

/** The frame of every screen: skip link, banner, main. @param notice what everybody on it must know @param children what stands in the banner for whoever is signed in */
export function Frame({ nav, notice, children }: { nav?: ReactNode; notice?: ReactNode; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <header className="banner">
        <div className="banner__inner">
          <Logo />
          {nav && (
            <nav aria-label={t('nav.main')} className="banner__nav">
              {nav}
            </nav>
          )}
          <div className="banner__tools">
            {children}
            <LanguagePicker />
            <ColourButton />
          </div>
        </div>
      </header>
      {notice}
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </>
  );
}
