// Documents with a mistake, and what the checker says of each: LINE:COLUMN CODE MESSAGE HINT. Each `steps` stands below "steps:" in the fourth
// line on; `text` is a whole document. What a text leaves out behind … is a list that grows.
const T = '{id: a, type: transform, value: 1}';

export const mistakes = [
	// ---- the text ----
	{ about: 'a text that is no YAML', text: 'name: x\nsteps: [a, b\n', says: ["3:1 yaml This is not YAML: while parsing a flow sequence, did not find expected ',' or ']'."] },
	{ about: 'a key that is there twice', text: 'name: x\nname: y\nsteps: []\n', says: ['2:1 yaml The key "name" is given twice in one mapping.'] },
	{ about: 'a list instead of a workflow', text: '- 1\n', says: ['1:1 type A workflow is an object with steps.'] },
	{ about: 'no steps', text: 'name: x\n', says: ['1:1 required A workflow needs a list of steps.'] },
	{ about: 'a field beside workflows', text: `nam: x\nworkflows:\n  - {id: one, steps: [${T}]}\n`, says: ['1:1 unknown_field There is no field `nam` beside `workflows`. Put it into each workflow.'] },
	{ about: 'two workflows of one id', text: `workflows:\n  - {id: one, steps: [${T}]}\n  - {id: one, steps: [${T}]}\n`, says: ['3:5 duplicate Workflow 1 has the id `one` as well. Ids must differ.'] },
	{ about: 'an id that is no text', text: `id: 5\nsteps: [${T}]\n`, says: ['1:1 type `id` must be a text.'] },
	{ about: 'the same twice in two words', text: `args: {type: object}\ninput: {type: object}\nsteps: [${T}]\n`, says: ['2:1 duplicate `input` was said before, in another word. Leave one of them out.'] },
	// ---- fields and kinds ----
	{ about: 'an unknown field of the workflow', text: `naem: x\nstpes: []\nsteps: [${T}]\n`, says: ['1:1 unknown_field There is no field `naem` here.', '2:1 unknown_field There is no field `stpes` here.'] },
	{ about: 'an unknown field of a step', steps: '- {id: a, type: transform, value: 1, conditon: "{{input.x}}"}', says: ['4:40 unknown_field There is no field `conditon` here. Did you mean `condition`?'] },
	{ about: 'an unknown field of a retry', steps: '- {id: a, type: http, url: "https://example.com", retry: {maxAttempts: 2, bakoff: none}}', says: ['4:77 unknown_field There is no `bakoff` here; there are max_attempts, delay_ms, backoff, max_delay_ms, on. Did you mean `backoff`?'] },
	{ about: 'an unknown kind', steps: '- {id: a, type: transfrm, value: 1}', says: ['4:19 unknown_kind There is no kind of step `transfrm`. Did you mean `transform`?'] },
	{ about: 'a kind that is nowhere near', steps: '- {id: a, type: teleport}', says: ['4:19 unknown_kind There is no kind of step `teleport`; there are prompt, http,…'] },
	{ about: 'no kind', steps: '- {id: a}', says: ['4:5 required A step needs a kind, such as `prompt`.'] },
	{ about: 'no id', steps: '- {type: transform, value: 1}', says: ['4:5 required A step needs a key, a text such as `summarise`.'] },
	{ about: 'an id of the wrong letters', steps: '- {id: My Step, type: transform, value: 1}', says: ['4:6 pattern A key begins with a small letter; small letters, digits, `_` and `-` follow, 63 at most in all.'] },
	{ about: 'two steps of one id', steps: `- ${T}\n- {id: a, type: signal}`, says: ['5:10 duplicate Step 1 has the key `a` as well. Keys must differ.'] },
	{ about: 'a step that is a text', steps: '- hello', says: ['4:5 type A step is an object, not a text.'] },
	{ about: 'a text for a number', steps: '- {id: a, type: parallel, maxConcurrency: two, steps: [{id: b, type: signal}]}', says: ['4:29 range This must be a whole number, 1 to 1000.'] },
	{ about: 'a field of another kind', steps: '- {id: a, type: transform, value: 1, url: "https://example.com"}', says: ['4:40 unknown_field Only an http step has this.'] },
	{ about: 'a field that its kind does not use', steps: '- {id: a, type: transform, value: 1, seconds: 5}', says: ['warning 4:40 unused_field A step of the kind `transform` does not use `seconds`. Take it out, or choose another kind.'] },
	{ about: 'an unknown model', steps: '- {id: a, type: prompt, prompt: 01920000-0000-7000-8000-000000000001, model: builtin/ecko}', says: ['4:80 unknown_model There is no model `builtin/ecko`; there are builtin/echo, builtin/extract, builtin/summarise, builtin/actions, builtin/score, builtin/schema, builtin/instant. Did you mean `builtin/echo`?'] },
	{ about: 'a phase that is not in the list', text: `phases: [plan, build]\nsteps:\n  - {id: a, phase: biuld, type: transform, value: 1}\n`, says: ['3:20 unknown_phase There is no phase `biuld`; there are plan, build. Did you mean `build`?'] },
	// ---- times ----
	{ about: 'a time that is none', steps: '- {id: a, type: wait, duration: 5 parsecs}', says: ['4:25 duration `5 parsecs` is no length of time. Write a number with ms, s, m, h or d, such as `30s`.'] },
	{ about: 'a time-out that is none', steps: '- {id: a, type: http, url: "https://example.com", timeout: soon}', says: ['4:53 duration `soon` is no length of time. Write a number with ms, s, m, h or d, such as `30s`.'] },
	{ about: 'a time-out that is too long', steps: '- {id: a, type: http, url: "https://example.com", timeout: 2h}', says: ['4:53 range The time-out must be a whole number of seconds, 1 to 3600.'] },
	{ about: 'seconds where milliseconds are meant', steps: '- {id: a, type: http, url: "https://example.com", timeout: 30}', says: ['warning 4:53 milliseconds `timeout: 30` is 30 milliseconds, and becomes 1 second. Write `30s` for seconds.'] },
	{ about: 'a wait for nothing', steps: '- {id: a, type: wait}', says: ['4:5 required A wait step needs one of `seconds`, `until` and `while`, a condition.'] },
	{ about: 'a wait that looks too often', steps: '- {id: a, type: wait, condition: "{{input.n}} > 1", pollInterval: 100}', says: ['4:55 range This must be a number of seconds, 1 to 86400.'] },
	{ about: 'a time and a condition', steps: '- {id: a, type: wait, while: true, until: "2027-01-31T08:00:00Z"}', says: ['4:38 unknown_field A wait that has `while` goes on as long as that holds. Say with `max_seconds` how long it may take at most.'] },
	{ about: 'a poll without a condition', steps: '- {id: a, type: wait, seconds: 5, poll: {type: transform, value: 1}}', says: ['4:37 unknown_field Only a wait that looks at a condition, `while`, has this.'] },
	{ about: 'a poll of many steps', steps: '- {id: a, type: wait, while: true, poll: {type: parallel, steps: [{id: b, type: signal}]}}', says: ['4:51 unknown_kind A wait can run a step of the kind prompt, http, function, agent, workflow or transform before it looks again, not `parallel`.', '4:61 unknown_field There is no field `steps` here.'] },
	{ about: 'a poll with a key, that is tried again', steps: '- {id: a, type: wait, while: true, poll: {id: b, type: function, code: return 1, retry: {maxAttempts: 2}}}', says: ['4:45 unknown_field The step that a wait runs before it looks again has no `key`. What it gives is `poll.output`.', '4:84 unknown_field This step runs again anyway. Let the wait go on when it fails by `on_failure: continue`.'] },
	{ about: 'a poll named from outside', steps: '- {id: a, type: wait, while: "{{poll.outptu}}", poll: {type: transform, value: 1}}\n- {id: b, type: transform, value: "{{poll.output}}"}', says: ['4:25 unknown_field There are `poll.output` and `poll.error`. Did you mean `output`?', "5:40 outside_poll `poll` is what the `poll` step of a wait gave last, and can only be named in that wait's `while` and in that step."] },
	{ about: 'limits that are none', text: `limits: {steps: 0, seconds: 0.5, second: 5}\nsteps: [${T}]\n`, says: ['1:10 range This must be a whole number, 1 to 10000000.', '1:20 range This must be a number of seconds, 1 to 31622400.', '1:34 unknown_field There is no `second` here; there are cost_usd, warn_usd, seconds, steps. Did you mean `seconds`?'] },
	// ---- what comes before what ----
	{ about: 'needs of a step that does not exist', steps: `- ${T}\n- {id: b, type: transform, value: 2, needs: [aa]}`, says: ['5:48 unknown_step There is no step `aa` beside this one.'] },
	{ about: 'needs of a later step', steps: `- {id: b, type: transform, value: 2, needs: [a]}\n- ${T}`, says: ['4:48 later_step Step `a` is written after this one. Move it up.'] },
	{ about: 'a circle of two', steps: '- {id: a, type: signal, needs: [b]}\n- {id: b, type: signal, needs: [a]}', says: ['4:35 cycle Steps wait for each other: `a` waits for `b`; `b` waits for `a`. Take one of these out of its `needs`.'] },
	{ about: 'a circle of three', steps: '- {id: a, type: signal, needs: [c]}\n- {id: b, type: signal, needs: [a]}\n- {id: c, type: signal, dependsOn: b}', says: ['4:35 cycle Steps wait for each other: `a` waits for `c`; `c` waits for `b`; `b` waits for `a`. Take one of these out of its `needs`.'] },
	{ about: 'a step that waits for itself', steps: '- {id: a, type: signal, needs: [a]}', says: ['4:35 own_output A step cannot wait for itself.'] },
	{ about: 'a target that does not exist', steps: `- {id: pick, type: conditional, condition: "{{input.n}} > 1", then: lst}\n- {id: last, type: signal}`, says: ['4:71 unknown_step There is no step `lst` beside this one. Did you mean `last`?'] },
	{ about: 'a target that is written before', steps: `- ${T}\n- {id: pick, type: switch, value: "{{input.n}}", cases: {x: a}}`, says: ['5:63 earlier_step Step `a` is not written after this one. Move it down.'] },
	{ about: 'a step that is never chosen', steps: '- {id: pick, type: conditional, condition: true, then: b, else: c}\n- {id: b, type: signal}\n- {id: c, type: signal}', says: ['warning 6:5 unreachable Step `c` never runs: `pick` never chooses it. Change what `pick` asks, or take the step out.'] },
	{ about: 'a case that never comes', steps: '- {id: pick, type: switch, value: blog, cases: {blog: b, mail: c}}\n- {id: b, type: signal}\n- {id: c, type: signal}', says: ['warning 6:5 unreachable Step `c` never runs: `pick` never chooses it. Change what `pick` asks, or take the step out.'] },
	{ about: 'a step that never runs', steps: `- {id: a, type: transform, value: 1, condition: false}`, says: ['warning 4:40 unreachable Step `a` never runs: its condition is never true. Change the condition, or take the step out.'] },
	// ---- references ----
	{ about: 'a step that does not exist', steps: '- {id: summarize, type: signal}\n- {id: b, type: transform, value: "Say {{steps.sumarize.output}}"}', says: ['5:50 unknown_step Step `sumarize` does not exist. Did you mean `summarize`?'] },
	{ about: 'a later step', steps: `- {id: b, type: transform, value: "{{steps.a.output}}"}\n- ${T}`, says: ['4:46 later_step Step `b` runs before `a` and cannot use its output. Move `a` up.'] },
	{ about: 'its own output', steps: '- {id: b, type: transform, value: "{{steps.b.output}}"}', says: ['4:46 own_output Step `b` cannot use its own output. Refer to an earlier step.'] },
	{ about: 'a step that it does not wait for', steps: '- id: p\n  type: parallel\n  steps:\n    - {id: a, type: signal}\n    - {id: b, type: transform, value: "{{steps.a.output}}"}', says: ['8:50 not_before Step `b` does not wait for `a`, so it cannot use its output. Name it in `needs`.'] },
	{ about: 'a branch that may not have been taken', steps: '- {id: pick, type: conditional, condition: "{{input.n}}", then: b}\n- {id: b, type: signal}\n- {id: c, type: transform, value: "{{steps.b.output}}"}', says: ['6:46 may_not_have_run Step `b` does not always run, and then it has no output. Write what is used instead, such as `{{steps.b.output || ""}}`.'] },
	{ about: 'a step in a group with a condition', steps: '- {id: g, type: sequential, condition: "{{input.n}}", steps: [{id: b, type: signal}]}\n- {id: c, type: transform, value: "{{steps.b.output.x}}"}', says: ['5:46 may_not_have_run Step `b` does not always run, and then it has no output. Write what is used instead, such as `{{steps.b.output || ""}}`.'] },
	{ about: 'a member that no step has', steps: `- ${T}\n- {id: b, type: transform, value: "{{steps.a.outptu}}"}`, says: ['5:30 unknown_field A step offers its output and its error. Write `steps.a.output`.'] },
	{ about: 'an input that is not there', text: `args: {type: object, properties: {topic: {type: string}}}\nsteps:\n  - {id: a, type: transform, value: "{{args.topik}}"}\n`, says: ['3:45 unknown_input The input has no field `topik`; its fields are topic. Did you mean `topic`?'] },
	{ about: 'a name from nowhere', steps: '- {id: a, type: transform, value: "{{step_s.a.output}}"}', says: ['4:40 unknown_name `step_s.a.output` begins with neither `input`, `steps` nor `env`. Did you mean `steps`?'] },
	{ about: 'a name from nowhere in an expression', steps: '- {id: a, type: transform, value: "{{ elsewhere.x + 1 }}"}', says: ['4:41 unknown_name There is no `elsewhere` in an expression; there are `input`, `steps`, `outputs` and `env`. Write `input.elsewhere` for an input.'] },
	{ about: 'a name that is nearly one', steps: '- {id: a, type: transform, value: "{{ imput.list.map(x => x.n) }}"}', says: ['4:41 unknown_name There is no `imput` in an expression; there are `input`, `steps`, `outputs` and `env`. Did you mean `input`?'] },
	{ about: 'a name of the loop outside of one', steps: '- {id: a, type: transform, value: "{{loop.item}}"}', says: ["4:40 outside_loop `loop` is of a loop's steps, and this is in none. Move it into a loop, or refer to a step's output."] },
	{ about: 'a step in a loop, named from outside', steps: '- {id: l, type: loop, items: "{{input.items}}", step: {id: b, type: transform, value: "{{loop.item}}"}}\n- {id: c, type: transform, value: "{{steps.b.output}}"}', says: ['5:46 in_loop Step `b` runs in the loop `l`, perhaps many times, so its output cannot be named from outside. `steps.l.output` is the list of what each iteration gave.'] },
	{ about: 'fallbacks of which one is wrong', steps: `- ${T}\n- {id: b, type: transform, value: "{{steps.a.output}} || {{steps.x.output}}"}`, says: ['5:68 unknown_step Step `x` does not exist.'] },
	// ---- templates, JavaScript, schemas ----
	{ about: 'a template that is never closed', steps: '- {id: a, type: transform, value: "{{input.x"}', says: ['4:38 template `{{` is never closed. Close it with `}}`, or write `\\{{` for plain braces. (line 1, column 1)'] },
	{ about: 'an expression that is none', steps: '- {id: a, type: transform, value: "{{input.x +* 2}}"}', says: ["4:40 expression Unexpected token '*' (line 1) Write `\\{{` for plain braces."] },
	{ about: 'an expression that ends too early', steps: '- {id: a, type: transform, value: "{{input.x + }}"}', says: ['4:40 expression It ends too early: something is still to come. Write `\\{{` for plain braces.'] },
	{ about: 'code that returns nothing, and a handler', steps: '- id: a\n  type: function\n  code: |\n    function main(input) { return input.x }\n    const all = [1];\n  onComplete: "if (output) { output.x }"', says: ['warning 6:5 returns_nothing This code returns nothing, so the step gives null. Write `return …`, one expression, or a function such as `(input) => input.n + 1`.', 'warning 9:5 returns_nothing This handler returns nothing, so it changes nothing. Write `return …`, one expression, or a function such as `(output, context) => output.items`.'] },
	{ about: 'an expression that is no JavaScript', steps: '- id: a\n  type: function\n  code: |\n    input.a\n      +* 2', says: ["8:7 code Unexpected token '*' (line 2)"] },
	{ about: 'code that is no JavaScript, in its third line', steps: '- id: a\n  type: function\n  code: |\n    const a = 1;\n\n    return a +* 2;', says: ["9:7 code Unexpected token '*' (line 3)"] },
	{ about: 'an input schema with an unknown type', text: `args: {type: object, properties: {n: {type: nummer}}}\nsteps: [${T}]\n`, says: ['1:35 schema The schema at /properties/n is not valid: "type" must be the name of a type, or a list of them.'] },
	{ about: 'a form with an unknown keyword', steps: '- {id: a, type: approval, form: {type: object, propertys: {}}}', says: ['4:29 schema The schema is not valid: the keyword "propertys" is not known.'] },
	{ about: 'an address that is none', steps: '- {id: a, type: http, url: example.com}', says: ['4:25 scheme The url must begin with `https://` or `http://`, or with a template.'] },
	{ about: 'a method that is none', steps: '- {id: a, type: http, url: "https://example.com", method: fetch}', says: ['4:53 unknown This must be one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS.'] },
	{ about: 'several at once, in the order of the text', steps: '- {id: a, type: transfrm}\n- {id: a, type: signal, timeout: later}\n- {id: c, type: transform, value: "{{steps.d.output}}"}', says: ['4:19 unknown_kind There is no kind of step `transfrm`. Did you mean `transform`?', '5:10 duplicate Step 1 has the key `a` as well. Keys must differ.', '5:27 duration `later` is no length of time. Write a number with ms, s, m, h or d, such as `30s`.', '6:46 unknown_step Step `d` does not exist.'] },
];

export const textOf = ({ text, steps }) => text ?? `name: Test\n\nsteps:\n${steps.replace(/^/gm, '  ')}\n`;
export const said = (finding) => `${finding.line}:${finding.column} ${finding.code} ${finding.message}${finding.hint ? ` ${finding.hint}` : ''}`;
/** What was said, cut where the table does. */
export const cut = (all, says) => all.map((text) => says.find((s) => s.endsWith('…') && text.startsWith(s.slice(0, -1))) ?? text);
