/*
 * This machine as a member of its fleet: the connection to the store, the fleet's key, and the
 * session in which the machines of src/fleet run. Nothing of this is created or read if no fleet is
 * configured.
 *
 * Below the configuration directory:
 *	fleet/key     32 random bytes, the same on all members; nobody else may read them
 *	fleet/key.next  while the members change to another key (rekey.h): that one
 *	fleet/state   id of the fleet, its members as last seen, and what the store had last
 */
#ifndef APP_FLEET_MEMBER_MEMBER_H
#define APP_FLEET_MEMBER_MEMBER_H

#include "children/network.h"
#include "codec/ini.h"
#include "crypto/cert/cert.h"
#include "fleet/engine.h"
#include "fleet/seal.h"
#include "fleet/session.h"

struct member {
	struct network *network;         /* borrowed, as the next */
	const struct settings *settings; /* of the run */
	struct http_client *http;
	struct fleet_engine *engine;
	struct fleet_keyring ring;    /* with two keys while the members change to another one */
	bool next_seals;              /* the first of two is fleet/key.next; else the second is */
	struct fleet_session session; /* its texts are node and fleet, its keys the ring */
	char *node, *fleet;
	struct ini *state; /* fleet/state; member_save_state() writes it */
	/* Asks whoever answers for a name which certificate it presents (solo.h); NULL: nobody. */
	int (*ask_served)(struct network *network, const char *name, struct cert_chain *ret_chain,
			  struct error *err);
	size_t silent_names;  /* that ask_served() had no answer for */
	size_t turns;         /* machines at work on lineages (turns.h), which need the lease */
	struct error refusal; /* by the store, of the last ask; empty: it was not refused */
	int64_t silent_ms;    /* monotonic: since when the store is silent; 0: it answers */
};

/* True when the settings name a store. */
bool member_is_configured(const struct settings *settings);
/* Connects with the key, but not yet as a member of a fleet. Asks nothing. The caller frees it.
 * ERR_CONFIG, ERR_NOT_FOUND: the settings or the key cannot be used. */
int member_connect(struct network *network, const struct settings *settings,
		   struct member **ret_member, struct error *err) WARN_UNUSED;
/* Connects as a member of the fleet. ERR_CONFIG: this machine is not a member; the hint says what
 * to do. */
int member_open(struct network *network, const struct settings *settings,
		struct member **ret_member, struct error *err) WARN_UNUSED;
/* Ends the lease, and frees the member. NULL is allowed. */
void member_free(struct member *member);
DEFINE_AUTO_PTR(member, member_free);
/* Makes it a member of the fleet with that id, in this process only. */
void member_enter(struct member *member, const char *fleet);

/* Writes fleet/state. */
int member_save_state(const struct member *member, struct error *err) WARN_UNUSED;
/* Makes the next pull look at everything. Called when this machine has written: a store that is set
 * back to a backup may have the tip again that fleet/state knows, but lacks what was written. */
void member_forget_tip(struct member *member);
/* The time by both clocks. */
struct fleet_time member_now(const struct member *member);

/* Performs an ask; a machine of src/fleet judges the answer. */
void member_perform(struct member *member, const struct fleet_ask *ask,
		    struct fleet_answer *answer);
/* True when the store has not answered for longer than an election of its members takes (5 s). */
bool member_is_away(const struct member *member);
/* Begins or renews the lease; false: the lease may have ended. */
bool member_renew_lease(struct member *member);
/* Ends the lease if it must end (fleet_session.must_end) and no machine needs it: the next machine
 * begins another one. */
void member_end_stale_lease(struct member *member);
/* Renews the lease when that is due. */
void member_beat(struct member *member);

/* Returns a place of this fleet; the name is borrowed. */
struct fleet_place member_place(const struct member *member, enum fleet_kind kind,
				const char *name);
/* Opens a value that the store has under a key of that kind and name. ERR_REFUSED, ERR_CONFIG,
 * ERR_PARSE: it cannot be trusted. */
int member_unseal(const struct member *member, enum fleet_kind kind, const char *name,
		  const struct strbuf *value, struct fleet_record *ret_record,
		  struct error *err) WARN_UNUSED;
/* Reads the record at a place, with `kind` FLEET_NO_RECORD if there is none, and its sealed value
 * (NULL: not wanted). Also ERR_REFUSED, ERR_CONFIG: it cannot be trusted. */
int member_read(struct member *member, const struct fleet_place *place,
		struct fleet_record *ret_record, struct strbuf *ret_value,
		struct error *err) WARN_UNUSED;
/* Turns the answer to the last ask into 0, or into an error worded for people. */
int member_judge(struct member *member, const struct fleet_answer *answer,
		 struct error *err) WARN_UNUSED;
/* Performs an ask for a command. A question is asked again for as long as an election takes; what
 * the store did not carry out is an error, worded for people. */
int member_ask(struct member *member, const struct fleet_ask *ask, struct fleet_answer *answer,
	       struct error *err) WARN_UNUSED;
/* A digest of the store's tip as it is, opened or not, which differs from all others: appends
 * nothing if there is none. */
int member_peek_tip(struct member *member, struct strbuf *ret_digest,
		    struct error *err) WARN_UNUSED;
/* Writes a record if its place has that sealed value (empty: no value; NULL: any). ERR_EXISTS: it
 * has another one. */
int member_write(struct member *member, const struct fleet_place *place,
		 const struct fleet_record *record, const struct strbuf *guard,
		 struct error *err) WARN_UNUSED;
/* Deletes what is at a place if it is that sealed value (NULL: any). ERR_EXISTS: it is another. */
int member_delete(struct member *member, const struct fleet_place *place,
		  const struct strbuf *guard, struct error *err) WARN_UNUSED;

/* The place of a generation, by the name "NAME/7" that it has in a list of them; false: it is not
 * such a name. The place borrows the name of the lineage, which the caller frees. */
bool member_generation_place(const struct member *member, const char *key, char **ret_name,
			     struct fleet_place *ret_place) WARN_UNUSED;
/* Calls visit() with the name and value of each key of a kind, up to its first error. */
struct member_visit {
	int (*visit)(void *context, const char *name, const struct strbuf *value,
		     struct error *err);
	void *context;
};
int member_list(struct member *member, enum fleet_kind kind, const struct member_visit *visit,
		struct error *err) WARN_UNUSED;

/* Appends what an administrator should know about the store's health. */
void member_inspect(struct member *member, struct strvec *ret_warnings);
/* Reads the fleet's key, and the one that is to take its place if there is such a one. */
int member_read_keys(struct member *member, struct error *err) WARN_UNUSED;
/* Of two keys, makes the one seal that the fleet's record in the store is sealed with. */
void member_choose_key(struct member *member);
/* Makes the key that is to take the other's place seal from now on, in this process. */
void member_seal_with_next(struct member *member);
/* The key that is to take the other's place; NULL: there is none. */
const struct secret *member_next_key(const struct member *member);
/* Records in the store that this machine was here, and how many lineages of the fleet it has,
 * sealed with the newest key that it has. */
int member_sign(struct member *member, uint64_t lineages, struct error *err) WARN_UNUSED;

#endif
