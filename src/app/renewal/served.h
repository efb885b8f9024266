/*
 * Whether certificates are shown to clients: by the servers of their installers, and where --prove
 * says. To be seen after each change, and by `certificates --served`.
 */
#ifndef APP_RENEWAL_SERVED_H
#define APP_RENEWAL_SERVED_H

#include "app/plugins/plugins.h"
#include "app/debts/served_looks.h"
#include "store/lineage/lineage.h"

/* Checks the texts of --prove and --prove-restart. ERR_CONFIG. */
int served_check(const struct settings *settings, struct error *err) WARN_UNUSED;

/* Waits until the certificates of all items are shown; after a while reloads the servers of those
 * that are not once more, and waits again; at last restarts the services of --prove-restart. Then
 * saves each conf, with whether the proof is still owed. What cannot be seen from here is told, and
 * no failure, except at a place of --prove. Dry runs have nothing to wait for. ERR_CANCELLED. */
int served_prove(struct plugins *plugins, struct served_item *items, size_t count,
		 struct error *err) WARN_UNUSED;

/* The same for one lineage, with the names of its certificate. ERR_PLUGIN: it is not shown
 * everywhere; the text says where not and what instead. */
int served_prove_lineage(struct plugins *plugins, struct lineage *lineage,
			 const struct settings *settings, bool is_deployed,
			 struct error *err) WARN_UNUSED;

/* Asks once, for a host that only asks. Appends a line for each place and name: "a.test at
 * host:443/tls: shown", or what is shown instead or prevents the look. *ret_all_shown: there are
 * such lines, and none is of another certificate, by the rules of served_prove(). ERR_CANCELLED. */
int served_look(struct plugins *plugins, struct lineage *lineage, struct strvec *ret_lines,
		bool *ret_all_shown, struct error *err) WARN_UNUSED;

#endif
