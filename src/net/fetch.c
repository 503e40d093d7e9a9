/* One HTTP request, waited for; see fetch.h. */
#include "net/fetch.h"

#include "base/buf.h"
#include "base/time.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS 2000L

struct transfer {
	const struct net_guard *guard;
	struct buf body;
	bool plain; /* http: only to where the setting says so */
	bool refused, too_large;
};

static curl_socket_t
open_socket(void *clientp, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = clientp;
	bool allowed = transfer->plain ? net_guard_names(transfer->guard, &address->addr)
				       : net_guard_allows(transfer->guard, &address->addr);
	if (purpose != CURLSOCKTYPE_IPCXN || !allowed) {
		transfer->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *clientp)
{
	struct transfer *transfer = clientp;
	buf_add(&transfer->body, bytes, size * count);
	transfer->too_large = buf_overflow(&transfer->body);
	return transfer->too_large ? 0 : size * count;
}

bool
fetch_settings_parse(const char *allow_address, const char *ca_file, struct arena *arena,
	struct fetch_settings *ret_settings, struct err *err)
{
	ret_settings->ca_file = ca_file;
	return net_guard_parse(allow_address, arena, &ret_settings->guard, err);
}

/* Everything that could lead elsewhere or wait for longer is turned off. */
static void
set_options(CURL *easy, struct transfer *transfer, const struct fetch_settings *settings,
	const struct fetch_request *request, long ms)
{
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, transfer->plain ? "http" : "https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* does not wait for a look-up that hangs */
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms < CONNECT_MS ? ms : CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "stepmill");
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	if (*settings->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
	if (request->form.p) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->form.n);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form.p);
	}
}

static struct curl_slist *
headers_of(struct arena *arena, const struct fetch_request *request)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json"), *longer;
	if (list && (longer = curl_slist_append(list, "Expect:")))
		list = longer;
	if (list && request->authorization &&
		(longer = curl_slist_append(list, arena_printf(arena, "Authorization: %s", request->authorization))))
		list = longer;
	if (!list)
		out_of_memory();
	return list;
}

static bool
outcome(const struct transfer *transfer, CURLcode code, struct err *err)
{
	if (code == CURLE_OK)
		return true;
	if (transfer->refused)
		err_set(err, ERR_UNAVAILABLE, "The server's address is not one that may be called.");
	else if (transfer->too_large)
		err_set(err, ERR_UNAVAILABLE, "The server's answer is too large.");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		err_set(err, ERR_UNAVAILABLE, "The server did not answer in time.");
	else
		err_set(err, ERR_UNAVAILABLE, "The server cannot be reached.");
	err_detail(err, "curl: %s", curl_easy_strerror(code));
	return false;
}

bool
fetch(struct arena *arena, const struct fetch_settings *settings, const struct fetch_request *request,
	struct fetch_answer *ret_answer, struct err *err)
{
	int64_t left = (request->deadline_us - boot_us()) / 1000;
	if (left <= 0)
		return err_set(err, ERR_UNAVAILABLE, "The server did not answer in time.");
	CURL *easy = curl_easy_init();
	if (!easy)
		out_of_memory();
	struct transfer transfer = {
		.guard = &settings->guard, .plain = str_starts(str_of(request->url), STR("http://"))};
	struct curl_slist *headers = headers_of(arena, request);
	long status = 0;
	buf_init(&transfer.body, FETCH_ANSWER_MAX);
	set_options(easy, &transfer, settings, request, (long)left);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	bool ok = outcome(&transfer, curl_easy_perform(easy), err);
	if (ok) {
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		*ret_answer = (struct fetch_answer){(int)status, arena_str(arena, buf_str(&transfer.body))};
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	buf_release(&transfer.body);
	return ok;
}

void
fetch_add_field(struct buf *form, const char *name, struct str value)
{
	if (form->n > 0 && form->p[form->n - 1] != '?')
		buf_add_char(form, '&');
	buf_printf(form, "%s=", name);
	fetch_add_value(form, value);
}

void
fetch_add_value(struct buf *form, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			     c == '.' || c == '_' || c == '~';
		if (plain)
			buf_add_char(form, (char)c);
		else
			buf_printf(form, "%%%02X", c);
	}
}
