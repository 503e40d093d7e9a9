// What is said of a place in a text. Pure.

export type Language = 'yaml' | 'json' | 'typescript';

/** Something that was found: underlined, and told on hover and where the cursor is. */
export type Mark = {
  line: number;
  column: number;
  /** Not a word, but all that follows in its line. */
  whole?: true;
  serious: boolean;
  text: string;
  hint?: string;
};

/** What stands behind the end of a line, and belongs to no text. */
export type LineNote = { line: number; text: string; ink: 'completed' | 'failed' | 'waiting' | 'running' | 'pending' };

/** In which language a document is written, by its looks. */
export function languageOf(text: string): Language {
  if (/^\s*[{[]/.test(text)) return 'json';
  return /^\s*(?:import|export|const|module\.exports|exports\.)/m.test(text) ? 'typescript' : 'yaml';
}
