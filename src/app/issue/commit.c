/*
 * Storing what was issued (see commit.h). Certificate and conf are durable before live/ changes,
 * and a deploy hook that is owed is on record before it runs, so that a crash in between loses
 * nothing.
 */
#include "app/issue/commit.h"

#include "app/keys/dane.h"
#include "app/keys/keys.h"
#include "app/issue/fallback.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"
#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/services.h"
#include "crypto/cert/csr.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_create.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage_page.h"
#include "store/lineage/lineage_reserve.h"
#include "store/lineage/lineage_verify.h"

/* Records the names that were asked for and are missing from this certificate. Otherwise a name
 * that failed once would be lost: the next renewal starts from the names of the certificate. */
static void note_wanted(struct ini *conf, const struct issue_request *request)
{
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;

	if (request->dropped.count) {
		identifiers_to_names(&request->identifiers, &wanted);
		strvec_extend(&wanted, &request->dropped);
	}
	renewal_state_set_wanted(conf, &wanted);
}

/* The first certificate is there, so its window and its failures are forgotten as ever; but the
 * second is tried again, at the pace of what has failed. */
static void note_second_failure(struct ini *conf, const struct issue_request *request)
{
	const struct error *failure = issue_request_second_error(request);

	if (!failure || failure->code == ERR_CANCELLED)
		return;
	if (request->second->is_unready)
		renewal_state_note_local_failure(conf, failure, request->second->ended_at);
	else
		renewal_state_note_failure(conf, failure, request->second->ended_at);
}

/* Success clears the failures and the renewal window of the certificate that was replaced; a window
 * that stayed would make the new one due at once. */
static void fill_conf(void *context, struct ini *conf)
{
	const struct issue_request *request = context;
	const struct strvec nothing = STRVEC_INIT;

	settings_save(request->settings, ini_add_section(ini_root(conf), "renewalparams"));
	installers_note(request->settings, conf);
	keys_note_types(request->settings, request->lineage, conf);
	services_note(request->settings, "outputs", conf);
	services_note_others(request->settings, conf);
	fallback_note(request, conf);
	note_wanted(conf, request);
	/* A chain has an issuer only if that has signed the leaf: who read it has verified that. */
	lineage_note_signed(conf, &request->chain.leaf_pem, &request->chain.rest_pem);
	renewal_state_set_unasked(conf, &request->unasked);
	renewal_state_note_success(conf);
	note_second_failure(conf, request);
	renewal_state_clear_ari(conf);
	/* The fleet's pull records them again if this certificate does not have them. */
	fleet_names_set(conf, &nothing);
	if (request->generation)
		renewal_state_set_generation(conf, request->generation);
	debts_note(&request->debts, conf);
}

/* PEM texts of a generation; the key's is wiped with it. */
struct pem_texts {
	struct secret key;
	struct strbuf public_key; /* empty: not known */
	struct lineage_generation generation;
};

#define PEM_TEXTS_INIT                                                                             \
	{                                                                                          \
		.key = SECRET_INIT, .public_key = STRBUF_INIT                                      \
	}
static void pem_texts_release(struct pem_texts *texts)
{
	secret_release(&texts->key);
	strbuf_release(&texts->public_key);
}

/* A CSR takes the key's place: all that moves and repairs generations deals with four files, and so
 * does Certbot, which with this one cannot renew by a key that the owner of the CSR lacks. */
static void make_key_text(const struct issue_request *request, struct pem_texts *ret)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (!request->csr) {
		key_to_pem(request->key, &ret->key);
		return;
	}
	csr_to_pem(request->csr, &pem);
	secret_set(&ret->key, pem.text, pem.len);
	csr_public_digest(request->csr, &ret->public_key);
}

static void make_texts_of(const struct issue_request *request, mode_t file_mode,
			  struct pem_texts *ret)
{
	make_key_text(request, ret);
	ret->generation = (struct lineage_generation){
		.cert = &request->chain.leaf_pem,
		.chain = &request->chain.rest_pem,
		.key = &ret->key,
		.cert_key = &request->chain.leaf_key,
		.public_key = ret->public_key.len ? &ret->public_key : NULL,
		.file_mode = file_mode,
	};
}

/* A web server that reads live/ by itself is left to the user after a failed installation, as
 * Certbot leaves it. */
