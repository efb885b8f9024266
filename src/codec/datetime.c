/*
 * Times as text (see datetime.h). UTC is computed without libc, by arithmetic on the Gregorian
 * calendar. Only the functions with "local" in their name use the time zone of the process. No
 * function depends on the locale.
 */
#include "codec/datetime.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

enum { DAY_SECONDS = 86400 };

struct fields {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
};

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char weekday_names[7][10] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
					  "Thursday", "Friday", "Saturday"};

/* Gregorian throughout: nothing that is read or written here is older than the calendar. */
static bool is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Days from 1970-01-01 to a date of the year 1 or later. Years are counted from March, so that the
 * leap day is the last day of one; 719468 days lie between 0000-03-01 and 1970-01-01. */
static int64_t days_of_date(int year, int month, int day)
{
	int march_year = year - (month <= 2);
	int march_month = (month + 9) % 12;
	int day_of_year = (153 * march_month + 2) / 5 + day - 1;

	return (int64_t)march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 +
	       day_of_year - 719468;
}

/* The other way round, over eras of 400 years (146097 days), for any second. */
static struct fields fields_of_seconds(int64_t seconds)
{
	int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
	int second_of_day = (int)(seconds - days * DAY_SECONDS);
	int64_t day_number = days + 719468;
	int64_t era = (day_number >= 0 ? day_number : day_number - 146096) / 146097;
	int64_t day_of_era = day_number - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era -
			      (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int march_month = (int)((5 * day_of_year + 2) / 153);
	int month = march_month < 10 ? march_month + 3 : march_month - 9;

	return (struct fields){
		.year = (int)(era * 400 + year_of_era) + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1),
		.hour = second_of_day / 3600,
		.minute = second_of_day / 60 % 60,
		.second = second_of_day % 60,
	};
}

/* A leap second counts as the first second of the next minute, as in POSIX time. */
static bool fields_are_valid(const struct fields *f)
{
	return f->year >= 1 && f->year <= 9999 && f->month >= 1 && f->month <= 12 && f->day >= 1 &&
	       f->day <= days_in_month(f->year, f->month) && f->hour <= 23 && f->minute <= 59 &&
	       f->second <= 60;
}

static int64_t seconds_of_fields(const struct fields *f)
{
	return days_of_date(f->year, f->month, f->day) * DAY_SECONDS + f->hour * 3600 +
	       f->minute * 60 + f->second;
}

/* Exactly that many digits, and no sign or blank as strtol() would take: formats of fixed width are
 * told apart by it. */
static bool take_number(const char **text, int digits, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < digits; i++, (*text)++) {
		if (!ascii_is_digit(**text))
			return false;
		value = value * 10 + (**text - '0');
	}
	*ret_value = value;
	return true;
}

/* English names whatever the locale: HTTP dates are always in English. */
static bool take_month(const char **text, int *ret_month)
{
	for (int i = 0; i < (int)ARRAY_LEN(month_names); i++)
		if (str_starts(*text, month_names[i])) {
			*text += strlen(month_names[i]);
			*ret_month = i + 1;
			return true;
		}
	return false;
}

/* The weekday adds nothing to the date, so it need not be the right one. */
static bool take_weekday(const char **text, bool is_short)
{
	for (size_t i = 0; i < ARRAY_LEN(weekday_names); i++) {
		size_t len = is_short ? 3 : strlen(weekday_names[i]);

		if (strncmp(*text, weekday_names[i], len) == 0) {
			*text += len;
			return true;
		}
	}
	return false;
}

/* Two-digit years of RFC 850 dates: 70 to 99 are in the last century. */
static bool take_short_year(const char **text, int *ret_year)
{
	int year;

	if (!take_number(text, 2, &year))
		return false;
	*ret_year = year + (year < 70 ? 2000 : 1900);
	return true;
}

/* asctime() pads the day with a blank where the other forms have a zero. */
static bool take_padded_day(const char **text, int *ret_day)
{
	if (**text != ' ')
		return take_number(text, 2, ret_day);
	(*text)++;
	return take_number(text, 1, ret_day);
}

/* One conversion, with the letters of strftime(3) where that has one. */
static bool take_field(char letter, const char **text, struct fields *f)
{
	switch (letter) {
	case 'Y':
		return take_number(text, 4, &f->year);
	case 'y':
		return take_short_year(text, &f->year);
	case 'm':
		return take_number(text, 2, &f->month);
	case 'b':
		return take_month(text, &f->month);
	case 'd':
		return take_number(text, 2, &f->day);
	case 'e':
		return take_padded_day(text, &f->day);
	case 'H':
		return take_number(text, 2, &f->hour);
	case 'M':
		return take_number(text, 2, &f->minute);
	case 'S':
		return take_number(text, 2, &f->second);
	case 'a':
	case 'A':
		return take_weekday(text, letter == 'a');
	default:
		BUG("unknown conversion %%%c", letter);
	}
}

