import { ApartmentOutlined, BankOutlined, BarChartOutlined, CalendarOutlined, CarryOutOutlined, CheckSquareOutlined, DeploymentUnitOutlined, EditOutlined, EllipsisOutlined, FileProtectOutlined, FlagOutlined, ImportOutlined, NotificationOutlined, PartitionOutlined, ProjectOutlined, ScheduleOutlined, SearchOutlined, TranslationOutlined, UserOutlined, UserSwitchOutlined } from '@ant-design/icons';
import { Button, Drawer, Dropdown } from 'antd';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, Navigate, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { call } from './api';
import { type KitKey, useKit } from './locale';
import { DemoMark, Empty, Loading, Problem } from './notices';
import { useSession } from './session';
import { useTitle } from './title';
import { type ThemeChoice, useManner, usePhone } from './theme';
import { useLang } from './words';

const Palette = lazy(() => import('./Palette'));

interface Place {
  to: string;
  word: KitKey;
  permission: string;
  icon: ReactNode;
}

/** The sections that exist, in the order of the navigation. */
const PLACES: readonly Place[] = [
  { to: '/today', word: 'nav.today', permission: 'pipeline.read', icon: <CarryOutOutlined /> },
  { to: '/projects', word: 'nav.projects', permission: 'pipeline.read', icon: <ProjectOutlined /> },
  { to: '/tasks', word: 'nav.tasks', permission: 'work.read', icon: <CheckSquareOutlined /> },
  { to: '/activities', word: 'nav.activities', permission: 'work.read', icon: <CalendarOutlined /> },
  { to: '/reports', word: 'nav.reports', permission: 'pipeline.read', icon: <FlagOutlined /> },
  { to: '/parties', word: 'nav.parties', permission: 'party.read', icon: <BankOutlined /> },
  { to: '/platforms', word: 'nav.platforms', permission: 'platform.read', icon: <DeploymentUnitOutlined /> },
  { to: '/scoreboard', word: 'nav.scoreboard', permission: 'scoreboard.read', icon: <BarChartOutlined /> },
  { to: '/pipelines', word: 'nav.pipelines', permission: 'pipeline.read', icon: <PartitionOutlined /> },
  { to: '/imports', word: 'nav.imports', permission: 'intake.read', icon: <ImportOutlined /> },
  { to: '/organisation', word: 'nav.organisation', permission: 'office.read', icon: <ApartmentOutlined /> },
  { to: '/accounts', word: 'nav.accounts', permission: 'account.read', icon: <UserSwitchOutlined /> },
  { to: '/calendar', word: 'nav.calendar', permission: 'calendar.manage', icon: <ScheduleOutlined /> },
  { to: '/channels', word: 'nav.channels', permission: 'channel.manage', icon: <NotificationOutlined /> },
  { to: '/journal', word: 'nav.journal', permission: 'journal.read', icon: <FileProtectOutlined /> },
];

/** The sections the signed-in person may use. */
export function usePlaces(): readonly Place[] {
  const { can } = useSession();
  return PLACES.filter((place) => can(place.permission));
}

/** The frame of every page behind the sign-in; news stands in its top bar. */
export default function AppShell({ news }: { news?: ReactNode }) {
  const { session, error, refresh } = useSession();
  const location = useLocation();
  const k = useKit();
  if (error) {
    return (
      <main className="alone">
        <Problem problem={error} retry={() => void refresh()} />
      </main>
    );
  }
  if (session === undefined) {
    return (
      <main className="alone">
        <Loading />
      </main>
    );
  }
  if (session === null) {
    return <Navigate to={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;
  }
  if ((session.must_set_password || session.must_set_totp) && location.pathname !== '/security') return <Navigate to="/security" replace />;
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {k('skip')}
      </a>
      <TopBar news={news} />
      <SideNav />
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <BottomNav />
    </div>
  );
}

