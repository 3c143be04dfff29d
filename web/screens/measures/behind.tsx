import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLoopsBehind } from '../../api/measures.ts';
import { useSentence } from '../../components/loop/waiting.tsx';
import { useNow } from '../../components/now.tsx';

/** The loops behind a number. */
export function Behind({ path }: { path: string }) {
  const { t } = useTranslation();
  const now = useNow();
  const sentence = useSentence();
  const loops = useLoopsBehind(path);
  if (loops.isError) return <p role="alert">{t('loops.moreFailed')}</p>;
  const shown = loops.data?.pages.flatMap((page) => page.loops) ?? [];
  return (
    <>
      {loops.isSuccess && shown.length === 0 && <p className="muted">{t('measures.noLoops')}</p>}
      <ul className="measure__loops">
        {shown.map((loop) => (
          <li key={loop.id}>
            <Link to={`/loops/${loop.id}`}>{loop.client.name}</Link>
            {` ${loop.service} `}
            <span className="muted">{sentence(loop, now)}</span>
          </li>
        ))}
      </ul>
      {loops.hasNextPage && (
        <Button variant="default" onClick={() => void loops.fetchNextPage()}>
          {t('loops.more')}
        </Button>
      )}
    </>
  );
}
