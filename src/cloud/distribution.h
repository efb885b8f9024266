/*
 * The configuration of a CloudFront distribution: a DistributionConfig, which is written back
 * whole. Only its element ViewerCertificate is replaced; everything else stays byte for byte, so
 * that what we do not know is not lost
 * (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html).
 */
#ifndef CLOUD_DISTRIBUTION_H
#define CLOUD_DISTRIBUTION_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct xml;

/* Appends the alternate names that the distribution answers to, in lower case. */
void distribution_names(const struct xml *root, struct strvec *ret_names);

/* True when the distribution shows that certificate. */
bool distribution_uses(const struct xml *root, const char *arn);

/* Appends the configuration `text`, which is `root` before it was parsed, with that certificate.
 * Keeps how it is shown (SSLSupportMethod, MinimumProtocolVersion), unless CloudFront's own
 * certificate was shown, which has its own rules. ERR_PARSE: there is no single
 * ViewerCertificate. */
int distribution_use(const char *text, const struct xml *root, const char *arn, struct strbuf *out,
		     struct error *err) WARN_UNUSED;

#endif
