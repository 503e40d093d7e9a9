/*
 * Migrations: which files there are, which were applied, whether both agree, and then each missing one in its own
 * transaction with its line in schema_migration. All on one connection that holds an advisory lock and is never
 * replaced by another in between.
 */
#include "db/migrate.h"

#include "db/connection.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)16 << 20)
#define CHECKSUM_BYTES 32

struct migration {
	int number;
	const char *name; /* of the file */
	char *text;
	char checksum[CHECKSUM_BYTES * 2 + 1];
};

struct migrations {
	struct migration *list; /* by number */
	int count;
};

/* ---- the files ---- */

/* NNNN_name.sql; 0 when it is not one. */
static int
file_number(const char *name)
{
	size_t n = strlen(name);
	if (n < 10 || strspn(name, "0123456789") != 4 || name[4] != '_' || strcmp(name + n - 4, ".sql") != 0)
		return 0;
	return (int)strtol(name, NULL, 10);
}

static int
is_migration(const struct dirent *entry)
{
	return file_number(entry->d_name) > 0;
}

static bool
cannot_read(struct err *err, const char *path)
{
	int why = errno;
	err_set(err, ERR_INTERNAL, "The migrations cannot be read from %s: %s. Check the directory.", path,
		strerror(why));
	return false;
}

static bool
read_text(const char *path, struct arena *arena, char **ret_text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_read(err, path);
	bool ok = false;
	struct stat st;
	char *text = NULL;
	size_t got = 0;
	if (fstat(fd, &st) != 0)
		goto out;
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX) {
		errno = EFBIG;
		goto out;
	}
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	while (got < (size_t)st.st_size) {
		ssize_t n = read(fd, text + got, (size_t)st.st_size - got);
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			goto out;
		}
		got += (size_t)n;
	}
	ok = true;
	*ret_text = text;
out:
	if (!ok)
		cannot_read(err, path);
	close(fd);
	return ok;
}

static bool
load(const char *directory, struct arena *arena, struct migrations *ret_files, struct err *err)
{
	struct dirent **names;
	int n = scandir(directory, &names, is_migration, alphasort);
	if (n < 0)
		return cannot_read(err, directory);
	struct migrations files = {.list = arena_array(arena, (size_t)n + 1, sizeof *files.list)};
	bool ok = true;
	for (int i = 0; i < n; i++) {
		struct migration *m = &files.list[files.count++];
		m->number = file_number(names[i]->d_name);
		m->name = arena_strdup(arena, names[i]->d_name);
		ok = ok && read_text(arena_printf(arena, "%s/%s", directory, m->name), arena, &m->text, err);
		if (ok) {
			unsigned char hash[CHECKSUM_BYTES];
			crypto_generichash(hash, sizeof hash, (const unsigned char *)m->text, strlen(m->text), NULL, 0);
			sodium_bin2hex(m->checksum, sizeof m->checksum, hash, sizeof hash);
		}
		free(names[i]);
	}
	free(names);
	*ret_files = files;
	return ok;
}

/* The files are those this program was built with: ascending, the last one is DB_SCHEMA_VERSION. */
static bool
files_fit(const struct migrations *files, const char *directory, struct err *err)
{
	for (int i = 1; i < files->count; i++)
		if (files->list[i].number <= files->list[i - 1].number)
			return err_set(err, ERR_CONFLICT,
				"Two migrations have the number %d. Give one of them another.", files->list[i].number);
	int last = files->count > 0 ? files->list[files->count - 1].number : 0;
	if (last != DB_SCHEMA_VERSION)
		return err_set(err, ERR_CONFLICT,
			"The last migration in %s is number %d. This program was built with %d. Install both "
			"from the same version.",
			directory, last, DB_SCHEMA_VERSION);
	return true;
}

/* ---- the database ---- */

static bool
lock_and_prepare(struct db *db, struct arena *arena, struct err *err)
{
	struct db_batch *lock = db_batch_new(db, arena);
	db_add(lock, DB_MIGRATION_LOCK);
	if (!db_run(lock, err))
		return false;
	db->pinned = true; /* the lock is this connection's */
	struct db_batch *table = db_batch_new(db, arena);
	db_add(table, DB_MIGRATION_TABLE);
	db_add(table, DB_MIGRATION_GRANT);
	return db_run(table, err);
}

static bool
newer(struct err *err, int64_t number)
{
	return err_set(err, ERR_CONFLICT,
		"The database has schema %d, this program knows %d. Install the newer program.", (int)number,
		DB_SCHEMA_VERSION);
}

