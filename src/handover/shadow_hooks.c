/*
 * Compares which hooks would run (see shadow_compare.h). This follows the rules of both programs
 * instead of running anything, because hooks act on the machine. Since 0.17, Certbot takes the same
 * files of renewal-hooks in the same order as this program (list_hooks() in its hooks.py). It hands
 * each of them, like each command of a conf, to a shell unquoted.
 */
#include <string.h>

#include "handover/shadow_compare.h"
#include "app/debts/hooks.h"
#include "base/alloc.h"
#include "base/ascii.h"

static const char not_found[] =
	"a shell splits its name at special characters and does not find the program";

/* Other characters in a file name mean something to a shell, while this program simply runs the
 * file of that name. */
static bool is_plain_word(const char *text)
{
	for (; *text; text++)
		if (!ascii_is_alnum(*text) && !strchr("/._-+:,@=", *text) &&
		    !((unsigned char)*text & 0x80))
			return false;
	return true;
}

static void add_hook(struct differences *differences, char *own_subject, const char *there)
{
	differences_add(differences, "hooks", own_subject, xstrdup("runs"), xstrdup(there));
}

/* ---- Directories ---- */

/* Reports the whole directory at once for a program that does not look there. */
static void compare_kind(const char *config_dir, const char *kind, bool is_known,
			 struct differences *differences)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	hooks_of_directory(config_dir, kind, &paths);
	for (size_t i = 0; i < paths.count; i++) {
		AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

		if (is_known && is_plain_word(paths.items[i]))
			continue;
		strbuf_add_printable(&shown, paths.items[i], strlen(paths.items[i]));
		add_hook(differences, strbuf_detach(&shown),
			 is_known ? not_found : "has no directories of hooks");
	}
}

/* The option that switches these directories off came with them. */
static int compare_directories(const struct settings *settings, struct shadow_side *there,
			       struct differences *differences, struct error *err)
{
	static const char *const kinds[] = {"pre", "deploy", "post"};
	AUTO(strvec) struct strvec option = STRVEC_INIT;
	AUTO(strvec) struct strvec unknown = STRVEC_INIT;

	strvec_push(&option, "--no-directory-hooks");
	if (!settings_flag(settings, "directory_hooks"))
		return 0;
	if (shadow_side_unknown(there, settings, &option, &unknown, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		compare_kind(settings_config_dir(settings), kinds[i], unknown.count == 0,
			     differences);
	return 0;
}

/* ---- Confs ---- */

static void compare_conf(const struct shadow_conf *conf, struct differences *differences)
{
	static const char *const keys[] = {"pre_hook", "renew_hook", "post_hook"};
	const struct ini_section *params =
		conf->ini ? ini_find_section(ini_root(conf->ini), "renewalparams") : NULL;

	for (size_t i = 0; params && i < ARRAY_LEN(keys); i++) {
		const char *command = ini_peek(params, keys[i]);

		if (command && hooks_is_program(command) && !is_plain_word(command))
			add_hook(differences, xasprintf("%s of %s", keys[i], conf->name),
				 not_found);
	}
}

int shadow_compare_hooks(const struct settings *settings, const struct shadow_confs *confs,
			 struct shadow_side *there, struct differences *differences,
			 struct error *err)
{
	for (size_t i = 0; i < confs->count; i++)
		compare_conf(&confs->items[i], differences);
	return compare_directories(settings, there, differences, err);
}
