/*
 * `why` (see why.h): finds the subject, has facts gathered and diagnosed, and prints the answer.
 */
#include "app/why/why.h"

#include <stdlib.h>
#include <string.h>

#include "app/why/answer.h"
#include "app/why/gather.h"
#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/names.h"
#include "instances/plugins.h"
#include "store/directories.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

enum {
	/* Time limit for gathering, so that the whole takes less than three seconds. */
	LIMIT_MS = 2700,
	EXPLAIN_MS = 1900,
	/* With no more lineages than this, the network is asked even about those that look well. */
	FEW = 8,
};

struct question {
	struct gatherer gatherer;
	const struct ui *ui;
	const char *subject; /* NULL: everything that has a problem */
	char *domain;        /* the same as a certificate would have it; owned */
	bool is_lineage;     /* the subject is the name of a lineage */
	size_t lineages;     /* how many lineages there are */
	size_t met, unwell;
	size_t unlooked; /* how many of them the network was not asked about */
};

static void question_release(struct question *question)
{
	gatherer_end(&question->gatherer);
	free(question->domain);
}
DEFINE_AUTO(question, question_release);

/* One lineage at a time, so that memory does not grow with the number of healthy certificates. */
static void give_answer(struct question *question, const struct facts *facts,
			const struct finding *finding)
{
	question->unwell += finding->row != NULL;
	/* When asked about all lineages, only those with a problem are printed. */
	if (!question->subject && !finding->row)
		return;
	if (result_is_wanted(question->ui))
		result_push(question->ui, "answers", answer_json(facts, finding));
	else
		answer_say(question->ui, facts, finding);
}

/* Files alone may tell enough. The network is asked about a subject that was named, about lineages
 * in trouble, and about all of them if they are few. */
static int diagnose_all(struct question *question, struct lineage *lineage, struct facts *facts,
			struct error *err)
{
	AUTO(finding) struct finding finding = FINDING_INIT;
	bool wants_network = question->subject || question->lineages <= FEW ||
			     facts_are_trouble(facts) || facts_is_due(facts);

	bool is_looked = wants_network && gatherer_may_ask(&question->gatherer);

	facts->is_unlooked = wants_network && !is_looked;
	if (!facts->lineage.error) {
		question->unlooked += !is_looked;
		if (is_looked && gatherer_ask(&question->gatherer, lineage, facts, err) < 0)
			return err->code;
	}
	diagnose(facts, &finding);
	give_answer(question, facts, &finding);
	return 0;
}

/* A wildcard covers the names one label below it. */
static bool covers(const char *name, const char *subject)
{
	const char *dot = strchr(subject, '.');

	return str_eq_nocase(name, subject) ||
	       (str_starts(name, "*.") && dot && str_eq_nocase(name + 2, dot + 1));
}

/* Looks in the certificate, not in the names asked for: a name that it lacks has no lineage. */
static bool has_name(struct lineage *lineage, const char *subject)
{
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *cert = NULL;

	if (!lineage || lineage_cert(lineage, &cert, &unreadable) < 0)
		return false;
	for (size_t i = 0; i < cert_dns_names(cert)->count; i++)
		if (covers(cert_dns_names(cert)->items[i], subject))
			return true;
	return strvec_contains(cert_ip_addresses(cert), subject);
}

static int visit_lineage(void *context, struct lineage_opened *opened, struct error *err)
{
	struct question *question = context;
	AUTO(facts) struct facts facts = FACTS_UNMADE;

	if (question->subject && !question->is_lineage &&
	    !has_name(opened->lineage, question->domain))
		return 0;
	question->met++;
	gatherer_read(&question->gatherer, opened, &facts);
	return diagnose_all(question, opened->lineage, &facts, err);
}

/* A name without a certificate here: it may be about to get one, or that may have failed. */
static int answer_for_name(struct question *question, struct error *err)
{
	AUTO_FREE char *domain = NULL;
	AUTO(error) struct error no_domain = ERROR_INIT;
	AUTO(facts) struct facts facts = FACTS_UNMADE;

	if (!strchr(question->subject, '.') ||
	    names_check_domain(question->subject, &domain, &no_domain) < 0) {
		error_set(err, ERR_NOT_FOUND,
			  "there is no certificate named '%s' here, and it is no domain",
			  question->subject);
		return error_hint(err, "certbot certificates lists what there is");
	}
	gatherer_read_name(&question->gatherer, domain, &facts);
	return diagnose_all(question, NULL, &facts, err);
}

/* Printing nothing would leave open whether anything was examined. */
static void conclude_answers(const struct question *question)
{
	result_set_bool(question->ui, "well", question->unwell == 0);
	result_set_int(question->ui, "not_looked_at", (int64_t)question->unlooked);
	if (!question->subject && !question->lineages)
		ui_say(question->ui, "There are no certificates here.");
	else if (!question->subject && !question->unwell)
		ui_say(question->ui, "No problem was found with the %zu certificate%s here.",
		       question->lineages, question->lineages == 1 ? "" : "s");
	if (question->unlooked)
		ui_say(question->ui,
		       "%zu of %zu certificate%s not looked at from outside (DNS, ports, what "
		       "is served). To have one looked at: certbot why NAME",
		       question->unlooked, question->lineages,
		       question->lineages == 1 ? " was" : "s were");
}