/* Matches the front of `*text` and moves it on. Letters match in either case. */
static bool take_pattern(const char **text, const char *pattern, struct fields *f)
{
	for (; *pattern; pattern++) {
		if (*pattern == '%') {
			if (!take_field(*++pattern, text, f))
				return false;
		} else if (ascii_lower(*(*text)++) != ascii_lower(*pattern)) {
			return false;
		}
	}
	return fields_are_valid(f);
}

/* An optional fraction of a second, which is dropped. */
static bool skip_fraction(const char **text)
{
	size_t digits;

	if (**text != '.')
		return true;
	digits = strspn(*text + 1, "0123456789");
	*text += 1 + digits;
	return digits > 0;
}

/* "Z" or "+HH:MM"; the offset east of UTC in seconds. */
static bool take_offset(const char **text, int *ret_offset)
{
	int sign = **text == '-' ? -1 : 1;
	int hours, minutes;

	if (ascii_lower(*(*text)) == 'z') {
		(*text)++;
		*ret_offset = 0;
		return true;
	}
	if (**text != '+' && **text != '-')
		return false;
	(*text)++;
	if (!take_number(text, 2, &hours) || *(*text)++ != ':' || !take_number(text, 2, &minutes))
		return false;
	*ret_offset = sign * (hours * 3600 + minutes * 60);
	return hours <= 23 && minutes <= 59;
}

bool datetime_parse_rfc3339(const char *text, int64_t *ret_seconds)
{
	struct fields f = {0};
	int offset;

	if (!take_pattern(&text, "%Y-%m-%dT%H:%M:%S", &f) || !skip_fraction(&text) ||
	    !take_offset(&text, &offset) || *text)
		return false;
	*ret_seconds = seconds_of_fields(&f) - offset;
	return true;
}

/* All three forms are tried: RFC 9110 section 5.6.7 has recipients accept the two obsolete ones. */
bool datetime_parse_http(const char *text, int64_t *ret_seconds)
{
	static const char *const patterns[] = {
		"%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
		"%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
		"%a %b %e %H:%M:%S %Y",      /* asctime() */
	};

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct fields f = {0};
		const char *rest = text;

		if (take_pattern(&rest, patterns[i], &f) && !*rest) {
			*ret_seconds = seconds_of_fields(&f);
			return true;
		}
	}
	return false;
}

/* Apart from take_pattern() because these digits are inside DER, without a NUL after them. */
bool datetime_parse_digits(const char *digits, int64_t *ret_seconds)
{
	struct fields f = {0};

	if (!take_number(&digits, 4, &f.year) || !take_number(&digits, 2, &f.month) ||
	    !take_number(&digits, 2, &f.day) || !take_number(&digits, 2, &f.hour) ||
	    !take_number(&digits, 2, &f.minute) || !take_number(&digits, 2, &f.second) ||
	    !fields_are_valid(&f))
		return false;
	*ret_seconds = seconds_of_fields(&f);
	return true;
}

bool datetime_parse_local(const char *text, int64_t *ret_seconds)
{
	struct fields f = {0};
	struct tm local;
	time_t seconds;

	if (!take_pattern(&text, "%Y-%m-%dT%H:%M:%S", &f) || !skip_fraction(&text) || *text)
		return false;
	local = (struct tm){
		.tm_year = f.year - 1900,
		.tm_mon = f.month - 1,
		.tm_mday = f.day,
		.tm_hour = f.hour,
		.tm_min = f.minute,
		.tm_sec = f.second,
		/* Unknown: the C library decides whether summer time applies at that time. */
		.tm_isdst = -1,
	};
	seconds = mktime(&local);
	/* -1 is also the last second of 1969, which nobody writes here. */
	if (seconds == (time_t)-1)
		return false;
	*ret_seconds = seconds;
	return true;
}

static void put_digits(char **at, int value, int count)
{
	for (int i = count; i-- > 0; value /= 10)
		(*at)[i] = (char)('0' + value % 10);
	*at += count;
}

/* Date and time of day, in four and in two digits each, and a zone. Without a format to interpret:
 * a list of certificates has a time in each entry. */
static char *iso_text(int64_t seconds, char between, const char *zone)
{
	const struct fields f = fields_of_seconds(seconds);
	const int rest[] = {f.month, f.day, f.hour, f.minute, f.second};
	const char before[] = {'-', '-', between, ':', ':'};
	char text[32], *at = text;

	if (f.year < 0 || f.year > 9999)
		return xasprintf("%04d-%02d-%02d%c%02d:%02d:%02d%s", f.year, f.month, f.day,
				 between, f.hour, f.minute, f.second, zone);
	put_digits(&at, f.year, 4);
	for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
		*at++ = before[i];
		put_digits(&at, rest[i], 2);
	}
	memcpy(at, zone, strlen(zone) + 1);
	return xstrdup(text);
}

char *datetime_rfc3339(int64_t seconds)
{
	return iso_text(seconds, 'T', "Z");
}

