/*
 * The pre-flight (see preflight.h). Threads take one request after another; the caller's thread
 * works too, and each stops after its current request when a signal arrives.
 */
#include "app/issue/preflight.h"

#include <stdatomic.h>

#include "app/issue/commit.h"
#include "app/keys/keys.h"
#include "base/log.h"
#include "os/file/folder.h"
#include "os/signals.h"
#include "os/thread.h"
#include "store/lineage/lineage.h"

/* Generating an RSA key keeps a core busy for a tenth of a second or more; writing the files waits
 * for the disk. */
#define MAX_HELPERS 15
/* Most of the time they wait for the disk. */
#define LEAST_HELPERS 7

struct preflight {
	const struct plugins *plugins;
	struct issue_request *const *requests;
	size_t count;
	atomic_size_t taken;
	pthread_mutex_t lock;
	struct strvec notes; /* protected by the lock */
};

/* Dry runs and --csr leave nothing in the store. */
static bool is_stored(const struct issue_request *request)
{
	return (request->lineage || request->new_name) &&
	       !settings_flag(request->settings, "dry_run");
}

static struct lineage *companion_of(const struct issue_request *request)
{
	const struct lineage *lineage = request->lineage ? request->lineage : request->unborn;

	return lineage ? lineage_second(lineage) : NULL;
}

/* A new lineage is begun before its key is made: the key is written into its directory. */
static int prepare_request(const struct plugins *plugins, struct issue_request *request,
			   struct strvec *ret_notes, struct error *err)
{
	if (is_stored(request) && !request->lineage && commit_begin(plugins, request, err) < 0)
		return err->code;
	issue_request_add_second(request);
	if (!request->csr && !request->key && !request->second_only &&
	    keys_for_lineage(request->settings, request->lineage, request->unborn, &request->key,
			     err) < 0)
		return err->code;
	if (request->second && keys_for_second(request->settings, companion_of(request),
					       &request->second->key, err) < 0)
		return err->code;
	return is_stored(request) ? commit_reserve(request, ret_notes, err) : 0;
}

/* False when there is nothing more to do. A request that fails is marked as not ready rather than
 * failed: a full disk here must not put off the next try, as failures at the CA are. */
static bool prepare_next(struct preflight *preflight)
{
	size_t index = atomic_fetch_add(&preflight->taken, 1);
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	struct issue_request *request;

	if (index >= preflight->count || signals_pending())
		return false;
	request = preflight->requests[index];
	if (error_is_set(&request->error))
		return true;
	if (prepare_request(preflight->plugins, request, &notes, &failure) < 0) {
		error_move(&request->error, &failure);
		request->is_unready = true;
	}
	/* Warnings are collected and printed by the caller's thread, so that they do not mix with
	 * its progress line. */
	pthread_mutex_lock(&preflight->lock);
	strvec_extend(&preflight->notes, &notes);
	pthread_mutex_unlock(&preflight->lock);
	return true;
}

static void *help(void *context)
{
	while (prepare_next(context)) {
	}
	return NULL;
}

static size_t helpers_for(size_t count)
{
	size_t wanted = count - 1 < LEAST_HELPERS ? count - 1 : LEAST_HELPERS;
	size_t spare = thread_spare_processors(count < MAX_HELPERS ? count : MAX_HELPERS);

	return count > 1 && spare > wanted ? spare : wanted;
}

/* The caller works as well: where no thread can be started it does everything. */
static void run_preflight(struct preflight *preflight)
{
	size_t wanted = helpers_for(preflight->count);
	pthread_t helpers[MAX_HELPERS];
	size_t helper_count = 0;

	while (helper_count < wanted && thread_start(&helpers[helper_count], help, preflight) == 0)
		helper_count++;
	while (prepare_next(preflight))
		if (preflight->count > 1)
			ui_progress(preflight->plugins->host.ui, "Making keys (%zu of %zu)",
				    atomic_load(&preflight->taken), preflight->count);
	while (helper_count-- > 0)
		pthread_join(helpers[helper_count], NULL);
}

int preflight_run(const struct plugins *plugins, struct issue_request *const *requests,
		  size_t count, struct error *err)
{
	struct preflight preflight = {
		.plugins = plugins,
		.requests = requests,
		.count = count,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.notes = STRVEC_INIT,
	};
	/* The umask belongs to the process and can only be read by setting it, so it is read before
	 * the threads start. */
	mode_t file_mode = folder_cut_by_umask(0644);

	for (size_t i = 0; i < count; i++)
		requests[i]->file_mode = file_mode;
	run_preflight(&preflight);
	for (size_t i = 0; i < preflight.notes.count; i++)
		log_warning("%s", preflight.notes.items[i]);
	strvec_release(&preflight.notes);
	if (signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	return 0;
}
