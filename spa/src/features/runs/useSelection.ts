// Which runs of the list are selected: by their box, or with X on the row that has the focus. A hundred at most.
import { useState } from 'react';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { deedWords as words } from './deed-strings';

const MOST = 100;

export function useSelection(may: boolean) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(ids);
    if (!next.delete(id)) next.add(id);
    if (next.size > MOST) void toast({ text: words.selectedMost });
    else setIds(next);
  };
  useActions([
    {
      id: 'list.select',
      name: words.selectRow,
      keys: 'X',
      group: 'This list',
      when: () => may,
      perform: () => {
        const row = document.activeElement?.closest('tr, li');
        row?.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
      },
    },
  ]);
  return { ids, toggle, clear: () => setIds(new Set()) };
}
