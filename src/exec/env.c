/*
 * Variables and secrets that a run's steps name. They are read when the run is claimed, by the names its definition has and no others: secrets come
 * sealed and are opened here, with the executors' key. Runs that are claimed together and have the same definition share them.
 *
 * What is recorded never has a secret's value: everything that goes into a journal passes through this file, where flow/mask.h puts •••NAME••• in its
 * place. Steps that come later see the same, so whoever takes the run over knows what its last holder knew. Only the input of a call
 * that is under way is needed again as it was: what was hidden in it is kept beside it, sealed to the executors' key, until the call ends.
 *
 * Memory that values come into is overwritten before it is given back (arena_wipe): this file's own, what plan() makes, attempts, what is said to
 * a stepmill-js. What curl and the JavaScript engine do inside of theirs is theirs.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "flow/mask.h"
#include "store/env.h"
#include "json/writer.h"

#include <stdlib.h>

#define SEALED_PART ((size_t)48 << 10) /* of what was hidden, in one seal */

enum env_state {
	ENV_WANTED,
	ENV_ASKED, /* by the batch under way; back to WANTED when that fails */
	ENV_READY,
};

struct env {
	struct env *next;
	unsigned users; /* runs held */
	enum env_state state;
	const struct definition_entry *definition;
	struct arena *arena;
	struct json *values, *why; /* {NAME: value}, {NAME: why there is none} */
	struct mask_secret *secrets;
	unsigned secret_count;
	struct mask *mask; /* NULL: there is no secret among them */
};

/* ---- the key ---- */

bool
env_start(struct executor *ex, struct err *err)
{
	struct err why = {0};
	if (!crypto_start(err))
		return false;
	if (ex->settings->key_file[0] && !seal_key_read(ex->settings->key_file, SEAL_OF_EXECUTORS, &ex->envs.key, &why))
		log_warn("no key: steps that need a secret will fail", LOG_STR("why", why.message));
	return true;
}

void
env_release(struct executor *ex)
{
	seal_key_free(ex->envs.key);
}

/* ---- what runs hold ---- */

static struct env *
env_new(struct executor *ex, const struct definition_entry *definition)
{
	struct env *env = calloc(1, sizeof *env);
	if (!env)
		out_of_memory();
	env->definition = definition;
	env->arena = arena_new();
	arena_wipe(env->arena);
	env->values = json_new_object(env->arena);
	env->why = json_new_object(env->arena);
	env->secrets = arena_array(env->arena, definition->definition->env_count, sizeof *env->secrets);
	env->next = ex->envs.first;
	ex->envs.first = env;
	ex->envs.wanting++;
	return env;
}

/* One that was asked for before this run was claimed may be older than what made it run. */
static struct env *
env_for(struct executor *ex, const struct definition_entry *definition)
{
	struct env *env = ex->envs.first;
	while (env && (env->state != ENV_WANTED || env->definition != definition))
		env = env->next;
	if (!env)
		env = env_new(ex, definition);
	env->users++;
	return env;
}

bool
env_ready(struct held *run)
{
	const struct definition_entry *definition = run->definition;
	if (definition->state != DEFINITION_READY || definition->definition->env_count == 0)
		return true;
	if (!run->env)
		run->env = env_for(run->executor, definition);
	if (run->env->state != ENV_READY)
		return false;
	run->plan.env = run->env->values;
	run->plan.env_why = run->env->why;
	if (run->env->mask)
		arena_wipe(run->arena);
	return true;
}

void
env_done(struct held *run)
{
	struct executor *ex = run->executor;
	struct env *env = run->env, **at = &ex->envs.first;
	run->env = NULL;
	if (!env || --env->users > 0)
		return;
	while (*at != env)
		at = &(*at)->next;
	*at = env->next;
	ex->envs.wanting -= env->state == ENV_WANTED;
	arena_free(env->arena);
	free(env);
}

/* ---- reading ---- */

void
env_add(struct executor *ex)
{
	struct env_keys *keys = env_keys_new(ex->work.arena);
	for (struct env *env = ex->envs.first; env; env = env->next) {
		const struct definition *definition = env->definition->definition;
		if (env->state != ENV_WANTED)
			continue;
		for (unsigned i = 0; i < definition->env_count; i++)
			env_keys_add(keys, env->definition->workspace, definition->env[i]);
		env->state = ENV_ASKED;
	}
	ex->envs.wanting = 0;
	ex->work.env = env_read_add(ex->work.batch, keys);
}

