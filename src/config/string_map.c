/*
 * JSON objects of strings as option values (see string_map.h).
 */
#include "config/string_map.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"

/* JSON because Certbot's --webroot-map is JSON. */
int string_map_parse(const struct option *option, const char *text, struct map *ret_map,
		     struct error *err)
{
	AUTO(json) struct json *object = NULL;
	AUTO(error) struct error reason = ERROR_INIT;

	if (json_parse(text, strlen(text), "value", &object, &reason) < 0)
		return option_refuse(option, err, "%s", reason.text);
	if (!json_is_object(object))
		return option_refuse(option, err, "a JSON object is needed: {\"NAME\": \"PATH\"}");
	for (size_t i = 0; i < json_count(object); i++) {
		const char *name = json_member_name(object, i);
		const char *value = NULL;

		if (json_get_string(object, "value", name, &value, &reason) < 0)
			return option_refuse(option, err, "%s", reason.text);
		map_set(ret_map, name, xstrdup(value));
	}
	return 0;
}