char *datetime_local(int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm local;

	if (!localtime_r(&time, &local))
		BUG("no local time for %lld", (long long)seconds);
	return xasprintf("%04d-%02d-%02dT%02d:%02d:%02d", local.tm_year + 1900, local.tm_mon + 1,
			 local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

char *datetime_date(int64_t seconds)
{
	struct fields f = fields_of_seconds(seconds);

	return xasprintf("%04d-%02d-%02d", f.year, f.month, f.day);
}

/* The form of Python's str(datetime), which Certbot writes into its files. */
char *datetime_python(int64_t seconds)
{
	return iso_text(seconds, ' ', "+00:00");
}

char *datetime_http(int64_t seconds)
{
	struct fields f = fields_of_seconds(seconds);
	/* 1970-01-01 was a Thursday; +7 keeps the remainder positive before it. */
	int weekday = (int)((days_of_date(f.year, f.month, f.day) % 7 + 4 + 7) % 7);

	return xasprintf("%.3s, %02d %s %04d %02d:%02d:%02d GMT", weekday_names[weekday], f.day,
			 month_names[f.month - 1], f.year, f.hour, f.minute, f.second);
}

enum unit_kind {
	UNIT_SECONDS,
	UNIT_MONTHS,
};

static const struct unit {
	const char *names; /* each between blanks */
	enum unit_kind kind;
	int size; /* seconds or months in one */
} units[] = {
	{" s sec secs second seconds ", UNIT_SECONDS, 1},
	{" m min mins minute minutes ", UNIT_SECONDS, 60},
	{" h hr hrs hour hours ", UNIT_SECONDS, 3600},
	{" d dy day days ", UNIT_SECONDS, DAY_SECONDS},
	{" w wk wks week weeks ", UNIT_SECONDS, 7 * DAY_SECONDS},
	{" mo mth mths month months ", UNIT_MONTHS, 1},
	{" y yr yrs year years ", UNIT_MONTHS, 12},
};

/* The blanks on both sides make strstr() match whole words only. */
static const struct unit *find_unit(struct span word)
{
	AUTO_FREE char *name = span_dup(word);
	AUTO_FREE char *key = xasprintf(" %s ", name);

	ascii_lower_string(key);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (word.len && strstr(units[i].names, key))
			return &units[i];
	return NULL;
}

/* Same day of another month, or that month's last day when it is shorter. */
static bool add_months(int64_t *seconds, int64_t count)
{
	struct fields f = fields_of_seconds(*seconds);
	int64_t months = (int64_t)f.year * 12 + f.month - 1 + count;

	/* Years have four digits in everything that is written. */
	if (months < 12 || months >= 10000 * 12)
		return false;
	f.year = (int)(months / 12);
	f.month = (int)(months % 12) + 1;
	if (f.day > days_in_month(f.year, f.month))
		f.day = days_in_month(f.year, f.month);
	*seconds = seconds_of_fields(&f);
	return true;
}

static bool add_units(int64_t *seconds, int64_t count, const struct unit *unit)
{
	switch (unit->kind) {
	case UNIT_SECONDS:
		*seconds += count * unit->size;
		return true;
	case UNIT_MONTHS:
		return add_months(seconds, count * unit->size);
	}
	return false;
}

/* Certbot's parser (parsedatetime) reads "1 month, 2 days and 3 hours", so confs may have it. */
static void skip_separators(const char **text)
{
	while (ascii_is_space(**text) || **text == ',')
		(*text)++;
	if (str_starts(*text, "and") && ascii_is_space((*text)[3]))
		*text += 4;
	while (ascii_is_space(**text))
		(*text)++;
}

/* "<int> <unit>", with or without a blank in between. */
static bool take_term(const char **text, int64_t *ret_count, const struct unit **ret_unit)
{
	size_t digits = strspn(*text + (**text == '-'), "0123456789") + (**text == '-');
	AUTO_FREE char *number = xstrndup(*text, digits);
	size_t letters = 0;

	if (!str_to_int64(number, -1000000000, 1000000000, ret_count))
		return false;
	*text += digits;
	while (ascii_is_space(**text))
		(*text)++;
	while (ascii_is_alpha((*text)[letters]))
		letters++;
	*ret_unit = find_unit(span_make(*text, letters));
	*text += letters;
	return *ret_unit != NULL;
}

/* Certbot's rule: a number without a unit counts days. */
static bool is_bare_count(const char *text)
{
	struct span trimmed = span_trim(span_of(text));

	for (size_t i = trimmed.len && trimmed.ptr[0] == '-'; i < trimmed.len; i++)
		if (!ascii_is_digit(trimmed.ptr[i]))
			return false;
	return trimmed.len > 0;
}

bool datetime_add_interval(const char *text, int64_t from, int64_t *ret_seconds)
{
	AUTO_FREE char *whole = xasprintf("%s%s", text, is_bare_count(text) ? " days" : "");
	const char *rest = whole;
	int64_t sum = from;

	skip_separators(&rest);
	if (!*rest)
		return false;
	while (*rest) {
		const struct unit *unit = NULL;
		int64_t count;

		if (!take_term(&rest, &count, &unit) || !add_units(&sum, count, unit))
			return false;
		skip_separators(&rest);
	}
	*ret_seconds = sum;
	return true;
}
