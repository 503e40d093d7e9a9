// Documents with a mistake, and what the checker says of each: LINE:COLUMN CODE MESSAGE HINT. Each `steps` stands below "steps:" in the fourth
// line on; `text` is a whole document.
const T = '{id: a, type: transform, value: 1}';

export const mistakes = [
	// ---- the text ----
	{ about: 'a text that is no YAML', text: 'name: x\nsteps: [a, b\n', says: [] },
	{ about: 'a key that is there twice', text: 'name: x\nname: y\nsteps: []\n', says: [] },
	{ about: 'a list instead of a workflow', text: '- 1\n', says: [] },
	{ about: 'no steps', text: 'name: x\n', says: [] },
	{ about: 'a field beside workflows', text: `nam: x\nworkflows:\n  - {id: one, steps: [${T}]}\n`, says: [] },
	{ about: 'two workflows of one id', text: `workflows:\n  - {id: one, steps: [${T}]}\n  - {id: one, steps: [${T}]}\n`, says: [] },
	{ about: 'an id that is no text', text: `id: 5\nsteps: [${T}]\n`, says: [] },
	{ about: 'the same twice in two words', text: `args: {type: object}\ninput: {type: object}\nsteps: [${T}]\n`, says: [] },
	// ---- fields and kinds ----
	{ about: 'an unknown field of the workflow', text: `naem: x\nstpes: []\nsteps: [${T}]\n`, says: [] },
	{ about: 'an unknown field of a step', steps: '- {id: a, type: transform, value: 1, conditon: "{{input.x}}"}', says: [] },
	{ about: 'an unknown field of a retry', steps: '- {id: a, type: http, url: "https://example.com", retry: {maxAttempts: 2, bakoff: none}}', says: [] },
	{ about: 'an unknown kind', steps: '- {id: a, type: transfrm, value: 1}', says: [] },
	{ about: 'a kind that is nowhere near', steps: '- {id: a, type: teleport}', says: [] },
	{ about: 'no kind', steps: '- {id: a}', says: [] },
	{ about: 'no id', steps: '- {type: transform, value: 1}', says: [] },
	{ about: 'an id of the wrong letters', steps: '- {id: My Step, type: transform, value: 1}', says: [] },
	{ about: 'two steps of one id', steps: `- ${T}\n- {id: a, type: signal}`, says: [] },
	{ about: 'a step that is a text', steps: '- hello', says: [] },
	{ about: 'a text for a number', steps: '- {id: a, type: parallel, maxConcurrency: two, steps: [{id: b, type: signal}]}', says: [] },
	{ about: 'a field of another kind', steps: '- {id: a, type: transform, value: 1, url: "https://example.com"}', says: [] },
	{ about: 'a field that its kind does not use', steps: '- {id: a, type: transform, value: 1, seconds: 5}', says: [] },
	{ about: 'an unknown model', steps: '- {id: a, type: prompt, prompt: 01920000-0000-7000-8000-000000000001, model: builtin/ecko}', says: [] },
	{ about: 'a phase that is not in the list', text: `phases: [plan, build]\nsteps:\n  - ${T}\n`, says: [] },
	// ---- times ----
	{ about: 'a time that is none', steps: '- {id: a, type: wait, duration: 5 parsecs}', says: [] },
	{ about: 'a time-out that is none', steps: '- {id: a, type: http, url: "https://example.com", timeout: soon}', says: [] },
	{ about: 'a time-out that is too long', steps: '- {id: a, type: http, url: "https://example.com", timeout: 2h}', says: [] },
	{ about: 'seconds where milliseconds are meant', steps: '- {id: a, type: http, url: "https://example.com", timeout: 30}', says: [] },
	{ about: 'a wait for nothing', steps: '- {id: a, type: wait}', says: [] },
	// ---- what comes before what ----
	{ about: 'needs of a step that does not exist', steps: `- ${T}\n- {id: b, type: transform, value: 2, needs: [aa]}`, says: [] },
	{ about: 'needs of a later step', steps: `- {id: b, type: transform, value: 2, needs: [a]}\n- ${T}`, says: [] },
	{ about: 'a circle of two', steps: '- {id: a, type: signal, needs: [b]}\n- {id: b, type: signal, needs: [a]}', says: [] },
	{ about: 'a circle of three', steps: '- {id: a, type: signal, needs: [c]}\n- {id: b, type: signal, needs: [a]}\n- {id: c, type: signal, dependsOn: b}', says: [] },
	{ about: 'a step that waits for itself', steps: '- {id: a, type: signal, needs: [a]}', says: [] },
	{ about: 'a target that does not exist', steps: `- {id: pick, type: conditional, condition: "{{input.n}} > 1", then: lst}\n- {id: last, type: signal}`, says: [] },
	{ about: 'a target that is written before', steps: `- ${T}\n- {id: pick, type: switch, value: "{{input.n}}", cases: {x: a}}`, says: [] },
	{ about: 'a step that is never chosen', steps: '- {id: pick, type: conditional, condition: true, then: b, else: c}\n- {id: b, type: signal}\n- {id: c, type: signal}', says: [] },
	{ about: 'a case that never comes', steps: '- {id: pick, type: switch, value: blog, cases: {blog: b, mail: c}}\n- {id: b, type: signal}\n- {id: c, type: signal}', says: [] },
	{ about: 'a step that never runs', steps: `- {id: a, type: transform, value: 1, condition: false}`, says: [] },
	// ---- references ----
	{ about: 'a step that does not exist', steps: '- {id: summarize, type: signal}\n- {id: b, type: transform, value: "Say {{steps.sumarize.output}}"}', says: [] },
	{ about: 'a later step', steps: `- {id: b, type: transform, value: "{{steps.a.output}}"}\n- ${T}`, says: [] },
	{ about: 'its own output', steps: '- {id: b, type: transform, value: "{{steps.b.output}}"}', says: [] },
	{ about: 'a step that it does not wait for', steps: '- id: p\n  type: parallel\n  steps:\n    - {id: a, type: signal}\n    - {id: b, type: transform, value: "{{steps.a.output}}"}', says: [] },
	{ about: 'a branch that may not have been taken', steps: '- {id: pick, type: conditional, condition: "{{input.n}}", then: b}\n- {id: b, type: signal}\n- {id: c, type: transform, value: "{{steps.b.output}}"}', says: [] },
	{ about: 'a step in a group with a condition', steps: '- {id: g, type: sequential, condition: "{{input.n}}", steps: [{id: b, type: signal}]}\n- {id: c, type: transform, value: "{{steps.b.output.x}}"}', says: [] },
	{ about: 'a member that no step has', steps: `- ${T}\n- {id: b, type: transform, value: "{{steps.a.outptu}}"}`, says: [] },
	{ about: 'an input that is not there', text: `args: {type: object, properties: {topic: {type: string}}}\nsteps:\n  - {id: a, type: transform, value: "{{args.topik}}"}\n`, says: [] },
	{ about: 'a name from nowhere', steps: '- {id: a, type: transform, value: "{{step_s.a.output}}"}', says: [] },
	{ about: 'fallbacks of which one is wrong', steps: `- ${T}\n- {id: b, type: transform, value: "{{steps.a.output}} || {{steps.x.output}}"}`, says: [] },
	// ---- templates, JavaScript, schemas ----
	{ about: 'a template that is never closed', steps: '- {id: a, type: transform, value: "{{input.x"}', says: [] },
	{ about: 'an expression that is none', steps: '- {id: a, type: transform, value: "{{input.x +* 2}}"}', says: [] },
	{ about: 'an expression that ends too early', steps: '- {id: a, type: transform, value: "{{input.x + }}"}', says: [] },
	{ about: 'code that is no JavaScript, in its third line', steps: '- id: a\n  type: function\n  code: |\n    const a = 1;\n\n    return a +* 2;', says: [] },
	{ about: 'an input schema with an unknown type', text: `args: {type: object, properties: {n: {type: nummer}}}\nsteps: [${T}]\n`, says: [] },
	{ about: 'a form with an unknown keyword', steps: '- {id: a, type: approval, form: {type: object, propertys: {}}}', says: [] },
	{ about: 'an address that is none', steps: '- {id: a, type: http, url: example.com}', says: [] },
	{ about: 'a method that is none', steps: '- {id: a, type: http, url: "https://example.com", method: fetch}', says: [] },
	{ about: 'several at once, in the order of the text', steps: '- {id: a, type: transfrm}\n- {id: a, type: signal, timeout: later}\n- {id: c, type: transform, value: "{{steps.d.output}}"}', says: [] },
];

export const textOf = ({ text, steps }) => text ?? `name: Test\n\nsteps:\n${steps.replace(/^/gm, '  ')}\n`;
export const said = (finding) => `${finding.line}:${finding.column} ${finding.code} ${finding.message}${finding.hint ? ` ${finding.hint}` : ''}`;
