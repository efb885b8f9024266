/*
 * What the files behind s3front.h share; nobody else includes this.
 */
#ifndef CLOUD_S3FRONT_PARTS_H
#define CLOUD_S3FRONT_PARTS_H

#include "plugin/plugin.h"

extern const struct installer s3front_installer;

/* The value of an option, else of the environment variable that certbot-s3front knew; NULL:
 * neither. */
const char *s3front_value(const struct settings *settings, const char *dest, const char *variable);

#endif
