/*
 * Rows of the options that plugins for services have.
 */
#ifndef PLUGIN_SERVICE_OPTION_H
#define PLUGIN_SERVICE_OPTION_H

#include "config/option.h"

/* A row of a service's options, which is recorded with the lineage; `flags_` are further ones. */
#define SERVICE_OPTION(topic_, dest_, names_, type_, flags_, fallback_, metavar_, help_)           \
	{                                                                                          \
		.dest = dest_, .names = names_, .type = type_, .fallback = fallback_,              \
		.metavar = metavar_, .topics = topic_,                                             \
		.flags = OPTION_SAVED | OPTION_OURS | (flags_), .help = help_                      \
	}

#endif
