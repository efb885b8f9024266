/*
 * Which challenge types an order may use: those the authenticator supports, restricted and ordered
 * by --preferred-challenges.
 */
#ifndef APP_ISSUE_CHALLENGE_CHOICE_H
#define APP_ISSUE_CHALLENGE_CHOICE_H

#include "app/issue/issue_request.h"

/* Fills in request->types. ERR_CONFIG, before the CA is contacted: no type can validate the
 * identifier in the text. With --allow-subset-of-names such identifiers are dropped with a warning,
 * as long as others remain. */
int challenge_choice_make(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
