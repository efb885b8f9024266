/*
 * How ACME v1 orders a certificate: there is no order, but an authorization for each name, which
 * new-authz makes and GET reads, and one request, new-cert, that is answered with the certificate.
 * The certificates above it are one link ("up") after the other. Used by acme/ only.
 */
#ifndef ACME_V1_ORDER_H
#define ACME_V1_ORDER_H

#include "acme/order/order_state.h"

extern const struct acme_order_flow acme_v1_order_flow;

#endif