static int answer_question(struct question *question, struct error *err)
{
	const char *config_dir = settings_config_dir(question->gatherer.plugins->host.settings);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct lineage_walk walk = {
		.config_dir = config_dir,
		.names = &names,
		.verifies = true,
		.visit = visit_lineage,
		.context = question,
	};

	if (directories_check_readable(config_dir, err) < 0 ||
	    lineage_names(config_dir, &names, err) < 0)
		return err->code;
	question->lineages = names.count;
	question->is_lineage = question->subject && strvec_keep_only(&names, question->subject);
	if (lineage_walk(&walk, err) < 0)
		return err->code;
	if (question->subject && !question->met && answer_for_name(question, err) < 0)
		return err->code;
	conclude_answers(question);
	return 0;
}

/* A domain as certificates have it: lower case, without a final dot, as an A-label. Wildcards are
 * domains, too. Anything else stays as it is, since lineages may have any name. */
static char *normal_subject(const char *subject)
{
	AUTO(error) struct error other = ERROR_INIT;
	char *normal = NULL;

	if (!subject || names_check_ip(subject, &normal, &other) == 0)
		return normal;
	error_release(&other);
	return names_check_domain(subject, &normal, &other) == 0 ? normal : xstrdup(subject);
}

int why_run(struct app *app, struct error *err)
{
	const char *about = settings_string(app->settings, "why_subject");
	AUTO(question) struct question question = {
		.ui = app->ui,
		.subject = about ? about : settings_string(app->settings, "certname"),
	};

	result_set(app->ui, "answers", json_array_new());
	question.domain = normal_subject(question.subject);
	gatherer_begin(&question.gatherer, app->plugins, LIMIT_MS);
	question.gatherer.looks_at_services = true;
	return answer_question(&question, err);
}

/* ---- After a failure ---- */

/* Failures whose text does not tell the cause: what the CA found. */
static bool is_worth_a_look(const char *code)
{
	static const enum err_code codes[] = {ERR_CHALLENGE, ERR_ACME, ERR_RATE_LIMITED};

	for (size_t i = 0; code && i < ARRAY_LEN(codes); i++)
		if (strcmp(error_code_name(codes[i]), code) == 0)
			return true;
	return false;
}

/* The cause in one line; NULL if it was not found, or a signal stopped the questions. */
static char *explain_facts(struct gatherer *gatherer, struct lineage *lineage, struct facts *facts)
{
	AUTO(finding) struct finding finding = FINDING_INIT;
	AUTO(error) struct error stopped = ERROR_INIT;

	if (gatherer_ask(gatherer, lineage, facts, &stopped) < 0)
		return NULL;
	diagnose(facts, &finding);
	if (!finding.row || str_starts(finding.row->id, "unknown"))
		return NULL;
	return xasprintf("Why: %s\nMore about it: certbot why %s", finding.cause.text,
			 facts->subject);
}

struct explanation {
	struct gatherer *gatherer;
	int64_t started;
	char *text; /* the address in the first one that has any */
};

/* A lineage whose renewal failed in this run. */
static int explain_renewal(void *context, struct lineage_opened *opened, struct error *err)
{
	struct explanation *explanation = context;
	AUTO(facts) struct facts facts = FACTS_UNMADE;
	struct renewal_failure failure;

	if (!opened->lineage || explanation->text || !gatherer_may_ask(explanation->gatherer))
		return 0;
	failure = renewal_state_failure(lineage_conf(opened->lineage));
	if (failure.at < explanation->started || !is_worth_a_look(failure.code))
		return 0;
	gatherer_read(explanation->gatherer, opened, &facts);
	explanation->text = explain_facts(explanation->gatherer, opened->lineage, &facts);
	return 0;
}

/* If many fail at once, one is explained: most have the same cause, and time is short. */
static char *explain_renewals(struct gatherer *gatherer, int64_t started)
{
	const char *config_dir = settings_config_dir(gatherer->plugins->host.settings);
	struct explanation explanation = {gatherer, started, NULL};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	const struct lineage_walk walk = {
		.config_dir = config_dir,
		.names = &names,
		.visit = explain_renewal,
		.context = &explanation,
	};

	if (lineage_names(config_dir, &names, &failed) < 0 || lineage_walk(&walk, &failed) < 0)
		log_debug("the failure is not explained: %s", failed.text);
	return explanation.text;
}

/* This run's log has the CA's words, and its options are those of the lineage to be made. */
static char *explain_request(struct gatherer *gatherer, const struct error *failure)
{
	const struct settings *settings = gatherer->plugins->host.settings;
	const struct strvec *domains = settings_list(settings, "domains");
	struct fact_failure said = {.text = NULL};
	AUTO(facts) struct facts facts = FACTS_UNMADE;
	const char *name;

	if (!domains->count)
		return NULL;
	gatherer->is_after_failure = true;
	gatherer_log(gatherer, 0, domains, &said);
	name = said.identifier ? said.identifier : domains->items[0];
	gatherer_read_name(gatherer, name, &facts);
	fact_failure_release(&facts.failure);
	facts.failure = said;
	if (!said.text)
		facts.failure.text = xstrdup(failure->text);
	REPLACE(facts.failure.code, xstrdup(error_code_name(failure->code)));
	if (!facts.failure.problem)
		facts.failure.problem = xstrdup_or_null(failure->problem_type);
	gather_plugins(gatherer->plugins, settings, &facts);
	return explain_facts(gatherer, NULL, &facts);
}

char *why_explain(struct plugins *plugins, const char *verb, const struct error *failure,
		  int64_t started)
{
	bool is_renewal = strcmp(verb, "renew") == 0;
	AUTO(gatherer) struct gatherer gatherer = {.plugins = NULL};

	if (is_renewal ? failure->code != ERR_PLUGIN
		       : !is_worth_a_look(error_code_name(failure->code)))
		return NULL;
	gatherer_begin(&gatherer, plugins, EXPLAIN_MS);
	return is_renewal ? explain_renewals(&gatherer, started)
			  : explain_request(&gatherer, failure);
}
