/*
 * Creates lineages that come from the fleet (see newcomers.h). Keys and certificates are decoded in
 * several threads: that takes longer than to write them.
 */
#include "app/fleet/pull/newcomers.h"

#include "app/fleet/member/shared.h"
#include "app/fleet/own/turns.h"
#include "app/issue/commit.h"
#include "base/alloc.h"
#include "config/names.h"
#include "os/file/folder.h"
#include "os/thread.h"

struct page {
	struct newcomer *items;
	struct issue_request *requests;
};

void newcomers_free_settings(void *settings)
{
	settings_free(settings);
}

static void decode_one(void *context, size_t index)
{
	const struct page *page = context;
	struct issue_request *request = &page->requests[index];

	(void)!turns_fill_request(page->items[index].generation, request, &request->error);
}

/* The settings of this machine under the fleet's options. Nearly all lineages have the same. */
static int find_settings(struct newcomers *newcomers, const struct newcomer *item,
			 struct settings **ret_settings, struct error *err)
{
	AUTO(settings) struct settings *settings = NULL;

	if (!item->want)
		return error_set(err, ERR_NOT_FOUND, "the fleet has no options for '%s'",
				 item->name);
	*ret_settings = map_get(&newcomers->settings, item->want->options);
	if (*ret_settings)
		return 0;
	settings = settings_clone(newcomers->plugins->host.settings);
	if (shared_apply(newcomers->member, item->want->options, settings, err) < 0)
		return err->code;
	*ret_settings = settings;
	map_set(&newcomers->settings, item->want->options, STEAL(settings));
	return 0;
}

static int begin_one(struct newcomers *newcomers, const struct newcomer *item,
		     struct issue_request *request, struct error *err)
{
	if (names_check_new_lineage(item->name, err) < 0 ||
	    find_settings(newcomers, item, &request->settings, err) < 0)
		return err->code;
	request->new_name = item->name;
	return commit_begin(newcomers->plugins, request, err);
}

static int create_all(struct newcomers *newcomers, struct page *page, size_t count,
		      struct error *err)
{
	mode_t file_mode = folder_cut_by_umask(0644);

	thread_share(count, decode_one, page);
	for (size_t i = 0; i < count; i++) {
		struct issue_request *request = &page->requests[i];

		request->file_mode = file_mode;
		if (!error_is_set(&request->error))
			(void)!begin_one(newcomers, &page->items[i], request, &request->error);
	}
	return commit_new_page(page->requests, count, err);
}

int newcomers_create(struct newcomers *newcomers, struct newcomer *items, size_t count,
		     struct error *err)
{
	AUTO_FREE struct issue_request *requests = xcalloc(count, sizeof(struct issue_request));
	struct page page = {.items = items, .requests = requests};
	int rc;

	for (size_t i = 0; i < count; i++)
		issue_request_init(&requests[i]);
	rc = create_all(newcomers, &page, count, err);
	for (size_t i = 0; i < count; i++) {
		if (error_is_set(&requests[i].error))
			error_move(&items[i].error, &requests[i].error);
		lineage_free(requests[i].lineage);
		issue_request_release(&requests[i]);
	}
	return rc;
}
