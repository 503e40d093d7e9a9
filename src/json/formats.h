/* The formats of JSON Schema: is a text one? One function a format; the table of their names is in formats.c. */
#ifndef STEPMILL_JSON_FORMATS_H
#define STEPMILL_JSON_FORMATS_H

#include "base/str.h"

/* formats_time.c: RFC 3339 */
bool formats_date(struct str text);
bool formats_time(struct str text);
bool formats_date_time(struct str text);
bool formats_duration(struct str text);

/* formats_net.c */
bool formats_email(struct str text); /* RFC 5321, all of it */
bool formats_plain_email(
	struct str text); /* what people call one: nothing quoted, no address as its domain, with a dot */
bool formats_idn_email(struct str text);
bool formats_hostname(struct str text);
bool formats_ipv4(struct str text);
bool formats_ipv6(struct str text);

/* formats_idn.c: RFC 5890 to 5892 */
bool formats_idn_hostname(struct str text);
bool formats_a_label(struct str label); /* "xn--…" */

/* formats_uri.c: RFC 3986, 3987, 6570 */
bool formats_uri(struct str text);
bool formats_uri_reference(struct str text);
bool formats_iri(struct str text);
bool formats_iri_reference(struct str text);
bool formats_uri_template(struct str text);

#endif
