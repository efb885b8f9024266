/*
 * Opens and reads a lineage (see lineage.h). One run may open ten thousand of them, so each link
 * costs one readlink and one stat, and certificates are read on demand.
 */
#include "store/lineage/lineage.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "crypto/cert/csr.h"
#include "os/file/folder.h"
#include "store/lineage/inventory.h"
#include "store/lineage/lineage_parts.h"
#include "store/lineage/live.h"

int lineage_names(const char *config_dir, struct strvec *ret_names, struct error *err)
{
	AUTO_FREE char *dir = store_renewal_dir(config_dir);
	AUTO(strvec) struct strvec entries = STRVEC_INIT;

	if (!file_is_dir(dir))
		return 0;
	if (dir_list(dir, ".conf", &entries, err) < 0)
		return err->code;
	for (size_t i = 0; i < entries.count; i++) {
		const char *entry = entries.items[i];

		if (entry[0] != '.') /* as the shell's and Certbot's *.conf */
			strvec_give(ret_names, xstrndup(entry, strlen(entry) - strlen(".conf")));
	}
	return 0;
}

void lineage_free(struct lineage *lineage)
{
	if (!lineage)
		return;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		free(lineage->paths[kind]);
		free(lineage->targets[kind]);
	}
	free(lineage->config_dir);
	free(lineage->name);
	free(lineage->conf_path);
	free(lineage->archive_dir);
	free(lineage->live_dir);
	lineage_free(lineage->second);
	if (!lineage->first)
		ini_free(lineage->conf);
	strbuf_release(&lineage->conf_text);
	cert_free(lineage->cert);
	folder_release(&lineage->live);
	free(lineage);
}

/* A path of the conf. Very old confs have relative ones: they are meant from the working directory,
 * or, where that does not lead to a link, from the config directory. */
static char *whole_path(const struct lineage *lineage, char *own_path)
{
	AUTO_FREE char *path = own_path;
	AUTO_FREE char *below = NULL;

	if (path[0] == '/' || file_is_there(path))
		return STEAL(path);
	below = path_join(lineage->config_dir, path);
	return file_is_there(below) ? STEAL(below) : STEAL(path);
}

static int read_paths(struct lineage *lineage, struct error *err)
{
	const struct ini_section *root = ini_root(lineage->conf);
	char *archive_dir = NULL;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		const char *key = store_kind_name((enum store_kind)kind);
		char *path = NULL;

		if (!ini_has(root, key))
			return error_set(err, ERR_PARSE,
					 "renewal config file %s is missing a required file "
					 "reference",
					 lineage->conf_path);
		if (ini_get(root, key, &path, err) < 0)
			return error_wrap(err, "cannot use '%s'", lineage->conf_path);
		lineage->paths[kind] = whole_path(lineage, path);
	}
	lineage->live_dir = path_dirname(lineage->paths[STORE_CERT]);
	if (!ini_has(root, "archive_dir"))
		lineage->archive_dir = store_archive_dir(lineage->config_dir, lineage->name);
	else if (ini_get(root, "archive_dir", &archive_dir, err) < 0)
		return error_wrap(err, "cannot use '%s'", lineage->conf_path);
	else
		lineage->archive_dir = whole_path(lineage, archive_dir);
	return 0;
}

static const char *kind_of_file(const char *path)
{
	static const struct kind {
		mode_t type;
		const char *text;
	} kinds[] = {
		{S_IFDIR, "a directory"}, {S_IFIFO, "a FIFO"},   {S_IFSOCK, "a socket"},
		{S_IFCHR, "a device"},    {S_IFBLK, "a device"},
	};
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		return "a link that leads to no file";
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((attributes.st_mode & S_IFMT) == kinds[i].type)
			return kinds[i].text;
	return "not a file";
}

/* Anything else could block the reader, such as a FIFO to which nobody writes. */
static int check_conf_is_file(const char *path, struct error *err)
{
	if (file_is_regular(path) || (!file_exists(path) && !file_is_symlink(path)))
		return 0;
	return error_set(err, ERR_REFUSED, "'%s' is not a renewal configuration: it is %s", path,
			 kind_of_file(path));
}

