/* stepmill debug cron EXPRESSION: what a cron expression means, and when it comes due next. */
#include "cli/cli.h"

#include "base/time.h"
#include "flow/cron.h"
#include "json/writer.h"

#define COUNT_MOST 1000

struct asked {
	struct str expression, zone_name;
	struct cron cron;
	const struct zone *zone;
	int64_t from_us;
	unsigned count;
};

/* 2026-11-23T09:30:00, as clocks show there. */
static const char *
local_text(struct cli *cli, int64_t at_us, int32_t offset, char between)
{
	char text[TIME_TEXT_SIZE];
	time_text(at_us + (int64_t)offset * 1000000, text);
	text[10] = between;
	return arena_printf(cli->arena, "%.*s", between == 'T' ? 19 : 16, text);
}

static void
print_times(struct cli *cli, const struct asked *asked)
{
	int64_t at = asked->from_us;
	unsigned n = 0;
	printf("%s. (%.*s)\n", cron_words(cli->arena, &asked->cron), STR_ARG(asked->zone_name));
	for (; n < asked->count && cron_next(&asked->cron, asked->zone, at, &at); n++) {
		struct zone_span span = zone_at(asked->zone, at / 1000000);
		char utc[TIME_TEXT_SIZE];
		time_text(at, utc);
		printf("  %s %-5s  %.19sZ\n", local_text(cli, at, span.offset, ' '), span.name, utc);
	}
	if (n < asked->count)
		printf("  nothing more up to the year 9999\n");
}

static void
print_json(struct cli *cli, const struct asked *asked)
{
	struct buf out;
	struct json_writer w;
	int64_t at = asked->from_us;
	char utc[TIME_TEXT_SIZE];
	buf_init(&out, SIZE_MAX / 2);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	json_key(&w, "expression"), json_str(&w, asked->expression);
	json_key(&w, "zone"), json_str(&w, asked->zone_name);
	json_key(&w, "words"), json_str(&w, str_of(cron_words(cli->arena, &asked->cron)));
	json_key(&w, "next");
	json_array(&w);
	for (unsigned n = 0; n < asked->count && cron_next(&asked->cron, asked->zone, at, &at); n++) {
		struct zone_span span = zone_at(asked->zone, at / 1000000);
		int32_t away = span.offset < 0 ? -span.offset : span.offset;
		time_text(at, utc);
		json_object(&w);
		json_key(&w, "at"), json_str(&w, str_of(utc));
		json_key(&w, "local");
		json_str(&w, str_of(arena_printf(cli->arena, "%s%c%02d:%02d", local_text(cli, at, span.offset, 'T'),
				     span.offset < 0 ? '-' : '+', away / 3600, away / 60 % 60)));
		json_end(&w);
	}
	json_end(&w);
	json_end(&w);
	buf_add_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
}

static int
run_command(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
	const char *zone = "UTC", *from = NULL, *count = "5";
	bool json = false;
	const struct cli_option options[] = {
		CLI_TEXT("zone", &zone, "NAME", NULL, "time zone, as Europe/Berlin (UTC)"),
		CLI_TEXT("from", &from, "TIME", NULL, "times after this one, as 2027-01-31T08:00:00Z (now)"),
		CLI_TEXT("count", &count, "N", NULL, "how many times (5)"),
		CLI_JSON(&json),
		CLI_OPTIONS_END,
	};
	struct cli_args args;
	struct asked asked = {.from_us = wall_us()};
	struct err err = {0};
	unsigned long long number;
	int status;
	if (!cli_parse(cli, command, options, argc, argv, 1, 1, &args, &status))
		return status;
	if (!str_to_u64(str_of(count), COUNT_MOST, &number) || number == 0)
		return cli_complain(
			cli, CLI_WRONG, "--count is \"%s\", and it is a number from 1 to %d.", count, COUNT_MOST);
	if (from && !time_parse(from, strlen(from), &asked.from_us))
		return cli_complain(cli, CLI_WRONG,
			"--from is \"%s\", and it is a time as 2027-01-31T08:00:00Z, from 1970 on.", from);
	asked.expression = str_of(args.items[0]);
	asked.zone_name = str_of(zone);
	asked.count = (unsigned)number;
	if (!zone_load(cli->arena, asked.zone_name, &asked.zone, &err))
		return cli_fail(cli, CLI_WRONG, &err);
	if (!cron_parse(asked.expression, &asked.cron, &err))
		return cli_fail(cli, CLI_FAILED, &err);
	(json ? print_json : print_times)(cli, &asked);
	return CLI_OK;
}

const struct cli_command cli_debug_cron = {"debug cron", "EXPRESSION [--zone NAME] [--from TIME] [--count N]",
	"say what a cron expression means, and when it comes due",
	"Prints a cron expression in words, and the next times at which it comes due, on the clock of its zone and in "
	"UTC.\n"
	"Fields are minute, hour, day of month, month and day of week: '*/15 9-17 * * MON-FRI', '0 8 L * *', "
	"'@daily'.\n"
	"Exit status: 0 it is one, 1 it is none, and which field is wrong was said, 2 wrong use.\n",
	run_command, NULL};