void
env_failed(struct executor *ex)
{
	if (ex->work.env < 0)
		return;
	for (struct env *env = ex->envs.first; env; env = env->next)
		if (env->state == ENV_ASKED) {
			env->state = ENV_WANTED;
			ex->envs.wanting++;
		}
}

static void
tell_why(struct env *env, struct str name, const char *why)
{
	struct str text = str_of(arena_printf(env->arena, "The secret `%.*s` cannot be used. %s", STR_ARG(name), why));
	json_add(env->why, arena_str(env->arena, name), json_new_str(env->arena, text));
}

static void
take_secret(struct executor *ex, struct env *env, const struct env_row *row)
{
	struct secret *secret;
	struct err err = {0};
	if (!ex->envs.key) {
		tell_why(env, row->name,
			"This executor has no key file that opens it (key_file). Whoever looks after this installation "
			"finds more in the executor's log.");
		return;
	}
	if (!seal_open(ex->envs.key, row->workspace, row->name, row->sealed, &secret, &err)) {
		tell_why(env, row->name, err.message);
		return;
	}
	struct str value = secret_text(secret), name = arena_str(env->arena, row->name);
	if (!mask_can_hide(value)) {
		tell_why(env, row->name,
			"It is too short to be kept out of what is recorded. Write one of at least 4 characters.");
	} else {
		value = arena_str(env->arena, value);
		json_add(env->values, name, json_new_str(env->arena, value));
		env->secrets[env->secret_count++] = (struct mask_secret){name, value};
	}
	secret_free(secret);
}

static void
take_row(struct executor *ex, struct env *env, const struct env_row *row)
{
	const struct definition *definition = env->definition->definition;
	bool named = false;
	for (unsigned i = 0; i < definition->env_count && !named; i++)
		named = str_eq(definition->env[i], row->name);
	if (!named || json_get_by(env->values, row->name) || json_get_by(env->why, row->name))
		return;
	if (row->sealed.p)
		take_secret(ex, env, row);
	else
		json_add(env->values, arena_str(env->arena, row->name),
			json_new_str(env->arena, arena_str(env->arena, row->value)));
}

void
env_take(struct executor *ex)
{
	struct env_row row;
	for (int i = 0; env_row(ex->work.batch, ex->work.env, i, ex->work.arena, &row); i++)
		for (struct env *env = ex->envs.first; env; env = env->next)
			if (env->state == ENV_ASKED && id_eq(env->definition->workspace, row.workspace))
				take_row(ex, env, &row);
	for (struct env *env = ex->envs.first; env; env = env->next) {
		if (env->state != ENV_ASKED)
			continue;
		env->state = ENV_READY;
		if (env->secret_count > 0)
			env->mask = mask_new(env->arena, env->secrets, env->secret_count);
	}
	ex->work.env = -1;
}

/* ---- keeping them out of what is recorded ---- */

static const struct mask *
mask_of(const struct held *run)
{
	return run->env ? run->env->mask : NULL;
}

void
env_comes_into(const struct held *run, struct arena *arena)
{
	if (mask_of(run))
		arena_wipe(arena);
}

const struct json *
env_shown(const struct held *run, struct arena *arena, const struct json *value)
{
	return value && mask_of(run) ? mask_value(arena, mask_of(run), value, NULL) : value;
}

struct str
env_shown_text(const struct held *run, struct arena *arena, struct str text)
{
	return text.n > 0 && mask_of(run) ? mask_text(arena, mask_of(run), text) : text;
}

bool
env_hash_key(const struct held *run, struct str name, unsigned char ret_key[ENV_HASH_KEY_SIZE])
{
	_Static_assert(ENV_HASH_KEY_SIZE == SEAL_HASH_KEY_SIZE, "it is one of those");
	if (!run->env || run->env->secret_count == 0)
		return false;
	seal_hash_key(run->executor->envs.key, run->workspace, name, ret_key);
	return true;
}

size_t
env_settled(const struct held *run, struct str text)
{
	return mask_of(run) ? mask_settled(mask_of(run), text) : text.n;
}

/* Whose seal it is, so that it opens in its own place only. */
static struct str
seal_name(struct arena *arena, const struct held *run, unsigned step, int attempt, size_t part)
{
	struct str path = plan_path(&run->plan, step);
	if (path.n > 100)
		path = (struct str){path.p + path.n - 100, 100};
	return str_of(arena_printf(arena, "input %s/%.*s/%d/%zu", run->id_text, STR_ARG(path), attempt, part));
}

