/*
 * Checks which certificate clients get: from the servers of the installers, and at the places given
 * by --prove. Done after each change, and by `certificates --served`.
 */
#ifndef APP_RENEWAL_SERVED_H
#define APP_RENEWAL_SERVED_H

#include "app/debts/served_looks.h"
#include "instances/plugins.h"
#include "store/lineage/lineage.h"

/* Checks the values of --prove and --prove-restart. ERR_CONFIG. */
int served_check(const struct settings *settings, struct error *err) WARN_UNUSED;

/* Waits until the certificates of all items are served. If some are not after a while, reloads
 * their servers again and waits again; finally restarts the services of --prove-restart. Then saves
 * each conf, which records whether the proof is still owed. A server that cannot be reached from
 * here is reported but is not a failure, unless --prove names it. Does nothing in a dry run.
 * ERR_CANCELLED. */
int served_prove(struct plugins *plugins, struct served_item *items, size_t count,
		 struct error *err) WARN_UNUSED;

/* Does the same for one lineage, with the names of its certificate. ERR_PLUGIN: it is not served
 * everywhere; the text says where, and what is served instead. */
int served_prove_lineage(struct plugins *plugins, struct lineage *lineage,
			 const struct settings *settings, bool is_deployed,
			 struct error *err) WARN_UNUSED;

/* Checks once, without changing anything. Appends a line for each place and name: "a.test at
 * host:443/tls: shown", or what is served instead, or why it cannot be checked. Sets *ret_all_shown
 * if there is at least one line, and none is about another certificate, by the rules of
 * served_prove(). ERR_CANCELLED. */
int served_look(struct plugins *plugins, struct lineage *lineage, struct strvec *ret_lines,
		bool *ret_all_shown, struct error *err) WARN_UNUSED;

#endif
