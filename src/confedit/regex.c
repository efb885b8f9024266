/*
 * Regular expressions of server names (see regex.h), PCRE's syntax in Thompson's way: the pattern
 * becomes a program of small steps, all of whose threads advance together over the text. Only
 * whether there is a match is asked, so greedy and lazy repetition are the same.
 *
 * Jumps are relative, which makes every piece of the program relocatable: repetition copies pieces,
 * alternation puts a split in front of one.
 */
#include "confedit/regex.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"

enum {
	MAX_PROGRAM = 4000,
	MAX_DEPTH = 50,
	MAX_REPEAT = 1000,
	UNLIMITED = -1,
};

enum opcode {
	OP_SET,   /* one byte of the set */
	OP_SPLIT, /* go on at the next step and at `jump` */
	OP_JUMP,
	OP_TEXT_START,
	OP_TEXT_END,
	OP_BOUNDARY,    /* \b */
	OP_NO_BOUNDARY, /* \B */
	OP_MATCH,
};

struct set {
	uint8_t bits[32];
};

struct step {
	enum opcode opcode;
	int jump; /* relative to this step */
	struct set set;
};

struct compiler {
	const char *at;
	struct step *steps;
	size_t count, capacity;
	unsigned flags;
	int depth;
	struct error *err;
};

static int compile_alternatives(struct compiler *c);

static int fail(struct compiler *c, const char *what)
{
	return error_set(c->err, ERR_PARSE, "%s", what);
}

static int refuse(struct compiler *c, const char *what)
{
	return error_set(c->err, ERR_REFUSED, "%s not supported", what);
}

static void set_add(struct set *set, unsigned char byte)
{
	set->bits[byte >> 3] |= (uint8_t)(1u << (byte & 7));
}

static bool set_has(const struct set *set, unsigned char byte)
{
	return set->bits[byte >> 3] >> (byte & 7) & 1;
}

static void set_add_range(struct set *set, unsigned first, unsigned last)
{
	for (unsigned byte = first; byte <= last; byte++)
		set_add(set, (unsigned char)byte);
}

static void set_invert(struct set *set)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] = (uint8_t)~set->bits[i];
}

static void set_unite(struct set *set, const struct set *other)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] |= other->bits[i];
}

static void set_fold_case(struct set *set)
{
	for (unsigned lower = 'a'; lower <= 'z'; lower++) {
		unsigned upper = lower - 'a' + 'A';

		if (set_has(set, (unsigned char)lower) || set_has(set, (unsigned char)upper)) {
			set_add(set, (unsigned char)lower);
			set_add(set, (unsigned char)upper);
		}
	}
}

static int emit(struct compiler *c, struct step step)
{
	if (c->count >= MAX_PROGRAM)
		return refuse(c, "an expression of this size is");
	ARRAY_GROW(c->steps, c->count, c->capacity);
	c->steps[c->count++] = step;
	return 0;
}

static int emit_set(struct compiler *c, struct set set)
{
	if (c->flags & REGEX_CASELESS)
		set_fold_case(&set);
	return emit(c, (struct step){.opcode = OP_SET, .set = set});
}

/* Puts a step in front of the piece that starts at `start`. */
static int emit_before(struct compiler *c, size_t start, struct step step)
{
	int status = emit(c, step);

	if (status < 0)
		return status;
	memmove(c->steps + start + 1, c->steps + start, (c->count - 1 - start) * sizeof(*c->steps));
	c->steps[start] = step;
	return 0;
}

/* \d and its like, named by their lower-case letter. */
static bool add_named_set(struct set *set, char letter)
{
	switch (letter) {
	case 'd':
		set_add_range(set, '0', '9');
		return true;
	case 'w':
		set_add_range(set, '0', '9');
		set_add_range(set, 'a', 'z');
		set_add_range(set, 'A', 'Z');
		set_add(set, '_');
		return true;
	case 's':
		set_add_range(set, '\t', '\r');
		set_add(set, ' ');
		return true;
	case 'h':
		set_add(set, '\t');
		set_add(set, ' ');
		set_add(set, 0xa0);
		return true;
	}
	return false;
}

