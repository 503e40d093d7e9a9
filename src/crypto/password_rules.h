/* What a new password must be, beyond the length that the contract checks. */
#ifndef STEPMILL_CRYPTO_PASSWORD_RULES_H
#define STEPMILL_CRYPTO_PASSWORD_RULES_H

#include "base/str.h"

/*
 * NULL when it will do; else why not, as a sentence for the person. Refused are the e-mail address and the part before
 * its @, one character or two over and over, and the commonest passwords of ten characters or more, all without looking
 * at capitals. More rules would make people write their passwords down.
 */
const char *password_weakness(struct str password, struct str email);

#endif
