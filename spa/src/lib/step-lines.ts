// In which line of a document each step stands, whatever it is written in: YAML, JSON, or code that asks for its steps. Pure.

/** key: x, "id": "x", .addStep("x", … and ctx.step("x", … */
const WRITTEN =
  /(?:^|[\s{,-])["']?(?:key|id)["']?\s*:\s*["'`]?([A-Za-z_][\w-]*)|\.(?:step|addStep)\(\s*["'`]([^"'`]+)["'`]|\.(exec|comment)\(/gm;

/** By key; of a key that stands in several lines the first. */
export function stepLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const counts = { exec: 0, comment: 0 };
  let line = 1;
  let seen = 0;
  for (const found of text.matchAll(WRITTEN)) {
    const [whole, written, asked, numbered] = found;
    const at = found.index + whole.length;
    for (; seen < at; seen++) if (text[seen] === '\n') line++;
    // those have no name of their own: they are counted
    const key = written ?? asked ?? `${numbered}-${++counts[numbered as keyof typeof counts]}`;
    if (!lines.has(key)) lines.set(key, line);
  }
  return lines;
}
