import { useTranslation } from 'react-i18next';
import { useSignedIn } from '../../api/people/session.ts';
import { useArrival } from '../../components/use-arrival.ts';
import { Password } from './password.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';
import './account.css';

/** One's own account: who one is here, and how one gets in. */
export function Account() {
  const { t } = useTranslation();
  const heading = useArrival(t('account.title'));
  const { person } = useSignedIn();
  return (
    <div className="page account">
      <h1 ref={heading} tabIndex={-1}>
        {t('account.title')}
      </h1>
      <section className="account__part panel" aria-labelledby="you">
        <h2 id="you">{t('account.you')}</h2>
        <dl className="account__facts">
          <dt>{t('field.name')}</dt>
          <dd>{person.name}</dd>
          <dt>{t('field.email')}</dt>
          <dd>{person.email}</dd>
          <dt>{t('field.organization')}</dt>
          <dd>{person.organization.name}</dd>
          <dt>{t('field.roles')}</dt>
          <dd>{person.roles.map((role) => t(`role.${role}`)).join(', ')}</dd>
        </dl>
      </section>
      <SecondFactor />
      <Password />
      <Sessions />
    </div>
  );
}