static int read_conf(struct lineage *lineage, struct error *err)
{
	AUTO(error) struct error unread = ERROR_INIT;
	struct stat attributes;

	if (file_read_whole(lineage->conf_path, LINEAGE_MAX_FILE, &lineage->conf_text, &attributes,
			    &unread) < 0) {
		if (check_conf_is_file(lineage->conf_path, err) < 0)
			return err->code;
		if (unread.code != ERR_NOT_FOUND)
			return error_move(err, &unread);
		return error_set(err, ERR_NOT_FOUND,
				 "No certificate found with name %s (expected %s).", lineage->name,
				 lineage->conf_path);
	}
	return ini_parse(lineage->conf_text.text, lineage->conf_text.len, lineage->conf_path,
			 &lineage->conf, err);
}

int lineage_load_from(const char *config_dir, const char *name, const char *conf_path,
		      struct lineage **ret_lineage, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = XNEW(struct lineage);

	strbuf_init(&lineage->conf_text);
	lineage->live = (struct folder)FOLDER_INIT;
	lineage->config_dir = xstrdup(config_dir);
	lineage->name = xstrdup(name);
	lineage->conf_path = xstrdup(conf_path);
	lineage->suffix = "";
	if (read_conf(lineage, err) < 0 || read_paths(lineage, err) < 0)
		return err->code;
	lineage_attach_second(lineage);
	*ret_lineage = STEAL(lineage);
	return 0;
}

int lineage_load(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err)
{
	AUTO_FREE char *path = NULL;

	if (store_check_name(name, err) < 0)
		return err->code;
	path = store_renewal_path(config_dir, name);
	return lineage_load_from(config_dir, name, path, ret_lineage, err);
}

/* Opens the directory of the links, which are then looked up by their names in it; where they have
 * none in common, by their paths from where we stand. One directory descriptor serves all lookups.
 * It also keeps them in one directory while a switch exchanges it (live_twin.c), so a reader never
 * sees a mixture. */
static bool open_live(const struct lineage *lineage, struct folder *ret_live)
{
	AUTO(error) struct error err = ERROR_INIT;
	size_t len = strlen(lineage->live_dir);

	*ret_live = (struct folder){.fd = AT_FDCWD};
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		const char *path = lineage->paths[kind];

		if (strncmp(path, lineage->live_dir, len) != 0 ||
		    path + len + 1 != path_basename(path))
			return false;
	}
	return folder_open_names(lineage->live_dir, ret_live, &err) == 0;
}

/* Certbot only says "expected to be a symlink". What to do depends on what is there, and people
 * have put files there by copying the directory. */
int lineage_refuse_link(const struct lineage *lineage, enum store_kind kind, struct error *err)
{
	const char *path = lineage->paths[kind];

	if (file_exists(path))
		return error_set(
			err, ERR_PARSE,
			"expected %s to be a symlink, but it is a file. Move it elsewhere; "
			"then 'certbot renew' makes a link to the newest file in %s",
			path, lineage->archive_dir);
	if (lineage_latest_version(lineage))
		return error_set(err, ERR_PARSE,
				 "expected %s to be a symlink, but nothing is there; 'certbot "
				 "renew' makes the link again",
				 path);
	return error_set(
		err, ERR_PARSE,
		"expected %s to be a symlink, but nothing is there, and %s has no complete "
		"set of files to link to. Restore them from a backup, or remove what is left "
		"with 'certbot delete --cert-name %s'",
		path, lineage->archive_dir, lineage->name);
}

/* `checks`: does it lead to a file? */
static int read_link(struct lineage *lineage, const struct folder *live, enum store_kind kind,
		     bool checks, struct error *err)
{
	const char *path = lineage->paths[kind];
	const char *name = live->path ? path_basename(path) : path;
	char *target = folder_link_target(live, name);

	if (!target)
		return lineage_refuse_link(lineage, kind, err);
	REPLACE(lineage->targets[kind], target);
	if (checks && !folder_leads_on(live, name)) {
		AUTO_FREE char *file = live_target_path(path, target);

		return error_set(err, ERR_PARSE, "target %s of symlink %s does not exist", file,
				 path);
	}
	return 0;
}

