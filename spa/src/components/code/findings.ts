// What was found in the text: a sign in the gutter, an underline, and its words on hover and where the cursor stands. They move along while somebody types,
// until they are told anew. And notes behind lines, which are no text.
import { EditorState, type Extension, RangeSet, StateEffect, StateField, type Text } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  GutterMarker,
  gutter,
  hoverTooltip,
  keymap,
  showTooltip,
  type Tooltip,
  WidgetType,
} from '@codemirror/view';
import type { LineNote, Mark } from './mark';
import { editorWords as words } from './strings';

export const setFindings = StateEffect.define<readonly Mark[]>();
export const setNotes = StateEffect.define<readonly LineNote[]>();
const hide = StateEffect.define<null>();

/** Where line and column (in characters, from 1) are in a text. */
export function offsetOf(doc: Text, line: number, column: number): number {
  const { from, text } = doc.line(Math.min(Math.max(1, line), doc.lines));
  return from + [...text].slice(0, Math.max(0, column - 1)).join('').length;
}

/** The word that is meant, or what there is of the line. */
function rangeOf(doc: Text, { line, column, whole }: Mark): [from: number, to: number] {
  const from = offsetOf(doc, line, column);
  const { from: start, to: end, text } = doc.lineAt(from);
  const word = /^[^\s,;(){}[\]]+/.exec(text.slice(from - start))?.[0].length ?? 0;
  if (word > 0 && !whole) return [from, from + word];
  const first = start + (/^\s*/.exec(text)?.[0].length ?? 0);
  return from < end ? [from, end] : [Math.min(first, end), end];
}

type Found = { from: number; to: number; mark: Mark };
type Shown = { found: readonly Found[]; under: DecorationSet; signs: RangeSet<GutterMarker>; hidden: boolean };

class Sign extends GutterMarker {
  constructor(readonly serious: boolean) {
    super();
  }
  override eq(other: Sign) {
    return other.serious === this.serious;
  }
  override toDOM() {
    const sign = document.createElement('span');
    sign.className = this.serious ? 'cm-mark-serious' : 'cm-mark-slight';
    sign.textContent = this.serious ? '✕' : '!';
    return sign;
  }
}
const SIGNS = { true: new Sign(true), false: new Sign(false) };
const UNDER = {
  true: Decoration.mark({ class: 'cm-found-serious' }),
  false: Decoration.mark({ class: 'cm-found-slight' }),
};

function shownOf(doc: Text, found: readonly Found[], hidden: boolean): Shown {
  const lines = new Map<number, boolean>();
  for (const { from, mark } of found) {
    const start = doc.lineAt(from).from;
    lines.set(start, lines.get(start) || mark.serious);
  }
  return {
    found,
    hidden,
    under: Decoration.set(
      found.flatMap(({ from, to, mark }) => (to > from ? [UNDER[`${mark.serious}`].range(from, to)] : [])),
      true,
    ),
    signs: RangeSet.of(
      [...lines].map(([at, serious]) => SIGNS[`${serious}`].range(at)),
      true,
    ),
  };
}

const findings = StateField.define<Shown>({
  create: ({ doc }) => shownOf(doc, [], false),
  update(was, { effects, docChanged, changes, state, selection, startState }) {
    let next = was;
    if (docChanged) {
      const moved = was.found.map(({ from, to, mark }) => ({
        from: changes.mapPos(from, 1),
        to: changes.mapPos(to, -1),
        mark,
      }));
      next = shownOf(state.doc, moved, was.hidden);
    }
    for (const effect of effects) {
      if (effect.is(setFindings)) {
        const found = effect.value.map((mark): Found => {
          const [from, to] = rangeOf(state.doc, mark);
          return { from, to, mark };
        });
        next = shownOf(state.doc, found, next.hidden);
      }
      if (effect.is(hide)) next = { ...next, hidden: true };
    }
    // put away with Esc, they come again in another line
    if (next.hidden && selection && lineOf(startState) !== lineOf(state)) next = { ...next, hidden: false };
    return next;
  },
  provide: (field) => [
    EditorView.decorations.from(field, (shown) => shown.under),
    showTooltip.computeN([field, 'selection'], (state) => here(state)),
  ],
});

const lineOf = (state: EditorState) => state.doc.lineAt(state.selection.main.head).number;
const inLine = (state: EditorState, line: number): Found[] =>
  state.field(findings).found.filter(({ from }) => state.doc.lineAt(from).number === line);

const said = ({ text, hint, serious }: Mark) =>
  `${serious ? words.mistake : words.remark}: ${text}${hint ? ` ${hint}` : ''}`;

function tooltip(found: readonly Found[]): Tooltip | null {
  const first = found[0];
  if (!first) return null;
  return {
    pos: first.from,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'cm-tooltip-found';
      for (const { mark } of found) {
        const line = dom.appendChild(document.createElement('div'));
        line.append(mark.text);
        if (!mark.hint) continue;
        const hint = line.appendChild(document.createElement('span'));
        hint.className = 'cm-tooltip-hint';
        hint.textContent = ` ${mark.hint}`;
      }
      return { dom };
    },
  };
}

/** Of the line with the cursor. */
function here(state: EditorState): readonly (Tooltip | null)[] {
  return state.field(findings).hidden ? [] : [tooltip(inLine(state, lineOf(state)))];
}

class NoteWidget extends WidgetType {
  constructor(readonly note: LineNote) {
    super();
  }
  override eq(other: NoteWidget) {
    return other.note.text === this.note.text && other.note.ink === this.note.ink;
  }
  override toDOM() {
    const note = document.createElement('span');
    note.className = `cm-note cm-note-${this.note.ink}`;
    note.textContent = this.note.text;
    return note;
  }
  override ignoreEvent() {
    return true;
  }
}

const notes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(was, { effects, changes, state }) {
    let next = was.map(changes);
    for (const effect of effects)
      if (effect.is(setNotes))
        next = Decoration.set(
          effect.value
            .filter(({ line }) => line >= 1 && line <= state.doc.lines)
            .map((note) =>
              Decoration.widget({ widget: new NoteWidget(note), side: 1 }).range(state.doc.line(note.line).to),
            ),
          true,
        );
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const withFindings: Extension = [
  findings,
  notes,
  gutter({
    class: 'cm-mark-gutter',
    markers: (view) => view.state.field(findings).signs,
    initialSpacer: () => SIGNS.true,
  }),
  hoverTooltip((view, pos) => {
    const { found, hidden } = view.state.field(findings);
    const under = found.filter(({ from, to }) => pos >= from && pos <= to);
    const line = view.state.doc.lineAt(pos).number;
    // there already
    if (!hidden && line === lineOf(view.state)) return null;
    return tooltip(under);
  }),
  keymap.of([
    {
      key: 'Escape',
      run: (view) => {
        if (here(view.state).every((one) => one === null)) return false;
        view.dispatch({ effects: hide.of(null) });
        return true;
      },
    },
  ]),
  // whoever does not see it hears it, when the cursor comes to its line
  EditorState.transactionExtender.of((change) => {
    if (!change.selection || change.docChanged) return null;
    const line = change.state.doc.lineAt(change.selection.main.head).number;
    if (line === lineOf(change.startState)) return null;
    const found = inLine(change.startState, line);
    return found.length > 0 ? { effects: EditorView.announce.of(found.map(({ mark }) => said(mark)).join(' ')) } : null;
  }),
];
