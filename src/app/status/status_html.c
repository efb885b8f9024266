/*
 * The page of `status --html` (see status_html.h). All text from confs and certificates goes
 * through xml_add_text(). Should that ever be forgotten, a policy in the page keeps the browser
 * from fetching or running anything.
 */
#include "app/status/status_html.h"

#include <string.h>

#include "app/status/status_text.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/xml.h"

#define DAY 86400

enum {
	/* Sizes in the drawing's own units. */
	WIDTH = 960,
	HEIGHT = 160,
	BASE = 130, /* height of the bars */
	BARS = 60,
	LEAST_DAYS = 90,
	MOST_DAYS = 400,
	/* How many names of a certificate, and of a bar's tooltip, are shown. */
	FEW_NAMES = 3,
	BAR_NAMES = 5,
};

/* Contrasts are at least 4.5 to 1 in both schemes (WCAG 2.1, 1.4.3). */
static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>Certificates</title>\n<style>\n"
	":root{--back:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--bad:#b4121b;--warn:#8a5300;"
	"--ok:#116329;--wait:#0550ae;--bar:#2f81c7;--badbar:#d1242f}\n"
	"@media(prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--soft:#9aa4af;"
	"--line:#30363d;--bad:#ff8b85;--warn:#e3b341;--ok:#56d364;--wait:#79c0ff;--bar:#388bfd;"
	"--badbar:#ff6a63}}\n"
	"body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1.5rem;"
	"background:var(--back);color:var(--text)}\n"
	"h1{font-size:1.4rem;margin:0}p{margin:.2rem 0 1rem;color:var(--soft)}\n"
	"ul{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;list-style:none}\n"
	"svg{display:block;width:100%;height:auto;margin:1rem 0}\n"
	"svg text{font-size:12px;fill:var(--soft)}.axis{stroke:var(--line)}\n"
	".good{fill:var(--bar)}.ill{fill:var(--badbar)}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid "
	"var(--line);overflow-wrap:anywhere}\n"
	"th{color:var(--soft);font-weight:600}td small{color:var(--soft)}\n"
	".state{white-space:nowrap;font-weight:600}\n"
	".invalid,.expired,.revoked,.failing{color:var(--bad)}.owed{color:var(--warn)}"
	".due{color:var(--wait)}.off{color:var(--soft)}.ok{color:var(--ok)}\n"
	"div{overflow-x:auto}summary{cursor:pointer}\n"
	"</style></head><body>\n";

static void add_text(struct strbuf *out, const char *text)
{
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;

	strbuf_add_printable(&safe, text, strlen(text));
	xml_add_text(out, safe.text);
}

static void add_head(const struct status_list *list, struct strbuf *out)
{
	size_t bad = status_list_bad(list);

	strbuf_adds(out, head);
	strbuf_addf(out, "<h1>%zu certificate%s, ", list->count, list->count == 1 ? "" : "s");
	if (bad)
		strbuf_addf(out, "%zu to look at", bad);
	else
		strbuf_adds(out, "all well");
	strbuf_adds(out, "</h1>\n<p>As of ");
	status_text_add_time(out, list->now);
	strbuf_adds(out, " UTC</p>\n<ul>\n");
	for (int state = 0; state < STATUS_STATE__COUNT; state++)
		if (list->counts[state])
			strbuf_addf(
				out,
				"<li><span class=\"state %s\">%s %zu %s</span> <small>%s</small>"
				"</li>\n",
				status_states[state].id, status_states[state].symbol,
				list->counts[state], status_states[state].id,
				status_states[state].meaning);
	strbuf_adds(out, "</ul>\n");
}

/* ---- When they expire ---- */

struct bar {
	size_t good, bad;
	struct strvec names; /* the first few */
};

struct timeline {
	int64_t start, step; /* start of the first bar, and seconds of each */
	struct bar bars[BARS];
	size_t highest;
};

