// Where toasts stand: made with the first one, outside of the page's own tree. Two at most, lower left; each stays six seconds, and as
// long as it is hovered or focused. The live region has said them already.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Button } from './Button';
import { icon, X } from './Icon';
import { IconButton } from './IconButton';
import type { ToastFacts } from './Toast';

type Shown = ToastFacts & { id: number };

const STAYS_MS = 6000;
const MOST = 2;

let shown: readonly Shown[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Shown[]) {
  shown = next;
  for (const listener of listeners) listener();
}

export function showToast(facts: ToastFacts) {
  publish([...shown, { ...facts, id: nextId++ }].slice(-MOST));
}

const dismiss = (id: number) => publish(shown.filter((toast) => toast.id !== id));

function Toasts() {
  const toasts = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  return (
    <section aria-label="Notices" className="toasts">
      {toasts.map((toast) => (
        <Toast key={toast.id} {...toast} />
      ))}
    </section>
  );
}

function Toast({ id, text, action }: Shown) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [id, held]);
  return (
    <div
      className="toast t-13 flex items-center gap-2 rounded-card border border-line-2 bg-bg-2 py-1.5 pr-1.5 pl-3 text-text-1"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="min-w-0 flex-1">{text}</span>
      {action && (
        <Button
          look="quiet"
          className="font-medium"
          onClick={() => {
            dismiss(id);
            action.perform();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton label="Close" onClick={() => dismiss(id)}>
        <X {...icon} />
      </IconButton>
    </div>
  );
}

const place = document.createElement('div');
document.body.append(place);
createRoot(place).render(<Toasts />);
