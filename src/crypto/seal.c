/* Sealing and opening secrets; see seal.h. */
#include "crypto/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is inside of a seal: this, the workspace's 16 bytes, a byte of the name's length, the name, the value. */
static const char magic[8] = "smseal1";
#define HEAD_MAX (sizeof magic + 16 + 1 + 255)

/* A file says whose key it is: one in the place of the other is refused. */
static const char *const heads[] = {
	[SEAL_OF_EXECUTORS] = "stepmill-executor-key-1 ", [SEAL_OF_API] = "stepmill-api-key-1 "};
#define FILE_MAX (32 + 2 * crypto_box_SECRETKEYBYTES + 1)

struct seal_key {
	unsigned char secret[crypto_box_SECRETKEYBYTES];
	struct seal_public public;
};

struct secret {
	size_t n;
	char text[];
};

struct seal_public
seal_public_of(const unsigned char key[SEAL_PUBLIC_SIZE])
{
	struct seal_public public;
	memcpy(public.key, key, sizeof public.key);
	crypto_generichash(public.id.b, sizeof public.id.b, key, SEAL_PUBLIC_SIZE, NULL, 0);
	return public;
}

bool
seal_public_parse(struct str hex, struct seal_public *ret_public)
{
	unsigned char key[SEAL_PUBLIC_SIZE];
	size_t n = 0;
	if (sodium_hex2bin(key, sizeof key, hex.p, hex.n, NULL, &n, NULL) != 0 || n != sizeof key)
		return false;
	*ret_public = seal_public_of(key);
	return true;
}

/* ---- the key's file ---- */

static bool
cannot(struct err *err, const char *deed, const char *path)
{
	return err_set(err, ERR_INTERNAL, "The key file %s cannot be %s: %s.", path, deed, strerror(errno));
}

static bool
write_file(int file, const char *text)
{
	size_t n = strlen(text);
	return write(file, text, n) == (ssize_t)n && fsync(file) == 0;
}

bool
seal_key_create(const char *path, enum seal_of whose, struct err *err)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0 && errno == EEXIST)
		return err_set(err, ERR_CONFLICT, "There is a key file already: %s. It was left as it is.", path);
	if (file < 0)
		return cannot(err, "made", path);
	unsigned char public[crypto_box_PUBLICKEYBYTES];
	unsigned char *key = sodium_malloc(crypto_box_SECRETKEYBYTES);
	char *text = sodium_malloc(FILE_MAX + 1);
	bool ok = key && text;
	if (ok) {
		size_t head = strlen(heads[whose]);
		crypto_box_keypair(public, key);
		memcpy(text, heads[whose], head);
		sodium_bin2hex(text + head, 2 * crypto_box_SECRETKEYBYTES + 1, key, crypto_box_SECRETKEYBYTES);
		strcat(text, "\n");
		ok = write_file(file, text);
	}
	if (!ok) {
		cannot(err, "written", path);
		unlink(path);
	}
	sodium_free(key);
	sodium_free(text);
	close(file);
	return ok;
}

static bool
read_key(int file, const char *path, enum seal_of whose, struct seal_key *key, struct err *err)
{
	struct stat stat;
	if (fstat(file, &stat) != 0)
		return cannot(err, "read", path);
	if ((stat.st_mode & 077) != 0)
		return err_set(err, ERR_FORBIDDEN,
			"Others than its owner may read the key file %s. Take that away: chmod 600.", path);
	char *text = sodium_malloc(FILE_MAX + 1);
	if (!text)
		return cannot(err, "read", path);
	size_t n = 0, head = strlen(heads[whose]), size = head + 2 * sizeof key->secret + 1;
	bool ok = read(file, text, size) == (ssize_t)size && memcmp(text, heads[whose], head) == 0 &&
		  sodium_hex2bin(
			  key->secret, sizeof key->secret, text + head, 2 * sizeof key->secret, NULL, &n, NULL) == 0 &&
		  n == sizeof key->secret;
	sodium_free(text);
	if (!ok)
		return err_set(err, ERR_MALFORMED, "%s is not a key file of Stepmill's %s.", path,
			whose == SEAL_OF_API ? "API" : "executors");
	unsigned char public[SEAL_PUBLIC_SIZE];
	crypto_scalarmult_base(public, key->secret);
	key->public = seal_public_of(public);
	return true;
}

