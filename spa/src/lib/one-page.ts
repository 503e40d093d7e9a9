// One of this browser's pages does something for all of them: a browser has few connections to a server, and each page that held one more of
// its own would leave less for requests. When that page is closed, or ends it, another one begins.

/** `begin` is called when it is this page's turn; what it returns ends it. What is returned here gives the turn away. */
export function inOnePage(name: string, begin: () => () => void): () => void {
  const given = new AbortController();
  const turn = () =>
    new Promise<void>((release) => {
      const end = begin();
      given.signal.addEventListener('abort', () => {
        end();
        release();
      });
    });
  // there are none where the page came from another machine without TLS
  if (!navigator.locks) void turn();
  else navigator.locks.request(name, { signal: given.signal }, turn).catch(() => {});
  return () => given.abort();
}