static struct debts debts_of_request(const struct plugins *plugins,
				     const struct issue_request *request)
{
	struct debts debts = debts_of(plugins, request->settings);
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	installers_of(request->settings, &installers);
	if (request->installs && debts_installers_hear(plugins->registry, &installers))
		debts_add_installation(&debts, request->settings);
	return debts;
}

/* The texts of both keys: a second is stored with the first or, where only that was asked for,
 * alone. */
struct pem_pair {
	struct pem_texts first, second;
	struct lineage_generation *generation; /* to be stored */
};

static void pem_pair_release(struct pem_pair *pair)
{
	pem_texts_release(&pair->first);
	pem_texts_release(&pair->second);
}
DEFINE_AUTO(pem_pair, pem_pair_release);

#define PEM_PAIR_INIT                                                                              \
	{                                                                                          \
		.first = PEM_TEXTS_INIT, .second = PEM_TEXTS_INIT                                  \
	}

static void make_texts(const struct issue_request *request, struct pem_pair *ret)
{
	const struct issue_request *second = request->second;
	const struct lineage *lineage = request->lineage ? request->lineage : request->unborn;

	ret->generation = &ret->first.generation;
	if (!request->second_only)
		make_texts_of(request, request->file_mode, &ret->first);
	ret->first.generation.is_drafted = request->is_drafted;
	if (!second || error_is_set(&second->error))
		return;
	make_texts_of(second, request->file_mode, &ret->second);
	ret->second.generation.suffix = lineage_suffix(lineage_second(lineage));
	if (request->second_only)
		ret->generation = &ret->second.generation;
	else
		ret->generation->second = &ret->second.generation;
}

/* A value that cannot be written into the conf is an error now. After the order it would cost a
 * certificate. */
int commit_begin(const struct plugins *plugins, struct issue_request *request, struct error *err)
{
	const struct lineage_begin_request begin = {
		.config_dir = settings_config_dir(plugins->host.settings),
		.name = request->new_name,
		.fill_conf = fill_conf,
		.context = request,
		.made = {.tell = lineage_change_made, .context = plugins->network->changes},
	};

	if (settings_check_saved(request->settings, err) < 0)
		return err->code;
	/* Recorded from the start: after a crash the next run finishes the creation and runs the
	 * hooks. */
	request->debts = debts_of_request(plugins, request);
	request->change.changes = plugins->network->changes;
	return lineage_begin(&begin, &request->unborn, err);
}

/* Writes files of the final size before the CA is asked, so that a full disk is noticed while
 * nothing is lost. */
int commit_reserve(struct issue_request *request, struct strvec *ret_notes, struct error *err)
{
	struct lineage *lineage = request->lineage ? request->lineage : request->unborn;
	AUTO(pem_pair) struct pem_pair texts = PEM_PAIR_INIT;
	int rc;

	if (request->lineage && settings_check_saved(request->settings, err) < 0)
		return err->code;
	make_texts(request, &texts);
	rc = lineage_reserve(lineage, texts.generation, ret_notes, err);
	request->is_reserved = rc == 0;
	return rc;
}

void commit_draft_first(struct issue_request *request)
{
	const struct lineage *lineage = request->lineage ? request->lineage : request->unborn;
	AUTO(pem_pair) struct pem_pair texts = PEM_PAIR_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (!request->is_reserved || request->second_only)
		return;
	make_texts_of(request, request->file_mode, &texts.first);
	request->is_drafted = lineage_draft_issued(lineage, &texts.first.generation, &failed) == 0;
	if (!request->is_drafted)
		log_debug("the first certificate of '%s' is not written yet: %s",
			  lineage_name(lineage), failed.text);
}

/* When commit_begin() wrote the conf, the outcome was not known: it is filled again. */
int commit_new(struct issue_request *request, struct error *err)
{
	AUTO(pem_pair) struct pem_pair texts = PEM_PAIR_INIT;

	request->is_reserved = false;
	fill_conf(request, lineage_conf(request->unborn));
	make_texts(request, &texts);
	if (lineage_create(request->unborn, texts.generation, err) < 0)
		return err->code;
	request->lineage = STEAL(request->unborn);
	dane_stage_key(request->settings, request->lineage);
	return 0;
}

