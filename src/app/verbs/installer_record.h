/*
 * What a certificate's conf says of its installers: recorded when they install what an earlier run
 * has obtained, and compared with what this run says.
 */
#ifndef APP_VERBS_INSTALLER_RECORD_H
#define APP_VERBS_INSTALLER_RECORD_H

#include "instances/plugins.h"
#include "store/journal/changes.h"
#include "store/lineage/lineage.h"

/* Records those of the installers that must be told of renewals, with their options, and saves the
 * conf. */
int installer_record_save(struct changes *changes, const struct installers *installers,
			  const struct settings *settings, struct lineage *lineage,
			  struct error *err) WARN_UNUSED;
/* Adds to the settings the installers of the conf that must be told of renewals, and what the conf
 * has of their options, unless this run gives those; `installers` becomes all of them. Nothing else
 * would tell their servers of the certificate that this run obtains. ERR_CONFIG, ERR_PARSE. */
int installer_record_keep(struct plugins *plugins, const struct lineage *lineage,
			  struct settings *settings, struct installers *installers,
			  struct error *err) WARN_UNUSED;
/* Warns of each installer that, by the conf, has installed the certificate in another server than
 * that of the settings: one conf leads to one server of a kind. */
void installer_record_warn(const struct settings *settings, struct lineage *lineage);

#endif