/* `unchecked`: bits of the kinds that are only read. The lowest version is the current one: with a
 * mixture, every file from the next one on has yet to be shown. */
static int read_links(struct lineage *lineage, const struct folder *live, unsigned unchecked,
		      struct error *err)
{
	unsigned lowest = UINT32_MAX, highest = 0;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		unsigned version;

		if (read_link(lineage, live, (enum store_kind)kind, !(unchecked & 1U << kind),
			      err) < 0)
			return err->code;
		version = store_suffixed_version_of(path_basename(lineage->targets[kind]),
						    (enum store_kind)kind, lineage->suffix);
		if (version < lowest)
			lowest = version;
		if (version > highest)
			highest = version;
	}
	lineage->current = lowest;
	lineage->is_mixed = lowest != highest;
	if (lineage->second)
		lineage_read_second(lineage);
	return 0;
}

int lineage_read_links(struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder live = FOLDER_INIT;

	open_live(lineage, &live);
	return read_links(lineage, &live, 0, err);
}

/* Of a companion, traces of a switch link by link may be all that is left. */
static bool is_clean(const struct lineage *lineage, const struct folder *live)
{
	return live_is_clean(live, "") &&
	       (!lineage->second || live_is_clean(live, lineage->second->suffix));
}

/* Fast and without a repair, so that several threads can do it. A lineage that needs more is left
 * to lineage_open(). */
int lineage_open_clean(const char *config_dir, const char *name, unsigned unchecked,
		       struct lineage **ret_lineage, struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;

	*ret_lineage = NULL;
	if (lineage_load(config_dir, name, &lineage, err) < 0)
		return err->code;
	if (!open_live(lineage, &lineage->live) ||
	    (!(unchecked & LINEAGE_AS_IT_IS) && !is_clean(lineage, &lineage->live)))
		return 0;
	if (read_links(lineage, &lineage->live, unchecked, err) < 0) {
		error_release(err);
		return lineage_read_links(lineage, err); /* reports the first that is wrong */
	}
	*ret_lineage = STEAL(lineage);
	return 0;
}

/* For commands that only read: they must not change anything, but report what `renew` would do. */
int lineage_look(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(folder) struct folder live = FOLDER_INIT;

	if (lineage_load(config_dir, name, &lineage, err) < 0)
		return err->code;
	if (lineage_read_links(lineage, err) < 0) {
		if (open_live(lineage, &live) && !is_clean(lineage, &live))
			error_wrap(err, "a change of its links was interrupted; the next 'certbot "
					"renew' repairs it");
		return err->code;
	}
	*ret_lineage = STEAL(lineage);
	return 0;
}

char *lineage_archive_target(const struct lineage *lineage, enum store_kind kind, unsigned version)
{
	AUTO_FREE char *dir = path_dirname(lineage->paths[kind]);
	AUTO_FREE char *absolute_dir = path_absolute(dir);
	AUTO_FREE char *archive = path_absolute(lineage->archive_dir);
	AUTO_FREE char *relative = path_relative(absolute_dir, archive);
	AUTO_FREE char *name = store_suffixed_version_name(kind, lineage->suffix, version);

	return path_join(relative, name);
}

/* Links that lead nowhere or are gone, while the archive has a whole generation: lineage_deploy()
 * repairs that. A file instead of a link belongs to the user. If somebody has deleted or copied
 * live/NAME, the keys are still in the archive, and without this the site would get a certificate
 * only at the next renewal. */
