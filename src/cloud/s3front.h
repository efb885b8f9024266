/*
 * The plugin "s3front": proves control of names that a CloudFront distribution serves from a
 * bucket of S3, and gives the distribution its certificate.
 */
#ifndef CLOUD_S3FRONT_H
#define CLOUD_S3FRONT_H

#include "plugin/plugin.h"

extern const struct plugin s3front_plugin;

#endif
