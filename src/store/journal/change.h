/*
 * A recorded change, and the text form in which the journal keeps it: lines of a key and a value,
 * from "change N" to "end N CHECKSUM". No file access.
 *
 * Control characters and % in values are written as %XX. A reader ignores keys that it does not
 * know, and skips incomplete records: a power cut may leave half a record at the end of a journal.
 */
#ifndef STORE_JOURNAL_CHANGE_H
#define STORE_JOURNAL_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "store/journal/file_state.h"

/* A file that a change wrote, created or removed. */
struct change_file {
	char *path;
	struct file_state before, after;
};

struct change {
	int64_t number; /* from 1 */
	int64_t time;   /* Unix seconds */
	int64_t uid;    /* who: real user id, and name or number */
	char *user;
	char *verb;                  /* subcommand */
	char *command;               /* command line, secrets masked */
	char *title;                 /* what it did, one line */
	char *reason;                /* why it was due, or NULL */
	char *plugin;                /* whose server was configured, or NULL */
	char *options;               /* of that plugin, as an INI section; with `plugin` */
	char *obstacle;              /* why it cannot be undone, or NULL: it can */
	int64_t undoes;              /* number of the change that this one undid, or 0 */
	int64_t from, to;            /* generations that live/ showed; 0: none, or not changed */
	struct strvec lineages;      /* names of certificates that it is about */
	struct strvec undo_commands; /* each as words joined by newlines: run after the files */
	/* "BEFORE AFTER PATH" of each output (--output) that was written because of it, by digests, "-"
	 * for none. They follow what live/ shows: undoing writes them again. */
	struct strvec outputs;
	struct change_file *files;
	size_t file_count, file_capacity;
	bool is_void;      /* announced, and then not done */
	int64_t undone_by; /* number of the change that has undone it, and stands; 0: none */
};

/* Returns an empty change. */
struct change *change_new(void) WARN_UNUSED;
void change_free(struct change *change);
DEFINE_AUTO_PTR(change, change_free);
/* Appends a file. */
void change_add_file(struct change *change, const char *path, const struct file_state *before,
		     const struct file_state *after);
/* True when the change is about the certificate of that name. */
bool change_is_about(const struct change *change, const char *lineage);
/* The file of that path, borrowed; NULL: there is none. */
const struct change_file *change_find_file(const struct change *change, const char *path);

/* Appends the record. */
void change_print(const struct change *change, struct strbuf *out);
/* Appends a record with outputs that belong to a change; `last` is the newest number. */
void change_print_outputs(int64_t number, const struct strvec *outputs, int64_t last,
			  struct strbuf *out);
/* Appends a record that says that the change was not done; `last` is the newest number. */
void change_print_void(int64_t number, int64_t last, struct strbuf *out);

/* The changes of a journal, by ascending numbers. */
struct change_list {
	struct change **items;
	size_t count, capacity;
	int64_t last; /* newest number, 0: none */
	/* Set before reading: files, outputs, the command line and whatever else a line of `log`
	 * does not show are left out. They are most of a journal. */
	bool is_brief;
};

#define CHANGE_LIST_INIT                                                                           \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void change_list_release(struct change_list *list);
DEFINE_AUTO(change_list, change_list_release);
/* Appends all whole records of a text. */
void change_parse(struct span text, struct change_list *ret_list);
/* Returns the change of that number, borrowed; NULL: there is none. */
struct change *change_list_find(const struct change_list *list, int64_t number);
/* Reads the number in the last line of a journal that ends with a whole record. */
bool change_last_number(struct span tail, int64_t *ret_number);

#endif
