/*
 * Undoing a change (see undo.h). The undo is recorded as a change of its own before the first file
 * changes. After a power cut, the next run carries on from that record, and appends it to the
 * journal once everything is done.
 */
#include "history/undo.h"

#include <ctype.h>

#include "app/debts/debts.h"
#include "app/debts/outputs.h"
#include "store/renewal/renewal_state.h"
#include "app/renewal/deploy.h"
#include "app/renewal/deploy_hooks.h"
#include "base/alloc.h"
#include "base/log.h"
#include "history/undo_steps.h"
#include "store/journal/changes.h"
#include "store/journal/journal.h"
#include "store/lineage/lineage.h"
#include "webserver/restore.h"

/* People do not mean a run that only wrote the outputs which an earlier change still owed, but that
 * change. */
static bool is_passed_over(const struct change *change)
{
	return change->is_void || (change->outputs.count && change->obstacle);
}

/* The newest change, of that lineage if one was named; NULL: there is none. */
static const struct change *find_newest(const struct change_list *list, const char *lineage)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct change *change = list->items[i];

		if (!is_passed_over(change) && (!lineage || change_is_about(change, lineage)))
			return change;
	}
	return NULL;
}

static int find_numbered(const struct change_list *list, int64_t number, const char *lineage,
			 const struct change **ret_change, struct error *err)
{
	const struct change *change = change_list_find(list, number);

	if (!change || change->is_void)
		error_set(err, ERR_NOT_FOUND, "there is no change %lld on record",
			  (long long)number);
	else if (lineage && !change_is_about(change, lineage))
		error_set(err, ERR_REFUSED, "change %lld (%s) is not about '%s'", (long long)number,
			  change->title, lineage);
	if (error_is_set(err))
		return error_hint(err, "'certbot log' lists the changes");
	*ret_change = change;
	return 0;
}

/* The change with that number or, without a number, the newest one that was made. */
static int find_change(const struct settings *settings, const struct change_list *list,
		       const struct change **ret_change, struct error *err)
{
	const char *lineage = settings_string(settings, "certname");
	int64_t number = settings_int(settings, "undo_number");

	if (settings_is_set_by_user(settings, "undo_number"))
		return find_numbered(list, number, lineage, ret_change, err);
	*ret_change = find_newest(list, lineage);
	if (*ret_change)
		return 0;
	return error_set(err, ERR_NOT_FOUND, "no changes%s%s are on record", lineage ? " of " : "",
			 lineage ? lineage : "");
}

/* These reasons hold whatever state the files are in, so they are checked first. */
static int refuse_final(const struct change *change, struct error *err)
{
	long long number = (long long)change->number;

	if (change->undone_by) {
		error_set(err, ERR_REFUSED, "change %lld was undone already, by change %lld",
			  number, (long long)change->undone_by);
		return error_hint(err, "'certbot undo %lld' does it again",
				  (long long)change->undone_by);
	}
	for (size_t i = 0; i < change->undo_commands.count; i++) {
		AUTO_FREE char *inverse = NULL;

		if (!webserver_inverse_command(change->undo_commands.items[i], &inverse))
			return error_set(err, ERR_REFUSED,
					 "change %lld cannot be undone: it ran a program whose "
					 "effect this version does not know how to reverse",
					 number);
	}
	if (change->obstacle)
		return error_set(err, ERR_REFUSED, "change %lld (%s) cannot be undone: %s", number,
				 change->title, change->obstacle);
	return 0;
}

/* ---- What it makes necessary ---- */

/* To installers and hooks, a generation that is shown again is a new one. */
static int tell_services(struct plugins *plugins, struct hooks *hooks, struct lineage *lineage,
			 struct error *err)
{
	AUTO(settings) struct settings *settings = debts_settings(plugins->host.settings, lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (outputs_pay(plugins, settings, lineage, err) < 0 ||
	    lineage_cert_names(lineage, &names, err) < 0)
		return err->code;
	if (settings_string(settings, "installer") &&
	    renewal_state_reload_pending(lineage_conf(lineage)) &&
	    deploy_settle_lineage(plugins, settings, lineage, &names, err) < 0)
		return err->code;
	if (!renewal_state_deploy_pending(lineage_conf(lineage)))
		return 0;
	return deploy_hooks_run(hooks, settings, lineage, &names, err);
}

/* All of it is recorded in the conf, so the next `renew` does what fails here. */
static int pay_lineage(struct plugins *plugins, struct hooks *hooks, const struct change *done,
		       struct error *err)
{
	const char *config_dir = settings_config_dir(plugins->host.settings);
	AUTO(lineage) struct lineage *lineage = NULL;

