/* Days of the calendar; see day.h. */
#include "base/day.h"

#include <stdbool.h>

static int64_t
divided(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
day_at(int64_t seconds)
{
	return divided(seconds, DAY_SECONDS);
}

int64_t
day_number(int64_t year, int month, int day)
{
	/* Years from March on, so that the day that some have is their last; 719468 days lie between 0000-03-01 and 1970. */
	int64_t y = month > 2 ? year : year - 1, era = divided(y, 400), of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct day
day_of(int64_t number)
{
	int64_t n = number + 719468, era = divided(n, 146097), day = n - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
	int month = (int)(m < 10 ? m + 3 : m - 9);
	return (struct day){year + era * 400 + (month <= 2), month, (int)(of_year - (153 * m + 2) / 5 + 1)};
}

int
day_week(int64_t number)
{
	return (int)(number + 4 - divided(number + 4, 7) * 7);
}

static bool
leaps(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
days_in_month(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && leaps(year));
}
