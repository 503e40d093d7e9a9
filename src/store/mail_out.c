/* Sending mail; see mail_out.h. */
#include "store/mail_out.h"

#include "db/db.h"

int
mail_add_take(struct db_batch *batch, int most)
{
	int index = db_add(batch, DB_MAIL_TAKE);
	db_int(batch, most);
	return index;
}

bool
mail_taken(const struct db_batch *batch, int index, int row, struct arena *arena, struct mail_taken *ret_mail)
{
	struct str hex;
	if (!db_value_id(batch, index, row, 0, &ret_mail->id) || !db_value_id(batch, index, row, 1, &ret_mail->key) ||
		!db_value(batch, index, row, 2, &hex))
		return false;
	char *bytes = arena_alloc(arena, hex.n / 2 + 1);
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		bytes[i / 2] = (char)(str_hex_digit(hex.p[i]) << 4 | str_hex_digit(hex.p[i + 1]));
	ret_mail->sealed = (struct str){bytes, hex.n / 2};
	return true;
}

void
mail_add_sent(struct db_batch *batch, struct id id)
{
	db_add(batch, DB_MAIL_SENT);
	db_id(batch, id);
}

void
mail_add_failed(struct db_batch *batch, struct id id, const char *why, bool forever)
{
	db_add(batch, DB_MAIL_FAILED);
	db_id(batch, id);
	db_text(batch, why);
	db_bool(batch, forever);
}
