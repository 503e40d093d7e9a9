/* Which passwords everybody tries first; see password_rules.h. */
#include "crypto/password_rules.h"

#include <stdbool.h>
#include <strings.h>

/* In small letters; those shorter than ten characters are too short anyway. */
static const char *const common[] = {"0987654321", "0123456789", "1234567890", "123456789a", "123456789q",
	"12345678910", "1234567891", "12345qwert", "1029384756", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc",
	"1qazxsw23edc", "123qweasdzxc", "147258369a", "abc1234567", "abcd123456", "abcdefghij", "administrator",
	"admin12345", "asdfghjkl1", "asdfghjkl;", "basketball", "changeme123", "correct horse",
	"correcthorsebatterystaple", "football123", "iloveyou12", "iloveyou123", "letmein123", "password01",
	"password10", "password11", "password12", "password123", "password1234", "password12345", "password!1",
	"password1!", "password123!", "passwordpassword", "p@ssw0rd123", "princess123", "q1w2e3r4t5", "q1w2e3r4t5y6",
	"qazwsxedcrfv", "qwer123456", "qwerty1234", "qwerty12345", "qwerty123456", "qwertyuiop", "qwertyuiop123",
	"qwertyuiop[]", "stepmill123", "superman123", "sunshine123", "welcome123", "welcome1234", "zaq12wsxcde3",
	"zxcvbnm123"};

static bool
same(struct str a, struct str b)
{
	return a.n == b.n && a.n > 0 && strncasecmp(a.p, b.p, a.n) == 0;
}

static bool
is_common(struct str password)
{
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (same(password, str_of(common[i])))
			return true;
	return false;
}

/* "aaaaaaaaaa", "abababababab" */
static bool
repeats(struct str password)
{
	for (size_t i = 2; i < password.n; i++)
		if (password.p[i] != password.p[i - 2])
			return false;
	return true;
}

const char *
password_weakness(struct str password, struct str email)
{
	const char *at = email.n > 0 ? memchr(email.p, '@', email.n) : NULL;
	struct str name = {email.p, at ? (size_t)(at - email.p) : 0};
	if (same(password, email) || same(password, name))
		return "is your e-mail address. Others try that first. Choose something else.";
	if (is_common(password))
		return "is one of the passwords that everybody uses. Others try them first. Choose something else.";
	if (repeats(password))
		return "repeats one or two characters. It is guessed at once. Choose something else.";
	return NULL;
}
