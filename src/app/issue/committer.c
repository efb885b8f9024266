/*
 * A queue and a few threads (see committer.h), started as there is work for them. They block all
 * signals: the loop unwinds, and what was issued is stored all the same.
 */
#include "app/issue/committer.h"

#include "base/alloc.h"
#include "os/thread.h"

/* Most file systems write what several threads wait for in one go: more threads, fewer waits. */
#define MAX_THREADS 8

struct job {
	struct issue_request *request;
	struct job *next;
};

struct committer {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* a job was added, or no more will be */
	struct job *first, **end;
	bool is_closing;
	size_t queued, idle; /* jobs, and threads that wait for one */
	pthread_t threads[MAX_THREADS];
	size_t count;
};

struct committer *committer_new(void)
{
	struct committer *committer = XNEW(struct committer);

	pthread_mutex_init(&committer->lock, NULL);
	pthread_cond_init(&committer->changed, NULL);
	committer->end = &committer->first;
	return committer;
}

/* A thread touches nothing but its own request: lineages do not share files, and the log has a lock
 * of its own. */
static void store_request(struct issue_request *request)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (request->store(request, &failure) < 0)
		error_move(&request->error, &failure);
}

/* Takes the next job, with the lock held; NULL: there will be none. The queue is emptied before the
 * threads end: what was issued is stored even when the run was stopped. */
static struct job *take_request(struct committer *committer)
{
	struct job *job;

	while (!committer->first && !committer->is_closing) {
		committer->idle++;
		pthread_cond_wait(&committer->changed, &committer->lock);
		committer->idle--;
	}
	job = committer->first;
	if (!job)
		return NULL;
	committer->queued--;
	committer->first = job->next;
	if (!committer->first)
		committer->end = &committer->first;
	return job;
}

static void *store_all(void *context)
{
	struct committer *committer = context;
	struct job *job;

	pthread_mutex_lock(&committer->lock);
	while ((job = take_request(committer))) {
		pthread_mutex_unlock(&committer->lock);
		store_request(job->request);
		free(job);
		pthread_mutex_lock(&committer->lock);
	}
	pthread_mutex_unlock(&committer->lock);
	return NULL;
}

/* A thread is started only if none is idle, so a run of two certificates does not start eight.
 * Where no thread can be made (RLIMIT_NPROC) the caller does the work. */
void committer_add(struct committer *committer, struct issue_request *request)
{
	struct job *job = XNEW(struct job);

	job->request = request;
	pthread_mutex_lock(&committer->lock);
	*committer->end = job;
	committer->end = &job->next;
	committer->queued++;
	if (committer->queued > committer->idle && committer->count < MAX_THREADS &&
	    thread_start(&committer->threads[committer->count], store_all, committer) == 0)
		committer->count++;
	pthread_cond_signal(&committer->changed);
	pthread_mutex_unlock(&committer->lock);
	if (!committer->count) {
		committer->is_closing = true;
		store_all(committer);
		committer->is_closing = false;
	}
}

/* Joining is what makes the results visible to the caller: before it, requests belong to the
 * threads. */
void committer_free(struct committer *committer)
{
	if (!committer)
		return;
	pthread_mutex_lock(&committer->lock);
	committer->is_closing = true;
	pthread_cond_broadcast(&committer->changed);
	pthread_mutex_unlock(&committer->lock);
	while (committer->count)
		pthread_join(committer->threads[--committer->count], NULL);
	pthread_cond_destroy(&committer->changed);
	pthread_mutex_destroy(&committer->lock);
	free(committer);
}
