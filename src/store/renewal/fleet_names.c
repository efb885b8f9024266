/*
 * The record of names that a fleet wants (see fleet_names.h).
 */
#include "store/renewal/fleet_names.h"

#include "base/error.h"

#define SECTION "renewal_state"
#define KEY "fleet_names"

/* Half a list is none: names would be missing from the certificate that nobody has taken away. */
bool fleet_names_read(const struct ini *conf, struct strvec *ret_names)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), SECTION);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	if (!section || !ini_has(section, KEY) || ini_get_list(section, KEY, &names, &unread) < 0 ||
	    !names.count)
		return false;
	if (ret_names)
		strvec_extend(ret_names, &names);
	return true;
}

void fleet_names_set(struct ini *conf, const struct strvec *names)
{
	if (names->count)
		ini_set_list(ini_add_section(ini_root(conf), SECTION), KEY, names);
	else
		ini_drop(conf, SECTION, KEY);
}
