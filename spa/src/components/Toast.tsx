// Results of your own action that are not visible where you look, and Undo. Lower left, two at most, six seconds. Loaded with the first.
import { announce } from '@/lib/announce';

export type ToastFacts = { text: string; action?: { label: string; perform: () => void } };

let ready: Promise<typeof import('./ToastHost')> | null = null;

export async function toast({ text, action }: ToastFacts) {
  announce(text);
  ready ??= import('./ToastHost');
  (await ready).showToast({ text, action });
}
