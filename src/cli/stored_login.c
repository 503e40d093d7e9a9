/* See stored_login.h. */
#include "cli/stored_login.h"

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)4096)

static const char *
path_of(struct arena *arena)
{
	const char *given = getenv("STEPMILL_LOGIN"), *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (given && *given)
		return given;
	if (config && *config)
		return arena_printf(arena, "%s/stepmill/login", config);
	return home && *home ? arena_printf(arena, "%s/.config/stepmill/login", home) : NULL;
}

static char *
take_line(struct arena *arena, struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && rest->p[n] != '\n')
		n++;
	char *line = arena_strz(arena, (struct str){rest->p, n});
	n += n < rest->n;
	*rest = (struct str){rest->p + n, rest->n - n};
	return line;
}

bool
stored_login_read(struct arena *arena, struct stored_login *ret_login, struct err *err)
{
	const char *path = path_of(arena);
	struct stat st;
	struct str text;
	err_clear(err);
	if (!path || stat(path, &st) != 0)
		return false;
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(err, ERR_INVALID,
			"Others can read %.200s, and the token in it. Run: chmod 600 on it, or log in again.", path);
	if (!cli_read_file(arena, path, FILE_MAX, &text, err))
		return false;
	*ret_login = (struct stored_login){take_line(arena, &text), take_line(arena, &text)};
	if (*ret_login->url && *ret_login->token)
		return true;
	return err_set(err, ERR_INVALID, "%.200s does not hold a login. Log in again: stepmill login.", path);
}

static bool
not_written(const char *path, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.200s cannot be written: %s.", path, strerror(errno));
}

/* The directories above the file, for us alone where they are missing. */
static void
make_directories(struct arena *arena, const char *path)
{
	char *part = arena_strdup(arena, path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(part, 0700);
		*slash = '/';
	}
}

bool
stored_login_write(struct arena *arena, const struct stored_login *login, const char **ret_path, struct err *err)
{
	const char *path = path_of(arena);
	if (!path)
		return err_set(err, ERR_INVALID, "There is no place to keep the token. Set HOME, or STEPMILL_LOGIN.");
	make_directories(arena, path);
	const char *next = arena_printf(arena, "%s.%ld", path, (long)getpid());
	const char *text = arena_printf(arena, "%s\n%s\n", login->url, login->token);
	int fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return not_written(next, err);
	bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok && rename(next, path) == 0;
	if (!ok) {
		not_written(path, err);
		(void)unlink(next);
		return false;
	}
	*ret_path = path;
	return true;
}

bool
stored_login_remove(struct arena *arena, struct err *err)
{
	const char *path = path_of(arena);
	if (!path || unlink(path) == 0 || errno == ENOENT)
		return true;
	return err_set(err, ERR_INVALID, "%.200s cannot be removed: %s.", path, strerror(errno));
}
