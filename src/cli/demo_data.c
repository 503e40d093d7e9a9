/* The texts of the demo workspace: three prompts and the chains made of them. tests/unit/cli holds them against the
 * checker. */
#include "cli/demo_data.h"

#include <stddef.h>

const struct demo_prompt demo_prompts[] = {
	{DEMO_EXTRACT, "Extract key points", "The points that matter, as a list",
		"List the key points of the text below, the most important first. One line each, no introduction.\n"
		"\n"
		"{{text}}",
		{"text"}},
	{DEMO_SUMMARISE, "Summarise for executive", "A short summary for somebody who has one minute",
		"Summarise these points for an executive who has one minute. Tone: {{tone}}. Three sentences at most.\n"
		"\n"
		"{{content}}",
		{"tone", "content"}},
	{DEMO_ACTIONS, "Generate action items", "Who does what by when",
		"Turn the summary below into action items: an owner, what is to be done, and by when.\n"
		"\n"
		"{{summary}}",
		{"summary"}},
	{NULL, NULL, NULL, NULL, {NULL}},
};

/* Meeting notes: what somebody would paste on their first visit. */
#define DEMO_TEXT \
	"Notes of the launch review, Thursday. The beta has 412 active teams, up from 290 in September, and 61 % of " \
	"them came " \
	"back in their fourth week. Support answers in three hours on average; the goal is one. Lena reported that " \
	"imports over " \
	"50 MB time out for about one customer in twenty, and that this is the most frequent ticket. Marco has a fix " \
	"that moves " \
	"imports to the background; it needs a week of testing before it can go out. Pricing was discussed at " \
	"length: Priya " \
	"wants to keep the free plan at three seats, sales would rather have five. It was decided to stay at three " \
	"until the end " \
	"of the quarter and then look at the numbers again. The public launch moves from 3 December to 10 December, " \
	"because the " \
	"security audit report arrives on the 4th. Tom will tell the press contacts today. The next review is on " \
	"Thursday at ten."

#define STEP(key, name, prompt, input, model, options) \
	"{\"key\":\"" key "\",\"name\":\"" name "\",\"kind\":\"prompt\",\"prompt\":{\"id\":\"" prompt \
	"\",\"version\":1}," \
	"\"input\":{" input "},\"model\":\"" model "\"" options ",\"timeout_seconds\":60}"

#define STREAMED(ms) ",\"options\":{\"stream_ms\":" ms "}"

#define CHAIN(text_facts, extract, summarise, actions, options) \
	"{\"type\":\"chain\",\"input\":{\"type\":\"object\",\"properties\":{" \
	"\"text\":{\"type\":\"string\",\"title\":\"Text\",\"description\":\"What to work on: notes, a report, an " \
	"article\"," \
	"\"minLength\":1,\"maxLength\":20000" text_facts "}," \
	"\"tone\":{\"type\":\"string\",\"title\":\"Tone\",\"enum\":[\"professional\",\"friendly\"],\"default\":" \
	"\"professional\"}}," \
	"\"required\":[\"text\"]},\"steps\":[" STEP("extract", "Extract key points", DEMO_EXTRACT, \
		"\"text\":\"{{input.text}}\"", extract, \
		options) "," STEP("summarise", "Summarise for executive", DEMO_SUMMARISE, \
		"\"tone\":\"{{input.tone || \\\"professional\\\"}}\",\"content\":\"{{steps.extract.output}}\"", \
		summarise, options) "," STEP("actions", "Generate action items", DEMO_ACTIONS, \
		"\"summary\":\"{{steps.summarise.output}}\"", actions, options) "]}"

const struct demo_workflow demo_workflows[] = {
	{DEMO_INSTANT, "Instant chain", "The same chain without any waiting: for tests and measurements",
		CHAIN("", "builtin/instant", "builtin/instant", "builtin/instant", ""), 3},
	{DEMO_CHAIN, "Extract → Summarise → Actions", "From raw notes to who does what by when, in three steps",
		CHAIN(",\"default\":\"" DEMO_TEXT "\"", "builtin/extract", "builtin/summarise", "builtin/actions",
			STREAMED("40")),
		3},
	{NULL, NULL, NULL, NULL, 0},
};
