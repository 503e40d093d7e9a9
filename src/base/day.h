/* Days, as everybody counts them: the Gregorian calendar, before 1582 too. A day is a number from 1970-01-01 on, which is 0. */
#ifndef STEPMILL_BASE_DAY_H
#define STEPMILL_BASE_DAY_H

#include <stdint.h>

#define DAY_SECONDS 86400

struct day {
	int64_t year;
	int month, day; /* from 1 */
};

int64_t day_number(int64_t year, int month, int day);
struct day day_of(int64_t number);
int64_t day_at(int64_t seconds); /* the number of the day that a second since 1970 is in */
int day_week(int64_t number);	 /* 0: Sunday */
int days_in_month(int64_t year, int month);

#endif