/* \d \D …: adds the set the escape stands for; false when the letter names none. */
static bool take_set_escape(struct compiler *c, struct set *set)
{
	struct set named = {{0}};

	if (!*c->at || !add_named_set(&named, ascii_lower(*c->at)))
		return false;
	if (*c->at != ascii_lower(*c->at))
		set_invert(&named);
	set_unite(set, &named);
	c->at++;
	return true;
}

/* \xHH; the x is consumed. */
static unsigned char take_hex(struct compiler *c)
{
	int value = 0, digit;

	for (int i = 0; i < 2 && (digit = ascii_hex_value(*c->at)) >= 0; i++) {
		value = value * 16 + digit;
		c->at++;
	}
	return (unsigned char)value;
}

/* The byte that an escape stands for, behind its backslash. */
static int take_byte_escape(struct compiler *c, unsigned char *ret_byte)
{
	static const char letters[] = "tnrfea", bytes[] = "\t\n\r\f\033\a";
	const char *found;
	char letter = *c->at;

	if (!letter)
		return fail(c, "nothing behind the last backslash");
	c->at++;
	found = strchr(letters, letter);
	if (found)
		*ret_byte = (unsigned char)bytes[found - letters];
	else if (letter == 'x' && *c->at != '{')
		*ret_byte = take_hex(c);
	else if (ascii_is_alnum(letter))
		return refuse(c, "an escape of this kind is");
	else
		*ret_byte = (unsigned char)letter;
	return 0;
}

/* [:alpha:] and its like inside a class; false when there is none. */
static bool take_posix_class(struct compiler *c, struct set *set)
{
	static const struct {
		const char *name;
		const char *ranges; /* pairs of first and last */
	} classes[] = {
		{"[:alpha:]", "azAZ"},    {"[:digit:]", "09"},     {"[:alnum:]", "azAZ09"},
		{"[:lower:]", "az"},      {"[:upper:]", "AZ"},     {"[:xdigit:]", "09afAF"},
		{"[:word:]", "azAZ09__"}, {"[:space:]", "\t\r  "}, {"[:punct:]", "!/:@[`{~"},
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (!str_starts(c->at, classes[i].name))
			continue;
		c->at += strlen(classes[i].name);
		for (const char *range = classes[i].ranges; *range; range += 2)
			set_add_range(set, (unsigned char)range[0], (unsigned char)range[1]);
		return true;
	}
	return false;
}

static int take_class_byte(struct compiler *c, unsigned char *ret_byte)
{
	if (!*c->at)
		return fail(c, "missing ']'");
	if (*c->at != '\\') {
		*ret_byte = (unsigned char)*c->at++;
		return 0;
	}
	c->at++;
	if (*c->at == 'b') {
		c->at++;
		*ret_byte = '\b';
		return 0;
	}
	return take_byte_escape(c, ret_byte);
}

/* One byte, range or named set of a class. */
static int take_class_item(struct compiler *c, struct set *set)
{
	unsigned char first = 0, last = 0;
	int status;

	if (take_posix_class(c, set))
		return 0;
	if (*c->at == '\\') {
		c->at++;
		if (take_set_escape(c, set))
			return 0;
		c->at--;
	}
	status = take_class_byte(c, &first);
	if (status < 0)
		return status;
	last = first;
	if (c->at[0] == '-' && c->at[1] && c->at[1] != ']') {
		c->at++;
		status = take_class_byte(c, &last);
		if (status == 0 && last < first)
			return fail(c, "range out of order in a class");
	}
	set_add_range(set, first, last);
	return status;
}

