/*
 * What a look at the fleet's store shows of a lineage, as plain values: for those who explain what
 * they see and have nothing to do with stores (app/why). The look changes nothing.
 */
#ifndef FLEET_VIEW_H
#define FLEET_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Texts are NULL when there is nothing to say. */
struct fleet_view {
	bool is_configured; /* the settings name a store */
	bool is_member;     /* this machine has joined a fleet */
	bool is_looked;     /* the store has answered, and the values below are known */
	struct error error; /* why the store could not be looked at, if that was tried */
	uint64_t here,
		there;    /* the lineage's generation on this machine and in the store; 0: none */
	bool is_released; /* the store says that each machine has it for itself */
	char *owner;      /* another machine that renews it at this moment */
	char *failed_on;  /* the machine on which the fleet's last try failed */
	char *problem;    /* what it failed of */
	int64_t next_try; /* Unix seconds: no machine tries again before */
};

#define FLEET_VIEW_INIT                                                                            \
	{                                                                                          \
		.error = ERROR_INIT                                                                \
	}

/* Frees the texts. */
void fleet_view_release(struct fleet_view *view);
DEFINE_AUTO(fleet_view, fleet_view_release);

#endif
