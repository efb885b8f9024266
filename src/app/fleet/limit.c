/*
 * `fleet limit` (see limit.h). A window has an hour at least: the clocks of machines may
 * differ by some minutes, and each may begin the next window when its own says so.
 */
#include "app/fleet/limit.h"

#include <string.h>

#include "app/fleet/member/member.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "fleet/budget.h"

enum { MAX_ORDERS = 1000000, MAX_HOURS = 30 * 24 };

int limit_parse(const char *text, struct fleet_record *ret_limit, struct error *err)
{
	const char *slash = strchr(text, '/');
	size_t len = strlen(text);
	AUTO_FREE char *orders = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	AUTO_FREE char *window = slash && slash[1] ? xstrndup(slash + 1, strlen(slash) - 2) : NULL;
	char unit = len ? text[len - 1] : 0;
	int64_t hours_a_unit = unit == 'h' ? 1 : unit == 'd' ? 24 : 0, count, units;

	ret_limit->kind = FLEET_LIMIT;
	ret_limit->orders = ret_limit->window_s = 0;
	if (strcmp(text, "none") == 0)
		return 0;
	if (!hours_a_unit || !orders || !window || !str_to_int64(orders, 1, MAX_ORDERS, &count) ||
	    !str_to_int64(window, 1, MAX_HOURS / hours_a_unit, &units)) {
		error_set(err, ERR_USAGE, "'%s' is not a limit of orders", text);
		return error_hint(err, "a number of orders and a window of 1 hour to 30 days: "
				       "300/3h, 50/7d; or none");
	}
	ret_limit->orders = (uint64_t)count;
	ret_limit->window_s = (uint64_t)(units * hours_a_unit * 3600);
	return 0;
}

int limit_run(struct app *app, struct error *err)
{
	const char *text = settings_string(app->settings, "fleet_orders");
	AUTO(fleet_record) struct fleet_record limit = FLEET_RECORD_INIT;
	AUTO_FREE char *window = NULL;
	struct fleet_place place;

	if (!text) {
		error_set(err, ERR_USAGE, "how many orders may the fleet place, and in what time?");
		return error_hint(err, "certbot fleet limit 300/3h, or none");
	}
	if (limit_parse(text, &limit, err) < 0 ||
	    member_open(&app->network, app->settings, &app->network.member, err) < 0)
		return err->code;
	place = member_place(app->network.member, FLEET_LIMIT, FLEET_BUDGET_LIMIT);
	if (member_write(app->network.member, &place, &limit, NULL, err) < 0)
		return err->code;
	result_set_int(app->ui, "orders", (int64_t)limit.orders);
	result_set_int(app->ui, "window_seconds", (int64_t)limit.window_s);
	window = fleet_budget_window_text(&limit);
	if (limit.orders)
		ui_say(app->ui,
		       "The machines of the fleet together now place no more orders at a CA than "
		       "%llu in %s.",
		       (unsigned long long)limit.orders, window);
	else
		ui_say(app->ui, "The fleet places as many orders as it needs.");
	return 0;
}