function TopBar({ news }: { news: ReactNode }) {
  const k = useKit();
  const lang = useLang();
  const phone = usePhone();
  const { session, can } = useSession();
  const { setLang } = useManner();
  const [searching, setSearching] = useState(false);
  const searchable = can('pipeline.read') || can('party.read');
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (searchable && (e.metaKey || e.ctrlKey) && e.key.toLowerCase() === 'k') {
        e.preventDefault();
        setSearching(true);
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [searchable]);
  const zone = session?.zone;
  return (
    <header className="top">
      <Link to="/" className="brand">
        <img src="/sente.svg" alt="" width="24" height="24" />
        <span>{(lang === 'zh' ? zone?.name_zh : zone?.name_en || zone?.name_zh) || k('product')}</span>
      </Link>
      {zone?.demo && <DemoMark />}
      <span className="spring" />
      {searchable && (
        <Button type={phone ? 'text' : 'default'} icon={<SearchOutlined />} onClick={() => setSearching(true)} {...(phone ? { 'aria-label': k('search.open') } : { 'aria-keyshortcuts': 'Control+K' })} className="search-button">
          {phone ? null : (
            <>
              {k('search')} <kbd>Ctrl K</kbd>
            </>
          )}
        </Button>
      )}
      <Button type="text" icon={<TranslationOutlined />} onClick={() => {
          const next = lang === 'zh' ? 'en' : 'zh';
          setLang(next);
          void call('PATCH', '/session', { body: { lang: next } }).catch(() => undefined); // the page has changed already
        }} aria-label={k('lang.switch')} lang={lang === 'zh' ? 'en' : 'zh-CN'}>
        {phone ? null : k('lang.other')}
      </Button>
      {!session?.must_set_password && !session?.must_set_totp && news}
      <PersonMenu />
      {searching && (
        <Suspense fallback={null}>
          <Palette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </header>
  );
}

function PersonMenu() {
  const k = useKit();
  const phone = usePhone();
  const navigate = useNavigate();
  const { session, signOut } = useSession();
  const { theme, setTheme } = useManner();
  const name = session?.account.name ?? '';
  return (
    <Dropdown
      autoFocus
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [`theme.${theme}`],
        items: [
          { key: 'security', label: k('person.security') },
          { key: 'notices', label: k('person.notices') },
          { key: 'theme', type: 'group', label: k('theme'), children: (['system', 'light', 'dark'] as const).map((t) => ({ key: `theme.${t}`, label: k(`theme.${t}`) })) },
          { type: 'divider' },
          { key: 'signout', label: k('person.signout') },
        ],
        onClick: ({ key }) => {
          if (key === 'security') void navigate('/security');
          else if (key === 'notices') void navigate('/notices/preferences');
          else if (key === 'signout') void signOut();
          else setTheme(key.replace('theme.', '') as ThemeChoice);
        },
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={k('person.menu', { name })}>
        {phone ? null : <span className="clip">{name}</span>}
      </Button>
    </Dropdown>
  );
}

function SideNav() {
  const k = useKit();
  const places = usePlaces();
  return (
    <nav className="side" aria-label={k('nav')}>
      {places.map((p) => (
        <NavLink key={p.to} to={p.to}>
          {p.icon}
          <span>{k(p.word)}</span>
        </NavLink>
      ))}
    </nav>
  );
}

function BottomNav() {
  const k = useKit();
  const places = usePlaces();
  const [more, setMore] = useState(false);
  const location = useLocation();
  useEffect(() => setMore(false), [location.pathname]);
  const { can } = useSession();
  const [searching, setSearching] = useState(false);
  const notes = can('work.note');
  const searchable = can('pipeline.read') || can('party.read');
  // Two sections, a note, the search, and the rest behind one: five at most.
  const room = 4 - Number(notes) - Number(searchable);
  const shown = places.length > room + 1 ? places.slice(0, room) : places;
  const rest = places.slice(shown.length);
  return (
    <nav className="bottom" aria-label={k('nav')}>
      {shown.map((p) => (
        <NavLink key={p.to} to={p.to}>
          {p.icon}
          <span>{k(p.word)}</span>
        </NavLink>
      ))}
      {notes && (
        <NavLink to="/note">
          <EditOutlined />
          <span>{k('nav.note')}</span>
        </NavLink>
      )}
      {searchable && (
        <button type="button" onClick={() => setSearching(true)} aria-haspopup="dialog">
          <SearchOutlined />
          <span>{k('search')}</span>
        </button>
      )}
      {searching && (
        <Suspense fallback={null}>
          <Palette onClose={() => setSearching(false)} />
        </Suspense>
      )}
      {rest.length > 0 && (
        <button type="button" onClick={() => setMore(true)} aria-haspopup="dialog">
          <EllipsisOutlined />
          <span>{k('nav.more')}</span>
        </button>
      )}
      <Drawer open={more} onClose={() => setMore(false)} placement="bottom" size={Math.min(400, 120 + rest.length * 52)} title={k('nav.more')}>
        <div className="more-list">
          {rest.map((p) => (
            <NavLink key={p.to} to={p.to}>
              {p.icon}
              <span>{k(p.word)}</span>
            </NavLink>
          ))}
        </div>
      </Drawer>
    </nav>
  );
}

/** The first section the person may use. */
export function Home() {
  const k = useKit();
  const places = usePlaces();
  const first = places[0];
  if (first) return <Navigate to={first.to} replace />;
  return <Empty title={<h1>{k('nav.none')}</h1>} action={<Link to="/security">{k('person.security')}</Link>} />;
}

/** An address that leads nowhere. */
export function NoPage() {
  const k = useKit();
  useTitle(k('not.found'));
  return (
    <Empty title={<h1>{k('not.found')}</h1>} action={<Link to="/">{k('not.found.home')}</Link>}>
      {k('not.found.what')}
    </Empty>
  );
}
