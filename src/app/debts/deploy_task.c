/*
 * Tasks of lineages, whose files are those in live/ (see deploy_task.h).
 */
#include "app/debts/deploy_task.h"

#include "store/lineage/lineage.h"

void deploy_task_init(struct deploy_task *task, struct lineage *lineage, const struct strvec *names,
		      const struct settings *settings)
{
	const struct lineage *second = lineage_second_shown(lineage);

	*task = (struct deploy_task){
		.lineage = lineage_name(lineage),
		.names = names,
		.cert_path = lineage_live_path(lineage, STORE_CERT),
		.key_path = lineage_live_path(lineage, STORE_PRIVKEY),
		.chain_path = lineage_live_path(lineage, STORE_CHAIN),
		.fullchain_path = lineage_live_path(lineage, STORE_FULLCHAIN),
		.live_dir = lineage_live_dir(lineage),
		.settings = settings,
		.is_first = lineage_current_version(lineage) <= 1,
		.error = ERROR_INIT,
		.places = STRVEC_INIT,
	};
	if (!second)
		return;
	task->second_fullchain_path = lineage_live_path(second, STORE_FULLCHAIN);
	task->second_key_path = lineage_live_path(second, STORE_PRIVKEY);
}

void deploy_task_release(struct deploy_task *task)
{
	error_release(&task->error);
	strvec_release(&task->places);
}
