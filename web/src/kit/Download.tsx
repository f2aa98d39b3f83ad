import { DownloadOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useState } from 'react';
import { ActionMenu } from './ActionMenu';
import { download } from './api';
import { asProblem } from './load';
import { useKit } from './locale';

/** Saves files of the API; what goes wrong is told in passing. */
export function useDownload(): { run: (path: string, query?: object) => Promise<void>; busy: boolean } {
  const k = useKit();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const run = async (path: string, query?: object) => {
    setBusy(true);
    try {
      await download(path, query);
    } catch (error) {
      const problem = asProblem(error);
      void message.error(problem.code === 'web.offline' ? k('download.offline') : problem.detail || problem.title || k('problem.other'), 8);
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}

/** Saves what a list's filters let through, as CSV or Excel. */
export function ExportMenu({ path, query }: { path: string; query: object }) {
  const k = useKit();
  const file = useDownload();
  return (
    <ActionMenu
      items={[
        { key: 'csv', label: k('export.csv') },
        { key: 'xlsx', label: k('export.xlsx') },
      ]}
      onChoose={(key) => void file.run(path, { ...query, format: key })}
    >
      <Button icon={<DownloadOutlined />} loading={file.busy}>
        {k('export')}
      </Button>
    </ActionMenu>
  );
}
