/*
 * Names that are wanted (see wish.h). What is published says which names they are to replace: a
 * machine that has renewed the certificate meanwhile, as it was, goes on to want them; one where
 * somebody has asked for other names since does not.
 */
#include "app/fleet/member/wish.h"

#include <string.h>

#include "app/issue/identifiers.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"

#define SECTION "names"
#define WANTED "wanted"
#define REPLACED "replaced"

int wish_read_cert_names(struct lineage *lineage, struct strvec *ret_names, struct error *err)
{
	AUTO(acme_identifiers) struct acme_identifiers present = ACME_IDENTIFIERS_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	identifiers_from_cert(cert, &present);
	identifiers_to_names(&present, ret_names);
	return 0;
}

int wish_write(struct lineage *lineage, struct ini *options, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT, present = STRVEC_INIT;
	struct ini_section *section;

	(void)fleet_names_read(lineage_conf(lineage), &names);
	if (!names.count)
		return 0;
	if (wish_read_cert_names(lineage, &present, err) < 0)
		return err->code;
	section = ini_add_section(ini_root(options), SECTION);
	ini_set_list(section, WANTED, &names);
	ini_set_list(section, REPLACED, &present);
	return 0;
}

bool wish_is_in(const struct fleet_record *want)
{
	return want && want->options && strstr(want->options, "[" SECTION "]");
}

/* Takes the names out of the store's options. A renewal may have been under way, of which this
 * record did not know: hence one generation more. */
static int read_wish(struct lineage *lineage, const struct fleet_record *want,
		     struct strvec *ret_names, struct error *err)
{
	AUTO(ini) struct ini *ini = NULL;
	AUTO(strvec) struct strvec replaced = STRVEC_INIT, present = STRVEC_INIT;
	const struct ini_section *section;

	if (!wish_is_in(want) ||
	    renewal_state_generation(lineage_conf(lineage)) > want->generation + 1)
		return 0;
	if (ini_parse(want->options, strlen(want->options), "options in the fleet", &ini, err) < 0)
		return err->code;
	section = ini_find_section(ini_root(ini), SECTION);
	if (!section || !ini_has(section, WANTED))
		return 0;
	if (ini_get_list(section, REPLACED, &replaced, err) < 0 ||
	    wish_read_cert_names(lineage, &present, err) < 0)
		return err->code;
	return strvec_same_set(&replaced, &present) ? ini_get_list(section, WANTED, ret_names, err)
						    : 0;
}

static bool is_noted(const struct lineage *lineage, const struct strvec *names)
{
	AUTO(strvec) struct strvec known = STRVEC_INIT;

	(void)fleet_names_read(lineage_conf(lineage), &known);
	return strvec_same_set(names, &known);
}

bool wish_is_new(struct lineage *lineage, const struct fleet_record *want)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	return read_wish(lineage, want, &names, &unread) < 0 || !is_noted(lineage, &names);
}

int wish_note(struct lineage *lineage, const struct fleet_record *want, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (read_wish(lineage, want, &names, err) < 0)
		return err->code;
	if (is_noted(lineage, &names))
		return 0;
	fleet_names_set(lineage_conf(lineage), &names);
	return lineage_save_conf(lineage, err);
}