static int compile_class(struct compiler *c)
{
	struct set set = {{0}};
	bool inverted = *c->at == '^';
	int status;

	c->at += inverted;
	do {
		status = take_class_item(c, &set);
		if (status < 0)
			return status;
	} while (*c->at != ']');
	c->at++;
	if (c->flags & REGEX_CASELESS)
		set_fold_case(&set);
	if (inverted)
		set_invert(&set);
	return emit(c, (struct step){.opcode = OP_SET, .set = set});
}

static int compile_escape(struct compiler *c)
{
	static const struct {
		char letter;
		enum opcode opcode;
	} anchors[] = {
		{'b', OP_BOUNDARY}, {'B', OP_NO_BOUNDARY}, {'A', OP_TEXT_START},
		{'z', OP_TEXT_END}, {'Z', OP_TEXT_END},
	};
	struct set set = {{0}};
	unsigned char byte = 0;
	int status;

	for (size_t i = 0; i < ARRAY_LEN(anchors); i++) {
		if (*c->at == anchors[i].letter) {
			c->at++;
			return emit(c, (struct step){.opcode = anchors[i].opcode});
		}
	}
	if (take_set_escape(c, &set))
		return emit(c, (struct step){.opcode = OP_SET, .set = set});
	status = take_byte_escape(c, &byte);
	if (status < 0)
		return status;
	set_add(&set, byte);
	return emit_set(c, set);
}

/* The letters of (?i) or (?i: up to the ')' or ':', which is consumed and returned. */
static int take_inline_flags(struct compiler *c, char *ret_end)
{
	bool on = true;

	for (; *c->at && *c->at != ')' && *c->at != ':'; c->at++) {
		if (*c->at == '-')
			on = false;
		else if (*c->at == 'i')
			c->flags = on ? c->flags | REGEX_CASELESS : c->flags & ~REGEX_CASELESS;
		else if (*c->at != 's' && *c->at != 'm' && *c->at != 'U')
			return refuse(c, "a group of this kind is");
	}
	if (!*c->at)
		return fail(c, "missing ')'");
	*ret_end = *c->at++;
	return 0;
}

/* What stands behind "(?": decides whether a group follows. Named groups are just groups. */
static int take_group_kind(struct compiler *c, bool *ret_group)
{
	static const struct {
		const char *opening;
		char closing;
	} named[] = {{"P<", '>'}, {"<", '>'}, {"'", '\''}};
	char end = ':';
	int status;

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		const char *name = c->at + strlen(named[i].opening);

		if (!str_starts(c->at, named[i].opening) || *name == '=' || *name == '!')
			continue;
		name = strchr(name, named[i].closing);
		if (!name)
			return fail(c, "group name without its end");
		c->at = name + 1;
		*ret_group = true;
		return 0;
	}
	status = take_inline_flags(c, &end);
	*ret_group = end == ':';
	return status;
}

static int compile_group(struct compiler *c)
{
	unsigned outer_flags = c->flags;
	bool group = true;
	int status = 0;

	if (str_starts(c->at, "?")) {
		c->at++;
		status = take_group_kind(c, &group);
	} else if (*c->at == '*') {
		return refuse(c, "a verb is");
	}
	if (status < 0 || !group)
		return status;
	if (++c->depth > MAX_DEPTH)
		return refuse(c, "nesting of this depth is");
	status = compile_alternatives(c);
	if (status < 0)
		return status;
	c->depth--;
	c->flags = outer_flags;
	if (*c->at != ')')
		return fail(c, "missing ')'");
	c->at++;
	return 0;
}

static int compile_atom(struct compiler *c)
{
	struct set set = {{0}};
	char byte = *c->at++;

	switch (byte) {
	case '(':
		return compile_group(c);
	case '[':
		return compile_class(c);
	case '\\':
		return compile_escape(c);
	case '^':
		return emit(c, (struct step){.opcode = OP_TEXT_START});
	case '$':
		return emit(c, (struct step){.opcode = OP_TEXT_END});
	case '.':
		set_add(&set, '\n');
		set_invert(&set);
		return emit(c, (struct step){.opcode = OP_SET, .set = set});
	case '*':
	case '+':
	case '?':
		return fail(c, "nothing to repeat");
	}
	set_add(&set, (unsigned char)byte);
	return emit_set(c, set);
}

