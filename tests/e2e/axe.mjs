// What axe finds on a page. It runs in the page itself and tells nothing but violations: to describe every node that is in order, as its
// own driver has it do in a second page, takes longer than looking at it.
//
//	assert.deepEqual(await violations(page), []);
//	assert.deepEqual(await violations(page, { rules: COLOURS, include: 'tr.dimmed' }), []);
//
// Each is { id, impact, text }: the text names the places and what is wrong there. No page of ours has frames, which would not be looked into.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What a page in dark can have wrong that the same page in light has not. */
export const COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * `rules`: those alone; else all that pages have to meet, without those in `except`. `include`: only what is in there. `once`: of elements that
 * stand under the same tags and classes the first and the last alone: on a page of ten thousand alike they look alike.
 */
export async function violations(page, { rules, except = [], include, once = false } = {}) {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
	return page.evaluate(async ({ rules, except, include, once }) => {
		if (document.querySelector('iframe, frame')) throw new Error('There is a frame, which is not looked into.');
		const all = [...document.querySelectorAll(include ?? 'html')];
		if (all.length === 0) throw new Error(`There is no ${include}.`);
		const alike = new Map();
		const named = new Map();
		function nameOf(node) {
			if (!node) return '';
			if (!named.has(node)) named.set(node, `${nameOf(node.parentElement)} ${node.localName}.${node.className} ${node.getAttribute('style') ?? ''}`);
			return named.get(node);
		}
		for (const node of once ? document.querySelectorAll('body *') : []) {
			if (![...node.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim()) || !node.checkVisibility()) continue;
			const name = nameOf(node);
			alike.set(name, [alike.get(name)?.[0] ?? node, node]);
		}
		const looked = once ? [...new Set([...alike.values()].flat())] : all;
		const found = await window.axe.run(looked, {
			resultTypes: ['violations'],
			...(rules ? { runOnly: { type: 'rule', values: rules } } : {
				runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
				rules: Object.fromEntries(except.map((rule) => [rule, { enabled: false }])),
			}),
		});
		return found.violations.map(({ id, impact, nodes }) => ({ id, impact,
			text: `${id}: ${nodes.map((node) => `${node.target} ${node.html.slice(0, 200)} ${node.failureSummary}`).join('; ')}` }));
	}, { rules, except, include, once });
}