	if (lineage_open(config_dir, done->lineages.items[0], &lineage, err) < 0)
		return err->code;
	if (tell_services(plugins, hooks, lineage, err) == 0)
		return 0;
	error_wrap(err, "change %lld was undone, but not everything that has to follow was done",
		   (long long)done->undoes);
	return error_hint(err, "the next 'certbot renew' tries again");
}

/* ---- The order of steps ---- */

/* An undo that failed, or that Ctrl-C stopped, before it changed anything is over: later runs must
 * not try it again unasked. One that stopped half-way is finished by the next run. */
static void forget_failed(struct plugins *plugins, const struct change *undoing)
{
	struct journal *journal = changes_journal(plugins->network->changes);
	const char *config_dir = settings_config_dir(plugins->host.settings);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(error) struct error kept = ERROR_INIT;

	/* Opening the lineage finishes or takes back a switch that was interrupted. */
	if ((undoing->to &&
	     lineage_open(config_dir, undoing->lineages.items[0], &lineage, &kept) < 0) ||
	    journal_read(journal, &list, &kept) < 0 ||
	    undo_check(plugins, undoing, &list, UNDO_BEGINS, &kept) < 0 ||
	    journal_forget_owed(journal, &kept) < 0)
		log_debug("the undo is still owed: %s", kept.text);
}

/* Leaves the hooks and reloads of a lineage to the caller: its conf has them on record by now. */
static int carry_out(struct plugins *plugins, struct change *undoing, struct error *err)
{
	struct journal *journal = changes_journal(plugins->network->changes);
	AUTO(error) struct error untold = ERROR_INIT;

	if (undo_apply(plugins, undoing, err) < 0) {
		forget_failed(plugins, undoing);
		return err->code;
	}
	if (journal_settle(journal, undoing, err) < 0)
		return err->code;
	changes_follow(plugins->network->changes, undoing);
	if (undo_tell_server(plugins, undoing, &untold) == 0)
		return 0;
	error_move(err, &untold);
	error_wrap(err, "change %lld was undone, but the server does not use it yet",
		   (long long)undoing->undoes);
	return error_hint(err, "the next command that changes something tries again to reload it");
}

/* Only one undo can be on record. This run has already tried to finish it, and said what prevented
 * that. */
static int refuse_while_owed(const struct journal *journal, struct error *err)
{
	AUTO(change) struct change *owed = journal_owed(journal);

	if (!owed)
		return 0;
	error_set(err, ERR_REFUSED, "the undo of change %lld has begun and is not finished",
		  (long long)owed->undoes);
	return error_hint(err, "remove what the warning above names; the next 'certbot renew' "
			       "then finishes that undo");
}

int undo_change(struct app *app, struct error *err)
{
	struct journal *journal = changes_journal(app->network.changes);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(change) struct change *undoing = NULL;
	const struct change *change = NULL;

	if (refuse_while_owed(journal, err) < 0 || journal_read(journal, &list, err) < 0 ||
	    find_change(app->settings, &list, &change, err) < 0 || refuse_final(change, err) < 0)
		return err->code;
	undoing = undo_plan(app->plugins, change);
	if (undo_check(app->plugins, undoing, &list, UNDO_BEGINS, err) < 0)
		return error_wrap(err, "change %lld (%s) was not undone", (long long)change->number,
				  change->title);
	if (undo_keep_present(app->plugins, undoing, err) < 0 ||
	    journal_owe(journal, undoing, err) < 0 || carry_out(app->plugins, undoing, err) < 0)
		return err->code;
	result_set_int(app->ui, "change", undoing->number);
	result_set_int(app->ui, "undoes", undoing->undoes);
	result_set_text(app->ui, "what", undoing->title);
	/* Its title as a sentence: "Undid change 3: ...". */
	ui_say(app->ui, "%c%s.\nThis is change %lld; 'certbot undo %lld' takes it back.",
	       toupper((unsigned char)undoing->title[0]), undoing->title + 1,
	       (long long)undoing->number, (long long)undoing->number);
	return undoing->plugin ? 0 : pay_lineage(app->plugins, app->hooks, undoing, err);
}

/* Somebody may have edited the files in the meantime; they are then left alone. */
static int resume(struct plugins *plugins, struct change *undoing, struct error *err)
{
	struct journal *journal = changes_journal(plugins->network->changes);
	AUTO(change_list) struct change_list list = CHANGE_LIST_INIT;
	AUTO(error) struct error edited = ERROR_INIT;

	if (journal_read(journal, &list, err) < 0)
		return err->code;
	if (undo_check(plugins, undoing, &list, UNDO_RESUMES, &edited) == 0)
		return carry_out(plugins, undoing, err);
	if (journal_forget_owed(journal, err) == 0)
		error_move(err, &edited);
	return err->code;
}

void undo_resume(struct plugins *plugins)
{
	struct journal *journal = changes_journal(plugins->network->changes);
	AUTO(change) struct change *undoing = journal ? journal_owed(journal) : NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (!undoing)
		return;
	if (resume(plugins, undoing, &err) == 0)
		log_warning("Finished the interrupted undo of change %lld.",
			    (long long)undoing->undoes);
	else
		log_warning("The undo of change %lld was interrupted and cannot be finished: %s",
			    (long long)undoing->undoes, err.text);
}
