/* stepmill: the command line. */
#include "cli/cli.h"

#include <locale.h>
#include <signal.h>

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(), told once at the end */
	return cli_main(argc, argv);
}