static void timeline_release(struct timeline *timeline)
{
	for (size_t i = 0; i < BARS; i++)
		strvec_release(&timeline->bars[i].names);
}
DEFINE_AUTO(timeline, timeline_release);

/* From a week ago to the last expiry, in whole days. The outermost bars include what lies
 * outside. */
static void plan_timeline(const struct status_list *list, struct timeline *timeline)
{
	int64_t last = list->now + LEAST_DAYS * DAY, days;

	for (size_t i = 0; i < list->count; i++)
		if (status_entry_end(list->entries[i]) > last)
			last = status_entry_end(list->entries[i]);
	timeline->start = (list->now / DAY - 7) * DAY;
	days = (last - timeline->start) / DAY + 1;
	days = days < MOST_DAYS ? days : MOST_DAYS;
	timeline->step = (days + BARS - 1) / BARS * DAY;
	for (size_t i = 0; i < BARS; i++)
		strvec_init(&timeline->bars[i].names);
}

static void fill_timeline(const struct status_list *list, struct timeline *timeline)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct status_entry *entry = list->entries[i];
		int64_t index = (status_entry_end(entry) - timeline->start) / timeline->step;
		struct bar *bar = &timeline->bars[index < 0 ? 0 : index >= BARS ? BARS - 1 : index];

		if (!entry->has_cert)
			continue;
		*(status_states[entry->state].is_bad ? &bar->bad : &bar->good) += 1;
		if (bar->names.count < BAR_NAMES)
			strvec_push(&bar->names, entry->name);
		if (bar->good + bar->bad > timeline->highest)
			timeline->highest = bar->good + bar->bad;
	}
}

/* The tooltip: the days of the bar, how many certificates expire, and the first names. */
static void add_bar_title(const struct timeline *timeline, size_t index, struct strbuf *out)
{
	const struct bar *bar = &timeline->bars[index];
	int64_t from = timeline->start + (int64_t)index * timeline->step;
	AUTO_FREE char *first = datetime_date(from);
	AUTO_FREE char *last = datetime_date(from + timeline->step - 1);
	AUTO_FREE char *names = strvec_join(&bar->names, ", ");
	size_t count = bar->good + bar->bad;

	strbuf_addf(out, "<title>%s%s%s: %zu certificate%s: ", first,
		    strcmp(first, last) == 0 ? "" : " to ", strcmp(first, last) == 0 ? "" : last,
		    count, count == 1 ? "" : "s");
	add_text(out, names);
	strbuf_adds(out, count > bar->names.count ? ", ...</title>" : "</title>");
}

/* A single certificate must be visible even among thousands. */
static int bar_height(const struct timeline *timeline, size_t count)
{
	int height = (int)(count * (BASE - 20) / timeline->highest);

	return count && height < 2 ? 2 : height;
}

static void add_bar(const struct timeline *timeline, size_t index, struct strbuf *out)
{
	const struct bar *bar = &timeline->bars[index];
	int good = bar->good ? bar_height(timeline, bar->good) : 0;
	int bad = bar->bad ? bar_height(timeline, bar->bad) : 0;
	int x = (int)index * WIDTH / BARS + 1, width = WIDTH / BARS - 2;

	if (!good && !bad)
		return;
	strbuf_adds(out, "<g>");
	add_bar_title(timeline, index, out);
	if (good)
		strbuf_addf(out,
			    "<rect class=\"good\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
			    x, BASE - good, width, good);
	if (bad)
		strbuf_addf(out,
			    "<rect class=\"ill\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x,
			    BASE - good - bad, width, bad);
	strbuf_adds(out, "</g>\n");
}

static void add_tick(const struct timeline *timeline, int64_t time, const char *text,
		     struct strbuf *out)
{
	int x = (int)((time - timeline->start) * WIDTH / (timeline->step * BARS));