static bool take_number(const char **at, int *ret_number)
{
	int number = 0;

	if (!ascii_is_digit(**at))
		return false;
	for (; ascii_is_digit(**at); (*at)++)
		if (number <= MAX_REPEAT)
			number = number * 10 + (**at - '0');
	*ret_number = number;
	return true;
}

/* {m}, {m,} or {m,n}; anything else in braces is literal text. */
static bool take_braces(struct compiler *c, int *ret_min, int *ret_max)
{
	const char *at = c->at + 1;

	if (!take_number(&at, ret_min))
		return false;
	*ret_max = *ret_min;
	if (*at == ',') {
		at++;
		if (!take_number(&at, ret_max))
			*ret_max = UNLIMITED;
	}
	if (*at != '}')
		return false;
	c->at = at + 1;
	return true;
}

/* The repetition behind an atom; false when there is none. */
static bool take_repetition(struct compiler *c, int *ret_min, int *ret_max)
{
	if (*c->at == '{')
		return take_braces(c, ret_min, ret_max);
	if (!*c->at || !strchr("*+?", *c->at))
		return false;
	*ret_min = *c->at == '+';
	*ret_max = *c->at == '?' ? 1 : UNLIMITED;
	c->at++;
	return true;
}

static int emit_copy(struct compiler *c, const struct step *piece, size_t len)
{
	int status = 0;

	for (size_t i = 0; i < len && status == 0; i++)
		status = emit(c, piece[i]);
	return status;
}

/* Replaces the piece from `start` on by its repetition. */
static int repeat_piece(struct compiler *c, size_t start, int min, int max)
{
	size_t len = c->count - start;
	struct step skip = {.opcode = OP_SPLIT, .jump = (int)len + 1};
	AUTO_FREE struct step *piece = NULL;
	int status = 0;

	if (!len)
		return 0;
	piece = xmemdup(c->steps + start, len * sizeof(*piece));
	c->count = start;
	for (int i = 0; i < min && status == 0; i++)
		status = emit_copy(c, piece, len);
	for (int i = min; i < max && status == 0; i++) {
		status = emit(c, skip);
		if (status == 0)
			status = emit_copy(c, piece, len);
	}
	if (max != UNLIMITED || status < 0)
		return status;
	skip.jump++; /* over the jump back as well */
	status = emit(c, skip);
	if (status == 0)
		status = emit_copy(c, piece, len);
	return status < 0 ? status
			  : emit(c, (struct step){.opcode = OP_JUMP, .jump = -(int)len - 1});
}

static int compile_repeated(struct compiler *c)
{
	size_t start = c->count;
	int status = compile_atom(c), min = 0, max = 0;

	while (status == 0 && take_repetition(c, &min, &max)) {
		if (max != UNLIMITED && min > max)
			return fail(c, "numbers out of order in braces");
		if (min > MAX_REPEAT || max > MAX_REPEAT)
			return refuse(c, "repetition of this size is");
		if (*c->at == '+')
			return refuse(c, "possessive repetition is");
		if (*c->at == '?')
			c->at++;
		status = repeat_piece(c, start, min, max);
	}
	return status;
}

static int compile_alternatives(struct compiler *c)
{
	size_t start = c->count, jump;
	int status = 0;

	while (status == 0 && *c->at && *c->at != '|' && *c->at != ')')
		status = compile_repeated(c);
	if (status < 0 || *c->at != '|')
		return status;
	c->at++;
	status = emit_before(
		c, start, (struct step){.opcode = OP_SPLIT, .jump = (int)(c->count - start) + 2});
	if (status < 0)
		return status;
	jump = c->count;
	status = emit(c, (struct step){.opcode = OP_JUMP});
	if (status < 0 || (status = compile_alternatives(c)) < 0)
		return status;
	c->steps[jump].jump = (int)(c->count - jump);
	return 0;
}

