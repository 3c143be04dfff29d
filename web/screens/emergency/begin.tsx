import { useTranslation } from 'react-i18next';
import { useEmergency } from '../../api/people/emergency.ts';
import { TextField, WordsField } from '../../components/form/fields.tsx';
import { Form } from '../../components/form/form.tsx';

/** Says why and for how long, and begins. */
export function Begin() {
  const { t } = useTranslation();
  const { begin } = useEmergency();
  return (
    <section className="emergency__part panel" aria-labelledby="begin">
      <h2 id="begin">{t('emergency.begin')}</h2>
      <p>{t('emergency.beginLead')}</p>
      <Form submit={t('emergency.do')} onSubmit={({ reason = '', minutes }) => begin(reason, Number(minutes))}>
        <WordsField
          name="reason"
          label={t('emergency.reason')}
          description={t('emergency.reasonHint')}
          maxLength={1_000}
        />
        <TextField
          name="minutes"
          inputMode="numeric"
          defaultValue="30"
          label={t('emergency.minutes')}
          description={t('emergency.minutesHint')}
        />
      </Form>
    </section>
  );
}
