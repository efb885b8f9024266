/*
 * Which challenge types an order may use: what the authenticator can do, narrowed and ordered by
 * --preferred-challenges.
 */
#ifndef APP_CHALLENGE_CHOICE_H
#define APP_CHALLENGE_CHOICE_H

#include "app/issue/issue_request.h"

/* Fills request->types. ERR_CONFIG names an identifier that none of them can validate, before the
 * CA has been asked for anything; under --allow-subset-of-names such identifiers are dropped with a
 * warning, as long as others remain. */
int challenge_choice_make(struct issue_request *request, struct error *err) WARN_UNUSED;

#endif
