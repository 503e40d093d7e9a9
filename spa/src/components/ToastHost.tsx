// Where toasts appear: made once, outside of the page's own tree, when the first toast is shown.
import { createRoot } from 'react-dom/client';
import { toast as show, Toaster } from 'sonner';
import { Button } from './Button';
import type { ToastFacts } from './Toast';

const DURATION_MS = 6000;

function mount() {
  const place = document.createElement('div');
  document.body.append(place);
  createRoot(place).render(<Toaster position="bottom-left" visibleToasts={2} duration={DURATION_MS} expand gap={8} />);
}
mount();

export function showToast({ text, action }: ToastFacts) {
  show.custom((id) => (
    <div className="t-13 flex w-80 items-center gap-3 rounded-card border border-line-2 bg-bg-2 py-2 pr-2 pl-3 text-text-1 shadow-(--shadow-pop)">
      {/* said by the live region already */}
      <span className="min-w-0 flex-1">{text}</span>
      {action && (
        <Button
          look="quiet"
          onClick={() => {
            action.perform();
            show.dismiss(id);
          }}
        >
          {action.label}
        </Button>
      )}
    </div>
  ));
}
