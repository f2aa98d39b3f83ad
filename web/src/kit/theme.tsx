import { LoadingOutlined } from '@ant-design/icons';
import { App as AntApp, ConfigProvider, theme as antTheme } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import 'dayjs/locale/zh-cn';
import dayjs from 'dayjs';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type Lang, LangContext } from './words';

/** How light or dark the pages are: as the system says, or as the reader chose. */
export type ThemeChoice = 'system' | 'light' | 'dark';

interface Manner {
  theme: ThemeChoice;
  setTheme: (choice: ThemeChoice) => void;
  setLang: (lang: Lang) => void;
}

const MannerContext = createContext<Manner>({ theme: 'system', setTheme: () => undefined, setLang: () => undefined });

/** The reader's choices of language and appearance, and how to change them. */
export function useManner(): Manner {
  return useContext(MannerContext);
}

function remembered<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  const value = localStorage.getItem(name);
  return allowed.find((a) => a === value);
}

/** Whether a media query holds, followed as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}

/** Whether the window is phone-sized. */
export function usePhone(): boolean {
  return useMedia('(max-width: 767px)');
}

const LATIN = "-apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif";
const FONT = "-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', system-ui, sans-serif";

// A busy button keeps its name: its own sign is hidden from names and has no motion that could leave it behind.
const BUTTON = { autoInsertSpace: false, loadingIcon: <LoadingOutlined aria-hidden /> };

/** Gives the pages their language, colours and type. */
export function MannerProvider({ children }: { children: ReactNode }) {
  const [lang, setLangState] = useState<Lang>(() => remembered('sente.lang', ['zh', 'en'] as const) ?? 'zh');
  const [theme, setThemeState] = useState<ThemeChoice>(() => remembered('sente.theme', ['system', 'light', 'dark'] as const) ?? 'system');
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const dark = theme === 'dark' || (theme === 'system' && systemDark);

  // Before any child's effect calls the API, which reads the language from here.
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  useEffect(() => {
    dayjs.locale(lang === 'zh' ? 'zh-cn' : 'en');
  }, [lang]);
  useEffect(() => {
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }, [dark]);

  const manner = useMemo<Manner>(
    () => ({
      theme,
      setTheme: (choice) => {
        localStorage.setItem('sente.theme', choice);
        setThemeState(choice);
      },
      setLang: (next) => {
        localStorage.setItem('sente.lang', next);
        setLangState(next);
      },
    }),
    [theme],
  );

  return (
    <ConfigProvider
      locale={lang === 'zh' ? zhCN : enUS}
      button={BUTTON}
      wave={{ disabled: true }}
      theme={{
        algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
        token: {
          colorPrimary: dark ? '#3aa6ad' : '#0b6067',
          colorLink: dark ? '#62bfc5' : '#0b6067',
          colorLinkHover: dark ? '#8ad4d9' : '#084a50',
          colorInfo: dark ? '#5b9bea' : '#1d5fbf',
          colorSuccess: dark ? '#5fb878' : '#256f3a',
          colorWarning: dark ? '#d99a2b' : '#8f5a00',
          colorError: dark ? '#f0776c' : '#b3261e',
          colorInfoBg: dark ? '#1a2c44' : '#e9f0fb',
          colorInfoBorder: dark ? '#2f4f7a' : '#b9d0f0',
          colorSuccessBg: dark ? '#1a3322' : '#e6f3e9',
          colorSuccessBorder: dark ? '#2f5c3d' : '#b4d8bd',
          colorWarningBg: dark ? '#3a2d12' : '#fcf4e2',
          colorWarningBorder: dark ? '#6a5220' : '#e8d09a',
          colorErrorBg: dark ? '#401f1c' : '#fcebe9',
          colorErrorBorder: dark ? '#743430' : '#efc0bb',
          colorBgLayout: dark ? '#14181a' : '#f6f7f7',
          colorBgContainer: dark ? '#1b2022' : '#ffffff',
          colorBgElevated: dark ? '#22282a' : '#ffffff',
          colorTextTertiary: dark ? '#a3adb0' : '#5c686b',
          colorTextDescription: dark ? '#a3adb0' : '#5c686b',
          colorTextPlaceholder: dark ? '#8f9a9d' : '#6b777a',
          colorTextDisabled: dark ? '#899396' : '#6b777a',
          borderRadius: 6,
          fontFamily: lang === 'zh' ? FONT : LATIN,
          fontSize: 14,
          motion: !still,
          motionDurationSlow: '0.15s',
          motionDurationMid: '0.12s',
          motionDurationFast: '0.08s',
        },
        components: {
          Form: { verticalLabelPadding: '0 0 4px', itemMarginBottom: 18 },
          Drawer: { paddingLG: 20 },
          Button: { primaryColor: dark ? '#06191b' : '#ffffff', fontWeight: 500 },
        },
      }}
    >
      <LangContext value={lang}>
        <MannerContext value={manner}>
          <AntApp component={false} message={{ maxCount: 3 }}>
            {children}
          </AntApp>
        </MannerContext>
      </LangContext>
    </ConfigProvider>
  );
}
