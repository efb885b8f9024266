/*
 * What an installer is told about a lineage, so that it can deploy the certificate or say where it
 * is shown.
 */
#ifndef APP_DEBTS_DEPLOY_TASK_H
#define APP_DEBTS_DEPLOY_TASK_H

#include "config/settings.h"
#include "plugin/installer.h"
#include "store/lineage/lineage.h"

/* Fills in a task for a lineage that is deployed with these settings. All is borrowed. */
void deploy_task_init(struct deploy_task *task, struct lineage *lineage, const struct strvec *names,
		      const struct settings *settings);
void deploy_task_release(struct deploy_task *task);

#endif
