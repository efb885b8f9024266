/*
 * Messages about sandboxes (see confinement.h). A child that lacks one of the barriers between it
 * and the keys is a line in the log; a child without any is a warning, printed once per run.
 */
#include "app/confinement.h"

#include "app/app.h"
#include "base/log.h"

static void tell_person(void *context, const char *process, bool is_confined, const char *missing)
{
	struct app *app = context;

	if (is_confined || app->was_warned) {
		log_info("The %s process runs without %s", process, missing);
		return;
	}
	app->was_warned = true;
	log_warning("The %s process is not confined: if a server took it over, it could read "
		    "private keys. This system lacks: %s. With --require-sandbox this is an error.",
		    process, missing);
}

void confinement_begin(struct app *app)
{
	app->confinement = (struct confinement){
		.is_required = settings_flag(app->settings, "require_sandbox"),
		.tell = tell_person,
		.context = app,
	};
}
