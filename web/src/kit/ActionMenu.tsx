import { Dropdown, type MenuProps } from 'antd';
import type { ReactElement } from 'react';

/** A button with a menu of acts. Chosen by Enter, the key ends with the choice: it presses nothing in the dialog the act opens. */
export function ActionMenu({ items, onChoose, children }: { items: NonNullable<MenuProps['items']>; onChoose: (key: string) => void; children: ReactElement }) {
  return (
    <Dropdown
      autoFocus
      trigger={['click']}
      menu={{
        items,
        onClick: ({ key, domEvent }) => {
          domEvent.preventDefault();
          onChoose(key);
        },
      }}
    >
      {children}
    </Dropdown>
  );
}