	strbuf_addf(out, "<path class=\"axis\" d=\"M%d %dv8\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
		    x, BASE, x, BASE + 22, text);
}

static void add_timeline(const struct status_list *list, struct strbuf *out)
{
	AUTO(timeline) struct timeline timeline = {.highest = 0};

	plan_timeline(list, &timeline);
	fill_timeline(list, &timeline);
	if (!timeline.highest)
		return;
	strbuf_addf(
		out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"When certificates expire: up "
		"to %zu in a bar\">\n<path class=\"axis\" d=\"M0 %dH%d\"/>\n",
		WIDTH, HEIGHT, timeline.highest, BASE, WIDTH);
	for (size_t i = 0; i < BARS; i++)
		add_bar(&timeline, i, out);
	add_tick(&timeline, list->now, "today", out);
	/* Six dates, none of them above the last word. */
	for (int i = 1; i < 6; i++) {
		int64_t time = timeline.start + i * timeline.step * BARS / 6;
		AUTO_FREE char *date = datetime_date(time);

		add_tick(&timeline, time, date, out);
	}
	strbuf_adds(out, "</svg>\n");
}

/* ---- The table ---- */

/* The names in the certificate go below the name of the lineage, unless they are the same. */
static void add_name_cell(const struct status_entry *entry, struct strbuf *out)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	bool is_long;

	strbuf_adds(out, "<td>");
	add_text(out, entry->name);
	strvec_split(&names, entry->domains ? entry->domains : "", " ");
	if (names.count == 0 || (names.count == 1 && strcmp(names.items[0], entry->name) == 0)) {
		strbuf_adds(out, "</td>");
		return;
	}
	is_long = names.count > FEW_NAMES;
	if (is_long)
		strbuf_addf(out, "<details><summary><small>%zu names</small></summary>",
			    names.count);
	else
		strbuf_adds(out, "<br>");
	strbuf_adds(out, "<small>");
	add_text(out, entry->domains);
	strbuf_addf(out, "</small>%s</td>", is_long ? "</details>" : "");
}

static void add_expiry(const struct status_list *list, const struct status_entry *entry,
		       struct strbuf *out)
{
	if (!entry->has_cert) {
		strbuf_adds(out, "<td>unknown</td>");
		return;
	}
	strbuf_adds(out, "<td>");
	status_text_add_distance(out, status_entry_end(entry) - list->now);
	strbuf_adds(out, "<br><small>");
	status_text_add_time(out, status_entry_end(entry));
	strbuf_adds(out, "</small></td>");
}

static void add_row(const struct status_list *list, const struct status_entry *entry,
		    struct strbuf *out)
{
	const struct status_state_row *state = &status_states[entry->state];
	AUTO(strvec) struct strvec troubles = STRVEC_INIT;

	strbuf_addf(out, "<tr><td class=\"state %s\">%s %s</td>", state->id, state->symbol,
		    state->id);
	add_name_cell(entry, out);
	add_expiry(list, entry, out);
	strbuf_adds(out, "<td>");
	status_text_add_next(out, entry);
	strbuf_adds(out, "</td><td>");
	status_text_add_troubles(entry, &troubles);
	for (size_t i = 0; i < troubles.count; i++) {
		strbuf_adds(out, i ? "<br>" : "");
		add_text(out, troubles.items[i]);
	}
	strbuf_adds(out, "</td></tr>\n");
}

void status_html_add(const struct status_list *list, struct strbuf *out)
{
	add_head(list, out);
	add_timeline(list, out);
	strbuf_adds(out,
		    "<div><table><thead><tr><th scope=\"col\">State</th><th scope=\"col\">"
		    "Certificate</th><th scope=\"col\">Expires</th><th scope=\"col\">Next try</th>"
		    "<th scope=\"col\">To look at</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < list->count; i++)
		add_row(list, list->entries[i], out);
	strbuf_adds(out, "</tbody></table></div>\n</body></html>\n");
}
