// Every key there is, made from the registry: this page first. Single keys can be switched off here.
import { useState } from 'react';
import { Switch } from '@/components/Choice';
import { Dialog } from '@/components/Dialog';
import { controlClass } from '@/components/Field';
import { drawnKeys } from '@/components/Kbd';
import { type Action, useAllActions } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { EVERYWHERE } from '../actions';
import { words } from '../strings';
import { SINGLE_KEYS, singleKeysOn } from './use-keys';

function byGroup(actions: readonly Action[], wanted: string): [string, Action[]][] {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    if (!action.keys || !action.name.toLowerCase().includes(wanted.toLowerCase())) continue;
    groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  }
  // this page first; what works everywhere last
  return [...groups].sort(([a], [b]) => Number(a === EVERYWHERE) - Number(b === EVERYWHERE));
}

export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const actions = useAllActions();
  const [wanted, setWanted] = useState('');
  const [single, setSingle] = useState(singleKeysOn);
  const changeSingle = (on: boolean) => {
    setSingle(on);
    try {
      localStorage.setItem(SINGLE_KEYS, String(on));
    } catch {
      // storage is off: they stay on
    }
  };
  return (
    <Dialog open title={words.shortcuts} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <input
          type="search"
          aria-label={words.findShortcut}
          placeholder={words.findShortcut}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          className={classes(controlClass, 'h-(--control) placeholder:text-text-3')}
        />
        {byGroup(actions, wanted).map(([group, list]) => (
          <section key={group} aria-label={group}>
            <h3 className="t-12 mb-1 font-medium text-text-2">{group}</h3>
            <dl>
              {list.map((action) => (
                <div key={action.id} className="flex min-h-7 items-center border-b border-line-1">
                  <dt className="flex-1">{action.name}</dt>
                  <dd className="t-12 text-text-2">{drawnKeys(action.keys ?? '').join(' ')}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Switch label={words.singleKeys} help={words.singleKeysHelp} checked={single} onChange={changeSingle} />
      </div>
    </Dialog>
  );
}
