/*
 * Storing certificates beside the event loop. A commit waits for the disk about ten times; those of
 * many lineages wait together, and the network goes on meanwhile.
 */
#ifndef APP_ISSUE_COMMITTER_H
#define APP_ISSUE_COMMITTER_H

#include "app/issue/issue_request.h"

struct committer;

/* Starts no thread yet. */
struct committer *committer_new(void);
/* Runs request->store, in another thread where there can be one; its error becomes the request's.
 * The request is not to be touched before committer_free(). */
void committer_add(struct committer *committer, struct issue_request *request);
/* Waits for the end of everything that was added. */
void committer_free(struct committer *committer);
DEFINE_AUTO_PTR(committer, committer_free);

#endif
