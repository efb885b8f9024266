/*
 * The other clients (see foreign.h), and what their readers share.
 */
#include "foreign/foreign.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "codec/shell.h"
#include "codec/json.h"
#include "foreign/foreign_parts.h"
#include "os/file/file.h"

/* Far larger than any of these files. */
#define MAX_FILE (1024 * 1024)

static const struct foreign_client clients[] = {
	{"acme.sh", "crontab -l", foreign_acme_sh_read},
	{"dehydrated", "grep -rs dehydrated /etc/cron* /etc/systemd/system", foreign_dehydrated_read},
	{"lego", "crontab -l; grep -rs lego /etc/cron* /etc/systemd/system", foreign_lego_read},
};

int foreign_find(const char *name, const struct foreign_client **ret_client, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *listed = NULL;

	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		strvec_push(&names, clients[i].name);
		if (strcmp(clients[i].name, name) != 0)
			continue;
		*ret_client = &clients[i];
		return 0;
	}
	listed = strvec_join(&names, ", ");
	error_set(err, ERR_USAGE,
		  "cannot import from '%s': the clients whose files can be read are %s", name,
		  listed);
	return err->code;
}

static void release_cert(struct foreign_cert *cert)
{
	free(cert->name);
	free(cert->cert_path);
	free(cert->key_path);
	free(cert->chain_path);
	free(cert->server);
	free(cert->account_key_path);
	strvec_release(&cert->authenticator);
	strvec_release(&cert->options);
	strvec_release(&cert->notes);
	free(cert->script);
	secret_release(&cert->variables);
	free(cert->problem);
}

void foreign_state_release(struct foreign_state *state)
{
	for (size_t i = 0; i < state->cert_count; i++)
		release_cert(&state->certs[i]);
	for (size_t i = 0; i < state->account_count; i++) {
		free(state->accounts[i].server);
		free(state->accounts[i].key_path);
		free(state->accounts[i].uri);
	}
	free(state->certs);
	free(state->accounts);
	*state = (struct foreign_state)FOREIGN_STATE_INIT;
}

struct foreign_cert *foreign_add_cert(struct foreign_state *state, const char *name)
{
	struct foreign_cert *cert;

	ARRAY_GROW(state->certs, state->cert_count, state->cert_capacity);
	cert = &state->certs[state->cert_count++];
	*cert = (struct foreign_cert){.name = xstrdup(name)};
	strvec_init(&cert->authenticator);
	strvec_init(&cert->options);
	strvec_init(&cert->notes);
	return cert;
}

void foreign_add_account(struct foreign_state *state, char *own_server, char *own_key_path,
			 char *own_uri)
{
	ARRAY_GROW(state->accounts, state->account_count, state->account_capacity);
	state->accounts[state->account_count++] = (struct foreign_account){
		.server = own_server, .key_path = own_key_path, .uri = own_uri};
}

/* Hooks in that file become our hooks and run as root, so nobody with fewer rights may own or write
 * it. */
static int check_trusted(const char *path, struct error *err)
{
	struct stat attributes;

	if (stat(path, &attributes) < 0)
		return error_set_errno(err, errno, "cannot look at '%s'", path);
	if ((attributes.st_uid == 0 || attributes.st_uid == geteuid()) &&
	    !(attributes.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	error_set(err, ERR_REFUSED,
		  "others may change '%s', and its commands would run with "
		  "the rights of this program",
		  path);
	return error_hint(
		err, "look through it; if it is as it should be: chown root %s && chmod go-w %s",
		path, path);
}

int foreign_read_trusted(const char *path, struct strbuf *ret_text, struct error *err)
{
	if (check_trusted(path, err) < 0)
		return err->code;
	return file_read(path, MAX_FILE, ret_text, err);
}

int foreign_read_assignments(const char *path, struct map *values, struct strvec *ret_unread,
			     struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (foreign_read_trusted(path, &text, err) < 0)
		return err->code;
	shell_read_assignments(span_make(text.text, text.len), values, ret_unread);
	secret_wipe(text.text, text.len);
	return 0;
}

const char *foreign_value(const struct map *values, const char *name)
{
	const char *value = map_get(values, name);

	return value && value[0] ? value : NULL;
}

/* Looks in the object itself, then in its members, two levels deep. */
static const char *find_text(const struct json *object, const char *member)
{
	const char *text = json_text(json_member(object, member));

	for (size_t i = 0; !text && json_is_object(object) && i < json_count(object); i++) {
		const struct json *inner = json_member(object, json_member_name(object, i));

		if (json_is_object(inner))
			text = json_text(json_member(inner, member));
	}
	return text;
}

char *foreign_json_text(const char *path, const char *member)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(json) struct json *json = NULL;
	const char *found;

	if (file_read(path, MAX_FILE, &text, &unreadable) < 0 ||
	    json_parse(text.text, text.len, path, &json, &unreadable) < 0)
		return NULL;
	found = find_text(json, member);
	return found ? xstrdup(found) : NULL;
}
