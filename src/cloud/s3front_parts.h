/*
 * What the files behind s3front.h share; nobody else includes this.
 */
#ifndef CLOUD_S3FRONT_PARTS_H
#define CLOUD_S3FRONT_PARTS_H

#include "plugin/plugin.h"

struct dns_session;

extern const struct installer s3front_installer;

/* The session of the instance, which stays its own. ERR_CONFIG: there are no credentials. */
int s3front_session(struct plugin_instance *instance, struct dns_session **ret_session,
		    struct error *err) WARN_UNUSED;

/* The value of an option, else of the environment variable that certbot-s3front knew; NULL:
 * neither. */
const char *s3front_value(const struct settings *settings, const char *dest, const char *variable);

#endif
