// A menu whose machinery is fetched with the first hover, focus or press of its button, so that no page pays for it at first paint.
import { cloneElement, lazy, type ReactElement, Suspense, useRef, useState } from 'react';
import type { MenuProps } from './Menu';

const fetchMenu = () => import('./Menu').then((module) => ({ default: module.Menu }));
const Menu = lazy(fetchMenu);

type TriggerProps = {
  onClick?: () => void;
  onPointerEnter?: () => void;
  onFocus?: () => void;
  'aria-haspopup'?: 'menu';
  'aria-expanded'?: boolean;
  ref?: React.Ref<HTMLElement>;
};

export function LazyMenu(props: Omit<MenuProps, 'trigger' | 'defaultOpen'> & { trigger: ReactElement<TriggerProps> }) {
  const [opened, setOpened] = useState(false);
  const trigger = useRef<HTMLElement>(null);
  const warm = () => void fetchMenu();
  const cold = cloneElement(props.trigger, {
    onClick: () => setOpened(true),
    onPointerEnter: warm,
    onFocus: warm,
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    ref: trigger,
  });
  if (!opened) return cold;
  return (
    <Suspense fallback={cold}>
      <Menu {...props} defaultOpen />
    </Suspense>
  );
}
