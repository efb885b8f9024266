/*
 * The documents of --json (see app.h). ui_say() ends each text with a newline, so that one is kept
 * back whenever a part of a document is printed.
 */
#include "app/app.h"

/* Text is kept back until there is so much of it (bytes): a write for each element would cost more
 * than making it. */
#define CHUNK 16384

void app_say_json(const struct ui *ui, const struct json *whole)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_print(whole, JSON_PRETTY, &text);
	ui_say(ui, "%s", text.text);
}

void app_json_list_release(struct app_json_list *list)
{
	strbuf_release(&list->text);
}

/* Prints all of the text, which has to stand at the end of a line. */
static void say_part(struct app_json_list *list)
{
	ui_say(list->ui, "%s", list->text.text);
	strbuf_clear(&list->text);
}

void app_json_list_begin(struct app_json_list *list, int version, const char *name)
{
	strbuf_addf(&list->text, "{\n  \"version\": %d,\n  \"%s\": [", version, name);
}

void app_json_list_add(struct app_json_list *list, const struct json *element)
{
	if (list->count++)
		strbuf_addc(&list->text, ',');
	if (list->text.len >= CHUNK)
		say_part(list);
	else
		strbuf_addc(&list->text, '\n');
	strbuf_adds(&list->text, "    ");
	json_print_inside(element, 2, &list->text);
}

void app_json_list_end(struct app_json_list *list, const char *name, const struct json *value)
{
	strbuf_adds(&list->text, list->count ? "\n  ]" : "]");
	if (value) {
		strbuf_addf(&list->text, ",\n  \"%s\": ", name);
		json_print_inside(value, 1, &list->text);
	}
	strbuf_adds(&list->text, "\n}");
	say_part(list);
}