/* The conf is as commit_begin() has filled it: here the outcome was known then. */
static void add_creation(struct issue_request *request, struct pem_texts *texts,
			 struct lineage_creation *ret_creation)
{
	*texts = (struct pem_texts)PEM_TEXTS_INIT;
	make_texts_of(request, request->file_mode, texts);
	key_public_digest(request->key, &texts->public_key);
	texts->generation.public_key = &texts->public_key;
	*ret_creation = (struct lineage_creation){.lineage = request->unborn,
						  .generation = &texts->generation};
}

static void end_creation(struct issue_request *request, struct lineage_creation *creation)
{
	if (error_is_set(&creation->error))
		error_move(&request->error, &creation->error);
	else
		request->lineage = STEAL(request->unborn);
}

int commit_new_page(struct issue_request *requests, size_t count, struct error *err)
{
	AUTO_FREE struct pem_texts *texts = xcalloc(count, sizeof(struct pem_texts));
	AUTO_FREE struct lineage_creation *creations = xcalloc(count,
							       sizeof(struct lineage_creation));
	AUTO_FREE struct issue_request **stored = xcalloc(count, sizeof(struct issue_request *));
	size_t used = 0;
	int rc;

	for (size_t i = 0; i < count; i++)
		if (!error_is_set(&requests[i].error)) {
			add_creation(&requests[i], &texts[used], &creations[used]);
			stored[used++] = &requests[i];
		}
	rc = lineage_create_page(creations, used, err);
	for (size_t i = 0; i < used; i++) {
		if (rc == 0)
			end_creation(stored[i], &creations[i]);
		error_release(&creations[i].error);
		pem_texts_release(&texts[i]);
	}
	return rc;
}

/* As with Certbot, a deploy hook that the command line does not name is forgotten; not silently
 * while it is owed. Only a warning: the user may have removed the hook on purpose. */
static void warn_of_dropped_hook(const struct issue_request *request)
{
	const struct ini_section *params = lineage_params(request->lineage);
	const char *hook = params ? ini_peek(params, "renew_hook") : NULL;

	if (hook && renewal_state_deploy_pending(lineage_conf(request->lineage)) &&
	    !settings_string(request->settings, "deploy_hook"))
		log_warning("The deploy hook of %s, '%s', has not succeeded yet and will not be "
			    "tried again: this command does not name it (--deploy-hook).",
			    lineage_name(request->lineage), hook);
}

void commit_note_renewal(const struct plugins *plugins, struct issue_request *request)
{
	warn_of_dropped_hook(request);
	lineage_change_begin(plugins->network->changes, request->lineage, &request->change);
	request->debts = debts_of_request(plugins, request);
	fill_conf(request, lineage_conf(request->lineage));
	lineage_expect_second(request->lineage, key_types_second(request->settings));
}

/* Archive first, then the conf with the debts, then live/: after a crash at any point the next run
 * finds either the old state or all that it needs to finish (docs/store.md). */
int commit_store_renewal(struct issue_request *request, struct error *err)
{
	AUTO(pem_pair) struct pem_pair texts = PEM_PAIR_INIT;
	/* It was asked for just now: a shorter life is what the CA or the profile gives. */
	struct lineage_deployment deployment = {
		.flags = LINEAGE_ALLOW_OLDER,
		.note = debts_note,
		.debts = &request->debts,
	};

	request->is_reserved = false;
	make_texts(request, &texts);
	/* The texts need not be decoded for it: lineage_deploy() compares what is in the files. */
	if (!request->csr && !request->second_only)
		key_public_digest(request->key, &texts.first.public_key);
	texts.first.generation.public_key = &texts.first.public_key;
	if (lineage_add_generation(request->lineage, texts.generation, err) < 0)
		return err->code;
	if (request->second_only)
		request->change.obstacle =
			"only the certificate of its second key was renewed, and "
			"the one before it has no number of its own";
	/* From here on the switch is made, by this run or the next one. */
	lineage_change_end(&request->change, request->lineage,
			   lineage_added_version(request->lineage), "renewed");
	if (lineage_deploy(request->lineage, &deployment, err) < 0) {
		lineage_change_drop(&request->change);
		return err->code;
	}
	lineage_prune(request->lineage);
	dane_stage_key(request->settings, request->lineage);
	return 0;
}
