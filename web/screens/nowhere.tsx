import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useArrival } from '../components/use-arrival.ts';
import '../components/states/states.css';

export function Nowhere() {
  const { t } = useTranslation();
  const heading = useArrival(t('problem.page'));
  return (
    <div className="page">
      <section className="state panel">
        <h1 ref={heading} tabIndex={-1}>
          {t('problem.page')}
        </h1>
        <p className="muted">{t('problem.pageDo')}</p>
        <Link to="/">{t('nav.back')}</Link>
      </section>
    </div>
  );
}
