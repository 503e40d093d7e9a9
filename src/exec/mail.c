/* Mail goes out; see mail.h. */
#include "exec/mail.h"

#include "base/log.h"
#include "base/time.h"
#include "crypto/password.h"
#include "crypto/seal.h"
#include "exec/executor.h"
#include "store/mail_out.h"

#include <curl/curl.h>

#define ROUND_US ((int64_t)2000000)
#define AGAIN_US ((int64_t)1000000)
#define LOOK_US ((int64_t)20000)
#define CONNECT_MS 10000L
#define WHOLE_MS 60000L

struct mail_transfer {
	struct executor *ex;
	struct mail_taken mail;
	struct secret *secret; /* sender, receiver, message */
	CURL *easy;
	struct curl_slist *to;
	struct str left; /* of the message */
	const char *why; /* NULL: it is out */
	bool forever;	 /* the server will never take it */
};

static void begin(void *what);
static void look(void *what);

static void
rest(struct executor *ex, int64_t pause_us)
{
	struct mailer *m = &ex->mailer;
	m->step = MAIL_REST;
	m->batch = NULL;
	m->transfers = NULL;
	m->count = 0;
	db_free(m->db);
	m->db = NULL;
	arena_free(m->arena);
	m->arena = NULL;
	timer_set(&ex->timers, &m->timer, boot_us() + pause_us, begin, ex);
}

/* ---- one transfer ---- */

static size_t
give_bytes(char *out, size_t size, size_t count, void *clientp)
{
	struct mail_transfer *t = clientp;
	size_t n = size * count < t->left.n ? size * count : t->left.n;
	memcpy(out, t->left.p, n);
	t->left = (struct str){t->left.p + n, t->left.n - n};
	return n;
}

/* The next line of it, in the arena; NULL when there is none. */
static const char *
take_line(struct arena *arena, struct str *text)
{
	const char *end = memchr(text->p, '\n', text->n);
	if (!end)
		return NULL;
	size_t n = (size_t)(end - text->p);
	const char *line = arena_strz(arena, (struct str){text->p, n});
	*text = (struct str){end + 1, text->n - n - 1};
	return line;
}

static void
set_options(struct mail_transfer *t, const char *from)
{
	const struct executor_settings *s = t->ex->settings;
	CURL *easy = t->easy;
	curl_easy_setopt(easy, CURLOPT_URL, s->smtp);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(
		easy, CURLOPT_USE_SSL, (long)(strcmp(s->smtp_tls, "off") == 0 ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (s->ca_file[0])
		curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file);
	if (s->smtp_user[0]) {
		curl_easy_setopt(easy, CURLOPT_USERNAME, s->smtp_user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, s->smtp_password);
		curl_easy_setopt(easy, CURLOPT_SASL_IR, 1L);
	}
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	/* Mails are few: none depends on what became of the connection of another. */
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, t->to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(easy, CURLOPT_READDATA, t);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
}

/* What does not open is told as a failure like others: the key may come back. */
static void
start_transfer(struct executor *ex, struct mail_transfer *t)
{
	struct mailer *m = &ex->mailer;
	struct err err = {0};
	t->ex = ex;
	if (!seal_open(m->key, t->mail.id, MAIL_SEAL_NAME, t->mail.sealed, &t->secret, &err)) {
		t->why = "It does not open with this executor's key file.";
		return;
	}
	t->left = secret_text(t->secret);
	const char *from = take_line(m->arena, &t->left), *to = from ? take_line(m->arena, &t->left) : NULL;
	t->easy = to ? curl_easy_init() : NULL;
	t->to = to ? curl_slist_append(NULL, to) : NULL;
	if (!t->easy || !t->to) {
		t->why = "It cannot be read.";
		return;
	}
	set_options(t, from);
	if (curl_multi_add_handle(m->multi, t->easy) != CURLM_OK)
		out_of_memory();
	m->running++;
}

/* Numbers of the server and words of curl: neither holds an address. */
static void
end_transfer(struct mail_transfer *t, CURLcode result)
{
	long status = 0;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result != CURLE_OK) {
		t->why = arena_printf(
			t->ex->mailer.arena, "%s (the server's last answer: %ld)", curl_easy_strerror(result), status);
		/* It was let in and does not want this mail; a refused login is a matter of the settings. */
		t->forever = status >= 550 && status <= 559 && result != CURLE_LOGIN_DENIED;
	}
	curl_multi_remove_handle(t->ex->mailer.multi, t->easy);
	t->ex->mailer.running--;
}

static void
free_transfers(struct mailer *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		struct mail_transfer *t = &m->transfers[i];
		if (t->easy) {
			curl_multi_remove_handle(m->multi, t->easy);
			curl_easy_cleanup(t->easy);
		}
		curl_slist_free_all(t->to);
		secret_free(t->secret);
		t->easy = NULL;
		t->to = NULL;
		t->secret = NULL;
	}
	m->running = 0;
}

/* ---- a round ---- */

static void
failed(struct executor *ex, const struct err *err)
{
	struct mailer *m = &ex->mailer;
	log_warn("mail: the database did not answer, will be tried again", LOG_STR("why", err->message),
		LOG_STR("detail", err->detail));
	if (m->step == MAIL_TELL) { /* what became of them is not forgotten */
		m->batch = NULL;
		timer_set(&ex->timers, &m->timer, boot_us() + AGAIN_US, begin, ex);
		return;
	}
	rest(ex, ROUND_US);
}

