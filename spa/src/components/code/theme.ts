// How the editor looks: by the tokens of the page, in light and dark alike.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const LINE = '20px';
const control = {
  font: '400 var(--f-12) var(--sans)',
  minHeight: 'var(--control)',
  padding: '0 8px',
  margin: '0',
  border: '1px solid var(--line-3)',
  borderRadius: '4px',
  background: 'var(--bg-2)',
  backgroundImage: 'none',
  color: 'var(--text-1)',
  verticalAlign: 'middle',
};
const focused = { outline: '2px solid var(--focus)', outlineOffset: '1px' };
const wavy = (ink: string) => ({
  textDecoration: `underline wavy var(${ink})`,
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '3px',
});

export const look = EditorView.theme({
  '&': { background: 'var(--bg-2)', color: 'var(--text-1)', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: '400 var(--f-13) var(--mono)', lineHeight: LINE, overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text-1)', padding: '6px 0', minHeight: `calc(16 * ${LINE})` },
  '.cm-line': { padding: '0 8px' },
  '.cm-gutters': { background: 'var(--bg-0)', color: 'var(--text-3)', borderRight: '1px solid var(--line-1)' },
  '.cm-activeLine, .cm-activeLineGutter': { background: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--text-1)' },
  '.cm-mark-gutter': { width: '18px', textAlign: 'center' },
  '.cm-mark-serious': { color: 'var(--failed)', fontWeight: '600' },
  '.cm-mark-slight': { color: 'var(--waiting)', fontWeight: '600' },
  '.cm-found-serious': wavy('--failed'),
  '.cm-found-slight': wavy('--waiting'),
  '.cm-template, .cm-template *': { color: 'var(--var)' },
  '.cm-note': { font: '400 var(--f-12) var(--sans)', paddingLeft: '16px', userSelect: 'none' },
  '.cm-note-completed': { color: 'var(--completed)' },
  '.cm-note-failed': { color: 'var(--failed)' },
  '.cm-note-waiting': { color: 'var(--waiting)' },
  '.cm-note-running': { color: 'var(--running)' },
  '.cm-note-pending': { color: 'var(--text-3)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    background: 'var(--bg-3)',
    outline: '1px solid var(--line-3)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { background: 'var(--del)' },
  '.cm-searchMatch': { background: 'var(--waiting-tint)', outline: '1px solid var(--waiting)' },
  '.cm-searchMatch-selected': { background: 'var(--selected)', outline: '2px solid var(--accent)' },
  '.cm-selectionMatch': { background: 'var(--bg-3)' },
  '.cm-tooltip': {
    font: '400 var(--f-13) var(--sans)',
    background: 'var(--bg-2)',
    color: 'var(--text-1)',
    border: '1px solid var(--line-2)',
    borderRadius: '6px',
    boxShadow: 'var(--shadow-pop)',
    padding: '4px 8px',
    maxWidth: 'min(480px, 90vw)',
  },
  '.cm-tooltip-hint': { color: 'var(--text-2)' },
  '.cm-panels': { background: 'var(--bg-0)', color: 'var(--text-1)' },
  '.cm-panels-top': { borderBottom: '1px solid var(--line-2)' },
  '.cm-panel.cm-search': {
    display: 'flex',
    flexWrap: 'wrap',
    gap: '6px',
    alignItems: 'center',
    padding: '6px 48px 6px 8px',
  },
  '.cm-panel.cm-search br': { display: 'none' },
  '.cm-panel.cm-search label': {
    font: '400 var(--f-12) var(--sans)',
    display: 'inline-flex',
    alignItems: 'center',
    gap: '4px',
    minHeight: 'var(--control)',
    margin: '0',
  },
  '.cm-textfield': { ...control, font: '400 var(--f-13) var(--sans)', flex: '1 1 160px', minWidth: '0' },
  '.cm-button': { ...control, cursor: 'default' },
  '.cm-button:hover': { background: 'var(--hover)' },
  '.cm-button:active': { background: 'var(--bg-3)', backgroundImage: 'none' },
  '.cm-textfield:focus-visible': focused,
  '.cm-button:focus-visible': focused,
  '.cm-panel.cm-search [name=close]': {
    position: 'absolute',
    top: '6px',
    right: '6px',
    width: 'var(--control)',
    minHeight: 'var(--control)',
    font: '400 var(--f-16) var(--sans)',
    color: 'var(--text-2)',
    borderRadius: '4px',
  },
  '.cm-panel.cm-search [name=close]:focus-visible': focused,
});

export const ink = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--code-str)' },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-num)' },
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--code-word)' },
    { tag: [tags.comment, tags.meta], color: 'var(--code-note)' },
    { tag: [tags.typeName, tags.className], color: 'var(--code-num)' },
  ]),
);
