/*
 * Loads libldns (see ldns_library.h).
 */
#include "net/dns/ldns_library.h"

#include "base/library.h"

int ldns_library_load(struct ldns_library *ret_library, struct error *err)
{
	static const struct library_function functions[] = {
#define X(name) {"ldns_" #name, offsetof(struct ldns_library, name)},
		LDNS_FUNCTIONS(X)
#undef X
	};

	return library_load("libldns.so.3", functions, ARRAY_LEN(functions), ret_library, err);
}