static struct str
seal_patches(struct held *run, unsigned step, int attempt, const struct json *patches)
{
	static const char digits[] = "0123456789abcdef";
	struct executor *ex = run->executor;
	struct arena *tick = ex->tick;
	struct str text = json_text(tick, patches), sealed;
	struct seal_public to;
	struct err err = {0};
	struct buf out;
	seal_key_public(ex->envs.key, &to);
	buf_init(&out, SIZE_MAX / 4);
	for (size_t at = 0, part = 0; at < text.n; at += SEALED_PART, part++) {
		size_t n = text.n - at < SEALED_PART ? text.n - at : SEALED_PART;
		if (!seal(tick, &to, run->workspace, seal_name(tick, run, step, attempt, part),
			    (struct str){text.p + at, n}, &sealed, &err)) {
			log_error("seal", LOG_STR("run", run->id_text), LOG_STR("why", err.message));
			break; /* repeated, the call will find that its input cannot be had */
		}
		if (part > 0)
			buf_add_char(&out, ' ');
		for (size_t i = 0; i < sealed.n; i++) {
			buf_add_char(&out, digits[(unsigned char)sealed.p[i] >> 4]);
			buf_add_char(&out, digits[(unsigned char)sealed.p[i] & 15]);
		}
	}
	struct str hex = arena_str(journal_arena(run), buf_str(&out));
	buf_release(&out);
	return hex;
}

struct str
env_input_text(struct held *run, const struct action *action, struct str *ret_sealed)
{
	struct arena *arena = journal_arena(run), *tick = run->executor->tick;
	struct json *patches = NULL;
	*ret_sealed = (struct str){0};
	if (!mask_of(run))
		return json_text(arena, action->input);
	arena_wipe(tick);
	struct str text = json_text(arena, mask_value(tick, mask_of(run), action->input, &patches));
	/* Of an agent it is what each of its turns says again. */
	if (patches && (action->kind == ACTION_START || plan_def(&run->plan, action->step)->part == PART_AGENT))
		*ret_sealed = seal_patches(run, action->step, action->attempt, patches);
	return text;
}

/* The parts of a seal, opened and put together. */
static bool
open_patches(struct held *run, unsigned step, int attempt, struct str hex, struct buf *out, struct err *err)
{
	struct executor *ex = run->executor;
	size_t part = 0;
	if (!ex->envs.key)
		return err_set(err, ERR_UNAVAILABLE, "this executor has no key file (key_file).");
	while (hex.n > 0) {
		const char *blank = memchr(hex.p, ' ', hex.n);
		struct str one = {hex.p, blank ? (size_t)(blank - hex.p) : hex.n};
		size_t taken = one.n + (blank != NULL);
		hex = (struct str){hex.p + taken, hex.n - taken};
		struct secret *secret;
		if (!seal_open(ex->envs.key, run->workspace, seal_name(ex->tick, run, step, attempt, part++),
			    hex_bytes(ex->tick, one), &secret, err))
			return false;
		buf_add_str(out, secret_text(secret));
		secret_free(secret);
	}
	return true;
}

bool
env_input_again(struct held *run, unsigned step, const struct json *recorded, struct str sealed,
	const struct json **ret_input, struct str *ret_error)
{
	static const struct json_limits limits = {(size_t)256 << 20, 8, 8000000};
	struct buf text;
	struct json *patches, *made;
	struct err err = {0};
	if (sealed.n == 0 || !recorded) {
		*ret_input = recorded;
		return true;
	}
	buf_init(&text, SIZE_MAX / 4);
	arena_wipe(run->arena);
	bool ok = open_patches(run, step, run->plan.steps[step].attempt, sealed, &text, &err) &&
		  json_read(run->arena, buf_str(&text), &limits, &patches, &err) &&
		  mask_restore(run->arena, recorded, patches, &made, &err);
	buf_wipe(&text);
	if (ok)
		*ret_input = made;
	else
		*ret_error = error_json(run->arena, "secret_unavailable",
			str_of(arena_printf(run->arena,
				"Its executor was lost during the call, and the secrets in the call's input cannot be "
				"had here: "
				"%s Retry the run from this step.",
				err.message)));
	return ok;
}
