/*
 * The Proxmox installer: the certificate of the web interfaces of Proxmox VE and Proxmox Backup
 * Server on this machine.
 *
 * Proxmox VE has one for its cluster (pve-ssl.*), which is not ours to touch, and takes
 * pveproxy-ssl.* for the interface if that is there. Its directory is a file system of its own
 * (pmxcfs), which decides on owners and modes itself, has no links, and is read-only while the
 * cluster has no quorum.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "os/process/program.h"
#include "os/users.h"
#include "plugin/plugin.h"
#include "plugin/untracked.h"
#include "webserver/control.h"
#include "webserver/single_copy.h"
#include "webserver/system_service.h"

#define MAX_PEM (1 << 20)

/* A product of Proxmox and where its files are. */
struct product {
	const char *name;
	const char *dest, *option; /* of its directory */
	const char *cert, *key;    /* file names */
	const char *group;         /* NULL: the file system decides on rights */
	const char *services[3];
};

/* Both may be on one machine. pmxcfs, the file system of /etc/pve, sets permissions itself and
 * refuses chown(2). */
static const struct product products[] = {
	{
		.name = "Proxmox VE",
		.dest = "proxmox_location",
		.option = "--proxmox-location",
		.cert = "pveproxy-ssl.pem",
		.key = "pveproxy-ssl.key",
		.services = {"pveproxy", "spiceproxy"},
	},
	{
		.name = "Proxmox Backup Server",
		.dest = "proxmox_backup_location",
		.option = "--proxmox-backup-location",
		.cert = "proxy.pem",
		.key = "proxy.key",
		.group = "backup",
		.services = {"proxmox-backup-proxy"},
	},
};

static const char *dir_of(const struct plugin_instance *instance, const struct product *product)
{
	return settings_string(instance->host->settings, product->dest);
}

static bool is_here(const struct plugin_instance *instance, const struct product *product)
{
	return file_is_dir(dir_of(instance, product));
}

/* ---- At the start ---- */

/* Reported before the order rather than once the certificate has been issued. */
static int check_dir(const char *dir, struct error *err)
{
	if (access(dir, W_OK) == 0)
		return 0;
	error_set_errno(err, errno, "cannot write to '%s'", dir);
	return error_hint(err, "Proxmox makes its configuration read-only while the cluster has no "
			       "quorum: see `pvecm status`");
}

/* `plugins` only asks whether the plugin could be used. */
static int prepare(struct plugin_instance *instance, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		if (!is_here(instance, &products[i]))
			continue;
		count++;
		if (!instance->host->asks_only &&
		    check_dir(dir_of(instance, &products[i]), err) < 0)
			return err->code;
	}
	if (count)
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "cannot find '%s' (%s) or '%s' (%s): Proxmox is not installed",
			 dir_of(instance, &products[0]), products[0].option,
			 dir_of(instance, &products[1]), products[1].option);
}

/* Proxmox's own ACME client writes the same files. */
static void warn_of_own_client(void)
{
	static const char *const argv[] = {"pvenode", "config", "get", NULL};
	AUTO_FREE char *program = program_find(argv[0]);
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;
	struct span rest, line;

	control_output_init(&output);
	if (!program)
		return;
	if (control_run(argv, &output, &err) < 0) {
		log_debug("%s", err.text);
		return;
	}
	rest = span_make(output.out.text, output.out.len);
	while (span_take_line(&rest, &line))
		if (span_skip_prefix(&line, "acme")) {
			log_warning("Proxmox obtains certificates for this node itself (`pvenode "
				    "config get`), and will replace this one: delete its ACME "
				    "domains, or leave the node to it.");
			return;
		}
}

/* ---- Copies ---- */

/* Without its certificate the new key would keep the service from starting: if that cannot be
 * written, the old key comes back. */
static int replace_pair(const char *key_path, const char *cert_path, const struct single_copy *copy,
			const struct file_attributes *attributes, struct error *err)
{
	AUTO(strbuf) struct strbuf old_key = STRBUF_INIT;
	AUTO(error) struct error no_key = ERROR_INIT, undo_error = ERROR_INIT;
	bool has_old = file_read(key_path, MAX_PEM, &old_key, &no_key) == 0;

	if (file_replace(key_path, secret_peek(&copy->key), copy->key.len, attributes, err) == 0 &&
	    file_replace(cert_path, copy->fullchain.text, copy->fullchain.len, attributes, err) <
		    0 &&
	    has_old &&
	    file_replace(key_path, old_key.text, old_key.len, attributes, &undo_error) < 0)
		error_hint(err, "%s", undo_error.text);
	secret_wipe(old_key.text, old_key.len);
	return err->code;
}

/* The proxy of the Backup Server runs as "backup", not as root. */
static int copy_to(const struct product *product, const char *dir, const struct single_copy *copy,
		   struct error *err)
{
	AUTO_FREE char *cert_path = path_join(dir, product->cert);
	AUTO_FREE char *key_path = path_join(dir, product->key);
	struct file_attributes attributes = {.mode = 0640, .is_left_alone = !product->group};

