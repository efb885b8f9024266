/*
 * XML through expat (see xml.h). Only one provider in a dozen uses XML, so the library is loaded by
 * the first document and stays loaded.
 *
 * Documents come from the network: the depth is capped here, the HTTP client caps the size, and a
 * document type declaration stops the parser before it can define entities.
 */
#include <expat.h>
#include <string.h>

#include "base/alloc.h"
#include "base/library.h"
#include "codec/xml_parts.h"

#define FILE_NAME "libexpat.so.1"

/* The functions in use; each becomes a member of its name without "XML_". */
#define EXPAT_FUNCTIONS(X)                                                                         \
	X(ParserCreate)                                                                            \
	X(ParserFree)                                                                              \
	X(SetUserData)                                                                             \
	X(SetElementHandler)                                                                       \
	X(SetCharacterDataHandler)                                                                 \
	X(SetStartDoctypeDeclHandler)                                                              \
	X(StopParser)                                                                              \
	X(Parse)                                                                                   \
	X(GetErrorCode)                                                                            \
	X(GetCurrentLineNumber)                                                                    \
	X(GetCurrentByteIndex)                                                                     \
	X(GetCurrentByteCount)                                                                     \
	X(ErrorString)

struct expat {
#define X(name) __typeof__(&XML_##name) name;
	EXPAT_FUNCTIONS(X)
#undef X
};

static const struct library_function functions[] = {
#define X(name) {"XML_" #name, offsetof(struct expat, name)},
	EXPAT_FUNCTIONS(X)
#undef X
};

static int load_expat(struct expat *ret_expat, struct error *err)
{
	if (library_load(FILE_NAME, functions, ARRAY_LEN(functions), ret_expat, err) < 0)
		return error_hint(err, "install the package libexpat1 (called expat on some "
				       "systems)");
	return 0;
}

/* A document that is being parsed. */
struct reader {
	struct expat expat;
	XML_Parser parser;
	struct xml *root, *current;
	size_t depth;
	const char *complaint; /* ours, when we stopped the parser */
};

static void reader_release(struct reader *reader)
{
	if (reader->parser)
		reader->expat.ParserFree(reader->parser);
	xml_free(reader->root);
}
DEFINE_AUTO(reader, reader_release);

/* expat has one error code for all stops, so the reason is kept apart. */
static void stop_reader(struct reader *reader, const char *complaint)
{
	reader->complaint = complaint;
	reader->expat.StopParser(reader->parser, XML_FALSE);
}

/* The place of the current tag in the text. */
static void note_tag(const struct reader *reader, size_t *ret_start, size_t *ret_end)
{
	*ret_start = (size_t)reader->expat.GetCurrentByteIndex(reader->parser);
	*ret_end = *ret_start + (size_t)reader->expat.GetCurrentByteCount(reader->parser);
}

static void on_start(void *context, const char *name, const char **attributes)
{
	struct reader *reader = context;
	struct xml *element = xml_new(xstrdup(name), reader->current);

	note_tag(reader, &element->place.start, &element->place.inner);
	for (; *attributes; attributes++)
		strvec_push(&element->attributes, *attributes);
	if (!reader->root)
		reader->root = element;
	reader->current = element;
	if (++reader->depth > XML_MAX_DEPTH)
		stop_reader(reader, "elements are nested too deeply");
}

static void on_end(void *context, const char *name)
{
	struct reader *reader = context;

	/* Of "<a/>", the end is reported as a tag without bytes. */
	note_tag(reader, &reader->current->place.close, &reader->current->place.end);
	strbuf_trim(&reader->current->text);
	reader->current = reader->current->parent;
	reader->depth--;
}

/* expat reports one text in several pieces: at line ends and entities, for example. */
static void on_text(void *context, const char *text, int len)
{
	struct reader *reader = context;

	strbuf_add(&reader->current->text, text, (size_t)len);
}

/* No document type, no entities: neither "billion laughs" nor files of this machine. */
static void on_doctype(void *context, const char *name, const char *system_id,
		       const char *public_id, int has_internal_subset)
{
	stop_reader(context, "unexpected document type");
}

static int complain_of_xml(const struct reader *reader, const char *what, struct error *err)
{
	const char *complaint = reader->complaint;

	if (!complaint)
		complaint = reader->expat.ErrorString(reader->expat.GetErrorCode(reader->parser));
	return error_set(err, ERR_PARSE, "cannot read %s: line %lu: %s", what,
			 (unsigned long)reader->expat.GetCurrentLineNumber(reader->parser),
			 complaint);
}

int xml_parse(const char *text, size_t len, const char *what, struct xml **ret_root,
	      struct error *err)
{
	AUTO(reader) struct reader reader = {.parser = NULL};

	if (load_expat(&reader.expat, err) < 0)
		return err->code;
	/* expat takes an int. */
	if (len > INT32_MAX)
		return error_set(err, ERR_PARSE, "cannot read %s: it is too large", what);
	reader.parser = reader.expat.ParserCreate(NULL);
	if (!reader.parser)
		BUG("out of memory");
	reader.expat.SetUserData(reader.parser, &reader);
	reader.expat.SetElementHandler(reader.parser, on_start, on_end);
	reader.expat.SetCharacterDataHandler(reader.parser, on_text);
	reader.expat.SetStartDoctypeDeclHandler(reader.parser, on_doctype);
	if (reader.expat.Parse(reader.parser, text, (int)len, XML_TRUE) != XML_STATUS_OK)
		return complain_of_xml(&reader, what, err);
	*ret_root = STEAL(reader.root);
	return 0;
}
