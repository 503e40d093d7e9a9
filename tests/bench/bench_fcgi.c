/*
 * The limit lines of `scripts/bench api`: what a FastCGI program can do at best behind the same nginx.
 *
 *	bench_fcgi SOCKET WORKERS hello              answers a constant
 *	bench_fcgi SOCKET WORKERS query CONNINFO     answers one row found by a prepared statement
 */
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
one_row(PGconn *db, PGresult **ret_result)
{
	const char *const values[1] = {"0"};
	PGresult *result = PQexecPrepared(db, "q", 1, values, NULL, NULL, 0);
	*ret_result = result;
	return PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : NULL;
}

static int
serve(int fd, const char *conninfo)
{
	PGconn *db = NULL;
	if (conninfo) {
		db = PQconnectdb(conninfo);
		PGresult *prepared = PQprepare(db, "q",
			"select json_build_object('id', w.id, 'name', w.name)::text from workspace w order by (w.slug "
			"< $1), w.id limit 1",
			1, NULL);
		if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
			fprintf(stderr, "%s", PQerrorMessage(db));
			return 1;
		}
		PQclear(prepared);
	}
	FCGX_Init();
	FCGX_Request request;
	FCGX_InitRequest(&request, fd, 0);
	while (FCGX_Accept_r(&request) == 0) {
		PGresult *result = NULL;
		const char *body = db ? one_row(db, &result) : "{\"hello\":\"world\"}";
		FCGX_FPrintF(request.out,
			"Status: %d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			body ? 200 : 500, body ? (int)strlen(body) : 0, body ? body : "");
		PQclear(result);
		FCGX_Finish_r(&request);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	int fd = FCGX_OpenSocket(argv[1], 1024);
	if (fd < 0 || chmod(argv[1], 0666) != 0)
		return 1;
	for (int i = 0; i < atoi(argv[2]); i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(serve(fd, argc > 4 ? argv[4] : NULL));
		}
	while (wait(NULL) > 0)
		continue;
	return 1;
}
