import { useEffect } from 'react';
import { useKit } from './locale';

/** Names the browser tab after the page. */
export function useTitle(title: string): void {
  const k = useKit();
  useEffect(() => {
    document.title = title ? `${title} · ${k('product')}` : k('product');
  }, [title, k]);
}
