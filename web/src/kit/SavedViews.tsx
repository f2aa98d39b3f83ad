import { DownOutlined, PlusOutlined, ShareAltOutlined } from '@ant-design/icons';
import { App, Button, Checkbox, Form, Input, Modal } from 'antd';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { ActionMenu } from './ActionMenu';
import { FieldErrors } from './forms';
import { useAct, useLoad } from './load';
import { useKit } from './locale';
import { Problem } from './notices';
import { useSession } from './session';
import { changeView, keptQuery, listViews, removeView, type SavedView, saveView, viewSearch } from './views';

type Asking = 'save' | 'rename' | 'remove';

/** The tabs of a list: everything, one's own views and those colleagues share; and what can be done with them. */
export function ViewTabs({ page, children }: { page: string; children?: ReactNode }) {
  const k = useKit();
  const { message } = App.useApp();
  const [search] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<Asking>();
  const load = useLoad(`views:${page}`, (signal) => listViews(page, signal));
  const views = load.data?.items ?? [];
  const v = search.get('v') ?? '';
  const current = views.find((x) => x.id === v);
  const query = keptQuery(search);
  const changed = current !== undefined && query !== keptQuery(new URLSearchParams(current.query));

  // The page opens with the default view, unless the address says what is wanted.
  const bare = location.search === '' || location.search === '?';
  const first = views.find((x) => x.mine && x.default);
  useEffect(() => {
    if (bare && first) void navigate(viewSearch(first), { replace: true });
  }, [bare, first, navigate]);

  const act = useAct(async (what: () => Promise<unknown>, said: string) => {
    await what();
    load.reload();
    void message.success(said);
  });
  const own = current?.mine ? current : undefined;
  const items = own
    ? [
        ...(changed ? [{ key: 'update', label: k('views.update') }] : []),
        { key: 'rename', label: k('views.rename') },
        { key: 'share', label: own.shared ? k('views.unshare') : k('views.share') },
        { key: 'default', label: own.default ? k('views.default.no') : k('views.default') },
        { key: 'remove', label: k('views.remove'), danger: true },
      ]
    : [];
  const choose = (key: string) => {
    if (!own) return;
    if (key === 'update') void act.run(() => changeView(own, { query }), k('views.updated', { name: own.name }));
    else if (key === 'share') void act.run(() => changeView(own, { shared: !own.shared }), k(own.shared ? 'views.unshared' : 'views.shared', { name: own.name }));
    else if (key === 'default') void act.run(() => changeView(own, { default: !own.default }), k(own.default ? 'views.default.gone' : 'views.default.set', { name: own.name }));
    else setAsking(key as Asking);
  };
  return (
    <div className="view-bar">
      <nav className="view-tabs" aria-label={k('views')} tabIndex={-1}>
        <Link to={bare ? '' : allSearch(search)} aria-current={current ? undefined : 'page'}>
          {k('views.all')}
        </Link>
        {views.map((x) => (
          <Link key={x.id} to={viewSearch(x)} aria-current={x.id === v ? 'page' : undefined} title={x.mine ? undefined : k('views.of', { name: x.owner_name })}>
            {x.name}
            {x.shared && <ShareAltOutlined className="muted" aria-label={x.mine ? k('views.is.shared') : k('views.of', { name: x.owner_name })} />}
            {x.id === v && changed && <span className="muted small">{k('views.changed')}</span>}
          </Link>
        ))}
      </nav>
      <div className="actions">
        {own && (
          <ActionMenu items={items} onChoose={choose}>
            <Button type="text" icon={<DownOutlined />} iconPlacement="end" loading={act.busy}>
              {k('views.manage')}
            </Button>
          </ActionMenu>
        )}
        {(!current || changed) && query !== '' && (
          <Button type="text" icon={<PlusOutlined />} onClick={() => setAsking('save')}>
            {current ? k('views.save.as') : k('views.save')}
          </Button>
        )}
        {children}
      </div>
      {act.error && <Problem problem={act.error} retry={load.reload} />}
      {(asking === 'save' || (asking === 'rename' && own)) && (
        <ViewDialog
          page={page}
          query={query}
          view={asking === 'rename' ? own : undefined}
          onClose={() => setAsking(undefined)}
          onSaved={(saved) => {
            setAsking(undefined);
            load.reload();
            void message.success(k('views.saved', { name: saved.name }));
            void navigate(viewSearch(saved), { replace: true });
          }}
        />
      )}
      {asking === 'remove' && own && (
        <Modal
          open
          title={k('views.remove.ask', { name: own.name })}
          okText={k('views.remove')}
          cancelText={k('cancel')}
          okButtonProps={{ danger: true }}
          onCancel={() => setAsking(undefined)}
          onOk={() => {
            setAsking(undefined);
            void act.run(() => removeView(own), k('views.removed', { name: own.name })).then((done) => done && void navigate(allSearch(search)));
          }}
        >
          {k(own.shared ? 'views.remove.shared' : 'views.remove.what')}
        </Modal>
      )}
    </div>
  );
}

/** Everything, shown in the manner one is in; the default view does not come back by itself. */
function allSearch(search: URLSearchParams): string {
  const view = search.get('view');
  return `?${view ? `view=${view}&` : ''}v=all`;
}

function ViewDialog({ page, query, view, onClose, onSaved }: { page: string; query: string; view: SavedView | undefined; onClose: () => void; onSaved: (view: SavedView) => void }) {
  const k = useKit();
  const id = useId();
  const { session } = useSession();
  const [form] = Form.useForm<{ name: string; shared?: boolean; default?: boolean }>();
  const act = useAct(async (values: { name: string; shared?: boolean; default?: boolean }) => {
    onSaved(view ? (await changeView(view, { name: values.name })).data : await saveView({ page, query, ...values }));
  });
  return (
    <Modal open title={view ? k('views.rename') : k('views.save')} okText={k('save')} cancelText={k('cancel')} okButtonProps={{ loading: act.busy, htmlType: 'submit', form: id }} onCancel={onClose}>
      <Form form={form} name={id} layout="vertical" requiredMark={false} initialValues={{ name: view?.name ?? '' }} onFinish={(values) => void act.run(values)}>
        <FieldErrors form={form} problem={act.error} />
        <Form.Item name="name" label={k('views.name')} extra={view ? undefined : k('views.name.why')} rules={[{ required: true, whitespace: true, message: k('views.name.needed') }]}>
          <Input maxLength={40} showCount autoFocus />
        </Form.Item>
        {!view && (
          <>
            {session?.account.unit && (
              <Form.Item name="shared" valuePropName="checked" style={{ marginBottom: 4 }}>
                <Checkbox>{k('views.share.box')}</Checkbox>
              </Form.Item>
            )}
            <Form.Item name="default" valuePropName="checked">
              <Checkbox>{k('views.default.box')}</Checkbox>
            </Form.Item>
          </>
        )}
      </Form>
    </Modal>
  );
}
