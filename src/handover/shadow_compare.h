/*
 * What differs between this program and another Certbot on this machine.
 */
#ifndef HANDOVER_SHADOW_COMPARE_H
#define HANDOVER_SHADOW_COMPARE_H

#include "base/error.h"
#include "base/macros.h"
#include "codec/ini.h"
#include "handover/shadow_side.h"
#include "instances/plugins.h"
#include "schedules/schedules.h"

/* The renewal conf; NULL: it cannot be parsed. */
struct shadow_conf {
	char *name;
	struct ini *ini;
};

struct shadow_confs {
	struct shadow_conf *items;
	size_t count, capacity;
};
#define SHADOW_CONFS_INIT                                                                          \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void shadow_confs_release(struct shadow_confs *confs);
DEFINE_AUTO(shadow_confs, shadow_confs_release);
/* Reads all confs of the directory. ERR_IO. */
int shadow_confs_read(const char *config_dir, struct shadow_confs *ret,
		      struct error *err) WARN_UNUSED;

/* One difference. The texts say what each program has or does. */
struct difference {
	/* "plugins", "options", "renewal", "hooks", "certificates", "timers"; static */
	const char *area;
	char *subject;
	char *here, *there;
};

struct differences {
	struct difference *items;
	size_t count, capacity;
};
#define DIFFERENCES_INIT                                                                           \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void differences_release(struct differences *differences);
DEFINE_AUTO(differences, differences_release);
/* Adds one. The area is a static string; the other texts become the list's. */
void differences_add(struct differences *differences, const char *area, char *own_subject,
		     char *own_here, char *own_there);

/* Adds the plugins named in confs and in cli.ini that one of the programs lacks. `there` is NULL
 * when only this program is to be checked. */
void shadow_compare_plugins(struct plugins *plugins, const struct settings *settings,
			    const struct shadow_confs *confs, const struct shadow_side *there,
			    struct differences *differences);
/* Adds the options in confs that only one of the programs knows. ERR_IO, ERR_CANCELLED. */
int shadow_compare_options(const struct settings *settings, const struct shadow_confs *confs,
			   struct shadow_side *there, struct differences *differences,
			   struct error *err) WARN_UNUSED;
/* Adds lineages that only one of the programs would renew now, or is able to read. */
void shadow_compare_plans(const struct shadow_confs *confs, const struct shadow_side *here,
			  const struct shadow_side *there, struct differences *differences);
/* Adds the hooks, from directories and from confs, that only one of the programs would run. Runs
 * none of them. ERR_IO, ERR_CANCELLED. */
int shadow_compare_hooks(const struct settings *settings, const struct shadow_confs *confs,
			 struct shadow_side *there, struct differences *differences,
			 struct error *err) WARN_UNUSED;
/* Adds what `certificates` shows differently. */
void shadow_compare_certificates(const struct shadow_side *here, const struct shadow_side *there,
				 struct differences *differences);
/* Adds what timers and cron lines of the other program do that ours would not. */
void shadow_compare_schedules(const struct schedules *schedules, struct differences *differences);
/* If one of the programs cannot run at all with the options in cli.ini, adds that and returns
 * true. */
bool shadow_compare_starts(const struct shadow_side *here, const struct shadow_side *there,
			   struct differences *differences);

#endif
