/*
 * "nginx -T" (see nginx_dump.h): each file once, in the order of first reading, as a line "#
 * configuration file PATH:", its bytes and a newline. A file that contains such a line itself is
 * cut there, unless the path in it has appeared before.
 */
#include "confedit/nginx/nginx_dump.h"

#include <fnmatch.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"

struct nginx_dump {
	struct nginx_source source;
	struct map files; /* path → struct strbuf */
};

static void free_bytes(void *value)
{
	strbuf_release(value);
	free(value);
}

static int read_dumped(void *context, const char *path, struct strbuf *ret_bytes, struct error *err)
{
	const struct nginx_dump *dump = context;
	const struct strbuf *bytes = map_get(&dump->files, path);

	if (!bytes)
		return error_set(err, ERR_NOT_FOUND, "cannot read '%s': nginx did not read it",
				 path);
	strbuf_add(ret_bytes, bytes->text, bytes->len);
	return 0;
}

/* Matched against what nginx has read, not against the disk, which may have changed. */
static int glob_dumped(void *context, const char *pattern, struct strvec *ret_paths,
		       struct error *err)
{
	const struct nginx_dump *dump = context;

	for (size_t i = 0; i < dump->files.count; i++)
		if (fnmatch(pattern, dump->files.entries[i].key, FNM_PATHNAME | FNM_PERIOD) == 0)
			strvec_push(ret_paths, dump->files.entries[i].key);
	strvec_sort(ret_paths);
	return 0;
}

/* The path of a marker line, heap text; NULL for another line. */
static char *marker_path(const struct nginx_dump *dump, struct span line)
{
	AUTO_FREE char *path = NULL;

	if (!span_skip_prefix(&line, "# configuration file ") || line.len < 2 ||
	    line.ptr[0] != '/' || line.ptr[line.len - 1] != ':')
		return NULL;
	line.len--;
	path = span_dup(line);
	return map_contains(&dump->files, path) ? NULL : STEAL(path);
}

/* The newline that nginx prints after each file is not part of the file. */
static void end_file(struct strbuf *bytes)
{
	if (bytes && bytes->len && bytes->text[bytes->len - 1] == '\n')
		strbuf_truncate(bytes, bytes->len - 1);
}

int nginx_dump_parse(struct span output, struct nginx_dump **ret_dump, struct error *err)
{
	AUTO(nginx_dump) struct nginx_dump *dump = XNEW(struct nginx_dump);
	struct strbuf *bytes = NULL;
	struct span line;

	dump->files = (struct map)MAP_INIT(free_bytes);
	dump->source = (struct nginx_source){
		.context = dump,
		.read = read_dumped,
		.glob = glob_dumped,
	};
	while (span_take_until(&output, '\n', &line)) {
		AUTO_FREE char *path = marker_path(dump, line);

		if (path) {
			end_file(bytes);
			bytes = XNEW(struct strbuf);
			strbuf_init(bytes);
			map_set(&dump->files, path, bytes);
		} else if (bytes) {
			strbuf_add(bytes, line.ptr, line.len);
			strbuf_addc(bytes, '\n');
		}
	}
	end_file(bytes);
	if (!bytes)
		return error_set(err, ERR_PARSE, "cannot read the output of 'nginx -T': no files");
	*ret_dump = STEAL(dump);
	return 0;
}

void nginx_dump_free(struct nginx_dump *dump)
{
	if (!dump)
		return;
	map_release(&dump->files);
	free(dump);
}

void nginx_dump_set_hostname(struct nginx_dump *dump, const char *hostname)
{
	dump->source.hostname = hostname;
}

/* nginx prints its main file first. */
int nginx_model_from_dump(struct nginx_dump *dump, struct nginx_model **ret_model,
			  struct error *err)
{
	return nginx_model_load(&dump->source, dump->files.entries[0].key, ret_model, err);
}

/* Everything about a server that must agree, in words. */
static void describe_server(const struct nginx_server *server, struct strbuf *out)
{
	AUTO_FREE char *title = nginx_server_title(server);
	AUTO_FREE char *names = strvec_join(&server->names, " ");
	AUTO_FREE char *certificates = strvec_join(&server->certificates, " ");

	strbuf_addf(out, "%s with names '%s', certificates '%s', sockets", title, names,
		    certificates);
	for (size_t i = 0; i < server->listen_count; i++)
		strbuf_addf(out, " %s:%u%s", server->listens[i].address, server->listens[i].port,
			    server->listens[i].tls ? "(TLS)" : "");
}

/* Compared in words, which are the message as well: what is not in them does not matter. */
bool nginx_model_equal(const struct nginx_model *a, const struct nginx_model *b,
		       struct strbuf *ret_difference)
{
	size_t count_a = nginx_model_server_count(a), count_b = nginx_model_server_count(b);

	for (size_t i = 0; i < count_a || i < count_b; i++) {
		AUTO(strbuf) struct strbuf in_a = STRBUF_INIT;
		AUTO(strbuf) struct strbuf in_b = STRBUF_INIT;

		if (i < count_a)
			describe_server(nginx_model_server(a, i), &in_a);
		if (i < count_b)
			describe_server(nginx_model_server(b, i), &in_b);
		if (strcmp(in_a.text, in_b.text) == 0)
			continue;
		strbuf_addf(ret_difference, "the files have %s, but nginx reads %s",
			    in_a.len ? in_a.text : "no more servers",
			    in_b.len ? in_b.text : "no more servers");
		return false;
	}
	return true;
}
