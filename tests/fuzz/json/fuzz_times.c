/* Any text as a time, a duration, an address…: what is read as a time is written as the same one, and is one for the schema's format, too. */
#include "base/time.h"
#include "json/formats.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static bool (*const formats[])(struct str) = {formats_date, formats_time, formats_date_time, formats_duration,
		formats_email, formats_plain_email, formats_idn_email, formats_hostname, formats_ipv4, formats_ipv6,
		formats_idn_hostname, formats_a_label, formats_uri, formats_uri_reference, formats_iri,
		formats_iri_reference, formats_uri_template};
	struct str text = {(const char *)bytes, size};
	int64_t us, again;
	char written[TIME_TEXT_SIZE];
	if (time_parse(text.p, size, &us)) {
		time_text(us, written);
		if (us < 0 || !time_parse(written, strlen(written), &again) || again / 1000 != us / 1000 ||
			!formats_date_time(str_of(written)))
			abort();
	}
	if (str_utf8_bad(text) != size)
		return 0; /* texts come from the reader of JSON */
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		(void)formats[i](text);
	return 0;
}
