import { afterEach, expect, test, vi } from 'vitest';
import { inOnePage } from './one-page';

afterEach(() => vi.unstubAllGlobals());

/** Locks as browsers give them, one after the other. */
function locks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_name: string, { signal }: { signal: AbortSignal }, turn: () => Promise<void>) => {
      const mine = last.then(() => {
        if (signal.aborted) throw new Error('given up');
        return turn();
      });
      last = mine.catch(() => {});
      return mine;
    },
  };
}
const settled = () => new Promise((done) => setTimeout(done));

test('one begins, and the next one when it ends; who gave up before never does', async () => {
  vi.stubGlobal('navigator', { locks: locks() });
  const said: string[] = [];
  const page = (name: string) =>
    inOnePage('it', () => {
      said.push(`${name} begins`);
      return () => said.push(`${name} ends`);
    });
  const [first, second, third] = [page('first'), page('second'), page('third')];
  await settled();
  expect(said).toEqual(['first begins']);
  second();
  first();
  await settled();
  expect(said).toEqual(['first begins', 'first ends', 'third begins']);
  third();
  await settled();
  expect(said.at(-1)).toBe('third ends');
});

test('where there are no locks each does it itself', () => {
  vi.stubGlobal('navigator', {});
  const end = vi.fn();
  const stop = inOnePage('it', () => end);
  expect(end).not.toHaveBeenCalled();
  stop();
  expect(end).toHaveBeenCalledOnce();
});
