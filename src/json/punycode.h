/* Punycode (RFC 3492), for one label of a host name. */
#ifndef STEPMILL_JSON_PUNYCODE_H
#define STEPMILL_JSON_PUNYCODE_H

#include "base/str.h"

#include <stdint.h>

#define LABEL_MOST 63 /* bytes in ASCII, so also characters: encoding makes none shorter */

struct label {
	uint32_t c[LABEL_MOST + 1]; /* code points */
	size_t n;
};

/* Without the "xn--". False when it is none, or longer than a label. */
bool punycode_decode(struct str text, struct label *ret_label);

/* How long it is, without "xn--"; what is longer than PUNYCODE_MOST is not written. */
#define PUNYCODE_MOST (LABEL_MOST + 2)
size_t punycode_encode(const struct label *label, char out[PUNYCODE_MOST]);

#endif
