import { useLayoutEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';

const CODE = /^#(?:link=)?([\w-]{20,})$/;

/** The code behind # in the link that led here. It is taken out of the address bar and the history at once. */
export function useCode(): string | undefined {
  const { hash, pathname, search } = useLocation();
  const navigate = useNavigate();
  const said = CODE.exec(hash)?.[1];
  const [code, setCode] = useState(said);
  useLayoutEffect(() => {
    if (!said) return;
    setCode(said);
    void navigate({ pathname, search, hash: '' }, { replace: true });
  }, [said, pathname, search, navigate]);
  return said ?? code;
}
