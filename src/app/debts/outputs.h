/*
 * The outputs of a lineage: those of --output, and those that its installers ask for (struct
 * installer, `outputs`). They are written whenever live/ has changed, before a service is told of
 * it. Like a deploy hook, they are owed until they are written: the debt is recorded in the conf
 * before live/ changes (debts.h).
 *
 * The texts of --output are kept in a section of the renewal conf that is not Certbot's
 * (config/services.h):
 *
 *	[services]
 *	outputs = "pem:/etc/haproxy/certs/{name}.pem,group=haproxy",
 *
 * An output that is dropped from there is no longer written, but its file is left until the
 * certificate is deleted.
 */
#ifndef APP_DEBTS_OUTPUTS_H
#define APP_DEBTS_OUTPUTS_H

#include "app/debts/output_files.h"
#include "instances/plugins.h"
#include "store/lineage/lineage.h"

/* Checks the outputs that the lineage of that name will have, before the CA is asked: those of
 * --output, else of its conf (NULL: a new lineage). ERR_CONFIG, ERR_REFUSED. Only --output is
 * checked against the outputs of other lineages. */
int outputs_check(struct plugins *plugins, const struct settings *settings, const char *name,
		  const struct ini *conf, struct error *err) WARN_UNUSED;

/* Makes those checks that need no lineage: of the outputs of --output whose path is known
 * already. */
int outputs_check_early(struct plugins *plugins, struct error *err) WARN_UNUSED;

/* Notes the run's --output, then writes the outputs if the lineage has any. */
int outputs_apply(struct plugins *plugins, const struct settings *settings, struct lineage *lineage,
		  struct error *err) WARN_UNUSED;
/* If the lineage has no outputs now, records that the files of those that it had are outputs no
 * longer, and saves the conf. */
int outputs_drop(const struct plugins *plugins, const struct settings *settings,
		 struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Returns true when they must still be written: the conf says so, they were last written from
 * another certificate, as after a renewal by Certbot, or a file is gone. */
bool outputs_are_owed(struct lineage *lineage);
/* Writes the outputs if they are owed. If another program has changed live/, what else that makes
 * necessary (struct debts) is recorded first. */
int outputs_pay(struct plugins *plugins, const struct settings *settings, struct lineage *lineage,
		struct error *err) WARN_UNUSED;

/* Appends the paths of the lineage's outputs: those in its conf, and those recorded as written. */
void outputs_paths(const struct ini *conf, const char *name, struct strvec *ret_paths);
/* Appends those of all files that were written, also of outputs that were dropped since. */
void outputs_written(const struct ini *conf, struct strvec *ret_paths);
/* Removes those files, except any whose contents are not what we wrote. Says what it leaves. The
 * debt is recorded first: if the lineage is not deleted after all, the next `renew` writes them. */
int outputs_remove(const struct ui *ui, struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
