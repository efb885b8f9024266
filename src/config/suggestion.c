/*
 * Closest names by edit distance: insertions, deletions, replacements and swaps of neighbours count
 * one each (the "optimal string alignment" distance).
 */
#include "config/suggestion.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

/* Longer words are nobody's typing error. */
#define MAX_WORD 64

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Rows i-2, i-1 and i of the usual table, in turn; both words are at most MAX_WORD long. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][MAX_WORD + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    higher[j - 2] + 1 < row[j])
				row[j] = higher[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

/* The best candidate so far. */
struct guess {
	const char *typed;
	const char *word;
	size_t distance; /* must be below this to be better */
};

/* A guess may be wrong in a third of its letters. */
static struct guess guess_start(const char *typed)
{
	return (struct guess){.typed = typed, .distance = strlen(typed) / 3 + 1};
}

static void guess_consider(struct guess *guess, const char *word)
{
	size_t away;

	if (strlen(word) > MAX_WORD || strlen(guess->typed) > MAX_WORD)
		return;
	away = distance(guess->typed, word);
	if (away < guess->distance) {
		guess->word = word;
		guess->distance = away;
	}
}

/* "ovh" of "--dns-ovh-credentials": the second word, heap; NULL for options of other kinds. */
static char *provider_of(const char *name)
{
	static const char prefix[] = "--dns-";

	if (!str_starts(name, prefix))
		return NULL;
	name += sizeof(prefix) - 1;
	return xstrndup(name, strcspn(name, "-"));
}

/* Options of different providers are never taken for misspellings of each other, however alike
 * their endings are. */
static bool is_of_other_provider(const char *typed, const char *name)
{
	AUTO_FREE char *meant = provider_of(typed), *other = provider_of(name);

	return meant && other && strlen(meant) <= MAX_WORD &&
	       distance(meant, other) > strlen(meant) / 3;
}

char *suggestion_for_option(const struct option_table *table, const char *typed)
{
	AUTO_FREE char *name = xstrndup(typed, strcspn(typed, "="));
	struct guess guess = guess_start(name);

	for (size_t i = 0; i < table->by_name.count; i++) {
		const struct option *option = table->by_name.entries[i].value;

		if (!(option->flags & OPTION_HIDDEN) &&
		    !is_of_other_provider(name, table->by_name.entries[i].key))
			guess_consider(&guess, table->by_name.entries[i].key);
	}
	return xstrdup_or_null(guess.word);
}

char *suggestion_for_word(const char *const *words, const char *typed)
{
	struct guess guess = guess_start(typed);

	for (; *words; words++)
		guess_consider(&guess, *words);
	return xstrdup_or_null(guess.word);
}
