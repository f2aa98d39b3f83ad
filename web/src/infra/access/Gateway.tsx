import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useKit } from '../../kit/locale';
import { useManner } from '../../kit/theme';
import { useLang } from '../../kit/words';

/** The frame of pages in front of the sign-in. */
export function Gateway({ title, children }: { title: string; children: ReactNode }) {
  const k = useKit();
  const lang = useLang();
  const { setLang } = useManner();
  return (
    <div className="gateway">
      <main className="section">
        <div className="gateway-head">
          <img src="/sente.svg" alt="" width="36" height="36" />
          <div>
            <div className="strong">{k('product')}</div>
            <h1>{title}</h1>
          </div>
        </div>
        {children}
      </main>
      <Button type="text" onClick={() => setLang(lang === 'zh' ? 'en' : 'zh')} aria-label={k('lang.switch')} lang={lang === 'zh' ? 'en' : 'zh-CN'}>
        {k('lang.other')}
      </Button>
    </div>
  );
}
