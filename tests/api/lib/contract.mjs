// Reads the contract as the server gives it out, and holds answers against its schemas. Only the keywords that the contract uses
// for answers are known here; another one is an error, so that nothing is skipped silently.

export function operations(contract) {
	const list = [];
	for (const [path, item] of Object.entries(contract.paths)) {
		for (const [method, op] of Object.entries(item)) {
			if (method === 'parameters') continue;
			list.push({
				id: op.operationId,
				method: method.toUpperCase(),
				path,
				role: op['x-role'],
				others: op['x-others'] ?? op['x-role'],
				scope: scopeOf(op, method),
				server: op['x-server'] ?? 'api',
				etag: op['x-etag'],
				idempotent: op['x-idempotent'] === true,
				open: op['x-open-query'] === true,
				params: [...(item.parameters ?? []), ...(op.parameters ?? [])].map((p) => resolve(contract, p)),
				body: op.requestBody?.content['application/json'].schema,
				responses: op.responses,
			});
		}
	}
	return list;
}

/** What an API token must be good for: said, or following from the rest as the head of the contract tells it. */
function scopeOf(op, method) {
	if (op['x-scope']) return op['x-scope'];
	if (method === 'get') return 'read';
	if (['admin', 'owner', 'administrator'].includes(op['x-role'])) return 'admin';
	return { runs: 'runs:write', prompts: 'workflows:write', workflows: 'workflows:write' }[op.tags[0]] ?? 'session';
}

export function resolve(contract, node) {
	while (node.$ref) {
		node = node.$ref.slice(2).split('/').reduce((at, part) => at[part.replaceAll('~1', '/').replaceAll('~0', '~')], contract);
	}
	return node;
}

const known = new Set(['type', 'required', 'properties', 'items', 'enum', 'allOf', 'oneOf', 'description', 'format', 'minLength',
	'maxLength', 'minimum', 'maximum', 'pattern', 'default', 'additionalProperties', 'minItems', 'minProperties', 'uniqueItems', 'maxItems', 'title', 'maxProperties', 'propertyNames']);
const typeOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : Number.isInteger(v) ? 'integer' : typeof v);
const formats = {
	uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
	'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};

/** What of the value does not fit the schema, as "place: why"; [] when all does. Members that nobody described are told, too. */
export function misfits(contract, schema, value, place = '', open = false) {
	schema = resolve(contract, schema);
	for (const word of Object.keys(schema)) if (!known.has(word)) return [`${place}: the test does not know ${word}`];
	if (schema.allOf) {
		const all = { properties: {}, required: [] };
		for (const part of schema.allOf.map((s) => resolve(contract, s))) {
			Object.assign(all.properties, part.properties);
			all.required.push(...(part.required ?? []));
		}
		return misfits(contract, { type: 'object', ...all }, value, place, open);
	}
	if (schema.oneOf) {
		const tries = schema.oneOf.map((s) => misfits(contract, s, value, place, open));
		return tries.some((t) => t.length === 0) ? [] : tries.flat();
	}
	const types = schema.type === undefined ? null : [schema.type].flat();
	const type = typeOf(value);
	if (types && !types.includes(type) && !(type === 'integer' && types.includes('number'))) return [`${place}: ${type} is not ${types}`];
	if (schema.enum && !schema.enum.includes(value)) return [`${place}: ${value} is none of ${schema.enum}`];
	if (type === 'string' && schema.format && !formats[schema.format].test(value)) return [`${place}: ${value} is no ${schema.format}`];
	if (type === 'array') return value.flatMap((v, i) => misfits(contract, schema.items ?? {}, v, `${place}/${i}`, open));
	if (type !== 'object' || !schema.properties) return [];
	const missing = (schema.required ?? []).filter((k) => !(k in value)).map((k) => `${place}/${k}: missing`);
	const more = Object.keys(value).filter((k) => !(k in schema.properties)).map((k) => `${place}/${k}: not in the contract`);
	const inside = Object.entries(value).flatMap(([k, v]) =>
		(k in schema.properties ? misfits(contract, schema.properties[k], v, `${place}/${k}`, open) : []));
	return [...missing, ...more, ...inside];
}

/** What of an answer does not fit the operation: its status must be described, and its body must fit. */
export function answerMisfits(contract, operation, answer) {
	const described = operation.responses[answer.status] ?? operation.responses.default;
	if (!described) return [`status ${answer.status} is not described`];
	const content = resolve(contract, described).content;
	if (!content) return answer.body === '' ? [] : ['a body is not described'];
	const type = (answer.headers.get('content-type') ?? '').split(';')[0];
	if (!content[type]) return [`content type ${type} is not described`];
	return misfits(contract, content[type].schema, answer.body);
}
