// A text of many lines in CodeMirror, drawn in a shadow tree: its styles are adopted there, which the page's policy allows, and nothing of the page's
// reaches it but the tokens. Tab indents; after Esc it leaves, as everywhere.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
} from '@codemirror/view';
import { useEffect, useImperativeHandle, useRef } from 'react';
import type { CodeEditorProps } from './CodeEditor';
import { offsetOf, setFindings, setNotes, withFindings } from './findings';
import type { Language } from './mark';
import { editorWords as words } from './strings';
import { ink, look } from './theme';

const LANGUAGES: Record<Language, () => Promise<Extension>> = {
  yaml: () => import('@codemirror/lang-yaml').then(({ yaml }) => yaml()),
  json: () => import('@codemirror/lang-json').then(({ json }) => json()),
  typescript: () => import('@codemirror/lang-javascript').then(({ javascript }) => javascript({ typescript: true })),
};

const template = new MatchDecorator({
  regexp: /\{\{[^{}]*\}\}/g,
  decoration: Decoration.mark({ class: 'cm-template' }),
});
const templates = ViewPlugin.define(
  (view) => ({
    shown: template.createDeco(view),
    update(change) {
      this.shown = template.updateDeco(change, this.shown);
    },
  }),
  { decorations: (plugin) => plugin.shown },
);

/** Until another key is pressed, Tab goes on to what follows. */
const leaving: Extension = [
  keymap.of([
    {
      key: 'Escape',
      run: (view) => {
        view.setTabFocusMode(true);
        return true;
      },
    },
    indentWithTab,
  ]),
  EditorView.domEventHandlers({
    keydown: ({ key }, view) => {
      if (!['Escape', 'Tab', 'Shift', 'Control', 'Alt', 'Meta'].includes(key)) view.setTabFocusMode(false);
    },
    focus: (_, view) => view.setTabFocusMode(false),
  }),
];

/** A browser that types over a selection keeps its looks by a style of its own, which the page's policy refuses: so it is not left to it. */
const typingOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { state, composing } = view;
    if (event.inputType !== 'insertText' || event.data === null || event.isComposing || composing) return false;
    if (state.readOnly || state.selection.main.empty) return false;
    event.preventDefault();
    view.dispatch(state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
    return true;
  },
});

const always: Extension = [
  look,
  ink,
  lineNumbers(),
  highlightActiveLineGutter(),
  history(),
  bracketMatching(),
  indentOnInput(),
  indentUnit.of('  '),
  search({ top: true }),
  highlightSelectionMatches(),
  templates,
  typingOver,
  withFindings,
  keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
  leaving,
  EditorState.phrases.of(words.phrases),
];

/** Of the text itself; what is described by something outside of the shadow tree has no id to name it by. */
function attributesOf({
  label,
  readOnly,
  marks = [],
}: Pick<CodeEditorProps, 'label' | 'readOnly' | 'marks'>): Extension {
  const wrong = marks.some((mark) => mark.serious);
  return EditorView.contentAttributes.of({
    'aria-label': label,
    spellcheck: 'false',
    autocapitalize: 'off',
    tabindex: '0',
    ...(readOnly ? { 'aria-readonly': 'true' } : {}),
    ...(wrong ? { 'aria-invalid': 'true' } : {}),
  });
}

export default function Editor(props: CodeEditorProps) {
  const { label, value, language, marks, notes, readOnly, describedBy, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  const parts = useRef({ language: new Compartment(), attributes: new Compartment() });
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const { language: spoken, attributes } = parts.current;
    const { value: doc, readOnly: fixed, startLine } = latest.current;
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc,
        extensions: [
          always,
          spoken.of([]),
          attributes.of(attributesOf(latest.current)),
          EditorState.readOnly.of(fixed === true),
          EditorView.editable.of(fixed !== true),
          EditorView.updateListener.of((change) => {
            if (change.docChanged && change.state.doc.toString() !== latest.current.value)
              latest.current.onChange?.(change.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    if (startLine) goTo(made, startLine, 1, fixed !== true);
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const now = view.current?.state.doc.toString();
    if (now !== undefined && now !== value)
      view.current?.dispatch({ changes: { from: 0, to: now.length, insert: value } });
  }, [value]);
  useEffect(() => {
    let current = true;
    void LANGUAGES[language]().then((spoken) => {
      if (current) view.current?.dispatch({ effects: parts.current.language.reconfigure(spoken) });
    });
    return () => {
      current = false;
    };
  }, [language]);
  useEffect(() => {
    view.current?.dispatch({
      effects: [
        setFindings.of(marks ?? []),
        parts.current.attributes.reconfigure(attributesOf({ label, readOnly, marks })),
      ],
    });
  }, [label, readOnly, marks]);
  useEffect(() => {
    view.current?.dispatch({ effects: setNotes.of(notes ?? []) });
  }, [notes]);
  useEffect(() => {
    const described = describedBy ? document.getElementById(describedBy) : null;
    const content = view.current?.contentDOM;
    // an element outside of the shadow tree can be meant by itself, not by its id
    if (content && 'ariaDescribedByElements' in content)
      content.ariaDescribedByElements = described ? [described] : null;
  }, [describedBy]);

  useImperativeHandle(ref, () => ({
    goTo: (line, column) => view.current && goTo(view.current, line, column ?? 1),
    find: () => view.current && openSearchPanel(view.current),
  }));
  return <div ref={host} data-code-editor className="h-full" />;
}

function goTo(view: EditorView, line: number, column: number, focus = true) {
  const anchor = offsetOf(view.state.doc, line, column);
  if (focus) view.focus();
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
}