static bool can_be_shown_again(struct lineage *lineage)
{
	unsigned latest = lineage_latest_version(lineage);

	if (!latest)
		return false;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		const char *path = lineage->paths[kind];
		AUTO(error) struct error no_link = ERROR_INIT;
		char *target = NULL;

		if (file_read_link(path, &target, &no_link) < 0) {
			if (file_exists(path))
				return false;
			target = lineage_archive_target(lineage, (enum store_kind)kind, latest);
		}
		REPLACE(lineage->targets[kind], target);
	}
	lineage->is_mixed = true;
	if (lineage->second)
		lineage_read_second(lineage);
	return true;
}

struct live_links lineage_links_of(const struct lineage *lineage)
{
	struct live_links links = {.count = STORE_KIND__COUNT};

	memcpy(links.paths, lineage->paths, sizeof(lineage->paths));
	if (!lineage->second)
		return links;
	memcpy(links.paths + links.count, lineage->second->paths, sizeof(lineage->second->paths));
	links.count += STORE_KIND__COUNT;
	return links;
}

int lineage_recover_links(const struct lineage *lineage, struct error *err)
{
	const struct live_links links = lineage_links_of(lineage);

	return live_recover(&links, err);
}

/* A disk that is full, or cannot be written, does not make a whole lineage a broken one. */
static int repair(const char *config_dir, const char *name, struct lineage **ret_lineage,
		  struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error unrepaired = ERROR_INIT;

	if (lineage_load(config_dir, name, &lineage, err) < 0)
		return err->code;
	if (lineage_recover_links(lineage, &unrepaired) < 0 &&
	    (lineage_read_links(lineage, err) < 0 || lineage->is_mixed)) {
		error_release(err);
		return error_move(err, &unrepaired);
	}
	if (error_is_set(&unrepaired))
		log_debug("'%s' is used as it is: %s", name, unrepaired.text);
	if (lineage_read_links(lineage, err) < 0) {
		if (!can_be_shown_again(lineage))
			return err->code;
		error_release(err);
	}
	*ret_lineage = STEAL(lineage);
	return 0;
}

int lineage_open(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err)
{
	if (lineage_open_clean(config_dir, name, 0, ret_lineage, err) == 0 && *ret_lineage) {
		folder_release(&(*ret_lineage)->live);
		return 0;
	}
	error_release(err);
	return repair(config_dir, name, ret_lineage, err);
}

unsigned lineage_latest_version(const struct lineage *lineage)
{
	return inventory_latest(lineage->archive_dir, lineage->suffix, UINT_MAX);
}

const char *lineage_name(const struct lineage *lineage)
{
	return lineage->name;
}

const char *lineage_conf_path(const struct lineage *lineage)
{
	return lineage->conf_path;
}

const char *lineage_archive_dir(const struct lineage *lineage)
{
	return lineage->archive_dir;
}

const char *lineage_live_dir(const struct lineage *lineage)
{
	return lineage->live_dir;
}

const char *lineage_live_path(const struct lineage *lineage, enum store_kind kind)
{
	return lineage->paths[kind];
}

struct ini *lineage_conf(const struct lineage *lineage)
{
	return lineage->conf;
}

struct ini_section *lineage_params(const struct lineage *lineage)
{
	return ini_find_section(ini_root(lineage->conf), "renewalparams");
}

unsigned lineage_current_version(const struct lineage *lineage)
{
	return lineage->current;
}

unsigned lineage_added_version(const struct lineage *lineage)
{
	return lineage->added;
}

static int parse_cert(const char *path, const struct strbuf *pem, struct cert **ret_cert,
		      struct error *err)
{
	if (cert_from_pem(pem->text, pem->len, ret_cert, err) < 0)
		return error_wrap(err, "cannot use '%s'", path);
	return 0;
}

int lineage_read_cert_file(const char *path, struct strbuf *ret_pem, struct cert **ret_cert,
			   struct error *err)
{
	if (file_read(path, LINEAGE_MAX_FILE, ret_pem, err) < 0)
		return err->code;
	return parse_cert(path, ret_pem, ret_cert, err);
}

