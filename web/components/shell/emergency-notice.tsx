import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { sessionKey, useSignedIn } from '../../api/people/session.ts';
import { useFormat } from '../../i18n/format.ts';
import { useNow } from '../now.tsx';

/** On every page: that one is reading what is not for one's role, or, for supervisors, that somebody was. */
export function EmergencyNotice() {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { brokenGlass, breakGlassUnseen } = useSignedIn();
  const { pathname } = useLocation();
  const queries = useQueryClient();
  const isOver = brokenGlass !== undefined && Date.parse(brokenGlass.until) <= now;
  const isTold = breakGlassUnseen !== undefined;
  // Asked as somebody goes from page to page: a page that asks by itself would keep the session open.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page is a reason to ask
  useEffect(() => {
    if (isOver || isTold) void queries.invalidateQueries({ queryKey: sessionKey });
  }, [isOver, isTold, pathname, queries]);
  const words = brokenGlass
    ? t('emergency.underWay', { when: format.moment(brokenGlass.until, now) })
    : breakGlassUnseen
      ? t('emergency.notice')
      : undefined;
  if (words === undefined || pathname === '/emergency') return null;
  return (
    <p className="notice" role="status">
      <span>{words}</span>
      <Link to="/emergency">{brokenGlass ? t('emergency.end') : t('emergency.noticeDo')}</Link>
    </p>
  );
}
