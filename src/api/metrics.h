/* /metrics in the text form of Prometheus, on a port of its own (setting metrics), served by a process beside the workers. */
#ifndef STEPMILL_API_METRICS_H
#define STEPMILL_API_METRICS_H

struct db;

/* Until a signal ends it; the exit status. */
int metrics_serve(const char *address, struct db *db);

#endif
