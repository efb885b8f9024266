/*
 * Names of checkpoint directories (see places.h). Certbot names a finished one by a Python float
 * printed as text, "1790000000.25", and sorts the names as text.
 */
#include "txn/places.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"

#define IN_PROGRESS "IN_PROGRESS"

char *txn_backups_dir(const char *work_dir)
{
	return path_join(work_dir, "backups");
}

char *txn_temporary_dir(const char *work_dir)
{
	return path_join(work_dir, "temp_checkpoint");
}

char *txn_permanent_dir(const char *work_dir)
{
	AUTO_FREE char *backups = txn_backups_dir(work_dir);

	return path_join(backups, IN_PROGRESS);
}

/* Not among the backups: Certbot takes every name there for a time. */
char *txn_rollback_note(const char *work_dir)
{
	return path_join(work_dir, "rollback-undone");
}

/* "IN_PROGRESS" and directories of the user's are not. */
bool txn_name_is_time(const char *name)
{
	size_t whole = strspn(name, "0123456789");
	size_t fraction = name[whole] == '.' ? strspn(name + whole + 1, "0123456789") : 0;

	if (!whole)
		return false;
	return !name[whole] || (fraction && !name[whole + 1 + fraction]);
}

/* A link is not followed: undoing renames the directory. */
int txn_finished_names(const char *backups_dir, struct strvec *ret_names, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!file_is_dir(backups_dir))
		return 0;
	if (dir_list(backups_dir, "", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(backups_dir, names.items[i]);

		if (strcmp(names.items[i], IN_PROGRESS) != 0 && file_is_dir(path) &&
		    !file_is_symlink(path))
			strvec_push(ret_names, names.items[i]);
	}
	return 0;
}

/* "1790000000.123", without trailing zeros but with at least one digit, as Python prints it. */
static char *name_of_time(int64_t now_ms)
{
	char *name = xasprintf("%lld.%03d", (long long)(now_ms / 1000), (int)(now_ms % 1000));
	size_t len = strlen(name);

	while (name[len - 1] == '0' && name[len - 2] != '.')
		name[--len] = '\0';
	return name;
}

/* One second more, in decimal: a float would lose digits. */
static char *second_after(const char *name)
{
	size_t whole = strspn(name, "0123456789");
	AUTO_FREE char *digits = xasprintf("0%.*s", (int)whole, name);
	size_t i = whole;

	while (digits[i] == '9')
		digits[i--] = '0';
	digits[i]++;
	return xasprintf("%s%s", digits[0] == '0' ? digits + 1 : digits,
			 name[whole] ? name + whole : ".0");
}

/* Always after the newest there is, also if the clock was set back: the order of the names is the
 * order in which they are undone. */
char *txn_next_name(const struct strvec *names, int64_t now_ms)
{
	char *name = name_of_time(now_ms);

	for (size_t i = names->count; i-- > 0;) {
		if (!txn_name_is_time(names->items[i]))
			continue;
		if (strcmp(names->items[i], name) >= 0)
			REPLACE(name, second_after(names->items[i]));
		break;
	}
	return name;
}
