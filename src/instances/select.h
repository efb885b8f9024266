/*
 * Which plugins a run uses, chosen as Certbot does.
 */
#ifndef INSTANCES_SELECT_H
#define INSTANCES_SELECT_H

#include "instances/plugins.h"

struct selection {
	struct plugin_instance *authenticator; /* NULL: none needed */
	struct installers installers;          /* may be none */
};

enum selection_need {
	SELECT_AUTHENTICATOR = 1 << 0, /* must have one */
	SELECT_INSTALLER = 1 << 1,     /* must have one; else only when requested */
	/* Installers that do not work now are left out, but not of the settings. */
	SELECT_WORKING = 1 << 2,
};

/* Opens the plugins that the settings request, or asks for the ones that are needed. Stores the
 * chosen names in the settings. ERR_REFUSED: none requested and nobody to ask. ERR_CONFIG: not
 * installed, not working, or of the wrong role. */
int select_plugins(struct plugins *plugins, struct settings *settings, unsigned need,
		   struct selection *ret_selection, struct error *err) WARN_UNUSED;

#endif