static void
add_outcomes(struct mailer *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		const struct mail_transfer *t = &m->transfers[i];
		if (t->why)
			mail_add_failed(m->batch, t->mail.id, t->why, t->forever);
		else
			mail_add_sent(m->batch, t->mail.id);
	}
}

/* The timer: a new round, or another try at telling how the last one went. */
static void
begin(void *what)
{
	struct executor *ex = what;
	struct mailer *m = &ex->mailer;
	struct err err = {0};
	if (m->step == MAIL_REST) {
		if (ex->state != EXECUTOR_RUNNING) {
			timer_set(&ex->timers, &m->timer, boot_us() + AGAIN_US, begin, ex);
			return;
		}
		m->db = db_new(ex->settings->db, "stepmill-executor mail");
		m->arena = arena_new();
		m->step = MAIL_TAKE;
	}
	m->batch = db_batch_new(m->db, m->arena);
	if (m->step == MAIL_TAKE)
		mail_add_take(m->batch, MAIL_ROUND_MAX);
	else
		add_outcomes(m);
	if (!db_start(m->batch, &err)) {
		failed(ex, &err);
		return;
	}
	m->progress = DB_WAIT_WRITE;
	mail_advance(ex);
}

static void
tell(struct executor *ex)
{
	struct mailer *m = &ex->mailer;
	for (unsigned i = 0; i < m->count; i++) {
		const struct mail_transfer *t = &m->transfers[i];
		char *id = arena_alloc(m->arena, ID_TEXT_SIZE);
		id_text(t->mail.id, id);
		m->sent += !t->why;
		m->failed += t->why != NULL;
		if (t->why)
			log_warn("a mail did not go out", LOG_STR("mail", id), LOG_STR("why", t->why));
	}
	free_transfers(m);
	m->step = MAIL_TELL;
	begin(ex);
}

static void
look(void *what)
{
	struct executor *ex = what;
	struct mailer *m = &ex->mailer;
	CURLMsg *message;
	int running, left;
	curl_multi_perform(m->multi, &running);
	while ((message = curl_multi_info_read(m->multi, &left))) {
		struct mail_transfer *t;
		CURLcode result = message->data.result;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		end_transfer(t, result);
	}
	if (m->running > 0)
		timer_set(&ex->timers, &m->timer, boot_us() + LOOK_US, look, ex);
	else
		tell(ex);
}

static void
taken(struct executor *ex)
{
	struct mailer *m = &ex->mailer;
	int rows = db_rows(m->batch, 0);
	m->transfers = arena_array(m->arena, (size_t)rows + 1, sizeof *m->transfers);
	for (int i = 0; i < rows; i++)
		m->count += mail_taken(m->batch, 0, i, m->arena, &m->transfers[m->count].mail);
	m->batch = NULL;
	if (m->count == 0) {
		rest(ex, ROUND_US);
		return;
	}
	m->step = MAIL_SEND;
	for (unsigned i = 0; i < m->count; i++)
		start_transfer(ex, &m->transfers[i]);
	timer_set(&ex->timers, &m->timer, boot_us(), look, ex);
}

void
mail_advance(struct executor *ex)
{
	struct mailer *m = &ex->mailer;
	struct err err = {0};
	m->progress = db_advance(m->batch, &err);
	if (m->progress == DB_FAILED)
		failed(ex, &err);
	else if (m->progress == DB_DONE && m->step == MAIL_TAKE)
		taken(ex);
	else if (m->progress == DB_DONE)
		rest(ex, m->count == MAIL_ROUND_MAX ? 0 : ROUND_US);
}

/* ---- start and end ---- */

bool
mail_start(struct executor *ex, struct err *err)
{
	const struct executor_settings *s = ex->settings;
	struct mailer *m = &ex->mailer;
	if (!s->smtp[0])
		return true;
	if (strncmp(s->smtp, "smtp://", 7) != 0 && strncmp(s->smtp, "smtps://", 8) != 0)
		return err_set(err, ERR_INVALID,
			"smtp is an address such as smtp://mail.example.org:587 or smtps://mail.example.org.");
	if (strcmp(s->smtp_tls, "required") != 0 && strcmp(s->smtp_tls, "off") != 0)
		return err_set(err, ERR_INVALID, "smtp_tls is required or off.");
	if (!s->key_file[0])
		return err_set(err, ERR_INVALID, "smtp needs key_file: mail is sealed to the executors' key.");
	if (!crypto_start(err) || !seal_key_read(s->key_file, SEAL_OF_EXECUTORS, &m->key, err))
		return false;
	m->multi = curl_multi_init();
	if (!m->multi)
		out_of_memory();
	timer_set(&ex->timers, &m->timer, boot_us(), begin, ex);
	return true;
}

void
mail_release(struct executor *ex)
{
	struct mailer *m = &ex->mailer;
	free_transfers(m);
	if (m->multi)
		curl_multi_cleanup(m->multi);
	db_free(m->db);
	arena_free(m->arena);
	seal_key_free(m->key);
}
