/*
 * The directory of the links, and the READMEs (see lineage_live.h). live.c changes links that
 * exist.
 */
#include "store/lineage/lineage_live.h"

#include "base/alloc.h"
#include "os/file/folder.h"
#include "store/lineage/lineage_parts.h"

static const char base_readme[] =
	"This directory contains your keys and certificates, in one directory for each certificate.\n"
	"\n"
	"`[cert name]/privkey.pem`  : the private key of the certificate. Keep it secret.\n"
	"`[cert name]/fullchain.pem`: the certificate and its chain, which most servers want.\n"
	"`[cert name]/chain.pem`    : the chain alone, for OCSP stapling.\n"
	"`[cert name]/cert.pem`     : the certificate alone. Few servers work with it.\n"
	"\n"
	"Do not move or rename these files: they are links to the present versions, and renewal\n"
	"changes them where they are. `certbot delete` removes a certificate.\n";

static const char lineage_readme[] =
	"This directory contains your key and certificate.\n"
	"\n"
	"`privkey.pem`  : the private key of the certificate. Keep it secret.\n"
	"`fullchain.pem`: the certificate and its chain, which most servers want.\n"
	"`chain.pem`    : the chain alone, for OCSP stapling.\n"
	"`cert.pem`     : the certificate alone. Few servers work with it.\n"
	"\n"
	"Do not move or rename these files: they are links to the present versions, and renewal\n"
	"changes them where they are. `certbot delete` removes a certificate.\n";

/* A README of ours does not make a directory occupied; anything else might be somebody's. */
bool lineage_has_only_readme(const char *live_dir)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	return dir_list(live_dir, "", &names, &ignored) == 0 &&
	       names.count == strvec_contains(&names, LINEAGE_README);
}

/* An existing file stays as it is, whether Certbot, the user or, a moment ago, another thread wrote
 * it: the first lineages of a fleet's machine are made at the same time. */
static int write_readme(const struct lineage *lineage, const struct folder *folder,
			const char *text, struct error *err)
{
	const struct file_attributes attributes = {.mode = lineage_file_mode(lineage)};
	AUTO(error) struct error failure = ERROR_INIT;

	if (folder_has(folder, LINEAGE_README) ||
	    folder_create(folder, LINEAGE_README, span_of(text), &attributes, &failure) == 0 ||
	    failure.code == ERR_EXISTS)
		return 0;
	return error_move(err, &failure);
}

int lineage_make_live_dir(const struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder live = FOLDER_INIT;

	if (file_exists(lineage->live_dir))
		return 0;
	if (dir_make(lineage->live_dir, 0755, err) < 0 ||
	    folder_open(lineage->live_dir, &live, err) < 0)
		return err->code;
	return write_readme(lineage, &live, lineage_readme, err);
}

static int make_links(const struct lineage *lineage, const struct folder *live, struct error *err)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *file = store_suffixed_version_name((enum store_kind)kind,
								   lineage->suffix, 1);
		AUTO_FREE char *target = xasprintf("../../archive/%s/%s", lineage->name, file);

		if (!folder_has(live, path_basename(lineage->paths[kind])) &&
		    folder_symlink(live, target, path_basename(lineage->paths[kind]), err) < 0)
			return err->code;
	}
	return 0;
}

/* Steps that were done are skipped, since a creation that was interrupted starts here again. */
int lineage_write_live(const struct lineage *lineage, struct error *err)
{
	AUTO_FREE char *base_path = path_dirname(lineage->live_dir);
	AUTO(folder) struct folder base = FOLDER_INIT;
	AUTO(folder) struct folder live = FOLDER_INIT;

	if (lineage_open_folder(lineage, base_path, &base, err) < 0 ||
	    write_readme(lineage, &base, base_readme, err) < 0 ||
	    folder_make_dir(&base, path_basename(lineage->live_dir), 0755, err) < 0 ||
	    lineage_open_folder(lineage, lineage->live_dir, &live, err) < 0)
		return err->code;
	if (make_links(lineage, &live, err) < 0 ||
	    (lineage_second_version(lineage, 1) && make_links(lineage->second, &live, err) < 0))
		return err->code;
	if (write_readme(lineage, &live, lineage_readme, err) < 0 || folder_sync(&live, err) < 0)
		return err->code;
	return folder_sync(&base, err);
}