/* How many of the files are applied; refuses whatever does not agree with them. */
static bool
applied_agree(struct db *db, const struct migrations *files, struct arena *arena, int *ret_applied, struct err *err)
{
	struct db_batch *batch = db_batch_new(db, arena);
	db_add(batch, DB_MIGRATION_LIST);
	if (!db_run(batch, err))
		return false;
	int applied = db_rows(batch, 0);
	for (int i = 0; i < applied; i++) {
		int64_t number = 0;
		struct str name = {"", 0}, checksum = {"", 0};
		db_value_int(batch, 0, i, 0, &number);
		db_value(batch, 0, i, 1, &name);
		db_value(batch, 0, i, 2, &checksum);
		if (number > DB_SCHEMA_VERSION)
			return newer(err, number);
		const struct migration *m = i < files->count ? &files->list[i] : NULL;
		if (!m || m->number > number)
			return err_set(err, ERR_CONFLICT,
				"The migration %.*s was applied and its file is missing. Put it back.", STR_ARG(name));
		if (m->number < number)
			return err_set(err, ERR_CONFLICT,
				"The migration %s comes before %.*s, which is already applied. Give it a higher "
				"number.",
				m->name, STR_ARG(name));
		if (!str_is(name, m->name) || !str_is(checksum, m->checksum))
			return err_set(err, ERR_CONFLICT,
				"The migration %.*s was changed after it was applied. Put the file back as it was "
				"and write a new one.",
				STR_ARG(name));
	}
	*ret_applied = applied;
	return true;
}

static bool
apply(struct db *db, const struct migration *m, struct arena *arena, struct err *err)
{
	if (!connection_script(db, "begin", err))
		return false;
	bool ok = connection_script(db, m->text, err);
	if (ok && PQtransactionStatus(db->conn) != PQTRANS_INTRANS)
		ok = err_set(err, ERR_CONFLICT, "The migration %s ends its transaction itself. Take its commit out.",
			m->name);
	if (ok) {
		struct db_batch *record = db_batch_new(db, arena);
		db_add(record, DB_MIGRATION_RECORD);
		db_int(record, m->number);
		db_text(record, m->name);
		db_text(record, m->checksum);
		ok = db_run(record, err);
	}
	if (ok)
		return connection_script(db, "commit", err);
	char detail[sizeof err->detail] = "";
	if (err)
		memcpy(detail, err->detail, sizeof detail);
	if (err && err->code != ERR_UNAVAILABLE && err->code != ERR_CONFLICT)
		err_set(err, err->code, "The migration %s failed and was undone.", m->name);
	err_detail(err, "%s: %s", m->name, detail);
	(void)connection_script(db, "rollback", NULL);
	return false;
}

bool
db_migrate(const char *conninfo, const char *directory, int *ret_applied, struct err *err)
{
	struct arena *arena = arena_new();
	struct db *db = db_new(conninfo, "stepmill migrate");
	struct migrations files;
	int done = 0, applied = 0;
	bool ok = load(directory, arena, &files, err) && files_fit(&files, directory, err) && db_connect(db, err) &&
		  lock_and_prepare(db, arena, err) && applied_agree(db, &files, arena, &applied, err);
	for (int i = applied; ok && i < files.count; i++) {
		ok = apply(db, &files.list[i], arena, err);
		done += ok;
	}
	arena_free(arena);
	db_free(db);
	*ret_applied = done;
	return ok;
}

static bool
schema_check(struct db *db, bool patient, struct err *err)
{
	struct arena *arena = arena_new();
	struct db_batch *batch = db_batch_new(db, arena);
	db_add(batch, DB_SCHEMA_NUMBER);
	if (patient)
		db_retry_lost(batch);
	struct err failed;
	err_clear(&failed);
	int64_t number = 0;
	bool ok = db_run(batch, &failed);
	if (ok)
		db_value_int(batch, 0, 0, 0, &number);
	arena_free(arena);
	if (!ok && strstr(failed.detail, "42P01") == NULL) {
		if (err)
			*err = failed;
		return false;
	}
	if (number > DB_SCHEMA_VERSION)
		return newer(err, number);
	if (number < DB_SCHEMA_VERSION)
		return err_set(err, ERR_CONFLICT,
			"The database has schema %d, this program needs %d. Run stepmill migrate.", (int)number,
			DB_SCHEMA_VERSION);
	return true;
}

bool
db_schema_check(struct db *db, struct err *err)
{
	return schema_check(db, true, err);
}

bool
db_schema_look(struct db *db, struct err *err)
{
	return schema_check(db, false, err);
}
