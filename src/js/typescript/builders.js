// The words that a document is written with. Whatever is declared is kept as it was given; document.js makes a document of it.

class Declared {
	constructor(given) {
		this.given = given;
	}
}

class Builder extends Declared {
	constructor(name) {
		super({ name });
		this.steps = [];
		this.handlers = [];
		this.endpoints = [];
	}

	#set(name, value) {
		this.given[name] = value;
		return this;
	}

	setId(id) { return this.#set('id', id); }
	setName(name) { return this.#set('name', name); }
	setDescription(text) { return this.#set('description', text); }
	setInput(schema) { return this.#set('input', schema); }
	setArgs(schema) { return this.#set('input', schema); }
	setPhases(phases) { return this.#set('phases', phases); }
	setLimits(limits) { return this.#set('limits', limits); }
	setState(state) { return this.#set('state', state); }
	setOutput(output) { return this.#set('output', output); }

	addStep(key, config) {
		if (typeof key !== 'string') throw new TypeError('addStep takes the id of the step, a text, and then the step.');
		if (typeof config !== 'object' || config === null) throw new TypeError(`The step \`${key}\` is no object.`);
		this.steps.push({ key, config });
		return this;
	}

	#handler(field, key, handler) {
		if (typeof handler !== 'function') throw new TypeError('A handler is a function.');
		this.handlers.push({ field, key, handler });
		return this;
	}

	onStepStart(key, handler) { return this.#handler('onStart', key, handler); }
	onStepComplete(key, handler) { return this.#handler('onComplete', key, handler); }
	onStepError(key, handler) { return this.#handler('onError', key, handler); }
	onWorkflowStart(handler) { return this.#handler('onStart', null, handler); }
	onWorkflowComplete(handler) { return this.#handler('onComplete', null, handler); }
	onWorkflowError(handler) { return this.#handler('onError', null, handler); }

	exposeEndpoint(path, options) {
		this.endpoints.push({ path: String(path), options, called: new Error() });
		return this;
	}
}

function makeWords() {
	const declared = [];
	const keep = (one) => {
		declared.push(one);
		return one;
	};
	const words = {
		__esModule: true,
		defineWorkflow(given) {
			if (typeof given !== 'object' || given === null) throw new TypeError('defineWorkflow takes an object.');
			return keep(new Declared(given));
		},
		createWorkflow(name) {
			if (typeof name !== 'string' || name === '') throw new TypeError('createWorkflow takes the name of the workflow.');
			return keep(new Builder(name));
		},
	};
	words.default = words;
	return { words, declared };
}

/** What the document exports, in the order it is written in: one workflow, or several. */
function exported(exports, declared) {
	const isFlow = (value) => value instanceof Declared || (typeof value === 'object' && value !== null && !Array.isArray(value) && (Array.isArray(value.steps) || typeof value.execute === 'function'));
	const asFlow = (value) => (value instanceof Declared ? value : new Declared(value));
	for (const value of [exports?.default?.default, exports?.default, exports]) {
		if (isFlow(value)) return { one: asFlow(value) };
		const several = Array.isArray(value) ? value : Array.isArray(value?.workflows) ? value.workflows : null;
		if (several && several.every(isFlow)) return { several: several.map(asFlow) };
	}
	const named = Object.values(exports ?? {}).filter(isFlow).map(asFlow);
	const all = named.length > 0 ? named : declared;
	return all.length === 1 ? { one: all[0] } : { several: all };
}