/* The text is wiped, since it would otherwise stay in freed memory. */
int lineage_read_key_file(const char *path, struct key **ret_key, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	int rc = file_read(path, LINEAGE_MAX_FILE, &pem, err);

	if (rc == 0 && csr_is_pem(pem.text, pem.len))
		return error_set(err, ERR_REFUSED,
				 "'%s' is a copy of the certificate's CSR: whoever made that has "
				 "the private key",
				 path);
	if (rc == 0 && key_from_pem(pem.text, pem.len, ret_key, err) < 0)
		rc = error_wrap(err, "cannot use '%s'", path);
	secret_wipe(pem.text, pem.len);
	return rc;
}

int lineage_cert(struct lineage *lineage, const struct cert **ret_cert, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (!lineage->cert && lineage_read(lineage, STORE_CERT, &pem, err) < 0)
		return err->code;
	return lineage_cert_of(lineage, &pem, ret_cert, err);
}

int lineage_cert_names(struct lineage *lineage, struct strvec *ret_names, struct error *err)
{
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	strvec_extend(ret_names, cert_dns_names(cert));
	strvec_extend(ret_names, cert_ip_addresses(cert));
	return 0;
}

int lineage_cert_of(struct lineage *lineage, const struct strbuf *pem, const struct cert **ret_cert,
		    struct error *err)
{
	if (!lineage->cert && parse_cert(lineage->paths[STORE_CERT], pem, &lineage->cert, err) < 0)
		return err->code;
	*ret_cert = lineage->cert;
	return 0;
}

int lineage_read(const struct lineage *lineage, enum store_kind kind, struct strbuf *ret_text,
		 struct error *err)
{
	const char *path = lineage->paths[kind];

	if (lineage->live.path)
		return folder_read(&lineage->live, path_basename(path), LINEAGE_MAX_FILE, ret_text,
				   err);
	return file_read(path, LINEAGE_MAX_FILE, ret_text, err);
}

int lineage_read_key(const struct lineage *lineage, struct key **ret_key, struct error *err)
{
	return lineage_read_key_file(lineage->paths[STORE_PRIVKEY], ret_key, err);
}

const char *lineage_csr(const struct lineage *lineage)
{
	const struct ini_section *params = lineage_params(lineage);

	return params ? ini_peek(params, "renew_csr") : NULL;
}

/* Links of a companion that were not there and are not there now have not changed. */
static bool has_other_links(const struct lineage *lineage)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *target = NULL;
		AUTO(error) struct error absent = ERROR_INIT;
		const char *known = lineage->targets[kind];

		if (file_read_link(lineage->paths[kind], &target, &absent) < 0
			    ? !lineage->first || known != NULL
			    : !str_eq_or_null(target, known))
			return true;
	}
	return false;
}

/* Compared by content and not by time: clocks have a resolution, and this is asked after the store
 * had been unlocked for a while. */
bool lineage_has_changed(const struct lineage *lineage)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (file_read(lineage->conf_path, LINEAGE_MAX_FILE, &text, &ignored) < 0 ||
	    text.len != lineage->conf_text.len ||
	    memcmp(text.text, lineage->conf_text.text, text.len) != 0)
		return true;
	return has_other_links(lineage) || (lineage->second && has_other_links(lineage->second));
}

int lineage_open_folder(const struct lineage *lineage, const char *path, struct folder *ret_folder,
			struct error *err)
{
	if (folder_open(path, ret_folder, err) < 0)
		return err->code;
	ret_folder->syncs_later = lineage->syncs_later;
	return 0;
}

/* The umask cannot be asked for in one of several threads: who starts them has set the mode. */
mode_t lineage_file_mode(const struct lineage *lineage)
{
	return lineage->file_mode ? lineage->file_mode : folder_cut_by_umask(0644);
}

/* Groups that an administrator has let in go too: they were let in when nothing was secret. */
mode_t lineage_close_mode(const struct lineage *lineage, mode_t mode)
{
	return ini_has_secret(lineage->conf) ? mode & ~(mode_t)077 : mode;
}

mode_t lineage_conf_mode(const struct lineage *lineage)
{
	return lineage_close_mode(lineage, lineage_file_mode(lineage));
}
