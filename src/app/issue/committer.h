/*
 * Stores certificates outside the event loop. A commit waits for the disk about ten times; threads
 * let those of many lineages wait at the same time, while the network goes on.
 */
#ifndef APP_ISSUE_COMMITTER_H
#define APP_ISSUE_COMMITTER_H

#include "app/issue/issue_request.h"

struct committer;

/* Makes a committer, freed by committer_free(). Starts no thread yet. */
struct committer *committer_new(void);
/* Runs request->store, in another thread if possible; its error becomes the request's. Do not touch
 * the request before committer_free(). */
void committer_add(struct committer *committer, struct issue_request *request);
/* Waits until everything that was added has been stored, then frees the committer. */
void committer_free(struct committer *committer);
DEFINE_AUTO_PTR(committer, committer_free);

#endif