	if (product->group) {
		attributes.set_group = true;
		if (users_find_group(product->group, &attributes.gid, err) < 0)
			return err->code;
	}
	return replace_pair(key_path, cert_path, copy, &attributes, err);
}

static int copy_task(struct plugin_instance *instance, struct deploy_task *task, struct error *err)
{
	AUTO(single_copy) struct single_copy copy = SINGLE_COPY_INIT;

	if (single_copy_read(task, "Proxmox", &copy, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		const char *dir = dir_of(instance, &products[i]);

		if (!is_here(instance, &products[i]))
			continue;
		if (copy_to(&products[i], dir, &copy, err) < 0)
			return error_wrap(err, "cannot give %s its certificate", products[i].name);
		strvec_give(&task->places, path_join(dir, products[i].cert));
	}
	return 0;
}

/* A certificate for other names in that place was the administrator's later decision. */
static int copy_renewed(struct plugin_instance *instance, struct deploy_task *task,
			struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		AUTO_FREE char *path = path_join(dir_of(instance, &products[i]), products[i].cert);
		AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
		AUTO(error) struct error missing = ERROR_INIT;

		if (is_here(instance, &products[i]) &&
		    file_read(path, MAX_PEM, &pem, &missing) == 0 &&
		    single_copy_is_of_other(span_make(pem.text, pem.len), task, products[i].name))
			return 0;
	}
	return copy_task(instance, task, err);
}

static int deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		  struct error *err)
{
	warn_of_own_client();
	single_copy_each(instance, tasks, count, copy_task);
	return 0;
}

static int renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		   struct error *err)
{
	warn_of_own_client();
	single_copy_each(instance, tasks, count, copy_renewed);
	return 0;
}

/* ---- Services ---- */

/* A service that is stopped on purpose must not make renewals fail. */
static int reload_services(const struct product *product, struct error *err)
{
	for (size_t i = 0; product->services[i]; i++) {
		const char *service = product->services[i];

		if (!system_service_is_running(service))
			log_warning("The service '%s' is not running: it will use its new "
				    "certificate when it is started",
				    service);
		else if (system_service_run(service, "reload", err) < 0)
			return err->code;
	}
	return 0;
}

static int reload(struct plugin_instance *instance, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if (is_here(instance, &products[i]) && reload_services(&products[i], err) < 0)
			return err->code;
	return 0;
}

static const struct installer proxmox_installer = {
	.all_names = untracked_names,
	.deploy = deploy,
	.save = untracked_save,
	.config_test = untracked_effect,
	.reload = reload,
	.renewed = renewed,
	.rollback = untracked_rollback,
	.recover = untracked_effect,
};

static const struct option proxmox_options[] = {
	{
		.dest = "proxmox_location",
		.names = "--proxmox-location",
		.type = OPTION_PATH,
		.fallback = "/etc/pve/local",
		.metavar = "DIR",
		.topics = "proxmox",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "Directory of the node's certificates in Proxmox VE.",
	},
	{
		.dest = "proxmox_backup_location",
		.names = "--proxmox-backup-location",
		.type = OPTION_PATH,
		.fallback = "/etc/proxmox-backup",
		.metavar = "DIR",
		.topics = "proxmox",
		.flags = OPTION_SAVED | OPTION_OURS | OPTION_PLACE,
		.help = "Directory of the certificate of Proxmox Backup Server.",
	},
};

static const struct plugin_manual manual_page = {
	.purpose = "install certificates in Proxmox VE or Proxmox Backup Server",
	.paragraphs =
		{"Copies the certificate of the web interface to `pveproxy-ssl.pem` and "
		 "`pveproxy-ssl.key` and reloads `pveproxy` and `spiceproxy`; on a backup server, to "
		 "`proxy.pem` and `proxy.key`, and reloads `proxmox-backup-proxy`. Now and after "
		 "each renewal. The certificates of the cluster (`pve-ssl.*`) are not touched.",
		 "While the cluster has no quorum its configuration is read-only: the copies are "
		 "then owed, and each `certbot renew` tries again."},
	.example = "certbot run -a dns-cloudflare -i proxmox -d pve.example.com",
};

const struct plugin proxmox_plugin = {
	.name = "proxmox",
	.selector = INSTALLER_SELECTOR("proxmox", "Proxmox VE or Proxmox Backup Server"),
	.manual = &manual_page,
	.description = "Proxmox VE and Backup Server plugin",
	.title = "Proxmox VE or Backup Server",
	.flags = PLUGIN_BOUND,
	.options = proxmox_options,
	.option_count = ARRAY_LEN(proxmox_options),
	.prepare = prepare,
	.installer = &proxmox_installer,
};
