/*
 * Conditions (see apache_condition.h), as core and mod_version evaluate them.
 */
#include "confedit/apache/apache_condition.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_files.h"
#include "confedit/apache/apache_modules.h"
#include "confedit/regex.h"

/* A version so new that every comparison with one in use holds. */
#define CURRENT_VERSION "2.4.99"

/* <IfModule> takes the name of the source file or the identifier. */
static bool has_module(const struct apache_model *model, const char *name)
{
	AUTO_FREE char *identifier = apache_module_identifier(name);

	return map_contains(&model->modules, identifier);
}

static bool has_define(const struct apache_model *model, const char *name)
{
	return map_contains(&model->defines, name);
}

static bool has_file(const struct apache_model *model, const char *path)
{
	AUTO_FREE char *absolute = *path == '/' ? xstrdup(path)
						: xasprintf("%s/%s", model->server_root, path);

	return model->source->exists(model->source->context, absolute);
}

/* Both ask what modules can do, which no file shows. Seeing too much of what is inside is better
 * than missing some. */
static bool is_taken_to_exist(const struct apache_model *model, const char *name)
{
	return *name != '\0';
}

static const struct {
	const char *section;
	bool (*holds)(const struct apache_model *model, const char *subject);
} conditions[] = {
	{"IfModule", has_module},           {"IfDefine", has_define},         {"IfFile", has_file},
	{"IfDirective", is_taken_to_exist}, {"IfSection", is_taken_to_exist},
};

/* -1, 0 or 1; parts that are missing count as 0. */
static int compare_versions(const char *a, const char *b)
{
	for (int part = 0; part < 3; part++) {
		char *end_a, *end_b;
		unsigned long number_a = strtoul(a, &end_a, 10), number_b = strtoul(b, &end_b, 10);

		if (number_a != number_b)
			return number_a < number_b ? -1 : 1;
		a = *end_a == '.' ? end_a + 1 : end_a;
		b = *end_b == '.' ? end_b + 1 : end_b;
	}
	return 0;
}

/* An expression that cannot be read holds for no version. */
static bool matches_regex(const char *version, const char *pattern)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(strbuf) struct strbuf bare = STRBUF_INIT;
	bool matches = false;

	strbuf_adds(&bare, *pattern == '/' ? pattern + 1 : pattern);
	if (*pattern == '/' && bare.len && bare.text[bare.len - 1] == '/')
		strbuf_truncate(&bare, bare.len - 1);
	return regex_search(bare.text, version, 0, &matches, &ignored) == 0 && matches;
}

static bool version_holds(const char *version, const char *operator, const char * operand)
{
	static const struct {
		const char *operator;
		bool less, equal, greater;
	} comparisons[] = {
		{"=", false, true, false}, {"==", false, true, false}, {">", false, false, true},
		{">=", false, true, true}, {"<", true, false, false},  {"<=", true, true, false},
	};
	int order;

	if (strcmp(operator, "~") == 0 || *operand == '/')
		return matches_regex(version, operand);
	order = compare_versions(version, operand);
	for (size_t i = 0; i < ARRAY_LEN(comparisons); i++)
		if (strcmp(operator, comparisons[i].operator) == 0)
			return order < 0    ? comparisons[i].less
			       : order == 0 ? comparisons[i].equal
					    : comparisons[i].greater;
	return false;
}

/* If the program cannot be asked, files are read as the newest version would: they were written for
 * what is installed. */
static bool check_version(const struct apache_model *model, const struct strvec *arguments)
{
	const char *version = model->program->version ? model->program->version : CURRENT_VERSION;
	const char *operator= arguments->count> 1 ? arguments->items[0] : "=";
	const char *operand = arguments->count ? arguments->items[arguments->count - 1] : "";
	bool negated = *operator== '!';

	return version_holds(version, operator+ negated, operand) != negated;
}

bool apache_condition(const struct apache_model *model, const char *section,
		      const struct strvec *arguments, bool *ret_holds)
{
	if (str_eq_nocase(section, "IfVersion")) {
		*ret_holds = check_version(model, arguments);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		const char *subject = arguments->count ? arguments->items[0] : "";
		bool negated = *subject == '!';

		if (!str_eq_nocase(section, conditions[i].section))
			continue;
		*ret_holds = conditions[i].holds(model, subject + negated) != negated;
		return true;
	}
	return false;
}
