// A long text as it is, in a box that scrolls and that the keyboard reaches.
export function ScrollText({ label, text }: { label: string; text: string }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
      tabIndex={0}
      className="mono-12 max-h-[min(50vh,480px)] overflow-auto rounded-card border border-line-1 bg-bg-0 px-3 py-2 wrap-break-word whitespace-pre-wrap"
    >
      {text}
    </section>
  );
}
