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
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "config/settings.h"
#include "os/file/file.h"
#include "plugin/plugin.h"
#include "plugin/service_option.h"
#include "plugin/untracked.h"
#include "webserver/control.h"
#include "webserver/single_copy.h"
#include "webserver/system_service.h"

/* A product of Proxmox and where its files are. */
struct product {
	struct single_copy_place place;
	const char *dest, *option; /* of its directory */
	const char *services[3];
};

/* Both may be on one machine. pmxcfs, the file system of /etc/pve, sets permissions itself and
 * refuses chown(2). The proxy of the Backup Server runs as "backup", not as root. */
static const struct product products[] = {
	{
		.place = {"Proxmox VE", "pveproxy-ssl.pem", "pveproxy-ssl.key", NULL},
		.dest = "proxmox_location",
		.option = "--proxmox-location",
		.services = {"pveproxy", "spiceproxy"},
	},
	{
		.place = {"Proxmox Backup Server", "proxy.pem", "proxy.key", "backup"},
		.dest = "proxmox_backup_location",
		.option = "--proxmox-backup-location",
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

	if (control_prints(argv, "acme"))
		log_warning("Proxmox obtains certificates for this node itself (`pvenode config "
			    "get`), and will replace this one: delete its ACME domains, or leave "
			    "the node to it.");
}

/* ---- Copies ---- */

static int copy_task(struct plugin_instance *instance, struct deploy_task *task, struct error *err)
{
	AUTO(single_copy) struct single_copy copy = SINGLE_COPY_INIT;

	if (single_copy_read(task, "Proxmox", &copy, err) < 0)
		return err->code;
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		const char *dir = dir_of(instance, &products[i]);

		if (!is_here(instance, &products[i]))
			continue;
		if (single_copy_write(&copy, dir, &products[i].place, err) < 0)
			return err->code;
		strvec_give(&task->places, path_join(dir, products[i].place.cert));
	}
	return 0;
}

/* A certificate for other names in that place was the administrator's later decision. */
static int copy_renewed(struct plugin_instance *instance, struct deploy_task *task,
			struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if (single_copy_place_is_of_other(dir_of(instance, &products[i]),
						  &products[i].place, task))
			return 0;
	return copy_task(instance, task, err);
}

static int deploy(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		  struct error *err)
{
	warn_of_own_client();
	return untracked_install_each(instance, tasks, count, copy_task, err);
}

static int renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		   struct error *err)
{
	warn_of_own_client();
	return untracked_install_each(instance, tasks, count, copy_renewed, err);
}

static int reload(struct plugin_instance *instance, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++) {
		const char *const *service = products[i].services;

		for (; is_here(instance, &products[i]) && *service; service++)
			if (system_service_reload(*service, err) < 0)
				return err->code;
	}
	return 0;
}

static const struct installer proxmox_installer = {
	.all_names = untracked_names,
	.deploy = deploy,
	UNTRACKED_CALLBACKS,
	.reload = reload,
	.renewed = renewed,
};

static const struct option proxmox_options[] = {
	SERVICE_OPTION("proxmox", "proxmox_location", "--proxmox-location", OPTION_PATH,
		       OPTION_PLACE, "/etc/pve/local", "DIR",
		       "Directory of the node's certificates in Proxmox VE."),
	SERVICE_OPTION("proxmox", "proxmox_backup_location", "--proxmox-backup-location",
		       OPTION_PATH, OPTION_PLACE, "/etc/proxmox-backup", "DIR",
		       "Directory of the certificate of Proxmox Backup Server."),
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