bool
seal_key_read(const char *path, enum seal_of whose, struct seal_key **ret_key, struct err *err)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "There is no key file %s. Make it with stepmill keys init.", path);
	if (file < 0)
		return cannot(err, "read", path);
	struct seal_key *key = sodium_malloc(sizeof *key);
	bool ok = key ? read_key(file, path, whose, key, err) : cannot(err, "read", path);
	close(file);
	if (ok)
		*ret_key = key;
	else
		sodium_free(key);
	return ok;
}

void
seal_key_public(const struct seal_key *key, struct seal_public *ret_public)
{
	*ret_public = key->public;
}

void
seal_key_free(struct seal_key *key)
{
	sodium_free(key);
}

/* ---- seals ---- */

static size_t
write_head(char *out, struct id workspace, struct str name)
{
	memcpy(out, magic, sizeof magic);
	memcpy(out + sizeof magic, workspace.b, sizeof workspace.b);
	out[sizeof magic + sizeof workspace.b] = (char)(unsigned char)name.n;
	memcpy(out + sizeof magic + sizeof workspace.b + 1, name.p, name.n);
	return sizeof magic + sizeof workspace.b + 1 + name.n;
}

bool
seal(struct arena *arena, const struct seal_public *to, struct id workspace, struct str name, struct str value,
	struct str *ret_sealed, struct err *err)
{
	if (name.n == 0 || name.n > 255 || value.n > SECRET_MAX)
		return err_set(
			err, ERR_INVALID, "A secret has a name of 1 to 255 bytes, and %d bytes at most.", SECRET_MAX);
	unsigned char *plain = sodium_malloc(HEAD_MAX + SECRET_MAX);
	if (!plain)
		return err_set(err, ERR_UNAVAILABLE, "There is not enough memory for the secret. Try again.");
	size_t n = write_head((char *)plain, workspace, name);
	if (value.n > 0)
		memcpy(plain + n, value.p, value.n);
	n += value.n;
	unsigned char *sealed = arena_alloc(arena, n + crypto_box_SEALBYTES);
	bool ok = crypto_box_seal(sealed, plain, n, to->key) == 0;
	sodium_free(plain);
	if (!ok)
		return err_set(err, ERR_INTERNAL, "The secret could not be sealed.");
	*ret_sealed = (struct str){(char *)sealed, n + crypto_box_SEALBYTES};
	return true;
}

void
seal_hash_key(const struct seal_key *key, struct id workspace, struct str name,
	unsigned char ret_hash_key[SEAL_HASH_KEY_SIZE])
{
	char head[HEAD_MAX];
	size_t n = write_head(head, workspace, name);
	crypto_generichash(
		ret_hash_key, SEAL_HASH_KEY_SIZE, (const unsigned char *)head, n, key->secret, sizeof key->secret);
}

bool
seal_open(const struct seal_key *key, struct id workspace, struct str name, struct str sealed,
	struct secret **ret_secret, struct err *err)
{
	char head[HEAD_MAX];
	if (name.n == 0 || name.n > 255 || sealed.n < crypto_box_SEALBYTES ||
		sealed.n > crypto_box_SEALBYTES + HEAD_MAX + SECRET_MAX)
		return err_set(err, ERR_INVALID, "This is not a sealed secret.");
	size_t n = sealed.n - crypto_box_SEALBYTES, head_n = write_head(head, workspace, name);
	/* What libsodium gives ends where a page ends: it is aligned when its size is. */
	size_t room = sizeof(struct secret) + n + 1, aligned = _Alignof(struct secret);
	struct secret *secret = sodium_malloc((room + aligned - 1) / aligned * aligned);
	if (!secret)
		return err_set(err, ERR_UNAVAILABLE, "There is not enough memory for the secret.");
	if (crypto_box_seal_open((unsigned char *)secret->text, (const unsigned char *)sealed.p, sealed.n,
		    key->public.key, key->secret) != 0 ||
		n < head_n || sodium_memcmp(secret->text, head, head_n) != 0) {
		sodium_free(secret);
		return err_set(err, ERR_INVALID,
			"The secret does not open: it was sealed to another key, for another workspace or name, or is "
			"damaged. "
			"Write it again.");
	}
	secret->n = n - head_n;
	memmove(secret->text, secret->text + head_n, secret->n);
	secret->text[secret->n] = '\0';
	*ret_secret = secret;
	return true;
}

struct str
secret_text(const struct secret *secret)
{
	return (struct str){secret->text, secret->n};
}

void
secret_free(struct secret *secret)
{
	sodium_free(secret);
}