static int compile(struct compiler *c)
{
	int status = compile_alternatives(c);

	if (status < 0)
		return status;
	if (*c->at)
		return fail(c, "')' without its '('");
	return emit(c, (struct step){.opcode = OP_MATCH});
}

/* The threads of one position: each step at most once. */
struct threads {
	bool *on;
	size_t *list;
	size_t count;
};

struct matcher {
	const struct step *steps;
	size_t step_count;
	struct span text;
};

static bool is_word_byte(struct span text, size_t at)
{
	return at < text.len && (ascii_is_alnum(text.ptr[at]) || text.ptr[at] == '_');
}

static bool holds(const struct matcher *m, enum opcode opcode, size_t at)
{
	bool before = at > 0 && is_word_byte(m->text, at - 1);

	switch (opcode) {
	case OP_TEXT_START:
		return at == 0;
	case OP_TEXT_END:
		return at == m->text.len;
	case OP_BOUNDARY:
		return before != is_word_byte(m->text, at);
	case OP_NO_BOUNDARY:
		return before == is_word_byte(m->text, at);
	case OP_SET:
	case OP_SPLIT:
	case OP_JUMP:
	case OP_MATCH:
		break;
	}
	return false;
}

/* Adds the thread at `step` and those it leads to without reading a byte. The list is its own work
 * list: what follows from an entry is appended behind it. */
static void add_thread(const struct matcher *m, struct threads *threads, size_t step, size_t at)
{
	size_t next = threads->count;

	if (threads->on[step])
		return;
	threads->on[step] = true;
	threads->list[threads->count++] = step;
	for (; next < threads->count; next++) {
		size_t from = threads->list[next], targets[2], count = 0;
		const struct step *now = &m->steps[from];

		if (now->opcode == OP_SPLIT || now->opcode == OP_JUMP)
			targets[count++] = (size_t)((int)from + now->jump);
		if (now->opcode == OP_SPLIT || holds(m, now->opcode, at))
			targets[count++] = from + 1;
		while (count--) {
			if (threads->on[targets[count]])
				continue;
			threads->on[targets[count]] = true;
			threads->list[threads->count++] = targets[count];
		}
	}
}

static bool run(const struct matcher *m)
{
	AUTO_FREE bool *marks = xcalloc(m->step_count * 2, sizeof(bool));
	AUTO_FREE size_t *lists = xcalloc(m->step_count * 2, sizeof(size_t));
	struct threads now = {marks, lists, 0};
	struct threads next = {marks + m->step_count, lists + m->step_count, 0};

	for (size_t at = 0;; at++) {
		struct threads done = now;

		add_thread(m, &now, 0, at);
		if (now.on[m->step_count - 1])
			return true;
		if (at == m->text.len)
			return false;
		for (size_t i = 0; i < now.count; i++) {
			const struct step *step = &m->steps[now.list[i]];

			if (step->opcode == OP_SET &&
			    set_has(&step->set, (unsigned char)m->text.ptr[at]))
				add_thread(m, &next, now.list[i] + 1, at + 1);
		}
		memset(now.on, 0, m->step_count * sizeof(bool));
		now = next;
		next = (struct threads){done.on, done.list, 0};
	}
}

int regex_search(const char *pattern, const char *text, unsigned flags, bool *ret_matches,
		 struct error *err)
{
	struct compiler c = {.at = pattern, .flags = flags, .err = err};
	int status = compile(&c);
	struct matcher m = {c.steps, c.count, span_of(text)};

	if (status == 0)
		*ret_matches = run(&m);
	free(c.steps);
	return status < 0 ? error_wrap(err, "cannot read regular expression '%s'", pattern) : 0;
}
